"""
Parsing OpenAPI documents, and the errors of malformed ones.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from seamproof.errors import SourceInvalid
from seamproof.schemas.sources.openapi import read_openapi
from tests.schemas.page_writer import event_schema, openapi


def read(*events: dict[str, Any], **components: Any) -> dict[str, Any]:
    """
    Read the properties of the first event of a document.
    """
    document = openapi(*events)
    document["components"]["schemas"] |= components
    properties: dict[str, Any] = read_openapi(json.dumps(document), "o.json")[0].schema[
        "properties"
    ]
    return properties


CONVERTED = [
    ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    (
        {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        {"type": "number", "exclusiveMinimum": 0},
    ),
    (
        {"type": "number", "maximum": 9, "exclusiveMaximum": False},
        {"type": "number", "maximum": 9},
    ),
    (
        {"type": "string", "enum": ["a"], "nullable": True},
        {"type": ["string", "null"], "enum": ["a", None]},
    ),
    ({"type": "number", "format": "float", "minimum": 0}, None),
    ({"type": "string", "description": "x", "title": "y", "example": "z"}, {"type": "string"}),
    ({"anyOf": [{"type": "string"}, {"type": "number"}]}, {"type": ["string", "number"]}),
    ({"oneOf": [{"type": "string", "minLength": 1}, {"type": "number"}]}, None),
    ({"type": "object", "additionalProperties": False}, None),
    ({"type": "object", "additionalProperties": {}}, None),
    ({"$ref": "#/components/schemas/grip"}, {"type": "boolean"}),
    ({"$ref": "#/components/schemas/grip", "nullable": True}, {"type": ["boolean", "null"]}),
    ({"const": "a", "nullable": True}, {"enum": ["a", None]}),
    (
        {"allOf": [{"$ref": "#/components/schemas/grip"}], "nullable": True},
        {"anyOf": [{"allOf": [{"type": "boolean"}]}, {"type": "null"}]},
    ),
    ({"type": "string", "oneOf": [{"type": "string"}, {"type": "number"}]}, None),
]


@pytest.mark.parametrize(("given", "expected"), CONVERTED)
def test_conversion(given: dict[str, Any], expected: dict[str, Any] | None) -> None:
    """
    OpenAPI schemas become JSON Schema; keywords with the same meaning are kept.
    """
    properties = read(event_schema("robot.moved", {"grip": given}), grip={"type": "boolean"})
    assert properties["grip"] == (given if expected is None else expected)


def test_an_event_as_a_component_of_its_own() -> None:
    """
    An event schema need not be in a union.
    """
    document = {
        "openapi": "3.1.0",
        "components": {"schemas": {"moved": event_schema("robot.moved", {})}},
    }
    assert read_openapi(json.dumps(document), "o.json")[0].event_type == "robot.moved"


BROKEN: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "not valid JSON"),
    "a list": ([], "not an OpenAPI document"),
    "no version": ({"info": {}}, "not an OpenAPI document"),
    "no event": (openapi(), "no event"),
    "an event twice": (
        openapi(event_schema("robot.moved", {}), event_schema("robot.moved", {})),
        "described twice",
    ),
    "two types": (
        openapi(event_schema("a.b", {"event_type": {"enum": ["a.b", "a.c"]}})),
        "exactly one event_type",
    ),
    "an unknown type": (openapi(event_schema("a.b", {"x": {"type": "text"}})), "unknown type"),
    "an unknown keyword": (openapi(event_schema("a.b", {"x": {"not": {}}})), "not supported"),
    "a lost reference": (
        openapi(event_schema("a.b", {"x": {"$ref": "#/components/schemas/gone"}})),
        "has no target",
    ),
    "a foreign reference": (
        openapi(event_schema("a.b", {"x": {"$ref": "other.json"}})),
        "cannot be followed",
    ),
    "a schema that is no object": (openapi(event_schema("a.b", {"x": 1})), "is an object"),
    "a schema in itself": (
        openapi(event_schema("a.b", {"x": {"$ref": "#/components/schemas/event/oneOf/0"}})),
        "contains itself",
    ),
}


WRONG_VALUES: dict[str, list[Any]] = {
    "additionalProperties": [5],
    "enum": [None, [], 5],
    "format": [1],
    "items": [5],
    "maximum": ["9"],
    "minLength": ["s", -1, True],
    "nullable": ["false"],
    "oneOf": [None, [], {}],
    "pattern": ["(", 5, r"^\p{L}$"],
    "properties": [[], None],
    "required": [5, "x", ["x", "x"]],
    "type": [None, 5, [], ["string", "string"], "text"],
}
WRONG_SHAPES: list[dict[str, Any]] = [
    {"properties": []},
    {"properties": None},
    {"required": ["gone"]},
    {"required": "event_id"},
    *({"x": {keyword: one}} for keyword, several in WRONG_VALUES.items() for one in several),
]


@pytest.mark.parametrize("change", WRONG_SHAPES, ids=str)
def test_keywords_of_a_wrong_kind(change: dict[str, Any]) -> None:
    """
    A keyword with an invalid value is an error, not a crash.
    """
    event = event_schema("a.b", {"x": change["x"]} if "x" in change else {})
    event |= {key: value for key, value in change.items() if key != "x"}
    with pytest.raises(SourceInvalid):
        read_openapi(json.dumps(openapi(event), indent=1), "o.json")


@pytest.mark.parametrize("name", ["../evil.x", "/evil.x", "a/b.c", "a\x00b.c", "a.b" * 99, ""])
def test_event_types_that_are_no_names(name: str) -> None:
    """
    An event type becomes a file name, so it must not contain a path.
    """
    with pytest.raises(SourceInvalid, match="not an event type"):
        read_openapi(json.dumps(openapi(event_schema(name, {}))), "o.json")


@pytest.mark.parametrize("case", BROKEN)
def test_malformed_documents_are_refused(case: str) -> None:
    """
    A malformed document is rejected as a whole, with the reason and the line.
    """
    document, what = BROKEN[case]
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    with pytest.raises(SourceInvalid, match=what) as refusal:
        read_openapi(text, "o.json")
    assert refusal.value.where.startswith("o.json:")


def test_the_line_of_what_is_wrong() -> None:
    """
    The line is that of the invalid schema, not that of the document.
    """
    text = json.dumps(openapi(event_schema("a.b", {"grip": {"type": "text"}})), indent=1)
    line = next(n for n, one in enumerate(text.split("\n"), 1) if '"text"' in one)
    with pytest.raises(SourceInvalid) as refusal:
        read_openapi(text, "o.json")
    assert refusal.value.where == f"o.json:{line}"
