"""
Strategies for custom schemas.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from seamproof.errors import UsageError
from seamproof.schemas import catalog, is_valid
from seamproof.schemas.export import to_json_schema
from seamproof.schemas.validation.contract import FORMATS, Contract
from seamproof.strategies import from_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

TREE: Final = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "label": {"type": "string"},
                "left": {"$ref": "#/$defs/node"},
                "right": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                "others": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["label", "right"],
        }
    },
    "$ref": "#/$defs/node",
}
TAGGED: Final = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"kind": {"const": "lock"}, "code": {"type": "string"}},
            "required": ["kind"],
        },
        {
            "type": "object",
            "properties": {"kind": {"enum": ["sensor", "camera"]}},
            "required": ["kind"],
        },
        {"type": "null"},
    ]
}
ADMITTED: Final[dict[str, dict[str, Any]]] = {
    "anything": {},
    "a string": {"type": "string"},
    "a string of a length": {"type": "string", "minLength": 3, "maxLength": 5},
    "a string or null": {"type": ["string", "null"]},
    "a boolean": {"type": "boolean"},
    "an integer": {"type": "integer"},
    "an integer within limits": {"type": "integer", "minimum": 3, "maximum": 9},
    "an integer between limits": {
        "type": "integer",
        "exclusiveMinimum": 1.5,
        "exclusiveMaximum": 4,
    },
    "a multiple": {"type": "integer", "multipleOf": 7, "minimum": 1},
    "an integer that is a multiple of a fraction": {"type": "integer", "multipleOf": 1.5},
    "a number": {"type": "number"},
    "a number within limits": {"type": "number", "minimum": 0.1, "exclusiveMaximum": 0.3},
    "a number that is a multiple": {"type": "number", "multipleOf": 5},
    "a number that OpenAPI names": {"type": "integer", "format": "int32"},
    "a number of no stated type": {"minimum": 3},
    "a listed value": {"enum": [1, "a", None, {"x": [1]}]},
    "a listed value of a type": {"type": "string", "enum": ["a", 1]},
    "a constant": {"const": {"a": [1, 2]}},
    "a list": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3},
    "a list of anything": {"type": "array", "uniqueItems": False},
    "a list of nothing": {"type": "array", "items": False},
    "an object": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
        "required": ["a"],
    },
    "an object of no stated type": {"properties": {"a": {"type": "integer"}}},
    "an object with what cannot be": {"type": "object", "properties": {"no": False, "yes": True}},
    "metadata": {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}},
    "an object with more": {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "xx": {"type": "integer"}},
        "required": ["x", "other"],
        "additionalProperties": {"type": "string"},
    },
    "a property that is only required": {"type": "object", "required": ["a"]},
    "any of several": {"anyOf": [{"type": "string"}, {"type": "integer"}, False]},
    "something beside any of several": {
        "type": "object",
        "properties": {"kind": {"const": "a"}},
        "required": ["kind"],
        "anyOf": [
            {"properties": {"x": {"type": "integer"}}, "required": ["x"]},
            {"properties": {"y": {"type": "null"}}},
        ],
    },
    "one of several, by a constant": TAGGED,
    "one of several, by their limits": {
        "oneOf": [
            {"type": "integer", "maximum": 3},
            {"type": "integer", "exclusiveMinimum": 3},
        ]
    },
    "one of several, one of them closed": {
        "oneOf": [
            {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
            {"type": "object", "properties": {"b": {}}, "required": ["b"]},
        ]
    },
    "a tree": TREE,
    "a chain": {"type": "object", "properties": {"next": {"$ref": "#"}}},
    **{f"a pattern, {p}": {"type": "string", "pattern": p} for p in (
        "^[A-Z]{3}$", "a+", r"^\d{3}-\w+$", "x|y$", "^.{2}$", "^(?:ab)*$", "[$]", r"\$", r"^\s\d$",
    )},
    **{f"a {name}": {"type": "string", "format": name} for name in sorted(FORMATS)},
}  # fmt: skip


@pytest.mark.parametrize("name", list(ADMITTED))
def test_whatever_is_drawn_is_valid(name: str) -> None:
    """
    The validator accepts each value, and no health check fails.
    """
    schema = ADMITTED[name]
    contract = Contract(schema)

    @settings(deadline=None, max_examples=15)
    @given(from_schema(schema))
    def check(value: object) -> None:
        assert contract.is_valid(value)

    check()


@pytest.mark.parametrize("event_type", sorted(catalog()))
def test_the_whole_catalogue_can_be_compiled(event_type: str) -> None:
    """
    The schema of each event type generates valid events.
    """
    schema = catalog()[event_type]

    @settings(deadline=None, max_examples=3)
    @given(from_schema(schema.document))
    def check(value: object) -> None:
        assert schema.contract.is_valid(value)

    check()


@pytest.mark.parametrize(
    ("schema", "where", "what"),
    [
        (False, "#", "nothing satisfies the schema false"),
        (5, "#", "this is not a JSON Schema"),
        ({"type": "strnig"}, "#/type", "this is not a JSON Schema"),
        ({"required": "a"}, "#/required", "this is not a JSON Schema"),
        (
            {"properties": {"a/b": {"minLength": -1}}},
            "#/properties/a~1b/minLength",
            "not a JSON Schema",
        ),
        ({"allOf": [{}]}, "#/allOf", "allOf is not supported"),
        ({"properties": {"a": {"not": {}}}}, "#/properties/a/not", "not is not supported"),
        ({"items": {"if": {}}}, "#/items/if", "if is not supported"),
        ({"patternProperties": {}}, "#/patternProperties", "patternProperties is not supported"),
        ({"uniqueItems": True}, "#/uniqueItems", "uniqueItems is not supported"),
        ({"nullable": True}, "#/nullable", "nullable is not supported"),
        ({"type": "string", "format": "zip"}, "#/format", "the format zip is not supported"),
        ({"type": "integer", "format": "int8"}, "#/format", "the format int8 is not supported"),
        ({"pattern": "a", "minLength": 3}, "#", "minLength and pattern together"),
        ({"pattern": "(?=a)"}, "#/pattern", "(? in a pattern is not supported"),
        ({"pattern": r"\Aa"}, "#/pattern", r"\A in a pattern is not supported"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "#", "no integer lies within"),
        ({"type": "integer", "exclusiveMinimum": 2, "maximum": 2}, "#", "no integer lies within"),
        ({"type": "number", "minimum": 2, "exclusiveMaximum": 2}, "#", "no number lies within"),
        ({"type": "number", "minimum": 2**53 + 1}, "#", "a limit is not a double"),
        ({"type": "number", "minimum": math.inf}, "#/minimum", "a limit is not a number"),
        ({"type": "number", "multipleOf": 0.1}, "#/multipleOf", "not a whole number"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "#", "minLength is above maxLength"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "#", "minItems is above maxItems"),
        ({"type": "array", "items": False, "minItems": 1}, "#/items", "nothing satisfies"),
        (
            {"type": "object", "required": ["a"], "additionalProperties": False},
            "#/additionalProperties",
            "nothing satisfies",
        ),
        ({"enum": [1], "type": "string"}, "#", "none of the listed values"),
        ({"anyOf": [False]}, "#", "no branch of anyOf has a value"),
        ({"$ref": "#"}, "#", "the schema is endless"),
        ({"$ref": "#/$defs/x"}, "#", "a reference has no target"),
        ({"$ref": "https://example.com/x"}, "#", "a reference leaves the document"),
        (
            {"$ref": "#/$defs/a", "type": "null", "$defs": {"a": {}}},
            "#",
            "$ref has the siblings type",
        ),
        (
            {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
            "#",
            "the schema is endless",
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "string"}]},
            "#/oneOf",
            "branches 0 and 1 of oneOf",
        ),
        (
            {"oneOf": [{"type": "integer"}, {"type": "number"}]},
            "#/oneOf",
            "branches 0 and 1 of oneOf",
        ),
        ({"oneOf": [True, {"type": "number"}]}, "#/oneOf", "branches 0 and 1 of oneOf"),
        (
            {
                "properties": {"a": {}},
                "anyOf": [{"properties": {"b": {}}, "additionalProperties": False}],
            },
            "#/anyOf/0",
            "additionalProperties cannot be combined",
        ),
        (
            {
                "properties": {"a": {}},
                "additionalProperties": False,
                "anyOf": [{"properties": {"b": {}}}],
            },
            "#/anyOf/0",
            "additionalProperties cannot be combined",
        ),
        ({"type": "object", "anyOf": [{"$ref": "#"}]}, "#", "no branch of anyOf has a value"),
        ({"$ref": "#/x-y", "x-y": {"type": "strnig"}}, "#/x-y/type", "this is not a JSON Schema"),
        ({"$ref": "#/required", "required": ["a"]}, "#", "$ref has the siblings required"),
        ({"properties": {"a": {"$ref": "#/x"}}, "x": ["a"]}, "#/x", "x is not supported"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "#/$schema", "another draft"),
        ({"type": "number", "minimum": 10**400}, "#", "the limits cannot be kept"),
        (
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 5e-324},
            "#",
            "the limits cannot be kept",
        ),
        ({"pattern": "a$b"}, "#/pattern", "an anchor in the middle"),
        ({"pattern": "a^b"}, "#/pattern", "an anchor in the middle"),
        ({"pattern": "^[^\\s]+$"}, "#/pattern", "is not supported"),
        ({"pattern": "^[a&&b]$"}, "#/pattern", "the pattern is not supported"),
        ({"type": "string", "minLength": 5000}, "#/minLength", "too large"),
        ({"type": "array", "minItems": 3000}, "#/minItems", "too large"),
        ({"type": "null", "anyOf": [{"type": "string"}]}, "#/anyOf/0", "type is both"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(schema: Any, where: str, what: str) -> None:
    """
    The error is raised by the call, not by the first draw, with place and reason.
    """
    with pytest.raises(UsageError, match=re.escape(what)) as refusal:
        from_schema(schema)

    assert refusal.value.where == where


def test_an_exported_contract_can_be_compiled() -> None:
    """
    An export of several event types generates valid events of each.
    """
    schemas = catalog().match("acs_credential.*")
    document = to_json_schema(schemas)

    @settings(deadline=None, max_examples=25)
    @given(from_schema(document))
    def check(value: dict[str, Any]) -> None:
        assert is_valid(value)

    check()


def test_values_are_not_shared() -> None:
    """
    Changing a generated value does not change the schema.
    """
    schema: dict[str, Any] = {"const": {"list": []}}
    value = find(from_schema(schema), lambda _: True)

    value["list"].append(1)

    assert find(from_schema(schema), lambda _: True) == {"list": []}


@pytest.mark.parametrize(
    ("schema", "simplest"),
    [
        (True, None),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {}),
        ({"type": "array"}, []),
        ({"type": "string"}, ""),
    ],
)
def test_the_simplest_value_is_small(schema: Mapping[str, Any], simplest: object) -> None:
    """
    Optional properties shrink away, and so do items and texts.
    """
    value = find(from_schema(schema), lambda _: True)

    assert value == simplest


def test_a_tree_shrinks_to_its_root() -> None:
    """
    Optional parts of a recursive schema shrink away.
    """
    assert {*find(from_schema(TREE), lambda _: True)} == {"label", "right"}


def test_depth_is_reached() -> None:
    """
    A recursive schema generates trees of several levels.
    """

    def depth(node: Any) -> int:
        return 1 + depth(node.get("left")) if isinstance(node, dict) else 0

    # To shrink it takes most of the time, and is the matter of the test before.
    found = settings(max_examples=2000, phases=[Phase.generate])

    assert depth(find(from_schema(TREE), lambda tree: depth(tree) > 2, settings=found)) > 2


def test_the_repr_can_be_pasted() -> None:
    """
    The `repr` of a strategy is the call that makes it.
    """
    strategy = from_schema({"type": "string", "maxLength": 3})

    assert repr(eval(repr(strategy))) == repr(strategy)  # noqa: S307 - our own words
    assert "'maxLength': 3" in repr(strategy)


KINDS: Final = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer", "minimum": 0},
        {"type": "null"},
        {"enum": ["a", 1, None]},
        {"const": "b"},
        {"type": "string", "format": "uuid"},
    ]
)
NAMES: Final = st.sampled_from("abc")
SCHEMAS: Final = st.recursive(
    KINDS,
    lambda inner: (
        st.builds(
            lambda properties, required, rest: {
                "type": "object",
                "properties": properties,
                "required": sorted(required),
                **rest,
            },
            st.dictionaries(NAMES, inner, max_size=3),
            st.sets(NAMES, max_size=2),
            st.sampled_from([{}, {"additionalProperties": False}]),
        )
        | st.builds(lambda item: {"type": "array", "items": item}, inner)
        | st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner)
        | st.builds(lambda one, two: {"oneOf": [one, two]}, inner, inner)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=40)
@given(SCHEMAS, st.data())
def test_a_schema_is_drawn_from_exactly_or_refused(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    """
    Each schema gives either a clear error or valid values.
    """
    strategy = st.nothing()
    with suppress(UsageError):
        strategy = from_schema(schema)
    assert strategy.is_empty or Contract(schema).is_valid(data.draw(strategy))
