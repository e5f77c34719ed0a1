"""
Edits: the single changes that a drawn event is made of, and the values in them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from seamproof.formats import TIME, UUID, format_milliseconds, format_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from random import Random

    from seamproof.json_types import Json, JsonMapping, JsonObject

_HOUR: Final = 3_600_000


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

    put: JsonMapping = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    fine: bool = False
    write: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)


#: Stands for a UUID that is made anew.
ID: Final = object()


def content_id(seed: int, event: JsonMapping) -> str:
    """
    Make an id out of what an event holds: another content, another id.

    A drawn one would repeat itself, since Hypothesis tries what it drew before
    with other parts of an example changed.
    """
    text = json.dumps([seed, event], sort_keys=True, default=repr).encode()
    return format_uuid(int.from_bytes(blake2b(text, digest_size=16).digest(), "big"))


def template(value: Json, occurred: int) -> Json:
    """
    Take the ids and the moments out of a sampled value.
    """
    if isinstance(value, dict):
        return {name: template(member, occurred) for name, member in value.items()}
    if isinstance(value, list):
        return [template(member, occurred) for member in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        there = int(datetime.fromisoformat(value).astimezone(UTC).timestamp() * 1000)
        if there % _HOUR:
            return Moment(there - occurred, hourly=False)
        return Moment(there // _HOUR - occurred // _HOUR, hourly=True)
    return ID if isinstance(value, str) and UUID.fullmatch(value) else value


def settled(value: Json, occurred: int, random: Random) -> Json:
    """
    Put ids and times into a value that was taken from a sample.
    """
    if value is ID:
        return format_uuid(random.getrandbits(128))
    if isinstance(value, Moment):
        if value.hourly:
            return format_milliseconds((occurred // _HOUR + value.offset) * _HOUR)
        return format_milliseconds(occurred + value.offset)
    if isinstance(value, list):
        return [settled(member, occurred, random) for member in value]
    if isinstance(value, dict):
        return {name: settled(member, occurred, random) for name, member in value.items()}
    return value


def write_moment(
    milliseconds: int, micros: int | None, write: Callable[[datetime], str] | None
) -> str:
    """
    Write a moment as Seam does, or in another way.

    Args:
        milliseconds: Since the epoch.
        micros: What comes on top, for six fraction digits; None asks for three.
        write: The other way, if there is one.
    """
    if write is None:
        return format_milliseconds(milliseconds, micros)
    return write(datetime.fromtimestamp(milliseconds / 1000, UTC))


def listed_values(shape: JsonMapping, usual: list[Any]) -> Iterator[Any]:
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
        # Of errors and warnings one of each code: the rest of them is told by it.
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
    Make several edits one; the later ones decide.
    """
    put: JsonObject = {}
    drop: set[str] = set()
    write: dict[str, Callable[[Any], str]] = {}
    fine = False
    for edit in edits:
        drop = (drop - edit.put.keys()) | edit.drop
        put.update(edit.put)
        fine = fine or edit.fine
        write.update(edit.write)
    return Edit(put=put, drop=frozenset(drop), fine=fine, write=write)


def differing(edits: Iterable[Edit], base: JsonMapping) -> Iterator[Edit]:
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
