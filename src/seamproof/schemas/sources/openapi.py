"""
Parser for Seam's OpenAPI document: finds the event schemas and converts them to JSON Schema.

An event schema is an object whose `event_type` has one value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.errors import SourceInvalid
from seamproof.json_pointer import escape
from seamproof.schemas import json_text
from seamproof.schemas.sources.mdx_fields import is_event_type
from seamproof.schemas.sources.openapi_schema import Document, convert, resolved
from seamproof.schemas.validation.keywords import listed_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import Json, JsonMapping


@dataclass(frozen=True, slots=True)
class OpenApiEvent:
    """
    One event of the OpenAPI document.

    Attributes:
        event_type: The only value of its `event_type`.
        schema: Its JSON Schema without descriptions.
        deprecated: Whether it is marked `deprecated`.
        undocumented: Whether it is marked `x-undocumented`.
        hidden: Its properties that are marked `x-undocumented`.
        route: The route of its resource, such as `/acs/credentials`.
        source: The name of the document.
        line: The line of the event in the document.
    """

    event_type: str
    schema: JsonMapping
    deprecated: bool
    undocumented: bool
    hidden: frozenset[str]
    route: str
    source: str
    line: int


def read_openapi(text: str, source: str) -> tuple[OpenApiEvent, ...]:
    """
    Parse all event schemas of an OpenAPI document.

    An event schema is a component, or a branch of a component's `oneOf`, whose
    `event_type` has exactly one value.

    Args:
        text: The document, in JSON.
        source: The name of the document in errors.

    Raises:
        SourceInvalid: The document is malformed; has the line.
    """
    root, flaws = json_text.parse(text)
    if flaws:
        what = f"the document is not valid JSON: {flaws[0].message}"
        raise SourceInvalid(what, where=f"{source}:{flaws[0].line}")
    if not isinstance(root, dict) or not isinstance(root.get("openapi"), str):
        what = "this is not an OpenAPI document"
        raise SourceInvalid(what, where=f"{source}:1", expected='an object with "openapi": "3.…"')
    document = Document(root, text, source)
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


def _events(document: Document) -> Iterator[OpenApiEvent]:
    components = document.root.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    for name, component in (schemas if isinstance(schemas, dict) else {}).items():
        pointer = f"/components/schemas/{escape(name)}"
        if not isinstance(component, dict):
            raise document.error_at(pointer, "a schema is an object")
        branches = component.get("oneOf")
        if _event_types(document, component, pointer):
            yield _event(document, component, pointer)
        elif isinstance(branches, list):
            pointers = [f"{pointer}/oneOf/{index}" for index in range(len(branches))]
            schemas_at = {
                at: resolved(document, branch, at)[0]
                for at, branch in zip(pointers, branches, strict=True)
            }
            typed = [_event_types(document, schema, at) for at, schema in schemas_at.items()]
            if _is_union(component) or any(typed):
                for at, schema in schemas_at.items():
                    yield _event(document, schema, at)


def _is_union(component: JsonMapping) -> bool:
    discriminator = component.get("discriminator")
    return isinstance(discriminator, dict) and discriminator.get("propertyName") == "event_type"


def _event_types(document: Document, schema: JsonMapping, pointer: str) -> list[Json]:
    properties = schema.get("properties")
    type_schema = properties.get("event_type") if isinstance(properties, dict) else None
    if type_schema is None:
        return []
    type_pointer = f"{pointer}/properties/event_type"
    schema_of_type, _ = resolved(document, type_schema, type_pointer)
    values = listed_values({"enum": [], **schema_of_type})
    if not isinstance(values, list):
        what = "enum is a list of values"
        raise document.error_at(type_pointer, what, found=str(values))
    return values


def _event(document: Document, schema: JsonMapping, pointer: str) -> OpenApiEvent:
    types = _event_types(document, schema, pointer)
    type_pointer = f"{pointer}/properties/event_type"
    if len(types) != 1:
        what = "an event schema has exactly one event_type"
        raise document.error_at(type_pointer, what, found=", ".join(map(str, types)) or "none")
    if not isinstance(types[0], str) or not is_event_type(types[0]):
        what, expected = "the value is not an event type", "names such as lock.unlocked"
        raise document.error_at(type_pointer, what, expected=expected, found=repr(types[0])[:60])
    converted = convert(document, schema, pointer)
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
        route=_route(document, schema, pointer),
        source=document.source,
        line=json_text.line_of(document.text, pointer),
    )


def _route(document: Document, schema: JsonMapping, pointer: str) -> str:
    """
    Return the route of an event's resource, which becomes the name of a folder.
    """
    route = schema.get("x-route-path", "")
    if isinstance(route, str) and re.fullmatch(r"(?:/[a-z0-9_]+)*", route):
        return route
    what, route_pointer = "the route is not a path of names", f"{pointer}/x-route-path"
    raise document.error_at(route_pointer, what, expected="/acs/credentials", found=str(route)[:60])
