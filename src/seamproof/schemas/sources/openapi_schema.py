"""
The dialect of OpenAPI, turned into JSON Schema, draft 2020-12.

OpenAPI 3.0 has `nullable` and `$ref` into the document. A keyword that is not
understood, or whose value is not of its kind, is refused rather than dropped:
a dropped constraint would be a contract that lies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from seamproof.errors import SourceInvalid
from seamproof.schemas import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

KNOWN_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
#: How deep schemas are followed; what nests deeper is taken for a mistake.
DEPTH: Final = 40


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: object) -> bool:
    several = value if isinstance(value, list) else [value]
    known = all(isinstance(one, str) and one in KNOWN_TYPES for one in several)
    return bool(several) and known and len(set(several)) == len(several)


def _are_names(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(name, str) for name in value)
        and len(set(value)) == len(value)
    )


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_pattern(value: object) -> bool:
    try:
        re.compile(str(value))
    except re.error:
        return False
    return isinstance(value, str)


def _are_values(value: object) -> bool:
    return isinstance(value, list) and bool(value)


#: Keywords that mean the same in both dialects: what their value must be, and in words.
_KINDS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
        (_is_count, "a whole number, not negative"),
    ),
    **dict.fromkeys(
        ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
        (_is_number, "a number"),
    ),
    "const": (lambda _: True, "any value"),
    "enum": (_are_values, "a list of values"),
    "format": (_is_text, "a string"),
    "pattern": (_is_pattern, "a regular expression that Python reads as well"),
    "required": (_are_names, "a list of names, each once"),
    "type": (_is_type, ", ".join(KNOWN_TYPES)),
    "uniqueItems": (_is_flag, "true or false"),
}
#: Keywords that constrain nothing.
_PASSED_OVER: Final = frozenset(
    {
        *("$comment", "default", "deprecated", "description", "discriminator", "example"),
        *("examples", "externalDocs", "readOnly", "title", "writeOnly", "xml"),
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """
    An OpenAPI document, and how to point at a spot of it.
    """

    root: JsonMapping
    text: str
    source: str

    def refuse(self, pointer: str, what: str, **details: str) -> SourceInvalid:
        """
        Make the error for a spot of the document.
        """
        line = json_text.line_of(self.text, pointer)
        return SourceInvalid(f"{pointer}: {what}", where=f"{self.source}:{line}", **details)


def resolved(document: Document, schema: object, pointer: str) -> tuple[JsonMapping, int]:
    """
    Follow `$ref` inside the document; what stands beside one is added to its target.

    Returns:
        The schema, and what tells it from every other one.

    Raises:
        SourceInvalid: It leads nowhere, elsewhere, or in a circle.
    """
    beside: JsonObject = {}
    seen: set[str] = set()
    while isinstance(schema, dict) and "$ref" in schema:
        reference = schema["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#/") or reference in seen:
            expected = "a reference into the document that does not lead back to itself"
            raise document.refuse(pointer, "$ref cannot be followed", expected=expected)
        seen.add(reference)
        beside = {**{key: schema[key] for key in schema if key != "$ref"}, **beside}
        schema = document.root
        for token in unquote(reference).split("/")[1:]:
            schema = _member(schema, json_text.unescape(token))
        if schema is None:
            raise document.refuse(pointer, "$ref leads nowhere", found=reference)
    if not isinstance(schema, dict):
        raise document.refuse(pointer, "a schema is an object", found=str(schema)[:60])
    return ({**schema, **beside} if beside else schema), id(schema)


def _member(holder: object, token: str) -> object:
    if isinstance(holder, list):
        return holder[int(token)] if token.isdecimal() and int(token) < len(holder) else None
    return holder.get(token) if isinstance(holder, dict) else None


def convert(
    document: Document, given: object, pointer: str, inside: tuple[int, ...] = ()
) -> JsonObject:
    """
    Convert a schema.

    Args:
        document: Where it stands.
        given: The schema.
        pointer: Where in the document.
        inside: The schemas around it, to notice one that holds itself.

    Raises:
        SourceInvalid: It is malformed, or not understood; says the line.
    """
    schema, identity = resolved(document, given, pointer)
    if identity in inside or len(inside) > DEPTH:
        what = "the schema holds itself, or nests without end; event payloads are finite"
        raise document.refuse(pointer, what)
    reader = _Reader(document, pointer, (*inside, identity))
    converted: JsonObject = {}
    for keyword, value in schema.items():
        if keyword in _KINDS:
            reader.check(keyword, value, *_KINDS[keyword])
            converted[keyword] = value
        elif keyword in _HOLDERS:
            check, expected, read = _HOLDERS[keyword]
            reader.check(keyword, value, check, expected)
            converted[keyword] = read(reader, keyword, value)
        elif keyword == "nullable":
            reader.check(keyword, value, _is_flag, "true or false")
        elif keyword not in _PASSED_OVER and not keyword.startswith("x-"):
            what = f"the keyword {keyword!r} is not understood"
            raise document.refuse(pointer, what)
    _names_exist(document, converted, pointer)
    converted = _plain_union(converted)
    return _with_null(converted) if schema.get("nullable") else converted


def _names_exist(document: Document, schema: JsonMapping, pointer: str) -> None:
    """
    Refuse a required name that no property has: it is misspelt.
    """
    properties = schema.get("properties", {})
    for name in schema.get("required", ()) if "properties" in schema else ():
        if name not in properties:
            spot, what = f"{pointer}/required", f"{name!r} is required and is no property"
            raise document.refuse(spot, what, expected=", ".join(properties))


@dataclass(frozen=True, slots=True)
class _Reader:
    """
    Converts the schemas inside one schema.

    Attributes:
        document: Where they stand.
        pointer: The spot of the schema that holds them.
        inside: The schemas that hold that one.
    """

    document: Document
    pointer: str
    inside: tuple[int, ...]

    def check(
        self, keyword: str, value: object, right: Callable[[object], bool], expected: str
    ) -> None:
        """
        Refuse a keyword whose value is not of its kind.
        """
        if not right(value):
            spot = f"{self.pointer}/{keyword}"
            what = "unknown type" if keyword == "type" else f"{keyword} has a wrong value"
            raise self.document.refuse(spot, what, expected=expected, found=str(value)[:60])

    def one(self, value: object, *tokens: str) -> JsonObject:
        """
        Convert a schema.
        """
        return convert(self.document, value, "/".join((self.pointer, *tokens)), self.inside)

    def named(self, keyword: str, value: JsonMapping) -> JsonObject:
        """
        Convert a schema for each name.
        """
        return {name: self.one(one, keyword, json_text.escape(name)) for name, one in value.items()}

    def single(self, keyword: str, value: object) -> Json:
        """
        Convert a schema that can also be just true or false.
        """
        return value if isinstance(value, bool) else self.one(value, keyword)

    def choice(self, keyword: str, value: list[Any]) -> list[JsonObject]:
        """
        Convert a list of schemas.
        """
        return [self.one(one, keyword, str(index)) for index, one in enumerate(value)]


def _is_schema(value: object) -> bool:
    return isinstance(value, bool | dict)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


#: Keywords that hold schemas: what their value must be, in words, and how it is converted.
_HOLDERS: Final[
    Mapping[str, tuple[Callable[[object], bool], str, Callable[[_Reader, str, Any], Any]]]
] = {
    "additionalProperties": (_is_schema, "a schema, true or false", _Reader.single),
    "allOf": (_are_values, "a list of schemas", _Reader.choice),
    "anyOf": (_are_values, "a list of schemas", _Reader.choice),
    "items": (_is_object, "a schema", _Reader.single),
    "oneOf": (_are_values, "a list of schemas", _Reader.choice),
    "properties": (_is_object, "an object of schemas", _Reader.named),
}


def _plain_union(schema: JsonObject) -> JsonObject:
    """
    Write a choice between bare types as one list of types.
    """
    choices = [keyword for keyword in ("anyOf", "oneOf") if keyword in schema]
    if len(choices) != 1 or "type" in schema:
        return schema
    branches = schema[choices[0]]
    types = [branch.get("type") for branch in branches]
    bare = all(set(branch) == {"type"} and isinstance(branch["type"], str) for branch in branches)
    if not bare or len(set(types)) != len(types):
        return schema
    rest = {key: value for key, value in schema.items() if key != choices[0]}
    return {"type": types, **rest}


def _with_null(schema: JsonObject) -> JsonObject:
    """
    Let a schema admit null, as `nullable` does.
    """
    if any(keyword in schema for keyword in ("allOf", "anyOf", "oneOf")):
        return {"anyOf": [schema, {"type": "null"}]}
    admitting = dict(schema)
    stated = schema.get("type")
    if stated is not None:
        types = [stated] if isinstance(stated, str) else list(stated)
        admitting["type"] = types if "null" in types else [*types, "null"]
    if "const" in schema:
        admitting["enum"] = [admitting.pop("const")]
    if "enum" in admitting and None not in admitting["enum"]:
        admitting["enum"] = [*admitting["enum"], None]
    return admitting
