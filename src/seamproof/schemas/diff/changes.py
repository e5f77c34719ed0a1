"""
Changes between two versions of the schemas, and their impact on a handler.

The handler is the consumer. A value that may newly occur, or a property that
may newly be missing, can break it; a new guarantee cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.json_pointer import escape
from seamproof.schemas.diff.documented import current_properties, marks_of
from seamproof.schemas.validation.keywords import listed_values, stated_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject


class Impact(StrEnum):
    """
    The impact of a change on a handler that was written for the old version.
    """

    BREAKING = "breaking"
    WIDENING = "widening"
    COMPATIBLE = "compatible"


_B, _W, _C = Impact.BREAKING, Impact.WIDENING, Impact.COMPATIBLE

#: From each kind of change to its impact and to what the author of a handler should do.
KINDS: Final[Mapping[str, tuple[Impact, str]]] = {
    "event_removed": (_B, "Seam stops sending it: find what replaces it and listen to that."),
    "event_added": (_C, "Answer it 2xx, as any type that the handler does not know."),
    "event_deprecated": (_C, "Plan to do without it: Seam advises against relying on it."),
    "event_undeprecated": (_C, "Nothing to do: it may be relied on again."),
    "event_documented": (_C, "Nothing to do: it is part of the documentation now."),
    "event_undocumented": (_C, "Do not rely on it any more than on what is not documented."),
    "property_removed": (_B, "Stop reading it; where it is needed, get it from Seam's API."),
    "property_added": (_C, "Nothing to do: unknown properties are to be passed over."),
    "property_deprecated": (_C, "Plan to do without it: Seam advises against relying on it."),
    "property_undeprecated": (_C, "Nothing to do: it may be relied on again."),
    "property_optional": (_B, "Expect events without it: read it with a default."),
    "property_required": (_C, "Nothing to do: it is in every event now."),
    "null_admitted": (_B, "Expect null: test for it before using the value."),
    "null_excluded": (_C, "Nothing to do: the test for null is no longer needed."),
    "type_changed": (_B, "Read the value by its new type, and by the old one while both occur."),
    "type_narrowed": (_C, "Nothing to do: the types that are left were handled before."),
    "format_changed": (_B, "Parse the value by its new format."),
    "format_removed": (_B, "Take the value as plain text: it may no longer parse."),
    "format_added": (_C, "Nothing to do: the values keep to a form that text had room for."),
    "value_added": (_W, "Give every switch over the value a default branch."),
    "value_removed": (_C, "Nothing to do: the branch for it is no longer reached."),
    "values_opened": (_W, "Expect values that are on no list: give switches a default branch."),
    "values_closed": (_C, "Nothing to do: the values come from a list now."),
    "limit_loosened": (_W, "Expect values beyond the old limit."),
    "limit_tightened": (_C, "Nothing to do: the values stay within the old limit."),
    "shape_changed": (_B, "Compare both versions: the value is described in another way."),
    "extra_opened": (_C, "Nothing to do: unknown properties are to be passed over."),
    "extra_closed": (_C, "Nothing to do: no other properties come along any more."),
}

#: Limits, and whether a greater number is less strict.
_LIMITS: Final[Mapping[str, bool]] = {
    "exclusiveMaximum": True,
    "exclusiveMinimum": False,
    "maximum": True,
    "maxItems": True,
    "maxLength": True,
    "maxProperties": True,
    "minimum": False,
    "minItems": False,
    "minLength": False,
    "minProperties": False,
}
#: Keywords whose values are compared as a whole. Those in `_RESTRICTING` only restrict the
#: values, so that adding one breaks nothing.
_RESTRICTING: Final = ("multipleOf", "pattern", "uniqueItems")
_ANNOTATIONS: Final = ("$comment", "deprecated", "description", "examples", "title")
_WHOLES: Final = ("allOf", "anyOf", "oneOf", "multipleOf", "pattern", "uniqueItems")
#: From Python types to the names of JSON types.
_NAMES: Final[Mapping[type, str]] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "integer",
    list: "array",
    str: "string",
    type(None): "null",
}
_ALL_TYPES: Final = frozenset({*_NAMES.values()} - {"integer"})


@dataclass(frozen=True, slots=True)
class Change:
    """
    One difference between two versions of the contract.

    Attributes:
        event_type: The event type concerned.
        pointer: JSON Pointer into the payload; `*` stands for any item or any name.
        kind: One of `KINDS`.
        before: The value in the old version; None if it has none.
        after: The value in the new version; None if it has none.
    """

    event_type: str
    pointer: str
    kind: str
    before: Json
    after: Json

    @property
    def impact(self) -> Impact:
        """
        The impact of the change on a handler.
        """
        return KINDS[self.kind][0]

    @property
    def advice(self) -> str:
        """
        What the author of a handler should do.
        """
        return KINDS[self.kind][1]


def changes(old: Mapping[str, JsonMapping], new: Mapping[str, JsonMapping]) -> tuple[Change, ...]:
    """
    Compare two versions of the schemas.

    Args:
        old: From event type to schema, without references.
        new: The same for the new version.

    Returns:
        The changes, sorted by event type and JSON Pointer.
    """
    found: list[Change] = []
    for event_type in sorted({*old, *new}):
        if event_type not in new or _was_removed(old.get(event_type), new[event_type]):
            found.append(Change(event_type, "", "event_removed", "sent", None))
        elif event_type not in old:
            found.append(Change(event_type, "", "event_added", None, "sent"))
        else:
            found += _event_changes(event_type, old[event_type], new[event_type])
    return tuple(found)


def _was_removed(old: JsonMapping | None, new: JsonMapping) -> bool:
    """
    Whether an event was documented in the old version and is only formerly so in the new one.
    """
    before, after = marks_of(old).get("formerly"), marks_of(new).get("formerly")
    return old is not None and not before and bool(after)


def _event_changes(event_type: str, old: JsonMapping, new: JsonMapping) -> Iterator[Change]:
    was, now = marks_of(old), marks_of(new)
    for note, gained, lost in (
        ("deprecated", "event_deprecated", "event_undeprecated"),
        ("documented", "event_documented", "event_undocumented"),
    ):
        if note in was and note in now and was[note] != now[note]:
            yield Change(event_type, "", gained if now[note] else lost, was[note], now[note])
    found = _compare("", old, new)
    for pointer, kind, before, after in sorted(found, key=lambda one: one[0]):
        yield Change(event_type, pointer, kind, before, after)


_Difference: TypeAlias = "tuple[str, str, Json, Json]"


def _compare(pointer: str, old: JsonMapping, new: JsonMapping) -> Iterator[_Difference]:
    # A schema can be `true`, which says nothing.
    old, new = (one if isinstance(one, dict) else {} for one in (old, new))
    was, now = _types(old), _types(new)
    nullable = _admits_null(old), _admits_null(new)
    if nullable == (False, True):
        yield pointer, "null_admitted", old.get("type"), new.get("type")
    elif nullable == (True, False):
        yield pointer, "null_excluded", old.get("type"), new.get("type")
    if was - {"null"} != now - {"null"}:
        kind = "type_narrowed" if _is_narrower(now, was) else "type_changed"
        yield pointer, kind, old.get("type"), new.get("type")
        if kind == "type_changed":
            return
    yield from _compare_deprecation(pointer, old, new)
    yield from _compare_text(pointer, old, new)
    for keyword, greater_is_looser in _LIMITS.items():
        yield from _compare_limit(pointer, keyword, old, new, greater_is_looser=greater_is_looser)
    for keyword in _WHOLES:
        before, after = old.get(keyword), new.get(keyword)
        if _constraints(before) != _constraints(after):
            kind = "shape_changed"
            if keyword in _RESTRICTING and (
                _constraints(before) is None or _constraints(after) is None
            ):
                kind = "limit_loosened" if _constraints(after) is None else "limit_tightened"
            yield pointer, kind, {keyword: before}, {keyword: after}
    yield from _compare_members(pointer, old, new)
    if "items" in old or "items" in new:
        yield from _compare(f"{pointer}/*", old.get("items", {}), new.get("items", {}))


def _types(schema: JsonMapping) -> frozenset[str]:
    types = frozenset(stated_types(schema))
    if not types:
        values = listed_values(schema)
        return _ALL_TYPES if values is None else frozenset(_NAMES[type(value)] for value in values)
    return types - {"integer"} if "number" in types else types


def _admits_null(schema: JsonMapping) -> bool:
    listed = listed_values(schema)
    return "null" in _types(schema) and (listed is None or None in listed)


def _constraints(value: Json) -> Json:
    """
    Remove annotations; `false`, where it is the default, counts as absent.
    """
    if isinstance(value, list):
        return [_constraints(one) for one in value]
    if isinstance(value, dict):
        return {key: _constraints(one) for key, one in value.items() if key not in _ANNOTATIONS}
    return value or None


def _is_narrower(now: frozenset[str], was: frozenset[str]) -> bool:
    """
    Return whether the old version had every type of the new one; integers are numbers.
    """
    return all(one in was or (one == "integer" and "number" in was) for one in now - {"null"})


def _compare_deprecation(pointer: str, old: JsonMapping, new: JsonMapping) -> Iterator[_Difference]:
    before, after = bool(old.get("deprecated")), bool(new.get("deprecated"))
    if pointer and before != after:
        kind = "property_deprecated" if after else "property_undeprecated"
        yield pointer, kind, before, after


def _compare_text(pointer: str, old: JsonMapping, new: JsonMapping) -> Iterator[_Difference]:
    before, after = old.get("format"), new.get("format")
    if before != after:
        kind = "format_added" if before is None else "format_changed" if after else "format_removed"
        yield pointer, kind, before, after
    was, now = _values(old), _values(new)
    if was is not None and now is not None:
        for value in now:
            if value not in was:
                yield pointer, "value_added", None, value
        for value in was:
            if value not in now:
                yield pointer, "value_removed", value, None
    elif was != now:
        yield pointer, "values_opened" if now is None else "values_closed", was, now


def _values(schema: JsonMapping) -> list[Json] | None:
    """
    Return the listed values of a schema without null, which is compared as a type.
    """
    listed = listed_values(schema)
    if listed is None or "const" in schema:
        return listed
    return [value for value in listed if value is not None]


def _compare_limit(
    pointer: str,
    keyword: str,
    old: JsonMapping,
    new: JsonMapping,
    *,
    greater_is_looser: bool,
) -> Iterator[_Difference]:
    lengths = keyword in ("minItems", "minLength", "minProperties")
    before, after = (
        (one.get(keyword) or None) if lengths else one.get(keyword) for one in (old, new)
    )
    if before == after:
        return
    if before is None or after is None:
        looser = after is None
    else:
        looser = (after > before) == greater_is_looser
    kind = "limit_loosened" if looser else "limit_tightened"
    yield pointer, kind, {keyword: before}, {keyword: after}


def _compare_members(pointer: str, old: JsonMapping, new: JsonMapping) -> Iterator[_Difference]:
    was, now = current_properties(old, new), current_properties(new, old)
    always, still = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted({*was, *now}):
        member = f"{pointer}/{escape(name)}"
        if name not in now:
            yield member, "property_removed", _brief(was[name]), None
        elif name not in was:
            yield member, "property_added", None, _brief(now[name])
        else:
            if (name in always) != (name in still):
                kind = "property_optional" if name in always else "property_required"
                names = {True: "required", False: "optional"}
                yield member, kind, names[name in always], names[name in still]
            yield from _compare(member, was[name], now[name])
    rest, others = (one.get("additionalProperties", True) for one in (old, new))
    if (rest is False) != (others is False):
        yield pointer, "extra_opened" if rest is False else "extra_closed", rest, others
    elif isinstance(rest, dict) or isinstance(others, dict):
        shapes = [one if isinstance(one, dict) else {} for one in (rest, others)]
        yield from _compare(f"{pointer}/*", *shapes)


def _brief(shape: JsonMapping) -> JsonObject:
    """
    Return the most important keywords of a property's schema.
    """
    return {key: shape[key] for key in ("type", "format", "const", "enum") if key in shape}
