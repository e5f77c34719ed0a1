"""
Parser for the events of the JavaScript SDK.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from seamproof.errors import SourceInvalid
from seamproof.schemas.sources.sdk.javascript_sdk import read_javascript_sdk
from seamproof.schemas.sources.source import Source, SourceEvent

SDK: Final = Source("javascript", "@seamapi/http")
HEAD: Final = """import type { Other } from './other.js';
// A comment with a quote: don't.
type Side = 'left' | "right";
interface Named { readonly name: string }
export declare const version: { type: 'x' };
export type SeamEvent = {
    /** {text} */
    grip{mark}: {type};
    event_type: 'robot.moved';
} | {
    event_type: 'robot.\\u0073topped'
    0: number
    'quoted-name'?: boolean,
};
"""


def read(text: str) -> tuple[SourceEvent, ...]:
    """
    Parse a file of the SDK.
    """
    return read_javascript_sdk(text, SDK, "event.d.ts")


def grip(type_: str, mark: str = "", text: str = "How.") -> tuple[dict[str, Any], bool]:
    """
    Parse a property of this type: its schema, and whether it is required.
    """
    filled = HEAD.replace("{type}", type_).replace("{mark}", mark).replace("{text}", text)
    moved, stopped = read(filled)
    assert stopped.event_type == "robot.stopped"
    assert stopped.required == {"event_type", "0"}
    return dict(moved.properties["grip"]), "grip" in moved.required


@pytest.mark.parametrize(
    ("type_", "mark", "schema", "required"),
    [
        ("string", "", {"type": "string"}, True),
        ("string", "?", {"type": "string"}, False),
        ("string | undefined", "?", {"type": "string"}, False),
        ("string | undefined", "", {"type": "string"}, False),
        ("string | null", "", {"type": ["string", "null"]}, True),
        ("string | null | undefined", "?", {"type": ["string", "null"]}, False),
        ("number", "", {"type": "number"}, True),
        ("unknown", "", {}, True),
        ("any[]", "", {"type": "array", "items": {}}, True),
        (
            "('a' | 'b')[]",
            "",
            {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
            True,
        ),
        (
            "readonly string[][]",
            "",
            {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
            True,
        ),
        ("Array<string>", "", {"type": "array", "items": {"type": "string"}}, True),
        (
            "Record<string, string | boolean>",
            "",
            {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}},
            True,
        ),
        (
            "{ [key: string]: number }",
            "",
            {"type": "object", "additionalProperties": {"type": "number"}},
            True,
        ),
        ("'a' | \"b\" | null", "", {"type": ["string", "null"], "enum": ["a", "b", None]}, True),
        (
            "| 'it\\'s' | 2 | -1.5 | true",
            "",
            {"type": ["string", "integer", "number", "boolean"], "enum": ["it's", 2, -1.5, True]},
            True,
        ),
        ("Side", "", {"type": "string", "enum": ["left", "right"]}, True),
        (
            "Named",
            "",
            {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
            True,
        ),
        (
            "{ a: string; b?: null | { c: boolean } }",
            "",
            {
                "type": "object",
                "properties": {
                    "a": {"type": "string"},
                    "b": {
                        "anyOf": [
                            {"type": "null"},
                            {
                                "type": "object",
                                "properties": {"c": {"type": "boolean"}},
                                "required": ["c"],
                            },
                        ]
                    },
                },
                "required": ["a"],
            },
            True,
        ),
        (
            "{ readonly: string; type?: string }",
            "",
            {
                "type": "object",
                "properties": {"readonly": {"type": "string"}, "type": {"type": "string"}},
                "required": ["readonly"],
            },
            True,
        ),
    ],
)
def test_types_become_schemas(
    type_: str, mark: str, schema: dict[str, Any], required: bool
) -> None:
    """
    Each type has its JSON Schema; optional and null are distinguished.
    """
    found, is_required = grip(type_, mark)
    if "anyOf" in str(schema):
        found, schema = _plain(found), _plain(schema)
    assert (found, is_required) == (schema, required)


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Write an object that can be null in one way.
    """
    member = schema["properties"]["b"]
    if "anyOf" in member:
        nested = next(one for one in member["anyOf"] if one != {"type": "null"})
        member = {**nested, "type": ["object", "null"]}
    return {**schema, "properties": {**schema["properties"], "b": member}}


@pytest.mark.parametrize(
    ("text", "deprecated"),
    [("How.\n * @deprecated Use hold.", True), ("Not deprecated.", False)],
)
def test_a_deprecated_property(text: str, deprecated: bool) -> None:
    """
    The tag in the comment in front of a property marks it.
    """
    assert ("deprecated" in grip("string", text=text)[0]) is deprecated


#: Types that each use the next one twice: a million types in the first one.
DOUBLED: Final = (
    "".join(f"type C{at} = {{ x: C{at + 1}; y: C{at + 1} }};\n" for at in range(17))
    + "type C17 = { z: string };\ntype E = { event_type: 'a.b'; c: C0; d: C0 };"
)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("export type X = string;\n", 1, "declares no event"),
        ("type E = {\n event_type: 'a.b',\n x: Date }", 3, "not understood"),
        ("type E = {\n event_type: 'a.b',\n x: A & B }", 3, "not understood"),
        ("type E = {\n event_type: 'a.b',\n x: [string, number] }", 3, "not understood"),
        ("type E = {\n event_type: 'a.b',\n x: () => void }", 3, "not understood"),
        ("type E = {\n event_type: 'a.b',\n x string }", 3, "':' is missing"),
        ("type E = {\n event_type: 'a.b',\n x: #y }", 3, "begins no token"),
        ("type E = {\n event_type: 'a.b',\n x: string;\n x: string }", 4, "listed twice"),
        ("type E = {\n event_type: 'a.b'\n", 3, "not the name of a property"),
        ("type E = {\n event_type: 'a.b',\n x: 'y }", 3, "begins no token"),
        ("type E = { event_type: 'a.b' }\n| { event_type: 'a.b' };", 2, "described twice"),
        ("type E = { event_type: 'a.b' | 'c.d' };", 1, "not one event type"),
        ("type E = { event_type: string };", 1, "not one event type"),
        ("type E = { event_type: 'a.b'; x: E };", 1, "contains itself"),
        (DOUBLED, 3, "200000 types"),
        ("type E<T> = { event_type: 'a.b' };", 1, "not understood"),
        ("type E = 1;\ntype E = 2;", 2, "declared twice"),
        ("type E = {\n event_type: 'a.b', x: " + "Array<" * 60 + "x", 2, "levels of types"),
    ],
)
def test_what_is_not_understood_has_its_line(text: str, line: int, what: str) -> None:
    """
    What the parser does not understand is an error with file and line.
    """
    with pytest.raises(SourceInvalid, match=what) as raised:
        read(text)
    assert raised.value.where == f"event.d.ts:{line}"
