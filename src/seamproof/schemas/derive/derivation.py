"""
Derivation of one schema for each event from all sources: pages, OpenAPI documents and SDKs.

Where several sources describe something, the newest one that speaks of it wins; what
only one of them has is kept. Each difference is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from seamproof.errors import SourceInvalid
from seamproof.schemas.derive.contradictions import (
    Contradiction,
    Difference,
    contradictions_of,
    differences_of,
)
from seamproof.schemas.derive.descriptions import describe_event, describe_property, title_event
from seamproof.schemas.derive.merge import is_deprecated, is_formerly_documented, merge_event
from seamproof.schemas.sources.mdx_fields import object_schema
from seamproof.schemas.sources.mdx_pages import PageEvent
from seamproof.schemas.sources.openapi import OpenApiEvent
from seamproof.schemas.sources.source import ANY_EVENT, Source, SourceEvent
from seamproof.schemas.validation.contract import Contract, explain
from seamproof.schemas.validation.example_values import conform, placeholder
from seamproof.schemas.validation.keywords import DIALECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.derive.merge import Property

ID_PREFIX: Final = "urn:seam:event:"

_Event = TypeVar("_Event", PageEvent, OpenApiEvent)


@dataclass(frozen=True, slots=True)
class Derived:
    """
    The derived schemas, sorted by event type, and the differences of their sources.

    Attributes:
        schemas: The schemas.
        contradictions: The differences between pages and OpenAPI documents.
        differences: What the sources say differently, where an SDK is one of them.
        sources: The sources, the oldest first.
    """

    schemas: Mapping[str, JsonMapping]
    contradictions: tuple[Contradiction, ...]
    differences: tuple[Difference, ...] = ()
    sources: tuple[Source, ...] = ()


def derive(
    pages: Iterable[PageEvent],
    openapi: Iterable[OpenApiEvent],
    sdks: Iterable[SourceEvent] = (),
    known: Mapping[str, Source] | None = None,
) -> Derived:
    """
    Derive one JSON Schema for each event type that a source has.

    Args:
        pages: The events of documentation pages.
        openapi: The events of OpenAPI documents.
        sdks: The events of SDKs.
        known: Version and date of documents, by the name that their events have as `source`.

    Raises:
        SourceInvalid: Two sources of one kind describe the same event; an SDK describes all
            events at once; or an example violates its own schema.
    """
    pages, openapi, sdks = tuple(pages), tuple(openapi), tuple(sdks)
    documented, specified = _by_type(pages), _by_type(openapi)
    stamps = known or {}
    statements = [
        *(_page_statement(one, stamps) for one in pages),
        *(_openapi_statement(one, stamps) for one in openapi),
        *sdks,
    ]
    by_type = _statements_by_type(statements)
    sources = tuple(sorted({one.source for one in statements}, key=lambda one: (one.age, one.name)))
    groups = {one: spec.route.strip("/") for one, spec in specified.items() if spec.route}
    schemas: dict[str, JsonMapping] = {}
    contradictions: list[Contradiction] = []
    differences: list[Difference] = []
    for event_type in sorted(by_type):
        said, page = by_type[event_type], documented.get(event_type)
        merged = merge_event(said)
        schema = _schema(event_type, page, said, merged)
        schemas[event_type] = {
            **schema,
            "x-seam": _marks(event_type, said, merged, sources, groups),
        }
        contradictions += contradictions_of(event_type, page, specified.get(event_type))
        differences += differences_of(said, merged, sources)
    return Derived(schemas, tuple(contradictions), tuple(differences), sources)


def _by_type(events: Iterable[_Event]) -> dict[str, _Event]:
    first: dict[str, _Event] = {}
    for event in events:
        if event.event_type in first:
            other = first[event.event_type]
            what = f"{event.event_type} is documented twice"
            where, found = f"{event.source}:{event.line}", f"first at {other.source}:{other.line}"
            raise SourceInvalid(what, where=where, found=found)
        first[event.event_type] = event
    return first


def _statements_by_type(statements: Iterable[SourceEvent]) -> dict[str, list[SourceEvent]]:
    """
    Group what the sources say by event type; each kind of source describes an event once.
    """
    by_type: dict[str, list[SourceEvent]] = {}
    for one in statements:
        if one.event_type == ANY_EVENT:
            what = "the SDK describes all events in one class, and so no event"
            raise SourceInvalid(what, where=one.where, expected="seam 3.6.0 or later")
        others = by_type.setdefault(one.event_type, [])
        for other in others:
            if other.source.kind == one.source.kind:
                what, found = f"{one.event_type} is documented twice", f"first at {other.where}"
                raise SourceInvalid(what, where=one.where, found=found)
        others.append(one)
    return by_type


def _page_statement(page: PageEvent, known: Mapping[str, Source]) -> SourceEvent:
    return SourceEvent(
        event_type=page.event_type,
        source=known.get(page.source) or Source("page", Path(page.source).name),
        properties={field.name: field.schema for field in page.fields},
        required=frozenset(field.name for field in page.fields if not field.conditional),
        where=f"{page.source}:{page.line}",
        deprecated=page.deprecated,
        hidden=frozenset(field.name for field in page.fields if field.undocumented),
    )


def _openapi_statement(spec: OpenApiEvent, known: Mapping[str, Source]) -> SourceEvent:
    return SourceEvent(
        event_type=spec.event_type,
        source=known.get(spec.source) or Source("openapi", Path(spec.source).name),
        properties=spec.schema["properties"],
        required=frozenset(spec.schema.get("required", ())),
        where=f"{spec.source}:{spec.line}",
        deprecated=spec.deprecated,
        undocumented=spec.undocumented,
        hidden=spec.hidden,
        route=spec.route,
    )


def _schema(
    event_type: str,
    page: PageEvent | None,
    said: Sequence[SourceEvent],
    merged: Mapping[str, Property],
) -> JsonObject:
    shapes = {name: one.shape for name, one in merged.items()}
    if "event_type" in shapes:  # an SDK has it as a list of one value
        shapes["event_type"] = {"type": "string", "const": event_type}
    shape: JsonObject = {
        "type": "object",
        "properties": {name: _described(name, one) for name, one in shapes.items()},
        "required": [name for name, one in merged.items() if one.required],
    }
    # An example keeps what was documented before.
    hidden = frozenset(n for n, one in merged.items() if not (one.documented or one.formerly))
    return {
        "$schema": DIALECT,
        "$id": ID_PREFIX + event_type,
        "title": title_event(event_type),
        "description": describe_event(event_type),
        **shape,
        "examples": [_example(event_type, page, said[-1].where, shape, hidden)],
    }


def _marks(
    event_type: str,
    said: Sequence[SourceEvent],
    merged: Mapping[str, Property],
    sources: Sequence[Source],
    groups: Mapping[str, str],
) -> JsonObject:
    """
    Build `x-seam`: what the sources say beside the schema, and which they are.
    """
    formerly = is_formerly_documented(said, sources)
    documented = not formerly and any(not one.undocumented for one in said)
    return {
        "resource": event_type.partition(".")[0],
        "group": _group(event_type, groups),
        "documented": documented,
        **({"formerly": True} if formerly else {}),
        "deprecated": is_deprecated(said),
        "sources": [
            {key: text for key, text in one.note.items() if key != "digest"}
            for one in sources
            if any(one == event.source for event in said)
        ],
        "properties": {name: one.note for name, one in merged.items()},
    }


def _group(event_type: str, groups: Mapping[str, str]) -> str:
    """
    Return the folder of an event: as the OpenAPI document says, or that of the nearest sibling.
    """
    if event_type in groups:
        return groups[event_type]
    resource = event_type.partition(".")[0]
    siblings = [one for one in groups if one.startswith(f"{resource}.")]
    # `access_code.unmanaged.new` goes where `access_code.unmanaged.removed` is.
    nearest = max(siblings, key=lambda one: (_shared_parts(one, event_type), one), default=None)
    return groups[nearest] if nearest else resource


def _shared_parts(one: str, other: str) -> int:
    left, right = one.split(".")[:-1], other.split(".")[:-1]
    return -1 if len(left) != len(right) else sum(a == b for a, b in zip(left, right, strict=True))


def _example(
    event_type: str,
    page: PageEvent | None,
    where: str,
    shape: JsonMapping,
    hidden: frozenset[str],
) -> JsonObject:
    """
    Return the page's example, or a generated one, made to conform to the schema.

    Raises:
        SourceInvalid: The example violates the page, or no valid example can be made.
    """
    try:
        Contract(shape).is_valid({})
    except ValueError as problem:
        what = f"the schema of {event_type} cannot be used: {problem}"
        raise SourceInvalid(what, where=where) from problem
    if page:
        _check_example(page, {violation.path for violation in explain(shape, page.example)})
    given = page.example if page else placeholder(shape, leave_out=hidden)
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
