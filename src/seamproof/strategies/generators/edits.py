"""
Edits: the single changes to a base event of which a generated event consists.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from seamproof.formats import TIME, UUID, format_milliseconds, format_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from random import Random

    from seamproof.json_types import Json, JsonMapping, JsonObject

_HOUR: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class RelativeTime:
    """
    A time in a value, relative to the event: in milliseconds, or in full hours.
    """

    offset: int
    hourly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """
    One change to the base event.

    Attributes:
        put: Properties to set, to values that may contain `RelativeTime`s and `ID`s.
        drop: Properties to remove.
        fine: Whether the times have six fraction digits.
        write: Properties whose time or id gets another format, with its function.
    """

    put: JsonMapping = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    fine: bool = False
    write: Mapping[str, Callable[[Json], str]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """
        The properties that it changes.
        """
        return tuple(sorted({*self.put, *self.drop, *self.write} or {"occurred_at"}))


#: Placeholder for a new UUID.
ID: Final = object()


def content_id(seed: int, event: JsonMapping) -> str:
    """
    Compute an id from the content of an event, so that different events have different ids.

    Drawn ids would repeat, since Hypothesis reuses earlier choices when it
    mutates other parts of an example.
    """
    text = json.dumps([seed, event], sort_keys=True, default=repr).encode()
    return format_uuid(int.from_bytes(blake2b(text, digest_size=16).digest(), "big"))


def template(value: Json, occurred: int) -> Json:
    """
    Replace the ids and times of a sampled value by placeholders.
    """
    if isinstance(value, dict):
        return {name: template(member, occurred) for name, member in value.items()}
    if isinstance(value, list):
        return [template(member, occurred) for member in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        there = int(datetime.fromisoformat(value).astimezone(UTC).timestamp() * 1000)
        if there % _HOUR:
            return RelativeTime(there - occurred, hourly=False)
        return RelativeTime(there // _HOUR - occurred // _HOUR, hourly=True)
    return ID if isinstance(value, str) and UUID.fullmatch(value) else value


def fill_in(value: Json, occurred: int, random: Random) -> Json:
    """
    Replace the placeholders of a value by new ids and by times.
    """
    if value is ID:
        return format_uuid(random.getrandbits(128))
    if isinstance(value, RelativeTime):
        if value.hourly:
            return format_milliseconds((occurred // _HOUR + value.offset) * _HOUR)
        return format_milliseconds(occurred + value.offset)
    if isinstance(value, list):
        return [fill_in(member, occurred, random) for member in value]
    if isinstance(value, dict):
        return {name: fill_in(member, occurred, random) for name, member in value.items()}
    return value


def distinctive_values(shape: JsonMapping, usual: list[Json]) -> Iterator[Json]:
    """
    List values that differ in kind: null, each value of an enum, lists of several lengths.
    """
    if "null" in shape.get("type", ()) and "enum" not in shape:
        yield None
    yield from shape.get("enum", ())
    if shape.get("type") == "boolean":
        yield from (True, False)
    if shape.get("type") == "array":
        items = [item for value in usual for item in value]
        # One error or warning of each code, which determines its message.
        codes = [_code(item) for item in items]
        several = [
            item
            for place, item in enumerate(items)
            if item is ID or codes[place] not in codes[:place]
        ]
        low, high = shape.get("minItems", 0), shape.get("maxItems", 3)
        yield from (several[:count] for count in range(low, min(high, 3, len(several)) + 1))


def _code(item: Json) -> Json:
    if not isinstance(item, dict):
        return item
    return item.get("error_code", item.get("warning_code", item))


def join(edits: Iterable[Edit]) -> Edit:
    """
    Combine several edits into one; later edits override earlier ones.
    """
    put: JsonObject = {}
    drop: set[str] = set()
    write: dict[str, Callable[[Json], str]] = {}
    fine = False
    for edit in edits:
        drop = (drop - edit.put.keys()) | edit.drop
        put.update(edit.put)
        fine = fine or edit.fine
        write.update(edit.write)
    return Edit(put=put, drop=frozenset(drop), fine=fine, write=write)


def distinct_edits(edits: Iterable[Edit], base: JsonMapping) -> Iterator[Edit]:
    """
    Return the edits that change the base event, without duplicates.
    """
    seen = {repr(Edit())}
    for edit in edits:
        put = {n: v for n, v in edit.put.items() if n not in base or repr(base[n]) != repr(v)}
        known = repr(replace(edit, put=put))
        if known not in seen:
            seen.add(known)
            yield edit
