"""
Handlers of which is known what they use: a table of property and way, in four styles.

A row says that a handler needs a property, keeps it if it is there, branches on it or counts by it.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field, make_dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, Field, create_model
from seam.exceptions import SeamInvalidWebhookPayloadError
from seam.seam_webhook import SeamWebhook
from svix.webhooks import WebhookVerificationError

from seamproof.checks.dependencies.experiment.variants import properties_of
from seamproof.checks.dependencies.uses import UseKind
from seamproof.json_pointer import parse
from seamproof.schemas import catalog
from seamproof.signing import Secret, verify
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Way: TypeAlias = Literal["needs", "keeps", "branches", "counts"]
_USES: Final[Mapping[Way, UseKind]] = {
    "needs": UseKind.REQUIRED,
    "keeps": UseKind.COPIED,
    "branches": UseKind.READ,
    "counts": UseKind.READ,
}
Style: TypeAlias = Literal["dict", "pydantic", "sdk", "dataclass"]
STYLES: Final[tuple[Style, ...]] = get_args(Style)

#: Properties that a handler has a reason to use.
_NOT_DRAWN: Final = ("/event_type", "/event_description")


@dataclass
class Animal:
    """
    A handler with known use.

    Attributes:
        name: For the name of the test.
        style: How it reads an event.
        table: By event type, the way in which it uses each property.
        rows: What it keeps.
        counts: What it counts.
    """

    name: str
    style: Style
    table: Mapping[str, Mapping[str, Way]]
    rows: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """
        What it uses: the properties of the table, what they are inside of, and the event type.
        """
        found = {(one, "/event_type") for one in self.table}
        if self.style == "sdk":
            # The SDK takes no event without an id.
            found |= {(one, "/event_id") for one in self.table}
        for event_type, ways in self.table.items():
            for pointer in ways:
                tokens = [one for one in parse(pointer) if one != "*"]
                found.add((event_type, pointer))
                if len(tokens) > 1:
                    found.add((event_type, f"/{tokens[0]}"))
        return frozenset(found)

    @property
    def uses(self) -> dict[tuple[str, str], UseKind]:
        """
        How it uses each property of the table.
        """
        return {
            (event_type, pointer): _USES[way]
            for event_type, ways in self.table.items()
            for pointer, way in ways.items()
            # The SDK takes no event without an id, whatever is done with it.
            if (self.style, pointer) != ("sdk", "/event_id")
        }

    def state(self) -> dict[str, Any]:
        """
        Return what it has kept and counted.
        """
        return {"rows": self.rows, "counts": self.counts}

    def handle(self, body: bytes, headers: dict[str, str]) -> int:
        """
        Verify a delivery and act on the event.
        """
        secret = os.environ["SEAM_WEBHOOK_SECRET"]
        if self.style == "sdk":
            try:
                event = SeamWebhook(secret).verify(body.decode(), headers)
            except WebhookVerificationError:
                return 400
            except SeamInvalidWebhookPayloadError:
                return 204
            self.act(event.event_type, lambda name, _: getattr(event, name, None))
            return 204
        if not verify(body, headers, Secret(secret), now=time.time()).valid:
            return 400
        payload = json.loads(body)
        event_type = payload["event_type"]
        if event_type in self.table:
            self.act(event_type, self.reader(event_type, payload))
        return 204

    def reader(self, event_type: str, payload: dict[str, Any]) -> Callable[[str, Way], Any]:
        """
        Read the payload in the style of the handler.
        """
        ways = self.table[event_type]
        if self.style == "dict":
            return lambda name, way: payload[name] if way == "needs" else payload.get(name)
        if self.style == "pydantic":
            model: BaseModel = _model(ways).model_validate(payload)
            return lambda name, _: getattr(model, f"x_{name}")
        record = _record(ways)(
            **{
                f"x_{one[1:]}": payload[one[1:]] if way == "needs" else payload.get(one[1:])
                for one, way in ways.items()
            }
        )
        return lambda name, _: getattr(record, f"x_{name}")

    def act(self, event_type: str, read: Callable[[str, Way], Any]) -> None:
        """
        Keep, count and branch as the table says.
        """
        row: dict[str, Any] = {"kind": event_type}
        for pointer, way in self.table.get(event_type, {}).items():
            name, *inner = parse(pointer)
            value = read(name, way)
            if inner:
                value = _inner(value, inner, is_needed=way == "needs")
            if way in ("needs", "keeps"):
                row[f"the {name}"] = value
            elif way == "counts":
                self.counts[f"{name} {value}"] = self.counts.get(f"{name} {value}", 0) + 1
            else:
                first = value[0] if inner and isinstance(value, list) and value else value
                row[f"does for {name}"] = _decide(first)
        if event_type in self.table:
            self.rows.append(row)


def _inner(value: Any, inner: list[str], *, is_needed: bool) -> Any:
    if isinstance(value, list):
        return [_inner(one, inner[1:], is_needed=is_needed) for one in value]
    if not inner:
        return value
    if is_needed:
        return _inner(value[inner[0]], inner[1:], is_needed=True)
    return _inner((value or {}).get(inner[0]), inner[1:], is_needed=False)


def _decide(value: Any) -> str:
    """
    Decide by a value as handlers do: by a threshold, by a word, or whether there is one.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return "much" if value else "little"
    if isinstance(value, int | float):
        return "much" if value > 15 else "some" if value > 0.3 else "little"
    if value in ("keycode", "manual", "low", "critical", "heat", "auto", "deleting", "lock"):
        return "this"
    return "that" if value else "nothing"


def _model(ways: Mapping[str, Way]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        f"x_{one[1:]}": (Any, Field(... if way == "needs" else None, alias=one[1:]))
        for one, way in ways.items()
    }
    return create_model("Event", **fields)


def _record(ways: Mapping[str, Way]) -> type:
    return make_dataclass("Event", [f"x_{one[1:]}" for one in ways])


def drawn_animal(number: int) -> Animal:
    """
    Draw a handler of one to three event types, with one to four properties of each.
    """
    random, style = Random(number), STYLES[number % len(STYLES)]
    every = [one.event_type for one in catalog().match("*")]
    table: dict[str, dict[str, Way]] = {}
    for event_type in random.sample(every, random.randint(1, 3)):
        event = Sampler(number).event(event_type)
        found = properties_of(catalog()[event_type].document, event)
        able = [one for one in found if one.pointer not in _NOT_DRAWN and not one.has_members]
        if style != "dict":
            able = [one for one in able if one.pointer.count("/") == 1]
        chosen = random.sample(able, min(len(able), random.randint(1, 4)))
        table[event_type] = {one.pointer: _way(random, style, one.value) for one in chosen}
    return Animal(f"{style} {number}", style, table)


def _way(random: Random, style: Style, value: Any) -> Way:
    ways: list[Way] = ["keeps", "branches"]
    if style != "sdk":
        ways.append("needs")
    if isinstance(value, str) and len(value) < 20:
        ways.append("counts")
    return random.choice(ways)
