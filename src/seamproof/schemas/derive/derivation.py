"""
Derivation of one schema for each event from documentation pages and the OpenAPI document.

Where both sources describe something, the OpenAPI document wins, because Seam
generates its own validators and SDKs from it; the page decides what only the
page has. Each difference is recorded as a `Contradiction`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from seamproof.errors import SourceInvalid
from seamproof.json_pointer import escape
from seamproof.schemas.derive.descriptions import describe_event, describe_property, title_event
from seamproof.schemas.sources.mdx_fields import object_schema
from seamproof.schemas.sources.mdx_pages import PageEvent
from seamproof.schemas.sources.openapi import OpenApiEvent
from seamproof.schemas.validation.contract import Contract, explain
from seamproof.schemas.validation.example_values import conform, placeholder
from seamproof.schemas.validation.keywords import DIALECT, listed_values, stated_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

ID_PREFIX: Final = "urn:seam:event:"

_SourceEvent = TypeVar("_SourceEvent", PageEvent, OpenApiEvent)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """
    A difference between a page and the OpenAPI document.

    Attributes:
        event_type: The event type concerned.
        path: JSON Pointer into the payload; empty for the event itself.
        aspect: `type`, `format`, `enum`, `property`, `presence`, `example` or `deprecated`.
        page: What the page says.
        openapi: What the OpenAPI document says.
        winner: `page` or `openapi`.
    """

    event_type: str
    path: str
    aspect: str
    page: Json
    openapi: Json
    winner: str


@dataclass(frozen=True, slots=True)
class Derived:
    """
    The derived schemas, sorted by event type, and the contradictions of their sources.
    """

    schemas: Mapping[str, JsonMapping]
    contradictions: tuple[Contradiction, ...]


def derive(pages: Iterable[PageEvent], openapi: Iterable[OpenApiEvent]) -> Derived:
    """
    Derive one JSON Schema for each event type that a page or the OpenAPI document has.

    Raises:
        SourceInvalid: Two pages, or two OpenAPI documents, describe the same event;
            or an example violates its own schema.
    """
    documented = _by_type(pages)
    specified = _by_type(openapi)
    schemas: dict[str, JsonMapping] = {}
    contradictions: list[Contradiction] = []
    for event_type in sorted({*documented, *specified}):
        page, spec = documented.get(event_type), specified.get(event_type)
        schemas[event_type] = _schema(event_type, page, spec)
        contradictions += _contradictions(event_type, page, spec)
    return Derived(schemas, tuple(contradictions))


def _by_type(events: Iterable[_SourceEvent]) -> dict[str, _SourceEvent]:
    first: dict[str, _SourceEvent] = {}
    for event in events:
        if event.event_type in first:
            other = first[event.event_type]
            what = f"{event.event_type} is documented twice"
            where, found = f"{event.source}:{event.line}", f"first at {other.source}:{other.line}"
            raise SourceInvalid(what, where=where, found=found)
        first[event.event_type] = event
    return first


def _schema(event_type: str, page: PageEvent | None, spec: OpenApiEvent | None) -> JsonMapping:
    properties = {prop.name: prop for prop in _properties(page, spec)}
    shape: JsonObject = {
        "type": "object",
        "properties": {name: _described(name, prop.shape) for name, prop in properties.items()},
        "required": [name for name, prop in properties.items() if prop.required],
    }
    return {
        "$schema": DIALECT,
        "$id": ID_PREFIX + event_type,
        "title": title_event(event_type),
        "description": describe_event(event_type),
        **shape,
        "examples": [_example(event_type, page, spec, shape)],
        "x-seam": {
            "resource": event_type.partition(".")[0],
            "group": (spec.route.strip("/") if spec else "") or event_type.partition(".")[0],
            "documented": page is not None or not (spec and spec.undocumented),
            "deprecated": bool((page and page.deprecated) or (spec and spec.deprecated)),
            "properties": {name: prop.note for name, prop in properties.items()},
        },
    }


def _example(
    event_type: str, page: PageEvent | None, spec: OpenApiEvent | None, shape: JsonMapping
) -> JsonObject:
    """
    Return the page's example, or a generated one, made to conform to the schema.

    Raises:
        SourceInvalid: The example violates the page, or no valid example can be made.
    """
    source = spec or page
    where = f"{source.source}:{source.line}" if source else ""
    try:
        Contract(shape).is_valid({})
    except ValueError as problem:
        what = f"the schema of {event_type} cannot be used: {problem}"
        raise SourceInvalid(what, where=where) from problem
    if page:
        _check_example(page, {violation.path for violation in explain(shape, page.example)})
    given = page.example if page else placeholder(shape, leave_out=spec.hidden if spec else ())
    example = conform(given, shape)
    for violation in explain(shape, example):
        what = f"no example of {event_type} can be made: {violation.path} {violation.message}"
        raise SourceInvalid(what, where=where)
    return example


def _check_example(page: PageEvent, invalid: set[str]) -> None:
    """
    Raise an error if an example violates its own page, unless the derived schema allows it.
    """
    for violation in explain(object_schema(page.fields), page.example):
        if violation.path in invalid:
            detail = f"{violation.path} {violation.message}"
            what = f"the example of {page.event_type} does not satisfy its own schema: {detail}"
            raise SourceInvalid(what, where=f"{page.source}:{page.line_of(violation.path)}")


@dataclass(frozen=True, slots=True)
class _Property:
    """
    A property of an event.

    Attributes:
        name: Its name.
        shape: Its schema.
        required: Whether every event has it.
        note: Its entry in `x-seam`.
    """

    name: str
    shape: JsonMapping
    required: bool
    note: JsonObject


def _properties(page: PageEvent | None, spec: OpenApiEvent | None) -> Iterator[_Property]:
    fields = {field.name: field for field in page.fields} if page else {}
    members: JsonMapping = spec.schema["properties"] if spec else {}
    required = set(spec.schema.get("required", ())) if spec else set()
    hidden = spec.hidden if spec else frozenset()
    for name in sorted({*fields, *members}):
        field, member = fields.get(name), members.get(name)
        listed = field is not None or page is None
        yield _Property(
            name=name,
            shape=_merged(field.schema if field else {}, member),
            required=name in required
            if member is not None and listed
            else field is not None and not field.conditional,
            note={
                "documented": listed and name not in hidden and not (field and field.undocumented),
                "presence": "page" if member is None else "openapi",
                "sources": ["page"] * (field is not None) + ["openapi"] * (member is not None),
            },
        )


def _merged(on_page: JsonMapping, in_spec: JsonMapping | None) -> JsonMapping:
    """
    Merge two schemas: that of the OpenAPI document, and what only the page has.
    """
    if in_spec is None:
        return on_page
    merged = dict(in_spec)
    if "items" in on_page and "array" in _types(in_spec):
        merged["items"] = _merged(on_page["items"], in_spec.get("items", {"type": "object"}))
    if "properties" in on_page and "object" in _types(in_spec):
        members = in_spec.get("properties", {})
        only_on_page = {*on_page["properties"]} - {*members}
        merged["properties"] = {
            name: _merged(on_page["properties"].get(name, {}), members.get(name))
            for name in sorted({*members, *on_page["properties"]})
        }
        required = {*in_spec.get("required", ()), *(only_on_page & {*on_page["required"]})}
        merged["required"] = sorted(required)
    return merged


def _types(schema: JsonMapping) -> list[str]:
    return stated_types({"type": "object", **schema} if "properties" in schema else schema)


def _described(name: str, shape: JsonMapping) -> JsonObject:
    """
    Add the description of a property to its schema, with keywords in a fixed order.
    """
    return {"description": describe_property(name), **_ordered(shape)}


def _ordered(shape: JsonMapping) -> JsonObject:
    ordered = {
        key: shape[key] for key in (*_LEADING, *sorted({*shape} - {*_LEADING})) if key in shape
    }
    if "properties" in ordered:
        members = ordered["properties"]
        ordered["properties"] = {name: _described(name, members[name]) for name in sorted(members)}
    if "required" in ordered:
        ordered["required"] = sorted(ordered["required"])
    if isinstance(ordered.get("items"), dict):
        ordered["items"] = _ordered(ordered["items"])
    return ordered


#: The keywords that come first in a schema, most important first.
_LEADING: Final = ("type", "format", "const", "enum", "properties", "required")


def _contradictions(
    event_type: str, page: PageEvent | None, spec: OpenApiEvent | None
) -> Iterator[Contradiction]:
    if page is None or spec is None:
        return
    differ = partial(Contradiction, event_type)
    if page.deprecated != spec.deprecated:
        winner = "page" if page.deprecated else "openapi"
        yield differ("", "deprecated", page.deprecated, spec.deprecated, winner)
    members, required = spec.schema["properties"], spec.schema.get("required", ())
    fields = {field.name: field for field in page.fields}
    for name in sorted({*fields, *members}):
        path, field, member = f"/{escape(name)}", fields.get(name), members.get(name)
        if field is None or member is None:
            winner = "page" if member is None else "openapi"
            yield differ(path, "property", field is not None, member is not None, winner)
            continue
        if field.conditional == (name in required):
            on_page, in_spec = (
                "required" if always else "optional"
                for always in (not field.conditional, name in required)
            )
            yield differ(path, "presence", on_page, in_spec, "openapi")
        for nested, aspect, on_page, in_spec in _differences(path, field.schema, member):
            only_on_page = aspect == "property" and on_page
            yield differ(nested, aspect, on_page, in_spec, "page" if only_on_page else "openapi")
    for violation in explain(spec.schema, page.example):
        yield differ(violation.path, "example", violation.found, violation.expected, "openapi")


def _differences(
    path: str, on_page: JsonMapping, in_spec: JsonMapping
) -> Iterator[tuple[str, str, Json, Json]]:
    """
    Compare what both sources can express; a page cannot express null or floats.
    """
    page, spec = _expressible(on_page), _expressible(in_spec)
    for aspect in page:
        if page[aspect] != spec[aspect]:
            yield path, aspect, page[aspect], spec[aspect]
    if "items" in on_page and "items" in in_spec:
        yield from _differences(f"{path}/*", on_page["items"], in_spec["items"])
    nested, counterpart = on_page.get("properties", {}), in_spec.get("properties", {})
    for name in sorted({*nested, *counterpart}) if nested else ():
        pointer = f"{path}/{escape(name)}"
        if name in nested and name in counterpart:
            yield from _differences(pointer, nested[name], counterpart[name])
        else:
            yield pointer, "property", name in nested, name in counterpart


def _expressible(schema: JsonMapping) -> JsonObject:
    formats = ("uuid", "date-time")
    values = listed_values(schema) or []
    return {
        "type": sorted({*_types(schema)} - {"null"}),
        "format": schema["format"] if schema.get("format") in formats else None,
        "enum": sorted((value for value in values if value is not None), key=str),
    }
