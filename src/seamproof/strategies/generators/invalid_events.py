"""
Events that break the contract in exactly one way, with a label that says in which.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hypothesis import strategies as st

from seamproof.errors import UsageError
from seamproof.schemas.catalogue import catalog
from seamproof.schemas.json_text import escape
from seamproof.schemas.validation.example_values import placeholder
from seamproof.strategies.generators.edits import content_id
from seamproof.strategies.generators.events import events
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import Catalogue

#: Stands for a value that is taken away.
_ABSENT: Final = object()
#: What is wrong, the rule that says so, and the value to put in place.
_Wrong: TypeAlias = tuple[str, str, Any]


@dataclass(frozen=True, slots=True)
class Breach:
    """
    What was done to a valid event.

    Attributes:
        pointer: A JSON Pointer to where the validator finds it wrong.
        rule: The rule that the validator names there.
        done: What was done, in words.
    """

    pointer: str
    rule: str
    done: str


def invalid_events(
    pattern: str = "*",
    *,
    undocumented: bool = False,
    catalogue: Catalogue | None = None,
) -> st.SearchStrategy[tuple[JsonObject, Breach]]:
    """
    Draw events that the validator refuses, each with what was done to it.

    Each is a valid event and one mutation: a required property left out, a value
    of another type or format, null where there is none, a value that is not
    listed or not within its limits.

    Args:
        pattern: A glob over event types.
        undocumented: Whether the pattern finds undocumented and deprecated types.
        catalogue: The contract; by default the one that comes with seamproof.

    Raises:
        UnknownEventType: The pattern fits none; with the nearest names.
    """
    options = {"undocumented": undocumented, "catalogue": catalogue}
    events(pattern, undocumented=undocumented, catalogue=catalogue)
    return _drawn(pattern, **{name: value for name, value in options.items() if value})


@named("invalid_events")
def _drawn(
    draw: st.DrawFn,
    /,
    pattern: str,
    **options: Any,  # noqa: ANN401 - as above
) -> tuple[JsonObject, Breach]:
    event = draw(events(pattern, **options))
    known = options.get("catalogue") or catalog()
    document = known[event["event_type"]].document
    found = list(_mutations(document, event, ()))
    if not found:
        what = f"no event of {event['event_type']} can break its contract"
        raise UsageError(what, cure="give its schema a required property, a type or a limit")
    way, rule, done, value = found[draw(st.integers(0, len(found) - 1))]
    broken = _mutated(event, way, value)
    if "event_id" not in way[:1]:
        broken["event_id"] = content_id(0, broken)
    return broken, Breach("".join(f"/{escape(one)}" for one in way), rule, done)


def _mutations(
    schema: JsonMapping,
    value: Json,
    way: tuple[str, ...],
) -> Iterator[tuple[tuple[str, ...], str, str, Any]]:
    """
    List the ways to break a value: where, against which rule, how, and with what.
    """
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            yield (*way, name), "required", f"left {name} out", _ABSENT
        for name, shape in schema.get("properties", {}).items():
            if name in value:
                for rule, done, wrong in _wrongs(shape, value[name], is_type=(*way, name) == _TYPE):
                    yield (*way, name), rule, done, wrong
                yield from _mutations(shape, value[name], (*way, name))
        rest = schema.get("additionalProperties")
        for rule, done, wrong in _wrongs(rest, None) if isinstance(rest, dict) else ():
            yield (*way, "wrong_entry"), rule, f"added an entry: {done}", wrong
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        room = len(value) < schema.get("maxItems", math.inf)
        for rule, done, wrong in _wrongs(schema["items"], None) if room else ():
            yield (*way, str(len(value))), rule, f"added an item: {done}", wrong
        for place, item in enumerate(value):
            yield from _mutations(schema["items"], item, (*way, str(place)))


#: The property that decides which contract holds: another event type is another contract.
_TYPE: Final = ("event_type",)


def _wrongs(
    shape: JsonMapping,
    value: Json,
    *,
    is_type: bool = False,
) -> Iterator[_Wrong]:
    """
    List what a property may not be, by the keywords of its schema.
    """
    stated = shape.get("type", ())
    kinds = {stated} if isinstance(stated, str) else set(stated)
    if kinds:
        others = [(kind, other) for kind, other in _OTHERS if not _fits(kind, kinds)]
        for kind, other in others[:1]:
            yield "type", f"put {kind} in place of {' or '.join(sorted(kinds))}", other
        if "null" not in kinds and others[0][0] != "null":
            yield "type", f"put null in place of {' or '.join(sorted(kinds))}", None
    if "const" in shape and not is_type:
        yield "const", "put another constant", _unlisted([shape["const"]])
    if "enum" in shape:
        yield "enum", "put a value that is not listed", _unlisted(shape["enum"])
    for text in _WRONG_FORMATS.get(shape.get("format", ""), ()):
        yield "format", f"put {text!r}, which is no {shape['format']}", text
    for keyword, (done, exceed) in _LIMITS.items():
        if keyword in shape:
            yield keyword, done, exceed(shape, value)


def _fits(kind: str, kinds: set[str]) -> bool:
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _unlisted(listed: list[Json]) -> Json:
    text = next((one for one in listed if isinstance(one, str)), None)
    if text is None:
        return max((one for one in listed if isinstance(one, int | float)), default=0) + 1
    return f"un{text}" if f"un{text}" not in listed else "none_of_those_listed"


#: A value of each type, to stand where another type should.
_OTHERS: Final[tuple[tuple[str, Any], ...]] = (
    ("integer", 7),
    ("string", "seven"),
    ("boolean", True),
    ("array", []),
    ("object", {}),
    ("null", None),
)
_WRONG_FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "date-time": ("yesterday", "2026-01-05 06:00:00Z", "2026-01-05T06:00:00"),
    "uri": ("no address",),
    "uuid": ("not-a-uuid", "9b2c61d4-0f3e-4a57-8c1d"),
}


def _too_many(shape: JsonMapping, value: Json) -> list[Json]:
    item = value[0] if value else placeholder(shape.get("items", {}))
    return [item] * (shape["maxItems"] + 1)


#: By keyword, in words, and how to make a value that is past the limit.
_LIMITS: Final[Mapping[str, tuple[str, Callable[[JsonMapping, Any], Any]]]] = {
    "minimum": ("put a number that is too low", lambda shape, _: shape["minimum"] - 1),
    "maximum": ("put a number that is too high", lambda shape, _: shape["maximum"] + 1),
    "exclusiveMinimum": ("put the limit itself", lambda shape, _: shape["exclusiveMinimum"]),
    "exclusiveMaximum": ("put the limit itself", lambda shape, _: shape["exclusiveMaximum"]),
    "maxLength": ("put a text too long", lambda shape, _: "x" * (shape["maxLength"] + 1)),
    "maxItems": ("put too many items", _too_many),
}


def _mutated(event: JsonObject, way: tuple[str, ...], value: Json) -> JsonObject:
    mutated = copy.deepcopy(event)
    holder: Any = mutated
    for token in way[:-1]:
        holder = holder[int(token)] if isinstance(holder, list) else holder[token]
    last = way[-1]
    if value is _ABSENT:
        holder.pop(last, None)
    elif isinstance(holder, list):
        holder[int(last) :] = [value]
    else:
        holder[last] = value
    return mutated
