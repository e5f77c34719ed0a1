"""
Reading Seam's OpenAPI document: the event schemas, turned into JSON Schema.

OpenAPI 3.0 has its own dialect (`nullable`, `$ref` into the document); what
comes out is draft 2020-12. A keyword that is not understood is refused rather
than dropped: a dropped constraint would be a contract that lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import SourceInvalid
from seamproof.schemas import jsontext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Keywords that mean the same in OpenAPI and in JSON Schema, and hold no schema.
KEPT: Final = frozenset(
    {
        *("const", "enum", "format", "pattern", "required", "type", "uniqueItems", "multipleOf"),
        *("maximum", "maxItems", "maxLength", "maxProperties"),
        *("minimum", "minItems", "minLength", "minProperties"),
    }
)
#: Keywords that constrain nothing, and `nullable`, which is seen to apart.
PASSED_OVER: Final = frozenset(
    {
        *("default", "deprecated", "description", "discriminator", "example", "examples"),
        *("externalDocs", "nullable", "readOnly", "title", "writeOnly", "xml"),
    }
)
KNOWN_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")


@dataclass(frozen=True, slots=True)
class OpenApiEvent:
    """
    One event as the OpenAPI document has it.

    Attributes:
        event_type: Its only `event_type`.
        schema: The object's JSON Schema without descriptions.
        deprecated: Whether it is marked `deprecated`.
        undocumented: Whether it is marked `x-undocumented`.
        hidden: The properties that are marked `x-undocumented`.
        route: The resource's route, as `/acs/credentials`.
        source: The document.
        line: Where the event stands in it.
    """

    event_type: str
    schema: Mapping[str, Any]
    deprecated: bool
    undocumented: bool
    hidden: frozenset[str]
    route: str
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class _Document:
    root: Mapping[str, Any]
    text: str
    source: str

    def refuse(self, pointer: str, what: str, **details: str) -> SourceInvalid:
        line = jsontext.line_of(self.text, pointer)
        return SourceInvalid(f"{pointer}: {what}", where=f"{self.source}:{line}", **details)


def read_openapi(text: str, source: str) -> tuple[OpenApiEvent, ...]:
    """
    Read every event schema of an OpenAPI document.

    An event schema is a component, or a branch of a component's `oneOf`, whose
    `event_type` has exactly one value.

    Args:
        text: The document, in JSON.
        source: What to call it in errors.

    Raises:
        SourceInvalid: The document is malformed; says the line.
    """
    root, flaws = jsontext.parse(text)
    if flaws:
        what = f"the document is not good JSON: {flaws[0].message}"
        raise SourceInvalid(what, where=f"{source}:{flaws[0].line}")
    if not isinstance(root, dict) or not isinstance(root.get("openapi"), str):
        what = "the document is no OpenAPI document"
        raise SourceInvalid(what, where=f"{source}:1", expected='an object with "openapi": "3.…"')
    document = _Document(root, text, source)
    events = tuple(_events(document))
    if not events:
        what = "the document describes no event"
        expected = "under components.schemas an object whose event_type has one value"
        raise SourceInvalid(what, where=f"{source}:1", expected=expected)
    first: dict[str, OpenApiEvent] = {}
    for event in events:
        if event.event_type in first:
            what = f"{event.event_type} is described twice"
            found = f"first on line {first[event.event_type].line}"
            raise SourceInvalid(what, where=f"{source}:{event.line}", found=found)
        first[event.event_type] = event
    return events


def _events(document: _Document) -> Iterator[OpenApiEvent]:
    components = document.root.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    for name, component in (schemas if isinstance(schemas, dict) else {}).items():
        pointer = f"/components/schemas/{jsontext.escape(name)}"
        if not isinstance(component, dict):
            raise document.refuse(pointer, "a schema is an object")
        branches = component.get("oneOf")
        if _event_types(component):
            yield _event(document, component, pointer)
        elif isinstance(branches, list) and _is_union(component, branches):
            for index, branch in enumerate(branches):
                spot = f"{pointer}/oneOf/{index}"
                yield _event(document, _resolved(document, branch, spot), spot)


def _is_union(component: Mapping[str, Any], branches: list[Any]) -> bool:
    discriminator = component.get("discriminator")
    named = isinstance(discriminator, dict) and discriminator.get("propertyName") == "event_type"
    return named or any(_event_types(branch) for branch in branches if isinstance(branch, dict))


def _event_types(schema: Mapping[str, Any]) -> list[Any]:
    properties = schema.get("properties")
    tag = properties.get("event_type") if isinstance(properties, dict) else None
    if not isinstance(tag, dict):
        return []
    return [tag["const"]] if "const" in tag else tag.get("enum", [])


def _event(document: _Document, schema: Mapping[str, Any], pointer: str) -> OpenApiEvent:
    types = _event_types(schema)
    if len(types) != 1 or not isinstance(types[0], str):
        what = "an event schema has exactly one event_type"
        spot = f"{pointer}/properties/event_type"
        raise document.refuse(spot, what, found=", ".join(map(str, types)) or "none")
    converted = _convert(document, schema, pointer, ())
    converted["properties"] = {
        name: {"type": "string", "const": types[0]} if name == "event_type" else member
        for name, member in converted["properties"].items()
    }
    hidden = (
        name
        for name, member in schema["properties"].items()
        if isinstance(member, dict) and member.get("x-undocumented")
    )
    return OpenApiEvent(
        event_type=types[0],
        schema=converted,
        deprecated=bool(schema.get("deprecated")),
        undocumented=bool(schema.get("x-undocumented")),
        hidden=frozenset(hidden),
        route=str(schema.get("x-route-path", "")),
        source=document.source,
        line=jsontext.line_of(document.text, pointer),
    )


def _resolved(document: _Document, schema: object, pointer: str) -> Mapping[str, Any]:
    """
    Follow `$ref` inside the document to the schema itself.
    """
    seen: set[str] = set()
    while isinstance(schema, dict) and "$ref" in schema:
        reference = schema["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#/") or reference in seen:
            expected = "a reference into the document that does not lead back to itself"
            raise document.refuse(pointer, "$ref cannot be followed", expected=expected)
        seen.add(reference)
        schema = document.root
        for token in reference.split("/")[1:]:
            schema = _member(schema, jsontext.unescape(token))
        if schema is None:
            raise document.refuse(pointer, "$ref leads nowhere", found=reference)
    if not isinstance(schema, dict):
        raise document.refuse(pointer, "a schema is an object", found=str(schema))
    return schema


def _member(holder: object, token: str) -> object:
    if isinstance(holder, list):
        return holder[int(token)] if token.isdecimal() and int(token) < len(holder) else None
    return holder.get(token) if isinstance(holder, dict) else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """
    Converts the schemas inside one schema.

    Attributes:
        document: Where they stand.
        pointer: The spot of the schema that holds them.
        inside: The schemas that hold that one, to notice one that holds itself.
    """

    document: _Document
    pointer: str
    inside: tuple[int, ...]

    def one(self, value: object, *tokens: str) -> dict[str, Any]:
        """
        Convert a schema.
        """
        return _convert(self.document, value, "/".join((self.pointer, *tokens)), self.inside)

    def named(self, keyword: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """
        Convert a schema for each name.
        """
        named = {name: self.one(one, keyword, jsontext.escape(name)) for name, one in value.items()}
        return {keyword: named}

    def single(self, keyword: str, value: object) -> dict[str, Any]:
        """
        Convert a schema that can also be just true or false.
        """
        return {keyword: value if isinstance(value, bool) else self.one(value, keyword)}

    def choice(self, keyword: str, value: list[Any]) -> dict[str, Any]:
        """
        Convert a list of schemas.
        """
        return _union(keyword, [self.one(one, keyword, str(i)) for i, one in enumerate(value)])


#: The keywords that hold schemas, and how those are converted.
_HOLDERS: Final[Mapping[str, Callable[[_Reader, str, Any], dict[str, Any]]]] = {
    "additionalProperties": _Reader.single,
    "allOf": _Reader.choice,
    "anyOf": _Reader.choice,
    "items": _Reader.single,
    "oneOf": _Reader.choice,
    "properties": _Reader.named,
}


def _convert(
    document: _Document, given: object, pointer: str, inside: tuple[int, ...]
) -> dict[str, Any]:
    schema = _resolved(document, given, pointer)
    if id(schema) in inside:
        what = "the schema holds itself; event payloads are finite"
        raise document.refuse(pointer, what)
    reader = _Reader(document, pointer, (*inside, id(schema)))
    converted: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in KEPT:
            converted[keyword] = value
        elif keyword in _HOLDERS:
            converted |= _HOLDERS[keyword](reader, keyword, value)
        elif keyword not in PASSED_OVER and not keyword.startswith("x-"):
            what = f"the keyword {keyword!r} is not understood"
            raise document.refuse(pointer, what)
    _check_type(document, converted, pointer)
    if schema.get("nullable"):
        _admit_null(converted)
    return converted


def _union(keyword: str, branches: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Write a choice between bare types as one list of types.
    """
    types = [branch.get("type") for branch in branches]
    bare = all(set(branch) == {"type"} and isinstance(branch["type"], str) for branch in branches)
    if keyword != "allOf" and bare and len(set(types)) == len(types):
        return {"type": types}
    return {keyword: branches}


def _check_type(document: _Document, schema: Mapping[str, Any], pointer: str) -> None:
    stated = schema.get("type", [])
    for one in [stated] if isinstance(stated, str) else stated:
        if one not in KNOWN_TYPES:
            expected = ", ".join(KNOWN_TYPES)
            spot = f"{pointer}/type"
            raise document.refuse(spot, "unknown type", expected=expected, found=str(one))


def _admit_null(schema: dict[str, Any]) -> None:
    stated = schema.get("type")
    if stated is not None:
        types = [stated] if isinstance(stated, str) else list(stated)
        schema["type"] = types if "null" in types else [*types, "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
