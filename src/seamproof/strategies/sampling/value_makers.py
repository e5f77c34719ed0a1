"""
Making realistic values, fast: each schema is compiled once into plain functions.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from seamproof.errors import UsageError
from seamproof.schemas.validation.example_values import BY_FORMAT
from seamproof.strategies.sampling.draw import Draw
from seamproof.strategies.sampling.property_values import AGREEING, ALONG_WITH, look, usual_length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import EventSchema

Make: TypeAlias = "Callable[[Draw], Any]"

_WIDTH: Final = 100


def event_maker(event_type: str, document: JsonMapping, share: float) -> Make:
    """
    Compile what makes whole events of a type.

    Args:
        event_type: Its name.
        document: Its schema.
        share: Which share of the optional properties an event gets.

    Raises:
        UsageError: The schema says something that no sample can be made from.
    """
    members = _members(document, share, "")
    names = frozenset(name for name, *_ in members)
    sometimes = [(name, likely) for name, likely, _ in members if likely < 1.0]

    def make(draw: Draw) -> JsonObject:
        chance = draw.random.random
        absent = {name for name, likely in sometimes if chance() >= likely}
        absent |= {name for name, other in ALONG_WITH.items() if other in absent}
        draw.begin(event_type, names - absent)
        return {name: value(draw) for name, _, value in members if name in draw.present}

    return make


_MAKERS: Final[dict[tuple[int, float], tuple[EventSchema, Make]]] = {}


def maker_of(schema: EventSchema, share: float) -> Make:
    """
    Compile what makes events of a type when it is first needed.

    Args:
        schema: The contract of the event type.
        share: Which share of the optional properties an event gets.

    Raises:
        UsageError: The schema says something that no sample can be made from.
    """
    # By identity: the schema is kept beside its maker, so that no other one takes its number.
    key = (id(schema), share)
    if key not in _MAKERS:
        _MAKERS[key] = (schema, event_maker(schema.event_type, described(schema), share))
    return _MAKERS[key][1]


def described(schema: EventSchema) -> JsonObject:
    """
    Give the document of an event type, with the text that describes each of its events.
    """
    document = dict(schema.document)
    if "event_description" in document["properties"]:
        told = {"event_description": {"const": schema.description}}
        document["properties"] = {**document["properties"], **told}
    return document


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
    Compile what makes a value: the exacter a schema is, the sooner it decides.

    Args:
        path: Names the property, as the vocabulary knows it.
        schema: Of the value.
        share: Which share of the optional properties of nested objects there is.

    Raises:
        UsageError: The schema says something that no sample can be made from.
    """
    if "const" in schema:
        const = schema["const"]
        return lambda _: const
    if "enum" in schema:
        choices = [choice for choice in schema["enum"] if choice is not None] or [None]
        return _one_of(choices, AGREEING.get(path))
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]](path)
    if schema.get("format") in BY_FORMAT:
        plain = BY_FORMAT[schema["format"]]
        return lambda _: plain
    kind = _kind(schema)
    known = look(path, kind)
    if known and kind == "number":
        return _clamped(known, schema)
    known = None if _LIMITS & {*schema} else known
    return known or _PLAIN[kind](path, schema, share)


#: Limits that a value is drawn within, and what else a schema may hold for a sample to be made.
_LIMITS: Final = frozenset(
    {"maximum", "minimum", "maxItems", "minItems", "maxLength", "minLength", "pattern"}
)
_UNDERSTOOD: Final = _LIMITS | {
    *("additionalProperties", "description", "deprecated", "examples", "format", "items"),
    *("properties", "required", "title", "type", "$id", "$schema", "x-seam"),
}


def _kind(schema: JsonMapping) -> str:
    strange = {*schema} - _UNDERSTOOD
    if strange:
        what = f"a sample cannot be made from a schema with {', '.join(sorted(strange))}"
        raise UsageError(what, found=str(dict(schema)))
    stated = schema.get("type", "object" if "properties" in schema else "string")
    kinds = [stated] if isinstance(stated, str) else [one for one in stated if one != "null"]
    if kinds and kinds[0] in _PLAIN:
        return str(kinds[0])
    what = "a sample cannot be made from this schema"
    raise UsageError(what, expected=f"type {', '.join(_PLAIN)}", found=str(dict(schema)))


def _times(path: str) -> Make:
    if path == "created_at":
        return lambda draw: draw.time(draw.delay)
    if path.endswith(".created_at"):
        return lambda draw: draw.time(-draw.random.randrange(1000, 600_000))
    return lambda draw: draw.time()


def _address(ending: str) -> Make:
    return lambda draw: f"https://media.example.com/{draw.uuid()}.{ending}"


def _string(path: str, schema: JsonMapping, share: float) -> Make:
    del share
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        what = f"a sample cannot be made from the pattern of {path}"
        raise UsageError(what, found=str(schema["pattern"]))

    def make(draw: Draw) -> str:
        text = str(draw.random.choice(draw.words.sentences))
        while len(text) < low:
            text += " " + draw.random.choice(draw.words.words)
        return text if high is None else text[:high]

    return make


def _one_of(choices: list[Any], agreeing: Make | None) -> Make:
    if agreeing is None:
        return lambda draw: draw.random.choice(choices)

    def make(draw: Draw) -> Json:
        value = agreeing(draw)
        return value if value in choices else draw.random.choice(choices)

    return make


def _clamped(make: Make, schema: JsonMapping) -> Make:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    return lambda draw: min(max(make(draw), low), high)


def _range(schema: JsonMapping) -> tuple[float, float]:
    low = schema.get("minimum", min(0, schema.get("maximum", _WIDTH) - _WIDTH))
    return low, schema.get("maximum", low + _WIDTH)


def _number(path: str, schema: JsonMapping, share: float) -> Make:
    del path, share
    low, high = _range(schema)
    return lambda draw: min(max(round(draw.random.uniform(low, high), 2), low), high)


def _integer(path: str, schema: JsonMapping, share: float) -> Make:
    del path, share
    low, high = _range(schema)
    return lambda draw: draw.random.randint(math.ceil(low), math.floor(high))


def _array(path: str, schema: JsonMapping, share: float) -> Make:
    item = value_maker(path, schema.get("items", {"type": "string"}), share)
    low, high = schema.get("minItems", 0), schema.get("maxItems", math.inf)

    def make(draw: Draw) -> list[Any]:
        usual = usual_length(path, draw)
        return [item(draw) for _ in range(int(min(max(usual, low), high)))]

    return make


#: What makes a value of a JSON type that nothing more exact is known of.
_PLAIN: Final[Mapping[str, Callable[[str, JsonMapping, float], Make]]] = {
    "array": _array,
    "boolean": lambda *_: lambda draw: draw.random.random() < 0.5,  # noqa: PLR2004 - as often as not
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
