"""
Alterations: a plain event turned into what a check is about.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.generation.event_source import filled
from seamproof.formats import TIME, format_time
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas import EventSchema

#: The names and indexes that lead to a value.
Path = tuple[str | int, ...]

#: What people write into: names, notes and keys of their own.
_WRITTEN: Final = re.compile(
    r"((\w+_)?(name|description|message)|(customer|space|access_grant)_keys?)"
)
_TEXTS: Final[Mapping[str, str]] = {
    "an emoji": "Key 🔑",
    "astral letters": "𝒮tudio 𝟜 👩🏽‍🔧",
    "U+2028": "before\N{LINE SEPARATOR}after\N{PARAGRAPH SEPARATOR}",
    "accents": "Zoë’s Café Cafe\N{COMBINING ACUTE ACCENT}",
    "right-to-left text": "\N{RIGHT-TO-LEFT MARK}שלום",
}
_KOLKATA: Final = timezone(timedelta(hours=5, minutes=30))


def places(
    schema: JsonMapping,
    value: Json,
    path: Path = (),
) -> Iterator[tuple[Path, JsonMapping, Any]]:
    """
    Go through the values of an event, each with its path and its schema.
    """
    yield path, schema, value
    if isinstance(value, dict):
        rest = schema.get("additionalProperties")
        for name, member in value.items():
            shape = schema.get("properties", {}).get(name, rest)
            yield from places(shape if isinstance(shape, dict) else {}, member, (*path, name))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from places(schema.get("items", {}), item, (*path, at))


def put(event: JsonObject, path: Path, value: Json) -> JsonObject:
    """
    Copy an event with another value at a path.
    """
    copied: JsonObject = dict(event)
    holder: Any = copied
    for step in path[:-1]:
        # What does not lead there stays the same.
        holder[step] = copy.copy(holder[step])
        holder = holder[step]
    holder[path[-1]] = value
    return copied


def shown(path: Path) -> str:
    """
    Write a path as a reader would: `device_errors.0.message`.
    """
    return ".".join(map(str, path))


def _kinds(shape: JsonMapping) -> tuple[str, ...]:
    stated = shape.get("type", ())
    return (stated,) if isinstance(stated, str) else tuple(stated)


def nulled(document: JsonMapping, event: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """
    Put null, one at a time, wherever the contract allows it.
    """
    for path, shape, _ in places(document, event):
        if path and "null" in _kinds(shape):
            yield shown(path), put(event, path, None)


def retimed(event: JsonObject) -> Iterator[tuple[str, Severity, JsonObject]]:
    """
    Write all times of an event in another way.
    """
    for about, severity, write in _TIMES:
        yield about, severity, _rewritten(event, write)


def _rewritten(value: Json, write: Callable[[datetime], str]) -> Json:
    if isinstance(value, dict):
        return {name: _rewritten(member, write) for name, member in value.items()}
    if isinstance(value, list):
        return [_rewritten(item, write) for item in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        return write(datetime.fromisoformat(value))
    return value


_TIMES: Final[tuple[tuple[str, Severity, Callable[[datetime], str]], ...]] = (
    ("times with 3 digits", "error", lambda at: format_time(at, 3)),
    (
        "times with 6 digits",
        "error",
        lambda at: format_time(at.replace(microsecond=at.microsecond | 1), 6),
    ),
    (
        "times with an offset of zero",
        "warning",
        lambda at: format_time(at, 3).replace("Z", "+00:00"),
    ),
    (
        "times with an offset",
        "warning",
        lambda at: format_time(at.astimezone(_KOLKATA), 3).replace("Z", "+05:30"),
    ),
    ("times with nanoseconds", "warning", lambda at: format_time(at, 6).replace("Z", "789Z")),
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """
    An event with unusual letters wherever people write.
    """

    event: JsonObject
    paths: tuple[Path, ...]

    def parts(self, make: Callable[[], JsonObject]) -> Iterator[tuple[str, JsonObject]]:
        """
        Put one unusual text at one place at a time into new events.
        """
        for path in self.paths:
            for about, text in _TEXTS.items():
                yield f"{about} in {shown(path)}", put(make(), path, text)


def spelled(document: JsonMapping, event: JsonObject) -> Spelled | None:
    """
    Put unusual letters wherever people write; None if they write nowhere.
    """
    paths = tuple(
        path
        for path, shape, value in places(document, event)
        if isinstance(value, str) and _is_written(path, shape)
    )
    everything = " ".join(_TEXTS.values())
    changed = event
    for path in paths:
        changed = put(changed, path, everything)
    return Spelled(changed, paths) if paths else None


def _is_written(path: Path, shape: JsonMapping) -> bool:
    if {"enum", "const", "format", "pattern"} & shape.keys():
        return False
    names = [str(one) for one in path if isinstance(one, str)]
    return bool(_WRITTEN.fullmatch(names[-1])) or any(
        name.endswith("custom_metadata") for name in names[:-1]
    )


def emptied(schema: EventSchema, event: JsonObject) -> Iterator[tuple[str, Severity, JsonObject]]:
    """
    Empty one value at a time, where the contract allows it to be empty.

    An empty text is an error only where Seam's own example has one.
    """
    example = schema.example
    for path, shape, value in places(schema.document, event):
        if not path or (len(path) > 1 and isinstance(path[-1], int)):
            continue
        if isinstance(value, list) and value and not shape.get("minItems"):
            yield f"{shown(path)} is an empty list", "error", put(event, path, [])
        elif isinstance(value, dict) and value and not shape.get("required"):
            yield f"{shown(path)} is an empty object", "error", put(event, path, {})
        elif isinstance(value, str) and not _closed(shape):
            severity: Severity = "error" if example.get(str(path[0])) == "" else "warning"
            yield f"{shown(path)} is an empty text", severity, put(event, path, "")
        elif isinstance(value, int | float) and not isinstance(value, bool) and _takes_zero(shape):
            yield f"{shown(path)} is 0", "error", put(event, path, 0)


def _closed(shape: JsonMapping) -> bool:
    return bool({"enum", "const", "format", "pattern", "minLength"} & shape.keys()) or not shape


def _takes_zero(shape: JsonMapping) -> bool:
    return not _closed({"a": 1, **{k: v for k, v in shape.items() if k != "format"}}) and (
        shape.get("minimum", 0) <= 0 <= shape.get("maximum", 0)
    )


def refilled(probe: Probe, schema: EventSchema, event: JsonObject) -> JsonObject:
    """
    Put something wherever an event has something empty.
    """
    sampler = Sampler(probe.settings.seed, catalogue=probe.specimens.catalogue)
    sampled = sampler.event(schema.event_type)
    return {
        name: filled(sampled.get(name), schema.properties.get(name, {}), sampler, name)
        if value in (None, [], {}, "", 0)
        else value
        for name, value in event.items()
    }


def enlarged(event: JsonObject, size: int, letter: str = "x") -> JsonObject:
    """
    Fill an event up to some bytes: its metadata, or else what it tells a human reader.
    """
    count = size // len(letter.encode())
    name = next((one for one in event if one.endswith("_custom_metadata")), None)
    if name is None:
        return {**event, "event_description": f"{letter * 7} " * (count // 8)}
    entries = 50
    return {**event, name: {f"note_{at}": letter * (count // entries) for at in range(entries)}}


_EXTRAS: Final[JsonMapping] = {
    "future_property": "new",
    "future_object": {"depth": {"list": [1, None, True, {}]}},
    "future_list": [],
    "future_null": None,
    "future_number": 0.5,
}
_ODD: Final[JsonMapping] = {"Future-Property": 1, "🔮": "🔑", "__class__": "x", "": ""}


def extended(schema: EventSchema, event: JsonObject) -> Iterator[tuple[str, Severity, JsonObject]]:
    """
    Add properties that nobody knows: to the event, to objects inside it, and odd ones.
    """
    yield "unknown properties", "error", {**event, **_EXTRAS}
    inner = copy.deepcopy(event)
    found = False
    for path, shape, value in places(schema.document, inner):
        if path and isinstance(value, dict) and "properties" in shape:
            value["future_property"] = "new"
            found = True
    if found:
        yield "unknown properties inside", "error", inner
    yield "oddly named unknown properties", "warning", {**event, **_ODD}
