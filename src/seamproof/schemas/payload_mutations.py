"""
Mutations of a payload that a handler has to accept: the contract, or a standard, allows them.

The functions that yield `MutatedPayload` change one value after the other, for the checks; those of
`PAYLOAD_MUTATIONS` change the whole payload, for the faults of the mock server. All of them leave
the payload that they are given as it is. Mutations that break the contract are in
`strategies.generators.invalid_events`.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.events import Event
from seamproof.json_pointer import replaced
from seamproof.schemas.time_formats import TIME_FORMATS, reformatted
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.json_pointer import Path
    from seamproof.json_types import Json, JsonMapping, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class MutatedPayload:
    """
    A payload that differs from a plain one in one respect.

    Attributes:
        payload: The whole payload.
        description: In what it differs: `customer_key is null`.
        properties: The properties of the event in which it differs.
        standard_only: Whether only a standard allows it: Seam is not known to send it.
    """

    payload: JsonObject
    description: str
    properties: tuple[str, ...] = ()
    standard_only: bool = False


def walk_with_schema(
    schema: JsonMapping, value: Json, path: Path = ()
) -> Iterator[tuple[Path, JsonMapping, Json]]:
    """
    Iterate over a value and all that is inside it, each with its path and its schema.
    """
    yield path, schema, value
    if isinstance(value, dict):
        rest = schema.get("additionalProperties")
        for name, member in value.items():
            shape = schema.get("properties", {}).get(name, rest)
            yield from walk_with_schema(
                shape if isinstance(shape, dict) else {}, member, (*path, name)
            )
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from walk_with_schema(schema.get("items", {}), item, (*path, at))


def _mutated(
    payload: JsonObject, path: Path, value: Json, state: str, *, standard_only: bool = False
) -> MutatedPayload:
    return MutatedPayload(
        payload=replaced(payload, path, value),
        description=f"{'.'.join(map(str, path))} is {state}",
        properties=(str(path[0]),),
        standard_only=standard_only,
    )


# Properties


def without(payload: JsonMapping, *names: str) -> JsonObject:
    """
    Leave properties out.
    """
    return {name: value for name, value in payload.items() if name not in names}


def null_values(schema: JsonMapping, payload: JsonObject) -> Iterator[MutatedPayload]:
    """
    Set one value at a time to null, where the contract allows it.
    """
    for path, shape, _ in walk_with_schema(schema, payload):
        if path and "null" in stated_types(shape):
            yield _mutated(payload, path, None, "null")


def empty_values(
    schema: JsonMapping, payload: JsonObject, example: JsonMapping
) -> Iterator[MutatedPayload]:
    """
    Empty one value at a time, where the contract allows it.

    Args:
        schema: Of the event type.
        payload: An event of the type.
        example: Seam's own: an empty text is sent by Seam only where it has one.
    """
    for path, shape, value in walk_with_schema(schema, payload):
        if not path or (len(path) > 1 and isinstance(path[-1], int)):
            continue
        if isinstance(value, list) and value and not shape.get("minItems"):
            yield _mutated(payload, path, [], "an empty list")
        elif isinstance(value, dict) and value and not shape.get("required"):
            yield _mutated(payload, path, {}, "an empty object")
        elif isinstance(value, str) and shape and not _CLOSED & shape.keys():
            standard_only = example.get(str(path[0])) != ""
            yield _mutated(payload, path, "", "an empty text", standard_only=standard_only)
        elif isinstance(value, int | float) and not isinstance(value, bool) and _has_zero(shape):
            yield _mutated(payload, path, 0, "0")


#: The keywords of a schema that an empty text does not satisfy.
_CLOSED: Final = frozenset({"enum", "const", "format", "pattern", "minLength"})


def _has_zero(shape: JsonMapping) -> bool:
    return not (_CLOSED - {"format"}) & shape.keys() and (
        shape.get("minimum", 0) <= 0 <= shape.get("maximum", 0)
    )


def enum_values(schema: JsonMapping, payload: JsonObject) -> Iterator[MutatedPayload]:
    """
    Set each value with an enum to every value of the enum, its own one included.
    """
    for path, shape, _ in walk_with_schema(schema, payload):
        for listed in shape.get("enum", ()):
            if path and listed is not None:
                yield _mutated(payload, path, listed, json.dumps(listed, ensure_ascii=False))


# Times


def other_times(payload: JsonObject) -> Iterator[MutatedPayload]:
    """
    Format all times of an event in other ways that RFC 3339 allows.
    """
    for description, standard_only, format_moment in TIME_FORMATS:
        mutated = {name: reformatted(value, format_moment) for name, value in payload.items()}
        yield MutatedPayload(
            payload=mutated,
            description=description,
            properties=tuple(name for name in mutated if mutated[name] != payload[name]),
            standard_only=standard_only,
        )


# Text

#: Properties that hold what people write: names, notes and their own keys.
_WRITTEN: Final = re.compile(
    r"((\w+_)?(name|description|message)|(customer|space|access_grant)_keys?)"
)
_UNUSUAL_TEXTS: Final[Mapping[str, str]] = {
    "an emoji": "Key 🔑",
    "astral letters": "𝒮tudio 𝟜 👩🏽‍🔧",
    "U+2028": "before\N{LINE SEPARATOR}after\N{PARAGRAPH SEPARATOR}",
    "accents": "Zoë’s Café Cafe\N{COMBINING ACUTE ACCENT}",
    "right-to-left text": "\N{RIGHT-TO-LEFT MARK}שלום",
}


def text_paths(schema: JsonMapping, payload: JsonObject) -> tuple[Path, ...]:
    """
    Find the values that hold what people write.
    """
    return tuple(
        path
        for path, shape, value in walk_with_schema(schema, payload)
        if isinstance(value, str) and _is_written(path, shape)
    )


def _is_written(path: Path, shape: JsonMapping) -> bool:
    if (_CLOSED - {"minLength"}) & shape.keys():
        return False
    names = [str(one) for one in path if isinstance(one, str)]
    return bool(_WRITTEN.fullmatch(names[-1])) or any(
        name.endswith("custom_metadata") for name in names[:-1]
    )


def with_unusual_text(payload: JsonObject, paths: tuple[Path, ...]) -> JsonObject:
    """
    Put text of many scripts at each of some paths.
    """
    for path in paths:
        payload = replaced(payload, path, " ".join(_UNUSUAL_TEXTS.values()))
    return payload


def unusual_texts(payload: JsonObject, path: Path) -> Iterator[MutatedPayload]:
    """
    Put one unusual text after the other at a path.
    """
    for name, text in _UNUSUAL_TEXTS.items():
        yield MutatedPayload(
            payload=replaced(payload, path, text),
            description=name,
            properties=(str(path[0]),),
        )


# Size

_METADATA_ENTRIES: Final = 50


def enlarged(payload: JsonObject, size: int, letter: str = "x") -> JsonObject:
    """
    Fill an event up to about a number of bytes: its metadata, or else its description.
    """
    count = size // len(letter.encode())
    name = next((one for one in payload if one.endswith("_custom_metadata")), None)
    if name is None:
        return {**payload, "event_description": f"{letter * 7} " * (count // 8)}
    entry = letter * (count // _METADATA_ENTRIES)
    return {**payload, name: {f"note_{at}": entry for at in range(_METADATA_ENTRIES)}}


# Properties that the contract does not have

_UNKNOWN: Final[JsonMapping] = {
    "future_property": "new",
    "future_object": {"depth": {"list": [1, None, True, {}]}},
    "future_list": [],
    "future_null": None,
    "future_number": 0.5,
}
_UNUSUAL_NAMES: Final[JsonMapping] = {"Future-Property": 1, "🔮": "🔑", "__class__": "x", "": ""}


def unknown_properties(schema: JsonMapping, payload: JsonObject) -> Iterator[MutatedPayload]:
    """
    Add unknown properties: to the event, to the objects inside it, and ones with unusual names.
    """
    yield MutatedPayload(payload={**payload, **_UNKNOWN}, description="unknown properties")
    inner = copy.deepcopy(payload)
    objects = [
        value
        for path, shape, value in walk_with_schema(schema, inner)
        if path and isinstance(value, dict) and "properties" in shape
    ]
    for value in objects:
        value["future_property"] = "new"
    if objects:
        yield MutatedPayload(payload=inner, description="unknown properties inside")
    yield MutatedPayload(
        payload={**payload, **_UNUSUAL_NAMES},
        description="oddly named unknown properties",
        standard_only=True,
    )


# The whole payload

#: Changes a payload, given the names of the properties that it may lack.
PayloadMutation: TypeAlias = "Callable[[JsonObject, tuple[str, ...]], JsonObject]"

_NEW_FIELD: Final[JsonMapping] = {
    "something_new": {"of": ["a kind", 7, None], "that": "nobody knows"}
}
_LARGE: Final = 340_000
_SCRIPTS: Final = " 🔑 مفتاح ключ 钥匙 e\u0301 \u202e\u2028 𝕊"
_TEXT_NAMES: Final = re.compile(r"(^|_)(name|message|description|label)$")
_SECONDS: Final = re.compile(r"(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def _unknown_event_type(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    resource = str(payload.get("event_type", "")).partition(".")[0] or "device"
    return payload | {"event_type": f"{resource}.something_new_happened"}


def _microseconds(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    return {
        name: _SECONDS.sub(_six_digits, value) if isinstance(value, str) else value
        for name, value in payload.items()
    }


def _six_digits(found: re.Match[str]) -> str:
    digits = (found[2] or ".")[1:7]
    return f"{found[1]}.{digits:0<3}329{found[3]}" if len(digits) <= 3 else found[0]  # noqa: PLR2004


def _unicode(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    extended = {
        name: value + _SCRIPTS
        for name, value in payload.items()
        if isinstance(value, str) and _TEXT_NAMES.search(name)
    }
    return payload | (extended or {"event_description": _SCRIPTS.strip()})


def _large(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    description = str(payload.get("event_description") or "A long story.")
    room = _LARGE - len(Event.of(payload | {"event_description": description + " "}).body)
    return payload | {"event_description": f"{description} {'x' * max(room, 0)}"}


#: By the name of the fault that makes it.
PAYLOAD_MUTATIONS: Final[Mapping[str, PayloadMutation]] = {
    "unknown_event_type": _unknown_event_type,
    "unknown_field": lambda payload, _: {**payload, **_NEW_FIELD},
    "missing_optional": lambda payload, optional: without(payload, *optional),
    "null_optional": lambda payload, optional: payload | dict.fromkeys(optional),
    "microseconds": _microseconds,
    "unicode": _unicode,
    "large": _large,
}
