"""
Derivation of schemas from pages and OpenAPI documents.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import SourceInvalid
from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.sources.mdx_pages import read_page
from seamproof.schemas.sources.openapi import read_openapi
from tests.schemas.page_writer import TIME, UUID, Row, Section, event_schema, openapi, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.schemas.page_writer import Dialect

TYPES = [
    ("String (UUID)", "x", UUID, {"type": "string", "format": "uuid"}),
    ("String (ISO 8601)", "x", TIME, {"type": "string", "format": "date-time"}),
    ("String", "x", "", {"type": "string"}),
    ("Boolean", "x", True, {"type": "boolean"}),
    ("number", "x", 0, {"type": "number"}),
    ("Array", "x", [], {"type": "array"}),
    ("Object", "x", {}, {"type": "object"}),
    ("Enum (String)", "Value: `a_b`", "a_b", {"type": "string", "const": "a_b"}),
    (
        "Enum (String)",
        "How it went, say `fine`.\n\nPossible values: `a`, `b_c`",
        "b_c",
        {"type": "string", "enum": ["a", "b_c"]},
    ),
]


@pytest.mark.parametrize(("label", "text", "value", "expected"), TYPES)
def test_every_type_label(
    derive_page: Callable[..., dict[str, Any]],
    label: str,
    text: str,
    value: object,
    expected: dict[str, Any],
) -> None:
    """
    Each type label of the documentation has its JSON Schema.
    """
    schema = derive_page(Section(rows=[Row("grip", label, text)], payload={"grip": value}))
    described = schema["properties"]["grip"]
    assert described.pop("description")
    assert described == expected


def test_what_a_schema_carries(derive_page: Callable[..., dict[str, Any]]) -> None:
    """
    A schema has its dialect, its id, its texts and its sources.
    """
    schema = derive_page(Section())
    assert list(schema) == [
        *("$schema", "$id", "title", "description", "type", "properties", "required"),
        *("examples", "x-seam"),
    ]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:seam:event:robot.moved"
    assert schema["required"] == [
        *("created_at", "event_id", "event_type", "occurred_at", "workspace_id")
    ]
    note = schema["x-seam"]
    assert (note["resource"], note["documented"], note["deprecated"]) == ("robot", True, False)
    assert note["properties"]["event_id"] == {
        "documented": True,
        "presence": "page",
        "sources": ["page"],
        "source": "page",
    }


@pytest.mark.parametrize(
    "text",
    [
        "The key, if any.",
        "Metadata, present when device_id is provided.",
        "Whether it is managed. Only present when `code_id` is set.",
        "The attempt. Present only when it was started\nthrough Seam.",
        "The PIN (only present when the mode is code).",
        "The first paragraph.\n\nA second one, with a [link](https://example.com/if-any), if any.",
        "undocumented: Unreleased.",
        "undocumented: Unreleased.\n        ---\n        The id of the thing.",
    ],
)
def test_conditional_texts(derive_page: Callable[..., dict[str, Any]], text: str) -> None:
    """
    A field is optional if its text says that it can be absent.
    """
    schema = derive_page(Section(rows=[Row("grip", "String", text)], payload={"grip": ""}))
    assert "grip" not in schema["required"]


@pytest.mark.parametrize(
    "text",
    [
        "The company of the robot.",
        "Represents only what is present whenever it moves.",
        "See [the guide](https://example.com/present when).",
        "Run `if any` to see.",
        "Not undocumented: it is here.",
    ],
)
def test_unconditional_texts(derive_page: Callable[..., dict[str, Any]], text: str) -> None:
    """
    Words that only resemble a condition leave a field required.
    """
    schema = derive_page(Section(rows=[Row("grip", "String", text)], payload={"grip": ""}))
    assert "grip" in schema["required"]


def test_undocumented_fields_are_marked(derive_page: Callable[..., dict[str, Any]]) -> None:
    """
    A field that the page marks as undocumented is allowed but not required in strict mode.
    """
    row = Row("grip", "String", "undocumented: Unreleased.")
    schema = derive_page(Section(rows=[row], payload={"grip": ""}))
    assert schema["x-seam"]["properties"]["grip"]["documented"] is False


def test_nested_fields_to_any_depth(derive_page: Callable[..., dict[str, Any]]) -> None:
    """
    Nested fields become nested schemas, items of an array included.
    """
    inner = Row("joint", "Object", children=[Row("angle", "number"), Row("name", "String, if any")])
    inner.children[1] = Row("name", "String", "The name, if any.")
    rows = [
        Row("arm", "Object", "The arm.\n\nIt has parts.", [inner]),
        Row("legs", "Array", children=[Row("side", "Enum (String)", "Possible values: `l`, `r`")]),
    ]
    payload = {"arm": {"joint": {"angle": 1}}, "legs": [{"side": "r"}]}
    schema = derive_page(Section(rows=rows, payload=payload))
    joint = schema["properties"]["arm"]["properties"]["joint"]
    assert joint["properties"]["angle"]["type"] == "number"
    assert joint["required"] == ["angle"]
    items = schema["properties"]["legs"]["items"]
    assert items["properties"]["side"]["enum"] == ["l", "r"]
    assert items["properties"]["side"]["description"]


@pytest.mark.parametrize(
    "prose",
    [
        "Deprecated. Use `robot.shifted`.",
        "A robot moved. This event is deprecated.",
        "A robot moved.\n\n**Deprecated:** use another one.",
        "<Warning>Deprecated since May.</Warning>",
        "A robot moved (deprecated).",
        "deprecated: Seam no longer sends this.\n---\nA robot moved.",
    ],
)
def test_deprecated_in_prose(derive_page: Callable[..., dict[str, Any]], prose: str) -> None:
    """
    An event is deprecated if the text above its example says so.
    """
    assert derive_page(Section(prose=prose))["x-seam"]["deprecated"] is True


@pytest.mark.parametrize(
    "prose",
    ["A deprecated robot moved.", "See `deprecated`.", "See [it](https://example.com/deprecated)."],
)
def test_not_deprecated_in_prose(derive_page: Callable[..., dict[str, Any]], prose: str) -> None:
    """
    The word alone does not deprecate an event.
    """
    assert derive_page(Section(prose=prose))["x-seam"]["deprecated"] is False


def test_openapi_wins_where_both_speak(derive_page: Callable[..., dict[str, Any]]) -> None:
    """
    Presence, null, items and values come from the OpenAPI document; the page adds what only it has.
    """
    rows = [
        Row("always", "String", "The key, if any."),
        Row("mode", "Enum (String)", "Possible values: `slow`"),
        Row("never_null", "String"),
        Row("only_here", "String", "The key, if any."),
        Row("problems", "Array"),
        Row("sometimes", "String (UUID)"),
    ]
    payload = {
        "always": "",
        "mode": "slow",
        "never_null": "",
        "only_here": "",
        "problems": [],
        "sometimes": UUID,
    }
    problem = {"type": "object", "properties": {"message": {"type": "string"}}, "required": []}
    schema = derive_page(
        Section(rows=rows, payload=payload),
        event_schema(
            "robot.moved",
            {
                "always": {"type": "string"},
                "mode": {"type": "string", "enum": ["slow", "fast"]},
                "never_null": {"type": "string", "nullable": True},
                "only_there": {"type": "string"},
                "problems": {"type": "array", "items": problem},
                "sometimes": {"type": "string", "format": "uuid"},
            },
            required=("always", "mode", "never_null", "only_there", "problems"),
        ),
    )
    properties, notes = schema["properties"], schema["x-seam"]["properties"]
    assert {"always", "mode", "never_null", "problems"} <= set(schema["required"])
    assert not {"sometimes", "only_here", "only_there"} & set(schema["required"])
    assert properties["never_null"]["type"] == ["string", "null"]
    assert properties["mode"]["enum"] == ["slow", "fast"]
    assert properties["problems"]["items"]["properties"]["message"]["type"] == "string"
    assert notes["only_there"] == {
        "documented": False,
        "presence": "openapi",
        "sources": ["openapi"],
        "source": "openapi",
    }
    assert notes["only_here"]["presence"] == "page"


def test_contradictions_are_told(dialect: Dialect) -> None:
    """
    Differences of the sources are recorded, with both values and the winner.
    """
    rows = [Row("grip", "String"), Row("mode", "Enum (String)", "Possible values: `slow`")]
    section = Section(rows=rows, payload={"grip": "", "mode": "slow"})
    spec = event_schema(
        "robot.moved",
        {"grip": {"type": "number"}, "mode": {"type": "string", "enum": ["slow", "fast"]}},
        required=("mode",),
        deprecated=True,
    )
    derived = derive(
        read_page(page(section, dialect=dialect), "page.md"),
        read_openapi(json.dumps(openapi(spec)), "openapi.json"),
    )
    sides = {(one.path, one.aspect): (one.page, one.openapi) for one in derived.contradictions}
    assert sides["", "deprecated"] == (False, True)
    assert sides["/grip", "type"] == (["string"], ["number"])
    assert sides["/grip", "presence"] == ("required", "optional")
    assert sides["/mode", "enum"] == (["slow"], ["fast", "slow"])
    assert {one.winner for one in derived.contradictions} == {"openapi"}


def test_an_example_at_odds_with_the_openapi_document(
    derive_page: Callable[..., dict[str, Any]],
) -> None:
    """
    A placeholder that violates the OpenAPI document is replaced by a valid one.
    """
    section = Section(rows=[Row("image_url", "String")], payload={"image_url": ""})
    uri = {"image_url": {"type": "string", "format": "uri"}}
    schema = derive_page(section, event_schema("robot.moved", uri))
    assert schema["examples"][0]["image_url"] == "https://example.com/"


def test_members_that_only_the_page_has(derive_page: Callable[..., dict[str, Any]]) -> None:
    """
    Nested fields of the page are kept if the OpenAPI document does not have them.
    """
    rows = [Row("arm", "Object", children=[Row("grip", "number"), Row("name", "String")])]
    spec = {"arm": {"type": "object", "properties": {"name": {"type": "string"}}}}
    schema = derive_page(
        Section(rows=rows, payload={"arm": {"grip": 1, "name": ""}}),
        event_schema("robot.moved", spec),
    )
    arm = schema["properties"]["arm"]
    assert set(arm["properties"]) == {"grip", "name"}
    assert arm["required"] == ["grip"]


def test_an_example_that_only_the_page_finds_wrong(
    derive_page: Callable[..., dict[str, Any]],
) -> None:
    """
    An example that the OpenAPI document allows is valid, even if it violates the page's list.
    """
    rows = [Row("grip", "String"), Row("hue", "String")]
    section = Section(rows=rows, payload={"grip": None})
    spec = {"grip": {"type": "string", "nullable": True}, "hue": {"type": "string"}}
    example = derive_page(section, event_schema("robot.moved", spec))["examples"][0]
    assert example["grip"] is None
    assert "hue" not in example


def test_examples_are_made_to_fit() -> None:
    """
    A generated example is within the limits, and lacks properties without a valid placeholder.
    """
    spec = event_schema(
        "robot.moved",
        {
            "code": {"type": "string", "pattern": "^[0-9]+$"},
            "email": {"type": "string", "format": "email"},
            "heat": {"type": "number", "maximum": -3},
            "name": {"type": "string", "minLength": 3},
        },
    )
    schema = derive((), read_openapi(json.dumps(openapi(spec)), "o.json")).schemas["robot.moved"]
    example = schema["examples"][0]
    assert "code" not in example
    assert (example["email"], example["heat"], example["name"]) == (
        "someone@example.com",
        -3,
        "xxx",
    )


def test_openapi_alone() -> None:
    """
    Without a page the event comes from the OpenAPI document, with a generated example.
    """
    metadata = {
        "type": "object",
        "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
    }
    spec = event_schema(
        "robot.moved",
        {"hidden": {"type": "string", "x-undocumented": "Unreleased."}, "metadata": metadata},
    )
    spec["x-undocumented"] = "Unreleased."
    schema = derive((), read_openapi(json.dumps(openapi(spec)), "o.json")).schemas["robot.moved"]
    assert schema["properties"]["metadata"]["additionalProperties"] == {
        "type": ["string", "boolean"]
    }
    assert schema["x-seam"]["documented"] is False
    assert schema["x-seam"]["properties"]["hidden"]["documented"] is False
    assert schema["examples"][0]["metadata"] == {}
    assert "hidden" not in schema["examples"][0]


def test_one_event_in_two_pages(dialect: Dialect) -> None:
    """
    An event that two pages document is an error, with both places.
    """
    text = page(Section(), dialect=dialect)
    events = [*read_page(text, "one.md"), *read_page(text, "two.md")]
    with pytest.raises(SourceInvalid, match="documented twice") as refusal:
        derive(events, ())
    assert refusal.value.where.startswith("two.md:")
    assert "one.md:" in refusal.value.found


def test_an_example_that_breaks_its_own_schema(dialect: Dialect) -> None:
    """
    An example that violates its own fields is an error on the line of the value.
    """
    text = page(Section(rows=[Row("grip", "number")], payload={"grip": "tight"}), dialect=dialect)
    line = next(n for n, one in enumerate(text.split("\n"), 1) if '"tight"' in one)
    with pytest.raises(SourceInvalid, match="does not satisfy its own schema") as refusal:
        derive(read_page(text, "page.md"), ())
    assert refusal.value.where == f"page.md:{line}"
