"""
Events that violate their schema in exactly one way, each with a description of the mutation.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from hypothesis import strategies as st

from seamproof import json_pointer
from seamproof.errors import UsageError
from seamproof.schemas.catalogue import catalog
from seamproof.schemas.validation.example_values import placeholder
from seamproof.schemas.validation.keywords import stated_types
from seamproof.strategies.generators.edits import content_id
from seamproof.strategies.generators.events import events
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import Catalogue

#: The value of a mutation that removes a property.
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Breach:
    """
    The mutation that made a valid event invalid.

    Attributes:
        pointer: JSON Pointer to the violation that the validator reports.
        rule: The rule of that violation.
        done: The mutation, in words.
    """

    pointer: str
    rule: str
    done: str


#: A mutation, and the invalid value that it puts at its place, or `_ABSENT`.
_Mutation: TypeAlias = tuple[Breach, "Json"]


def invalid_events(
    pattern: str = "*",
    *,
    undocumented: bool = False,
    catalogue: Catalogue | None = None,
) -> st.SearchStrategy[tuple[JsonObject, Breach]]:
    """
    Generate invalid events, each with a description of what makes it invalid.

    Each is a valid event with one mutation: a required property is missing, a
    value has another type or format, is null where null is not allowed, is not one
    of the listed values, or is beyond a limit.

    Args:
        pattern: A glob over event types.
        undocumented: Whether the pattern includes undocumented and deprecated types.
        catalogue: The schemas; by default the built-in ones.

    Raises:
        UnknownEventType: No event type matches; suggests the nearest ones.
    """
    events(pattern, undocumented=undocumented, catalogue=catalogue)
    options: JsonObject = {"undocumented": True} if undocumented else {}
    if catalogue is not None:
        options["catalogue"] = catalogue
    return _drawn(pattern, **options)


@named("invalid_events")
def _drawn(
    draw: st.DrawFn,
    /,
    pattern: str,
    *,
    undocumented: bool = False,
    catalogue: Catalogue | None = None,
) -> tuple[JsonObject, Breach]:
    event = draw(events(pattern, undocumented=undocumented, catalogue=catalogue))
    known = catalog() if catalogue is None else catalogue
    mutations = list(_mutations(known[event["event_type"]].document, event, ()))
    if not mutations:
        what = f"no event of {event['event_type']} can be invalid"
        raise UsageError(what, cure="give its schema a required property, a type or a limit")
    breach, value = mutations[draw(st.integers(0, len(mutations) - 1))]
    mutated, path = copy.deepcopy(event), json_pointer.parse(breach.pointer)
    if value is _ABSENT:
        json_pointer.remove(mutated, path)
    else:
        json_pointer.assign(mutated, path, value)
    if path[0] != "event_id":
        mutated["event_id"] = content_id(0, mutated)
    return mutated, breach


#: The property that selects the schema: another event type is validated by another schema.
_EVENT_TYPE: Final = ("event_type",)


def _mutations(schema: JsonMapping, value: Json, path: tuple[str, ...]) -> Iterator[_Mutation]:
    """
    List the mutations that make a valid value invalid.
    """
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            pointer = json_pointer.to_pointer((*path, name))
            yield Breach(pointer, "required", f"left {name} out"), _ABSENT
        for name, shape in schema.get("properties", {}).items():
            if name in value:
                yield from _invalid_values(shape, value[name], (*path, name))
                yield from _mutations(shape, value[name], (*path, name))
        rest = schema.get("additionalProperties")
        if isinstance(rest, dict):
            yield from _additions(rest, (*path, "wrong_entry"), "an entry")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        if len(value) < schema.get("maxItems", math.inf):
            yield from _additions(schema["items"], (*path, str(len(value))), "an item")
        for index, item in enumerate(value):
            yield from _mutations(schema["items"], item, (*path, str(index)))


def _additions(shape: JsonMapping, path: tuple[str, ...], added: str) -> Iterator[_Mutation]:
    for breach, value in _invalid_values(shape, None, path):
        yield replace(breach, done=f"added {added}: {breach.done}"), value


def _invalid_values(shape: JsonMapping, value: Json, path: tuple[str, ...]) -> Iterator[_Mutation]:
    """
    List the invalid values for one place, by the keywords of its schema.
    """

    def mutation(rule: str, done: str, invalid: Json) -> _Mutation:
        return Breach(json_pointer.to_pointer(path), rule, done), invalid

    types = {*stated_types(shape)}
    if types:
        allowed = " or ".join(sorted(types))
        others = [(name, example) for name, example in _EXAMPLES if not _allows(types, name)]
        for other, invalid in others[:1]:
            yield mutation("type", f"put {other} in place of {allowed}", invalid)
        if "null" not in types and others[0][0] != "null":
            yield mutation("type", f"put null in place of {allowed}", None)
    if "const" in shape and path != _EVENT_TYPE:
        yield mutation("const", "put another constant", _unlisted([shape["const"]]))
    if "enum" in shape:
        yield mutation("enum", "put a value that is not listed", _unlisted(shape["enum"]))
    for text in _INVALID_FORMATS.get(shape.get("format", ""), ()):
        yield mutation("format", f"put {text!r}, which is no {shape['format']}", text)
    for keyword, (done, exceed) in _LIMITS.items():
        if keyword in shape:
            yield mutation(keyword, done, exceed(shape, value))


def _allows(types: set[str], name: str) -> bool:
    return name in types or (name == "integer" and "number" in types)


def _unlisted(listed: list[Json]) -> Json:
    text = next((value for value in listed if isinstance(value, str)), None)
    if text is None:
        numbers = (value for value in listed if isinstance(value, int | float))
        return max(numbers, default=0) + 1
    return f"un{text}" if f"un{text}" not in listed else "none_of_those_listed"


#: An example of each JSON type, in the order in which they replace values of other types.
_EXAMPLES: Final[tuple[tuple[str, Json], ...]] = (
    ("integer", 7),
    ("string", "seven"),
    ("boolean", True),
    ("array", []),
    ("object", {}),
    ("null", None),
)
_INVALID_FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "date-time": ("yesterday", "2026-01-05 06:00:00Z", "2026-01-05T06:00:00"),
    "uri": ("no address",),
    "uuid": ("not-a-uuid", "9b2c61d4-0f3e-4a57-8c1d"),
}


def _too_many(shape: JsonMapping, value: Json) -> list[Json]:
    item = value[0] if value else placeholder(shape.get("items", {}))
    return [item] * (shape["maxItems"] + 1)


#: From keyword to the mutation in words and the function that builds a value beyond the limit.
_LIMITS: Final[Mapping[str, tuple[str, Callable[[JsonMapping, Json], Json]]]] = {
    "minimum": ("put a number that is too low", lambda shape, _: shape["minimum"] - 1),
    "maximum": ("put a number that is too high", lambda shape, _: shape["maximum"] + 1),
    "exclusiveMinimum": ("put the limit itself", lambda shape, _: shape["exclusiveMinimum"]),
    "exclusiveMaximum": ("put the limit itself", lambda shape, _: shape["exclusiveMaximum"]),
    "maxLength": ("put a text too long", lambda shape, _: "x" * (shape["maxLength"] + 1)),
    "maxItems": ("put too many items", _too_many),
}
