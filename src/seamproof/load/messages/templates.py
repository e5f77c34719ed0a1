"""
Templates of bodies: realistic samples whose ids are replaced by those of a message.

To sample and serialise each event anew would cost a third of what its delivery costs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.events import Event
from seamproof.formats import UUID, UUID_LENGTH
from seamproof.schemas.payload_mutations import enlarged
from seamproof.strategies.sampling.sampler import Sampler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import Json, JsonObject
    from seamproof.schemas.catalogue import Catalogue

#: Of each event type, and of each life cycle.
VARIANTS: Final = 16
#: Bytes to which a large body is filled up.
LARGE: Final = 100_000

#: Characters for private use, of which no sample has any, and their UTF-8.
_KEY, _EVENT = "\ue000", "\ue001"
_KEY_BYTES, _EVENT_BYTES = _KEY.encode(), _EVENT.encode()
#: Hexadecimal digits of a UUID that are replaced: its last group.
KEY_DIGITS: Final = 12
_USER_KEY: Final = re.compile(r"_keys?$")


@dataclass(frozen=True, slots=True)
class Template:
    """
    The body of an event, cut where ids are put in.

    Attributes:
        event_type: Of the event.
        before: The parts up to the id of the event, between which keys are put.
        after: The parts after it, likewise; empty if the event has no id.
    """

    event_type: str
    before: tuple[bytes, ...]
    after: tuple[bytes, ...]

    def body(self, event_id: str, key: str) -> bytes:
        """
        Put the id of an event in, and a key into every other id.

        Args:
            event_id: The `event_id`.
            key: 12 hexadecimal digits, the last group of every other UUID. Events with one key
                have the ids in common that their templates have in common.
        """
        joint = key.encode()
        if not self.after:
            return joint.join(self.before)
        return b"".join((joint.join(self.before), event_id.encode(), joint.join(self.after)))


class TemplateStore:
    """
    Makes templates on first use; the same ones for the same seed.

    Args:
        seed: Of the run.
        catalogue: The schemas; by default the built-in ones.
    """

    def __init__(self, seed: int | str, catalogue: Catalogue | None = None) -> None:
        self._seed = seed
        self._catalogue = catalogue
        self._made: dict[tuple[str, int, bool], tuple[Template, ...]] = {}

    def event(self, event_type: str, variant: int, *, large: bool) -> Template:
        """
        Return a template of an event type.

        Args:
            event_type: The event type.
            variant: From 0 to `VARIANTS` - 1.
            large: Whether the body is filled up.
        """
        return self._templates(f"type {event_type}", variant, large=large)[0]

    def journey(self, name: str, variant: int, *, large: bool) -> tuple[Template, ...]:
        """
        Return the templates of a life cycle, in the order of its events.
        """
        return self._templates(f"journey {name}", variant, large=large)

    def _templates(self, what: str, variant: int, *, large: bool) -> tuple[Template, ...]:
        known = self._made.get((what, variant, large))
        if known is not None:
            return known
        sampler = Sampler(f"{self._seed}/{what}/{variant}", catalogue=self._catalogue)
        kind, _, name = what.partition(" ")
        events = sampler.journey(name) if kind == "journey" else [sampler.event(name)]
        made = tuple(_template(enlarged(one, LARGE) if large else one) for one in events)
        self._made[what, variant, large] = made
        return made


def _template(payload: JsonObject) -> Template:
    marked = {
        name: _EVENT if name == "event_id" else _mark(value, name)
        for name, value in payload.items()
    }
    event = Event.of(marked)
    before, _, after = event.body.partition(_EVENT_BYTES)
    return Template(
        event.event_type or "",
        tuple(before.split(_KEY_BYTES)),
        tuple(after.split(_KEY_BYTES)) if after else (),
    )


def _mark(value: Json, name: str) -> Json:
    """
    Mark where the key of a message goes: in UUIDs, and in keys that users choose.
    """
    if isinstance(value, dict):
        return {key: _mark(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_mark(member, name) for member in value]
    if not isinstance(value, str):
        return value
    if _USER_KEY.search(name):
        return f"{value}-{_KEY}"
    return "".join(_marked_ids(value))


def _marked_ids(text: str) -> Iterator[str]:
    at = 0
    for found in UUID.finditer(text):
        yield text[at : found.start() + UUID_LENGTH - KEY_DIGITS]
        yield _KEY
        at = found.end()
    yield text[at:]
