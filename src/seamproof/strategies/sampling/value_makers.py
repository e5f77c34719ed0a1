"""
Compiles schemas into functions that draw realistic values fast.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.errors import UsageError
from seamproof.schemas.validation.example_values import BY_FORMAT
from seamproof.schemas.validation.keywords import stated_types
from seamproof.strategies.sampling.draw import Draw, texts
from seamproof.strategies.sampling.property_values import (
    CONSISTENT_VALUES,
    SENT_WITH,
    find_value_maker,
    list_length,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import EventSchema

Presence: TypeAlias = Literal["all", "required", "mixed"]

#: The probability of each optional property.
SHARES: Final[Mapping[Presence, float]] = {"all": 1.0, "required": 0.0, "mixed": 0.5}

#: Draws a value.
Make: TypeAlias = "Callable[[Draw], Json]"

_WIDTH: Final = 100


def event_maker(event_type: str, document: JsonMapping, share: float) -> Make:
    """
    Compile the function that draws events of a type.

    Args:
        event_type: The event type.
        document: Its schema.
        share: The probability of each optional property.

    Raises:
        UsageError: The schema has a keyword that samples do not support.
    """
    members = _members(document, share, "")
    names = frozenset(name for name, *_ in members)
    sometimes = [(name, likely) for name, likely, _ in members if likely < 1.0]

    def make(draw: Draw) -> JsonObject:
        chance = draw.random.random
        absent = {name for name, likely in sometimes if chance() >= likely}
        absent |= {name for name, other in SENT_WITH.items() if other in absent}
        draw.begin(event_type, names - absent)
        return {name: value(draw) for name, _, value in members if name in draw.present}

    return make


_MAKERS: Final[dict[tuple[int, float, bool], tuple[EventSchema, Make]]] = {}


def maker_of(schema: EventSchema, share: float, *, undocumented: bool = False) -> Make:
    """
    Return the function that draws events of a type; it is compiled on first use.

    Args:
        schema: The schema of the event type.
        share: The probability of each optional property.
        undocumented: Whether events have undocumented properties.

    Raises:
        UsageError: The schema has a keyword that samples do not support.
    """
    # By identity. The schema is kept as well, so that its id is not reused.
    key = (id(schema), share, undocumented)
    if key not in _MAKERS:
        document = sampled_document(schema, undocumented=undocumented)
        _MAKERS[key] = (schema, event_maker(schema.event_type, document, share))
    return _MAKERS[key][1]


def sampled_document(schema: EventSchema, *, undocumented: bool = False) -> JsonObject:
    """
    Return the schema that events are drawn from.

    The event type's description is the value of `event_description`.

    Args:
        schema: The schema of the event type.
        undocumented: Whether it has the optional properties that are not, or no longer,
            documented.
    """
    notes = schema.document.get("x-seam", {}).get("properties", {})
    document = dict(schema.document)
    if not undocumented:
        required = document.get("required", ())
        document["properties"] = {
            name: _documented(shape)
            for name, shape in document["properties"].items()
            if name in required or notes.get(name, {}).get("documented", True)
        }
    if "event_description" in document["properties"]:
        description = {"event_description": {"const": schema.description}}
        document["properties"] = {**document["properties"], **description}
    return document


def _documented(shape: JsonMapping) -> JsonMapping:
    """
    Leave out the nested properties that are no longer documented.
    """
    kept = dict(shape)
    if isinstance(shape.get("items"), dict):
        kept["items"] = _documented(shape["items"])
    if "properties" in shape:
        kept["properties"] = {
            name: _documented(one)
            for name, one in shape["properties"].items()
            if name in shape.get("required", ()) or one.get("x-seam", {}).get("documented", True)
        }
    return kept


def _members(schema: JsonMapping, share: float, prefix: str) -> list[tuple[str, float, Make]]:
    required = frozenset(schema.get("required", ()))
    return [
        (name, 1.0 if name in required else share, value_maker(prefix + name, shape, share))
        for name, shape in schema["properties"].items()
        if name in required or share
    ]


def _object(path: str, schema: JsonMapping, share: float) -> Make:
    if "properties" not in schema:
        return lambda _: {}
    members = _members(schema, share, f"{path}.")

    def make(draw: Draw) -> JsonObject:
        chance = draw.random.random
        return {
            member: value(draw)
            for member, likely, value in members
            if likely == 1.0 or chance() < likely
        }

    return make


def value_maker(path: str, schema: JsonMapping, share: float) -> Make:
    """
    Compile the function that draws a value.

    It uses the const, enum or format of the schema, else the table of properties,
    else the type alone.

    Args:
        path: The property, as `find_value_maker` takes it.
        schema: The schema of the value.
        share: The probability of each optional property of nested objects.

    Raises:
        UsageError: The schema has a keyword that samples do not support.
    """
    if "const" in schema:
        const = schema["const"]
        return lambda _: const
    if "enum" in schema:
        choices = [choice for choice in schema["enum"] if choice is not None] or [None]
        return _one_of(choices, CONSISTENT_VALUES.get(path))
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]](path)
    if schema.get("format") in BY_FORMAT:
        plain = BY_FORMAT[schema["format"]]
        return lambda _: plain
    kind = _kind(schema)
    known = find_value_maker(path, kind)
    if known and kind == "number":
        return _clamped(known, schema)
    known = None if _LIMITS & {*schema} else known
    return known or _BY_TYPE[kind](path, schema, share)


#: Limits that drawn values keep, and all keywords that samples support.
_LIMITS: Final = frozenset(
    {"maximum", "minimum", "maxItems", "minItems", "maxLength", "minLength", "pattern"}
)
_SUPPORTED: Final = _LIMITS | {
    *("additionalProperties", "description", "deprecated", "examples", "format", "items"),
    *("properties", "required", "title", "type", "$id", "$schema", "x-seam"),
}


def _kind(schema: JsonMapping) -> str:
    unsupported = {*schema} - _SUPPORTED
    if unsupported:
        what = f"samples do not support a schema with {', '.join(sorted(unsupported))}"
        raise UsageError(what, found=str(dict(schema)))
    usual = "object" if "properties" in schema else "string"
    kind = next((one for one in stated_types({"type": usual, **schema}) if one != "null"), "null")
    if kind in _BY_TYPE:
        return kind
    what = "samples do not support this schema"
    raise UsageError(what, expected=f"type {', '.join(_BY_TYPE)}", found=str(dict(schema)))


def _times(path: str) -> Make:
    if path == "created_at":
        return lambda draw: draw.time(draw.delay)
    if path.endswith(".created_at"):
        return lambda draw: draw.time(-draw.random.randrange(1000, 600_000))
    return lambda draw: draw.time()


def _address(ending: str) -> Make:
    return lambda draw: f"https://media.example.com/{draw.uuid()}.{ending}"


def _string(path: str, schema: JsonMapping, _share: float) -> Make:
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        what = f"samples do not support the pattern of {path}"
        raise UsageError(what, found=str(schema["pattern"]))

    def make(draw: Draw) -> str:
        text = draw.random.choice(texts("sentence", nb_words=5))
        while len(text) < low:
            text += " " + draw.random.choice(texts("word"))
        return text if high is None else text[:high]

    return make


def _one_of(choices: list[Json], consistent: Make | None) -> Make:
    if consistent is None:
        return lambda draw: draw.random.choice(choices)

    def make(draw: Draw) -> Json:
        value = consistent(draw)
        return value if value in choices else draw.random.choice(choices)

    return make


def _clamped(make: Make, schema: JsonMapping) -> Make:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    return lambda draw: min(max(make(draw), low), high)


def _range(schema: JsonMapping) -> tuple[float, float]:
    low = schema.get("minimum", min(0, schema.get("maximum", _WIDTH) - _WIDTH))
    return low, schema.get("maximum", low + _WIDTH)


def _number(_path: str, schema: JsonMapping, _share: float) -> Make:
    low, high = _range(schema)
    return lambda draw: min(max(round(draw.random.uniform(low, high), 2), low), high)


def _integer(_path: str, schema: JsonMapping, _share: float) -> Make:
    low, high = _range(schema)
    return lambda draw: draw.random.randint(math.ceil(low), math.floor(high))


def _array(path: str, schema: JsonMapping, share: float) -> Make:
    item = value_maker(path, schema.get("items", {"type": "string"}), share)
    low, high = schema.get("minItems", 0), schema.get("maxItems", math.inf)

    def make(draw: Draw) -> list[Json]:
        usual = list_length(path, draw)
        return [item(draw) for _ in range(int(min(max(usual, low), high)))]

    return make


#: Compiles the function for a JSON type alone.
_BY_TYPE: Final[Mapping[str, Callable[[str, JsonMapping, float], Make]]] = {
    "array": _array,
    "boolean": lambda *_: lambda draw: draw.chance(0.5),
    "integer": _integer,
    "number": _number,
    "object": _object,
    "string": _string,
}

_FORMATS: Final[Mapping[str, Callable[[str], Make]]] = {
    "date-time": _times,
    "uri": lambda path: _address("mp4" if "video" in path else "jpg"),
    "uuid": lambda _: Draw.uuid,
}
