"""
Plans: an event type compiled into a base event and a list of edits to it.

Two draws make an event. A seed decides ids and times. A list of edits decides
all the rest, and no edits leave the documented payload, its placeholders filled
in. So an example is drawn fast, and it shrinks to the edits that matter.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from seamproof.errors import UsageError
from seamproof.schemas.validation import Contract
from seamproof.strategies.drawing import ANCHOR, SPAN, Draw, write_time, write_uuid
from seamproof.strategies.edges import TIMES, edge_values
from seamproof.strategies.making import described, event_maker, value_maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from seamproof.schemas.catalogue import EventSchema
    from seamproof.strategies.sampler import Presence

Values: TypeAlias = Literal["realistic", "edge"]

#: How many samples the usual values of a property are taken from.
_SAMPLES: Final = 16
_FEW: Final = 2
_START: Final = int(ANCHOR.timestamp() * 1000)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HOUR: Final = 3_600_000

#: Documented values of these would contradict the values that stand for placeholders.
_AGREEING: Final = ("battery_status", "is_via_bluetooth", "is_via_nfc")

#: Properties whose values are taken from one and the same sample, since they agree there.
_AGREE: Final = (
    re.compile(r"\w+_(celsius|fahrenheit)"),
    re.compile(r"battery_(level|status)"),
    re.compile(r"device_errors|error_code"),
    re.compile(r"noise_level_\w+"),
    re.compile(r"minut_metadata|noiseaware_metadata"),
    re.compile(r"access_grant_(ids|keys)"),
    re.compile(r"from|to"),
)

#: Unknown properties, as a later version of the contract may add them.
EXTRAS: Final[Mapping[str, Any]] = {
    "future_property": "new",
    "future_object": {"depth": {"list": [1, None, True, {}]}},
    "future_list": [],
    "future_null": None,
    "Future-Property": 0.5,
    "🔮": "🔑",
    "__class__": "x",
    "": "",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """
    A time in a value, as it lies from the event: in milliseconds, or in full hours.
    """

    offset: int
    hourly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """
    One change to the base event.

    Attributes:
        put: Properties to set, each to a value that may hold moments.
        drop: Properties to leave out.
        fine: Whether the times get six fraction digits.
        write: Properties that hold a time or the event's id, with how to write it.
    """

    put: Mapping[str, Any] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    fine: bool = False
    write: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)


class Plan:
    """
    What the events of one type are drawn from.

    Args:
        schema: The contract of the event type.
        presence: Which of its optional properties there are.
        values: Of which kind the edits are.
        extra: Whether there are unknown properties too.

    Attributes:
        drawn: Properties, with their schemas, that the vocabulary has no way to make.
    """

    def __init__(
        self, schema: EventSchema, presence: Presence, values: Values, *, extra: bool = False
    ) -> None:
        self.schema = schema
        self.presence = presence
        self.values = values
        self.extra = extra
        document = described(schema)
        self.drawn = {n: s for n, s in document["properties"].items() if not _is_makable(n, s)}
        self._document = _only(document, document["properties"].keys() - self.drawn.keys())

    @cached_property
    def base(self) -> Mapping[str, Any]:
        """
        The documented payload with its placeholders filled in, its times as moments.
        """
        sample, example = self._samples[0], self.schema.example
        names = {
            "all": sample.keys(),
            "required": self.schema.required,
            "mixed": {*example, *self.schema.required},
        }[self.presence]
        chosen = {n: _filled(n, example, value) for n, value in sample.items() if n in names}
        return {**chosen, **dict([next(iter(EXTRAS.items()))] if self.extra else [])}

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """
        Every change that an event can have; the sooner, the simpler.
        """
        listed = [*self._presence_edits(), Edit(fine=True)]
        listed += self._usual_edits() if self.values == "realistic" else self._edge_edits()
        if self.extra:
            listed += [Edit(put={name: value}) for name, value in EXTRAS.items()]
        return tuple(_different(listed, self.base))

    def has(self, name: str) -> bool:
        """
        Say whether a property is in every event.
        """
        return self.presence == "all" or name in self.schema.required

    def event(self, seed: int, edits: Iterable[int]) -> dict[str, Any]:
        """
        Make an event.

        Args:
            seed: Decides ids and times.
            edits: Which edits to make, by their places in `edits`.
        """
        random = Random(seed)  # noqa: S311 - not for secrets
        edit = _joined(self.edits[place] for place in edits)
        occurred = _START + random.randrange(SPAN)
        micros, delay = random.randrange(1000), random.randrange(30, 3000)
        # The base first, whatever becomes of it: an edit must not shift the other ids.
        event = {name: _settled(value, occurred, random) for name, value in self.base.items()}
        event |= {name: _settled(value, occurred, random) for name, value in edit.put.items()}
        for name in edit.drop & event.keys():
            del event[name]
        # A second more where the fraction may be cut off, so that no event precedes its cause.
        delay += 1000 * ("created_at" in edit.write)
        for name, offset in (("occurred_at", 0), ("created_at", delay)):
            if name in event:
                event[name] = _written(
                    occurred + offset, micros if edit.fine else None, edit.write.get(name)
                )
        return event

    def identify(self, event: dict[str, Any], seed: int, edits: Iterable[int]) -> None:
        """
        Give an event, if it has an id, one that no other content has.
        """
        if "event_id" in event and "event_id" not in self.drawn:
            write = _joined(self.edits[place] for place in edits).write.get("event_id", str)
            event["event_id"] = write(content_id(seed, event))

    @cached_property
    def _samples(self) -> tuple[dict[str, Any], ...]:
        return tuple(self._sample(number) for number in range(_SAMPLES))

    def _sample(self, number: int) -> dict[str, Any]:
        draw = Draw(Random(f"{self.schema.event_type} {number}"))  # noqa: S311 - not for secrets
        sample = event_maker(self.schema.event_type, self._document, 1.0)(draw)
        return {name: _template(value, draw.occurred) for name, value in sample.items()}

    def _presence_edits(self) -> Iterator[Edit]:
        if self.presence == "mixed":
            optional = self._document["properties"].keys() - {*self.schema.required}
            for name in sorted(optional & self.base.keys()):
                yield Edit(drop=frozenset({name}))

    def _editable(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, shape in self._document["properties"].items():
            kept = self.presence != "required" or name in self.schema.required
            if kept and "const" not in shape and name not in _ENVELOPE:
                yield name, shape

    def _usual_edits(self) -> Iterator[Edit]:
        done: set[str] = set()
        for name, shape in self._editable():
            for value in _listed(shape, [sample[name] for sample in self._samples]):
                yield Edit(put={name: value})
            if name not in done:
                group = next((one for one in _AGREE if one.fullmatch(name)), None)
                names = [n for n, _ in self._editable() if group and group.fullmatch(n)] or [name]
                done.update(names)
                for sample in self._telling(names):
                    yield Edit(put={one: sample[one] for one in names})

    def _telling(self, names: list[str]) -> Iterable[Mapping[str, Any]]:
        """
        Choose the samples whose values of a few properties are worth an edit.

        Of numbers the least, the greatest and one between: any threshold may matter.
        Of anything else the few with the most in them.
        """
        if not all(isinstance(self._samples[0][name], int | float) for name in names):
            return sorted(
                self._samples, key=lambda sample: -sum(len(repr(sample[n])) for n in names)
            )[:_FEW]
        places = range(_SAMPLES)
        ordered = [sorted(places, key=lambda at: self._samples[at][name]) for name in names]
        chosen = {order[at] for order in ordered for at in (0, _SAMPLES // 2, -1)}
        return [self._samples[at] for at in sorted(chosen)]

    def _edge_edits(self) -> Iterator[Edit]:
        for name, shape in self._editable():
            usual = _settled(self._samples[0][name], _START, Random(0))  # noqa: S311
            valid = Contract(shape)
            for value in edge_values(shape, usual):
                if valid.is_valid(value):
                    yield Edit(put={name: value})
        for write in TIMES:
            for name in ("occurred_at", "created_at"):
                yield Edit(write={name: write})
            yield Edit(write=dict.fromkeys(("occurred_at", "created_at"), write))
        yield Edit(write={"event_id": str.upper})


def content_id(seed: int, event: Mapping[str, Any]) -> str:
    """
    Make an id out of what an event holds: another content, another id.

    A drawn one would repeat itself, since Hypothesis tries what it drew before
    with other parts of an example changed.
    """
    text = json.dumps([seed, event], sort_keys=True, default=repr).encode()
    return write_uuid(int.from_bytes(blake2b(text, digest_size=16).digest(), "big"))


_ENVELOPE: Final = frozenset({"event_id", "occurred_at", "created_at"})
_ID: Final = object()


def _is_makable(name: str, shape: Mapping[str, Any]) -> bool:
    try:
        value_maker(name, shape, 1.0)
    except UsageError:
        return False
    return True


def _only(document: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    kept = set(names)
    return {
        **document,
        "properties": {n: s for n, s in document["properties"].items() if n in kept},
        "required": [name for name in document.get("required", ()) if name in kept],
    }


def _filled(name: str, example: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """
    Keep a documented value unless it is only a placeholder, or agrees with others.
    """
    given = example.get(name)
    if name not in _AGREEING and (isinstance(given, bool) or given in ([], {})):
        return given
    is_word = isinstance(given, str) and given and isinstance(value, str)
    return given if is_word and name not in _AGREEING else value


def _template(value: Any, occurred: int) -> Any:  # noqa: ANN401 - any JSON value
    """
    Take the ids and the moments out of a sampled value.
    """
    if isinstance(value, dict):
        return {name: _template(member, occurred) for name, member in value.items()}
    if isinstance(value, list):
        return [_template(member, occurred) for member in value]
    if isinstance(value, str) and _TIME.fullmatch(value):
        there = int(datetime.fromisoformat(value).astimezone(UTC).timestamp() * 1000)
        if there % _HOUR:
            return Moment(there - occurred, hourly=False)
        return Moment(there // _HOUR - occurred // _HOUR, hourly=True)
    return _ID if isinstance(value, str) and _UUID.fullmatch(value) else value


def _settled(value: Any, occurred: int, random: Random) -> Any:  # noqa: ANN401 - any JSON value
    """
    Put ids and times into a value that was taken from a sample.
    """
    if value is _ID:
        return write_uuid(random.getrandbits(128))
    if isinstance(value, Moment):
        if value.hourly:
            return write_time((occurred // _HOUR + value.offset) * _HOUR)
        return write_time(occurred + value.offset)
    if isinstance(value, list):
        return [_settled(member, occurred, random) for member in value]
    if isinstance(value, dict):
        return {name: _settled(member, occurred, random) for name, member in value.items()}
    return value


def _written(milliseconds: int, micros: int | None, write: Callable[[datetime], str] | None) -> str:
    if write is None:
        return write_time(milliseconds, micros)
    return write(datetime.fromtimestamp(milliseconds / 1000, UTC))


def _listed(shape: Mapping[str, Any], usual: list[Any]) -> Iterator[Any]:
    """
    List the values that differ in kind: null, each listed one, none or several items.
    """
    if "null" in shape.get("type", ()) and "enum" not in shape:
        yield None
    yield from shape.get("enum", ())
    if shape.get("type") == "boolean":
        yield from (True, False)
    if shape.get("type") == "array":
        items = [item for value in usual for item in value]
        several = [
            item for place, item in enumerate(items) if item is _ID or item not in items[:place]
        ]
        low, high = shape.get("minItems", 0), shape.get("maxItems", 3)
        yield from (several[:count] for count in range(low, min(high, 3, len(several)) + 1))


def _joined(edits: Iterable[Edit]) -> Edit:
    """
    Make several edits one; the later ones decide.
    """
    put: dict[str, Any] = {}
    drop: set[str] = set()
    write: dict[str, Callable[[Any], str]] = {}
    fine = False
    for edit in edits:
        drop = (drop - edit.put.keys()) | edit.drop
        put.update(edit.put)
        fine = fine or edit.fine
        write.update(edit.write)
    return Edit(put=put, drop=frozenset(drop), fine=fine, write=write)


def _different(edits: Iterable[Edit], base: Mapping[str, Any]) -> Iterator[Edit]:
    """
    Pass on the edits that change something, each once.
    """
    seen = {repr(Edit())}
    for edit in edits:
        put = {n: v for n, v in edit.put.items() if n not in base or repr(base[n]) != repr(v)}
        known = repr(replace(edit, put=put))
        if known not in seen:
            seen.add(known)
            yield edit


_PLANS: Final[dict[tuple[int, Presence, Values, bool], Plan]] = {}


def plan_of(schema: EventSchema, presence: Presence, values: Values, *, extra: bool) -> Plan:
    """
    Compile a plan when it is first needed.
    """
    # By identity: the plan keeps its schema alive, so that no other one takes its number.
    key = (id(schema), presence, values, extra)
    if key not in _PLANS:
        _PLANS[key] = Plan(schema, presence, values, extra=extra)
    return _PLANS[key]
