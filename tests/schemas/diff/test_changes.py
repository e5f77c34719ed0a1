"""
Changes between two versions of the schemas, and their impact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.schemas.diff.changes import KINDS, Change, Impact, changes
from seamproof.schemas.validation.contract import Contract
from tests.schemas import page_writer

if TYPE_CHECKING:
    from collections.abc import Mapping

MOVED: Final = "robot.moved"
ABSENT: Final = None
TEXT: Final = {"type": "string"}
NULLABLE: Final = {"type": ["string", "null"]}
UUID: Final = {"type": "string", "format": "uuid"}
TIME: Final = {"type": "string", "format": "date-time"}
FLAG: Final = {"type": "boolean"}
NUMBER: Final = {"type": "number"}
FLOAT: Final = {"type": "number", "format": "float"}
CLOSED: Final = {"type": "object", "additionalProperties": False}
CONST_A: Final = {"type": "string", "const": "a"}
CONST_B: Final = {"type": "string", "const": "b"}


def enum(*values: str | None) -> dict[str, Any]:
    """
    A string of listed values.
    """
    return {"type": [*NULLABLE["type"]] if None in values else "string", "enum": [*values]}


def types(*names: str) -> dict[str, Any]:
    """
    A value of one of these types.
    """
    return {"type": [*names]}


def within(**limits: float) -> dict[str, Any]:
    """
    A number within limits.
    """
    return {"type": "number", **limits}


def holding(*required: str, **properties: Any) -> dict[str, Any]:
    """
    An object with these properties.
    """
    return {"type": "object", "properties": properties, "required": [*required]}


def listing(items: Mapping[str, Any], **limits: int) -> dict[str, Any]:
    """
    An array of such items.
    """
    return {"type": "array", "items": items, **limits}


def pairs(*names: str) -> dict[str, Any]:
    """
    Pairs of a key and a value of one of these types, as custom metadata is.
    """
    return {"type": "object", "additionalProperties": types(*names)}


#: The old and the new schema of a property `x`, and the pointers and kinds of the changes.
FORMER: Final = TEXT | {"x-seam": {"documented": False, "formerly": True}}
TABLE: Final[Mapping[str, tuple[Any, Any, str]]] = {
    "a property goes": (TEXT, ABSENT, "/x property_removed"),
    "a property comes": (ABSENT, TEXT, "/x property_added"),
    "a property is deprecated": (TEXT, TEXT | {"deprecated": True}, "/x property_deprecated"),
    "a property is not deprecated": (
        TEXT | {"deprecated": True},
        TEXT | {"deprecated": False},
        "/x property_undeprecated",
    ),
    "a property is formerly documented": (TEXT, FORMER, "/x property_removed"),
    "a property is documented again": (FORMER, TEXT, "/x property_added"),
    "null comes": (TEXT, NULLABLE, "/x null_admitted"),
    "null goes": (NULLABLE, TEXT, "/x null_excluded"),
    "null comes to an enum": (enum("a"), enum("a", None), "/x null_admitted"),
    "null goes from an enum": (enum("a", None), enum("a"), "/x null_excluded"),
    "null and more": (enum("a"), enum("a", "b", None), "/x null_admitted, /x value_added"),
    "null in the enum, too": (NULLABLE | {"enum": ["a"]}, enum("a", None), "/x null_admitted"),
    "null by choice": (TEXT, {"anyOf": [TEXT, types("null")]}, "/x null_admitted, /x type_changed"),
    "string to number": (TEXT, NUMBER, "/x type_changed"),
    "string to object": (TEXT, holding(), "/x type_changed"),
    "object to array": (holding(), listing(TEXT), "/x type_changed"),
    "integer to number": (types("integer"), NUMBER, "/x type_changed"),
    "number to integer": (NUMBER, types("integer"), "/x type_narrowed"),
    "a type more": (TEXT, types("string", "boolean"), "/x type_changed"),
    "a type less": (types("string", "boolean"), TEXT, "/x type_narrowed"),
    "type and null": (TEXT, types("number", "null"), "/x null_admitted, /x type_changed"),
    "uuid to date-time": (UUID, TIME, "/x format_changed"),
    "uuid to text": (UUID, TEXT, "/x format_removed"),
    "text to date-time": (TEXT, TIME, "/x format_added"),
    "float to number": (FLOAT, NUMBER, "/x format_removed"),
    "number to float": (NUMBER, FLOAT, "/x format_added"),
    "float to double": (FLOAT, FLOAT | {"format": "double"}, "/x format_changed"),
    "a value comes": (enum("a"), enum("a", "b"), "/x value_added"),
    "a value goes": (enum("a", "b"), enum("a"), "/x value_removed"),
    "a value for another": (enum("a"), enum("b"), "/x value_added, /x value_removed"),
    "const to enum": (CONST_A, enum("a", "b"), "/x value_added"),
    "enum to const": (enum("a", "b"), CONST_A, "/x value_removed"),
    "const to const": (CONST_A, CONST_B, "/x value_added, /x value_removed"),
    "enum to text": (enum("a"), TEXT, "/x values_opened"),
    "text to enum": (TEXT, enum("a"), "/x values_closed"),
    "a greater maximum": (within(maximum=1), within(maximum=2), "/x limit_loosened"),
    "a smaller maximum": (within(maximum=2), within(maximum=1), "/x limit_tightened"),
    "a greater minimum": (within(minimum=1), within(minimum=2), "/x limit_tightened"),
    "a smaller minimum": (within(minimum=2), within(minimum=1), "/x limit_loosened"),
    "a limit comes": (TEXT, TEXT | {"maxLength": 9}, "/x limit_tightened"),
    "a limit goes": (listing(TEXT, minItems=1), listing(TEXT), "/x limit_loosened"),
    **{
        f"a greater {name}": (
            within(**{name: 1}),
            within(**{name: 2}),
            f"/x limit_{'loosened' if name.endswith('aximum') else 'tightened'}",
        )
        for name in ("exclusiveMaximum", "exclusiveMinimum")
    },
    **{
        f"a greater {name}": (
            {name: 1},
            {name: 2},
            f"/x limit_{'loosened' if name.startswith('max') else 'tightened'}",
        )
        for name in (
            *("maxItems", "maxLength", "maxProperties"),
            *("minItems", "minLength", "minProperties"),
        )
    },
    "a pattern comes": (TEXT, TEXT | {"pattern": "a"}, "/x limit_tightened"),
    "a pattern goes": (TEXT | {"pattern": "a"}, TEXT, "/x limit_loosened"),
    "a factor comes": (NUMBER, NUMBER | {"multipleOf": 2}, "/x limit_tightened"),
    "a factor goes": (NUMBER | {"multipleOf": 2}, NUMBER, "/x limit_loosened"),
    "another factor": (NUMBER | {"multipleOf": 2}, NUMBER | {"multipleOf": 3}, "/x shape_changed"),
    "different items": (listing(TEXT), listing(TEXT, uniqueItems=True), "/x limit_tightened"),
    "equal items": (listing(TEXT, uniqueItems=True), listing(TEXT), "/x limit_loosened"),
    "a choice comes": ({}, {"anyOf": [UUID, TIME]}, "/x shape_changed"),
    "another pattern": (TEXT | {"pattern": "a"}, TEXT | {"pattern": "b"}, "/x shape_changed"),
    "another choice": ({"anyOf": [UUID, TIME]}, {"anyOf": [UUID, FLAG]}, "/x shape_changed"),
    "a member goes": (holding(y=TEXT), holding(), "/x/y property_removed"),
    "a member comes": (holding(), holding(y=TEXT), "/x/y property_added"),
    "a member less sure": (holding("y", y=TEXT), holding(y=TEXT), "/x/y property_optional"),
    "a member more sure": (holding(y=TEXT), holding("y", y=TEXT), "/x/y property_required"),
    "a member inside": (
        holding(y=holding(z=TEXT)),
        holding(y=holding(z=FLAG)),
        "/x/y/z type_changed",
    ),
    "a name with a slash": (holding(), holding(**{"a/b": TEXT}), "/x/a~1b property_added"),
    "items of another type": (listing(TEXT), listing(NUMBER), "/x/* type_changed"),
    "items of more values": (listing(enum("a")), listing(enum("a", "b")), "/x/* value_added"),
    "items of less": (listing(holding(y=TEXT)), listing(holding()), "/x/*/y property_removed"),
    "metadata of more types": (pairs("string"), pairs("string", "boolean"), "/x/* type_changed"),
    "metadata of fewer types": (pairs("string", "boolean"), pairs("string"), "/x/* type_narrowed"),
    "metadata with null": (pairs("string"), pairs("string", "null"), "/x/* null_admitted"),
    "metadata described": (holding(), pairs("string"), "/x/* null_excluded, /x/* type_narrowed"),
    "other names come along": (CLOSED, holding(), "/x extra_opened"),
    "no other names any more": (holding(), CLOSED, "/x extra_closed"),
}

#: What a property was and is, said in another way.
SAME: Final[Mapping[str, tuple[Any, Any]]] = {
    "a description": (TEXT | {"description": "Old."}, TEXT | {"description": "New."}),
    "a title": (TEXT | {"title": "Old"}, TEXT),
    "an example": (TEXT | {"examples": ["old"]}, TEXT | {"examples": ["new"]}),
    "the order of keywords": (UUID, dict(reversed(UUID.items()))),
    "the order of properties": (holding(a=TEXT, b=UUID), holding(b=UUID, a=TEXT)),
    "the order of required": (holding("a", "b", a=TEXT, b=TEXT), holding("b", "a", a=TEXT, b=TEXT)),
    "the order of types": (NULLABLE, types("null", "string")),
    "the order of values": (enum("a", "b", None), enum(None, "b", "a")),
    "a list of one type": (TEXT, types("string")),
    "an enum of one value": (CONST_A, enum("a")),
    "integers beside numbers": (NUMBER, types("integer", "number")),
    "open by default": (holding(), holding() | {"additionalProperties": True}),
    "repeating by default": (listing(TEXT), listing(TEXT, uniqueItems=False)),
    "a description in a choice": ({"anyOf": [UUID | {"description": "Old."}]}, {"anyOf": [UUID]}),
}


def version(shape: Any, **more: Any) -> dict[str, Any]:
    """
    A version of the contract: one event with the property `x`, or without it.
    """
    return {MOVED: {**holding(**({} if shape is ABSENT else {"x": shape})), **more}}


def changed(was: Any, now: Any) -> str:
    """
    The pointer and the kind of each change between two shapes of `x`.
    """
    found = changes(version(was), version(now))
    return ", ".join(f"{one.pointer} {one.kind}" for one in found)


@pytest.mark.parametrize(("was", "now", "expected"), TABLE.values(), ids=TABLE)
def test_each_kind_of_change(was: Any, now: Any, expected: str) -> None:
    """
    A change of a property is reported once, with its pointer and kind.
    """
    assert changed(was, now) == expected


@pytest.mark.parametrize(("was", "now"), SAME.values(), ids=SAME)
def test_what_is_no_change(was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """
    An equivalent schema is not a change, in either direction.
    """
    assert changed(was, now) == changed(now, was) == ""


MARKS: Final = {
    "event_deprecated": ("deprecated", True),
    "event_undeprecated": ("deprecated", False),
    "event_documented": ("documented", True),
    "event_undocumented": ("documented", False),
}


@pytest.mark.parametrize("kind", MARKS)
def test_marks_of_an_event(kind: str) -> None:
    """
    A mark that is set or unset is a change of the event; one that a version lacks is not.
    """
    mark, now = MARKS[kind]
    old, new = (version(TEXT, **{"x-seam": {mark: value}}) for value in (not now, now))
    assert changes(old, new) == (Change(MOVED, "", kind, not now, now),)
    assert changes(old, version(TEXT)) == changes(version(TEXT), new) == ()


def test_events_come_and_go() -> None:
    """
    Removed and added event types are changes without a pointer.
    """
    gone, new = changes({MOVED: holding()}, {"robot.rested": holding()})
    assert gone == Change(MOVED, "", "event_removed", "sent", None)
    assert new == Change("robot.rested", "", "event_added", None, "sent")


def test_the_table_is_complete() -> None:
    """
    Each kind of change has an example here, and each example is of a known kind.
    """
    shown = {one.split()[1] for *_, expected in TABLE.values() for one in expected.split(", ")}
    assert {*shown, *MARKS, "event_added", "event_removed"} == set(KINDS)


BREAKING: Final = {
    *("event_removed", "property_removed", "property_optional", "null_admitted"),
    *("type_changed", "format_changed", "format_removed", "shape_changed"),
}
WIDENING: Final = {"value_added", "values_opened", "limit_loosened"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_class_of_each_kind(kind: str) -> None:
    """
    Each kind has an impact and an advice.
    """
    change = Change(MOVED, "/x", kind, None, None)
    expected = "breaking" if kind in BREAKING else "widening" if kind in WIDENING else "compatible"
    assert change.impact == expected
    assert change.advice.endswith(".")
    assert len(change.advice.split()) > 3


def test_what_a_change_says() -> None:
    """
    A change has its event type, pointer, kind, and the values before and after.
    """
    old = {MOVED: holding("y", w=TEXT, y=enum("a"), z=UUID)}
    new = {MOVED: holding("w", v=TIME, w=TEXT, y=enum("a", "b"))}
    assert changes(old, new) == (
        Change(MOVED, "/v", "property_added", None, TIME),
        Change(MOVED, "/w", "property_required", "optional", "required"),
        Change(MOVED, "/y", "property_optional", "required", "optional"),
        Change(MOVED, "/y", "value_added", None, "b"),
        Change(MOVED, "/z", "property_removed", UUID, None),
    )


def test_changes_are_sorted() -> None:
    """
    Changes are sorted by event type and pointer.
    """
    old = holding(a=TEXT, b=TEXT) | {"additionalProperties": False}
    found = changes({MOVED: old}, {MOVED: holding(a=NUMBER, b=FLAG)})
    assert [one.pointer for one in found] == ["", "/a", "/b"]


PLAIN: Final[st.SearchStrategy[dict[str, Any]]] = st.sampled_from(
    [
        *(TEXT, NULLABLE, UUID, TIME, TEXT | {"maxLength": 3}, CONST_A, CONST_B),
        *(enum("a"), enum("a", "b"), enum("b", None), enum("a", "b", None), FLAG),
        *(NUMBER, FLOAT, types("number", "null"), within(maximum=5), within(minimum=0)),
    ]
)


def objects(members: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """
    Objects with up to three properties, some of them required.
    """
    names = st.dictionaries(st.sampled_from("abc"), members, max_size=3)
    always = st.sets(st.sampled_from("abc"))
    return st.builds(lambda one, two: holding(*sorted({*one} & two), **one), names, always)


SHAPES: Final = st.recursive(PLAIN, lambda inner: objects(inner) | inner.map(listing), max_leaves=6)
VERSIONS: Final = st.dictionaries(
    st.sampled_from([MOVED, "robot.rested"]), objects(SHAPES), max_size=2
)

MIRRORED: Final = {
    **{f"{what}_added": f"{what}_removed" for what in ("event", "property", "value", "format")},
    "property_optional": "property_required",
    "null_admitted": "null_excluded",
    "values_opened": "values_closed",
    "limit_loosened": "limit_tightened",
    "type_changed": "type_changed",
    "format_changed": "format_changed",
}
MIRROR: Final = MIRRORED | {value: key for key, value in MIRRORED.items()}


@given(VERSIONS, VERSIONS)
def test_there_and_back(old: dict[str, Any], new: dict[str, Any]) -> None:
    """
    The reverse comparison has the reverse changes, and a version does not differ from itself.
    """
    assert changes(old, old) == ()
    there = {
        (one.event_type, one.pointer, MIRROR[one.kind], repr(one.after), repr(one.before))
        for one in changes(old, new)
    }
    back = {
        (one.event_type, one.pointer, one.kind, repr(one.before), repr(one.after))
        for one in changes(new, old)
    }
    assert there == back


def payloads(shape: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """
    Generate values of a schema, near the limits in which versions differ.
    """
    types = [shape["type"]] if isinstance(shape["type"], str) else shape["type"]
    if types[0] == "object":
        members = {name: payloads(one) for name, one in shape["properties"].items()}
        always = {name: members.pop(name) for name in shape["required"]}
        made: st.SearchStrategy[Any] = st.fixed_dictionaries(always, optional=members)
    elif types[0] == "array":
        made = st.lists(payloads(shape["items"]), max_size=2)
    else:
        known = ["a", "b", "", "long", page_writer.UUID, page_writer.TIME, -7, 0.5, 9, True]
        made = st.sampled_from([one for one in known if Contract(shape).is_valid(one)])
    return made | st.none() if "null" in types else made


@given(st.data())
def test_compatible_means_that_nothing_new_arrives(data: st.DataObject) -> None:
    """
    With compatible changes only, an event of the new version is valid in the old version.
    """
    old, new = data.draw(objects(SHAPES)), data.draw(objects(SHAPES))
    shared = data.draw(st.sets(st.sampled_from("abc")))
    new["properties"] |= {name: old["properties"][name] for name in shared & {*old["properties"]}}
    found = changes({MOVED: old}, {MOVED: new})
    accepted = Contract(old).is_valid(data.draw(payloads(new)))
    assert accepted or any(one.impact != Impact.COMPATIBLE for one in found)
