"""
Reading Seam's OpenAPI document: the event schemas, turned into JSON Schema.

An event schema is found by its `event_type`; the conversion of its parts is
that of `dialect`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seamproof.errors import SourceInvalid
from seamproof.schemas import json_text
from seamproof.schemas.sources.mdx_fields import is_event_type
from seamproof.schemas.sources.openapi_schema import Document, convert, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import JsonMapping


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
    schema: JsonMapping
    deprecated: bool
    undocumented: bool
    hidden: frozenset[str]
    route: str
    source: str
    line: int


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
    root, flaws = json_text.parse(text)
    if flaws:
        what = f"the document is not good JSON: {flaws[0].message}"
        raise SourceInvalid(what, where=f"{source}:{flaws[0].line}")
    if not isinstance(root, dict) or not isinstance(root.get("openapi"), str):
        what = "the document is no OpenAPI document"
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
        pointer = f"/components/schemas/{json_text.escape(name)}"
        if not isinstance(component, dict):
            raise document.refuse(pointer, "a schema is an object")
        branches = component.get("oneOf")
        if _event_types(document, component, pointer):
            yield _event(document, component, pointer)
        elif isinstance(branches, list):
            spots = [f"{pointer}/oneOf/{index}" for index in range(len(branches))]
            whole = [
                resolved(document, branch, spot)[0]
                for branch, spot in zip(branches, spots, strict=True)
            ]
            told = [
                _event_types(document, one, spot) for one, spot in zip(whole, spots, strict=True)
            ]
            if _is_union(component) or any(told):
                for one, spot in zip(whole, spots, strict=True):
                    yield _event(document, one, spot)


def _is_union(component: JsonMapping) -> bool:
    discriminator = component.get("discriminator")
    return isinstance(discriminator, dict) and discriminator.get("propertyName") == "event_type"


def _event_types(document: Document, schema: JsonMapping, pointer: str) -> list[Any]:
    properties = schema.get("properties")
    tag = properties.get("event_type") if isinstance(properties, dict) else None
    if tag is None:
        return []
    spot = f"{pointer}/properties/event_type"
    whole, _ = resolved(document, tag, spot)
    values = [whole["const"]] if "const" in whole else whole.get("enum", [])
    if not isinstance(values, list):
        what = "enum is a list of values"
        raise document.refuse(spot, what, found=str(values))
    return values


def _event(document: Document, schema: JsonMapping, pointer: str) -> OpenApiEvent:
    types = _event_types(document, schema, pointer)
    spot = f"{pointer}/properties/event_type"
    if len(types) != 1:
        what = "an event schema has exactly one event_type"
        raise document.refuse(spot, what, found=", ".join(map(str, types)) or "none")
    if not isinstance(types[0], str) or not is_event_type(types[0]):
        what, expected = "the value is no event type", "names such as lock.unlocked"
        raise document.refuse(spot, what, expected=expected, found=repr(types[0])[:60])
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
    Read the resource's route, which becomes the name of a folder.
    """
    route = schema.get("x-route-path", "")
    if isinstance(route, str) and re.fullmatch(r"(?:/[a-z0-9_]+)*", route):
        return route
    what, spot = "the route is no path of names", f"{pointer}/x-route-path"
    raise document.refuse(spot, what, expected="/acs/credentials", found=str(route)[:60])
