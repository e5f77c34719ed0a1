"""
Differences between the sources: what one says of a thing, and what the others say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.json_pointer import escape
from seamproof.schemas.derive.overlay import coarse, kinds
from seamproof.schemas.sources.source import KINDS
from seamproof.schemas.validation.contract import explain
from seamproof.schemas.validation.keywords import listed_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.derive.merge import Property
    from seamproof.schemas.sources.mdx_pages import PageEvent
    from seamproof.schemas.sources.openapi import OpenApiEvent
    from seamproof.schemas.sources.source import Source, SourceEvent


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
class Difference:
    """
    What the sources say differently of one thing.

    Attributes:
        event_type: The event type concerned.
        path: JSON Pointer to the property; empty for the event itself.
        aspect: `event`, `property`, `value` or `presence`.
        says: From the kind of each source that speaks of it to what it says.
        winner: The kind of source that the contract follows.
    """

    event_type: str
    path: str
    aspect: str
    says: Mapping[str, Json]
    winner: str


def differences_of(
    said: Sequence[SourceEvent], merged: Mapping[str, Property], sources: Sequence[Source]
) -> Iterator[Difference]:
    """
    Find what the sources say differently of one event, where an SDK is among them.

    Args:
        said: What each source says of the event.
        merged: What was made of it.
        sources: All sources, the oldest first.
    """
    given = [one for one in KINDS if any(source.kind == one for source in sources)]
    if not any(KINDS[kind].is_sdk for kind in given):
        return
    event_type, by_kind = said[0].event_type, {one.source.kind: one for one in said}
    complete = [kind for kind in given if KINDS[kind].complete]
    having = {kind: kind in by_kind for kind in complete}
    if len({*having.values()}) > 1:
        winner = max(said, key=lambda one: one.source.age).source.kind
        yield Difference(event_type, "", "event", having, winner)
    for name, one in merged.items():
        for aspect, says in (
            ("property", {kind: name in event.properties for kind, event in by_kind.items()}),
            ("value", _values(name, by_kind)),
            ("presence", _presences(name, by_kind)),
        ):
            if len({repr(statement) for statement in says.values()}) > 1:
                winner = one.presence if aspect == "presence" else one.origin.kind
                yield Difference(event_type, f"/{escape(name)}", aspect, says, winner)


def _values(name: str, by_kind: Mapping[str, SourceEvent]) -> dict[str, Json]:
    """
    Return what each source says of the value, as far as all of them can express it.
    """
    said = {kind: one.properties[name] for kind, one in by_kind.items() if name in one.properties}
    # Null and presence are compared apart; the coarsest source has neither formats nor limits.
    return {
        kind: coarse(_without_optional(shape), KINDS["python"])
        for kind, shape in said.items()
        if kind != "page"
    }


def _without_optional(shape: JsonMapping) -> JsonMapping:
    """
    Leave out what says of nested properties whether they are always there.
    """
    nested: JsonObject = {"items": _without_optional(shape["items"])} if "items" in shape else {}
    if "properties" in shape:
        nested["properties"] = {
            name: _without_optional(one) for name, one in shape["properties"].items()
        }
        nested["required"] = []
    listed = {"enum": [one for one in shape["enum"] if one is not None]} if "enum" in shape else {}
    return {**shape, **nested, **listed}


def _presences(name: str, by_kind: Mapping[str, SourceEvent]) -> dict[str, str]:
    """
    Return what each source says of presence and null; the Python SDK, if it contradicts others.
    """
    says = {}
    for kind, one in by_kind.items():
        if name not in one.properties or kind == "page":
            continue
        words = ["required" if name in one.required else "optional"]
        words += ["or null"] if "null" in kinds(one.properties[name]) else []
        says[kind] = " ".join(words)
    stated = says.get("python")
    if stated is None:
        return says
    # `Optional` says "absent or null", everything else "required".
    agree = [words for words in says.values() if (words == "required") == (stated == "required")]
    if len(agree) == len(says):
        says.pop("python")
    elif stated == "optional":
        says["python"] = _OPTIONAL_OR_NULL
    return says


_OPTIONAL_OR_NULL: Final = "optional or null"


def contradictions_of(
    event_type: str, page: PageEvent | None, spec: OpenApiEvent | None
) -> Iterator[Contradiction]:
    """
    Find the differences between the page and the OpenAPI document of one event.
    """
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
        "type": sorted({*kinds(schema)} - {"null"}),
        "format": schema["format"] if schema.get("format") in formats else None,
        "enum": sorted((value for value in values if value is not None), key=str),
    }
