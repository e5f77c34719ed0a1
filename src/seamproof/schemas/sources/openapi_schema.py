"""
Conversion of OpenAPI schemas to JSON Schema, draft 2020-12.

OpenAPI 3.0 has `nullable`, `$ref` into the document, and `exclusiveMinimum` and
`exclusiveMaximum` that are true or false. An unknown keyword, or
one with an invalid value, is an error rather than ignored: a contract that
lacks a constraint would be wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from seamproof import json_pointer
from seamproof.errors import SourceInvalid
from seamproof.schemas import json_text
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

KNOWN_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
#: The most levels of nested schemas; a deeper one is an error.
DEPTH: Final = 40


def _is_of(*types: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, types)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: object) -> bool:
    types = value if isinstance(value, list) else [value]
    known = all(isinstance(name, str) and name in KNOWN_TYPES for name in types)
    return bool(types) and known and len(set(types)) == len(types)


def _are_names(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(name, str) for name in value)
        and len(set(value)) == len(value)
    )


def _is_pattern(value: object) -> bool:
    try:
        re.compile(str(value))
    except re.error:
        return False
    return isinstance(value, str)


def _are_values(value: object) -> bool:
    return isinstance(value, list) and bool(value)


#: Keywords that mean the same in both dialects, with the check of their value and its description.
_SAME: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
        (_is_count, "a whole number, 0 or more"),
    ),
    **dict.fromkeys(
        ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
        (_is_number, "a number"),
    ),
    "const": (lambda _: True, "any value"),
    "enum": (_are_values, "a list of values"),
    "format": (_is_of(str), "a string"),
    "pattern": (_is_pattern, "a regular expression that Python supports"),
    "required": (_are_names, "a list of names, each once"),
    "type": (_is_type, ", ".join(KNOWN_TYPES)),
    "uniqueItems": (_is_of(bool), "true or false"),
}
#: In OpenAPI 3.0 the first says whether the second is excluded.
_LIMITS: Final = {"exclusiveMaximum": "maximum", "exclusiveMinimum": "minimum"}
#: Keywords that constrain nothing.
_IGNORED: Final = frozenset(
    {
        *("$comment", "default", "deprecated", "description", "discriminator", "example"),
        *("examples", "externalDocs", "readOnly", "title", "writeOnly", "xml"),
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """
    An OpenAPI document, with its text and name for error messages.
    """

    root: JsonMapping
    text: str
    source: str

    def error_at(self, pointer: str, what: str, **details: str) -> SourceInvalid:
        """
        Create the error for a place in the document.
        """
        line = json_text.line_of(self.text, pointer)
        return SourceInvalid(f"{pointer}: {what}", where=f"{self.source}:{line}", **details)


def resolved(document: Document, schema: object, pointer: str) -> tuple[JsonMapping, int]:
    """
    Follow `$ref` inside the document; keywords beside a `$ref` are added to its target.

    Returns:
        The schema, and the identity of the last target.

    Raises:
        SourceInvalid: A reference has no target, leaves the document, or leads back to itself.
    """
    siblings: JsonObject = {}
    seen: set[str] = set()
    while isinstance(schema, dict) and "$ref" in schema:
        reference = schema["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#/") or reference in seen:
            expected = "a reference into the document that does not lead back to itself"
            raise document.error_at(pointer, "$ref cannot be followed", expected=expected)
        seen.add(reference)
        siblings = {**{key: schema[key] for key in schema if key != "$ref"}, **siblings}
        try:
            schema = json_pointer.get(document.root, json_pointer.parse(unquote(reference[1:])))
        except LookupError:
            raise document.error_at(pointer, "$ref has no target", found=reference) from None
    if not isinstance(schema, dict):
        raise document.error_at(pointer, "a schema is an object", found=str(schema)[:60])
    return ({**schema, **siblings} if siblings else schema), id(schema)


def convert(
    document: Document, given: object, pointer: str, inside: tuple[int, ...] = ()
) -> JsonObject:
    """
    Convert an OpenAPI schema to JSON Schema.

    Args:
        document: The document of the schema.
        given: The schema.
        pointer: JSON Pointer to the schema.
        inside: The identities of the enclosing schemas, to detect recursion.

    Raises:
        SourceInvalid: The schema is malformed or not supported; has the line.
    """
    schema, identity = resolved(document, given, pointer)
    schema = _with_numeric_limits(schema)
    if identity in inside or len(inside) > DEPTH:
        what = "the schema contains itself or is nested too deeply; event payloads are finite"
        raise document.error_at(pointer, what)
    reader = _NestedSchemas(document, pointer, (*inside, identity))
    converted: JsonObject = {}
    for keyword, value in schema.items():
        if keyword in _SAME:
            reader.check(keyword, value, *_SAME[keyword])
            converted[keyword] = value
        elif keyword in _NESTED:
            check, expected, read = _NESTED[keyword]
            reader.check(keyword, value, check, expected)
            converted[keyword] = read(reader, keyword, value)
        elif keyword == "nullable":
            reader.check(keyword, value, *_SAME["uniqueItems"])
        elif keyword not in _IGNORED and not keyword.startswith("x-"):
            what = f"the keyword {keyword!r} is not supported"
            raise document.error_at(pointer, what)
    if inside and schema.get("deprecated") is True:
        converted["deprecated"] = True
    _check_required(document, converted, pointer)
    converted = _plain_union(converted)
    return _with_null(converted) if schema.get("nullable") else converted


def _with_numeric_limits(schema: JsonMapping) -> JsonMapping:
    """
    Replace `exclusiveMinimum: true` beside `minimum` by the number, and likewise the maximum.
    """
    found: JsonObject = dict(schema)
    for exclusive, inclusive in _LIMITS.items():
        stated = found.get(exclusive)
        if isinstance(stated, bool) and _is_number(found.get(inclusive)):
            del found[exclusive]
            found.update({exclusive: found.pop(inclusive)} if stated else {})
    return found


def _check_required(document: Document, schema: JsonMapping, pointer: str) -> None:
    """
    Raise an error for a required name that is not a property: it is misspelt.
    """
    properties = schema.get("properties", {})
    for name in schema.get("required", ()) if "properties" in schema else ():
        if name not in properties:
            at, what = f"{pointer}/required", f"{name!r} is required but is not a property"
            raise document.error_at(at, what, expected=", ".join(properties))


@dataclass(frozen=True, slots=True)
class _NestedSchemas:
    """
    Converts the schemas nested in one schema.

    Attributes:
        document: The document of the schemas.
        pointer: JSON Pointer to the enclosing schema.
        inside: The identities of the enclosing schemas.
    """

    document: Document
    pointer: str
    inside: tuple[int, ...]

    def check(
        self, keyword: str, value: object, valid: Callable[[object], bool], expected: str
    ) -> None:
        """
        Raise an error if the value of a keyword is not valid.
        """
        if not valid(value):
            pointer = f"{self.pointer}/{keyword}"
            what = "unknown type" if keyword == "type" else f"{keyword} has an invalid value"
            raise self.document.error_at(pointer, what, expected=expected, found=str(value)[:60])

    def schema(self, value: object, *tokens: str) -> JsonObject:
        """
        Convert a schema.
        """
        return convert(self.document, value, "/".join((self.pointer, *tokens)), self.inside)

    def by_name(self, keyword: str, value: JsonMapping) -> JsonObject:
        """
        Convert an object of schemas.
        """
        return {
            name: self.schema(member, keyword, json_pointer.escape(name))
            for name, member in value.items()
        }

    def schema_or_boolean(self, keyword: str, value: object) -> Json:
        """
        Convert a schema that can also be true or false.
        """
        return value if isinstance(value, bool) else self.schema(value, keyword)

    def in_order(self, keyword: str, value: list[Json]) -> list[JsonObject]:
        """
        Convert a list of schemas.
        """
        return [self.schema(item, keyword, str(index)) for index, item in enumerate(value)]


#: Keywords that contain schemas: the check of their value, its description, the conversion.
_NESTED: Final[
    Mapping[str, tuple[Callable[[object], bool], str, Callable[[_NestedSchemas, str, Json], Json]]]
] = {
    "additionalProperties": (
        _is_of(bool, dict),
        "a schema, true or false",
        _NestedSchemas.schema_or_boolean,
    ),
    "allOf": (_are_values, "a list of schemas", _NestedSchemas.in_order),
    "anyOf": (_are_values, "a list of schemas", _NestedSchemas.in_order),
    "items": (_is_of(dict), "a schema", _NestedSchemas.schema_or_boolean),
    "oneOf": (_are_values, "a list of schemas", _NestedSchemas.in_order),
    "properties": (_is_of(dict), "an object of schemas", _NestedSchemas.by_name),
}


def _plain_union(schema: JsonObject) -> JsonObject:
    """
    Replace a choice between types by one list of types.
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
    Make a schema admit null, as `nullable` does.
    """
    if any(keyword in schema for keyword in ("allOf", "anyOf", "oneOf")):
        return {"anyOf": [schema, {"type": "null"}]}
    admitting = dict(schema)
    if "type" in schema:
        types = stated_types(schema)
        admitting["type"] = types if "null" in types else [*types, "null"]
    if "const" in schema:
        admitting["enum"] = [admitting.pop("const")]
    if "enum" in admitting and None not in admitting["enum"]:
        admitting["enum"] = [*admitting["enum"], None]
    return admitting
