"""
Comparison of new documentation with the built-in schemas.

A page cannot express everything that the schemas have: null, the items of most
arrays, properties that only the OpenAPI document lists. So the page's content
is merged into the built-in schema, and the result is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.derive.source_files import read_sources
from seamproof.schemas.diff.versions import BUILT_IN, read_contracts
from seamproof.schemas.validation.keywords import listed_values, stated_types

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.diff.versions import Contracts

#: The formats that a page can express.
_PAGE_FORMATS: Final = ("date-time", "uuid")


def read_docs(sources: Iterable[str | Path]) -> tuple[Contracts, Contracts]:
    """
    Derive schemas from new documentation, and select the built-in ones to compare them with.

    An OpenAPI document describes all events, a page those of its resource.

    Returns:
        The built-in schemas and the new ones.

    Raises:
        SourceInvalid: A source is malformed; has file and line.
        UsageError: A source cannot be read.
    """
    read = read_sources(sources)
    pages, specs = read.pages, read.openapi
    derived = derive(pages, specs).schemas
    known = read_contracts(BUILT_IN)
    if specs:
        return known, dict(derived)
    groups = {_group(known.get(name, schema)) for name, schema in derived.items()}
    old = {
        name: schema
        for name, schema in known.items()
        if name in derived or (_group(schema) in groups and schema["x-seam"]["documented"])
    }
    unlisted = _unlisted_properties(known)
    new = {
        name: _merged(known[name], schema, unlisted) if name in known else schema
        for name, schema in derived.items()
    }
    return old, new


def _group(schema: JsonMapping) -> str:
    return str(schema["x-seam"]["group"])


def _unlisted_properties(known: Contracts) -> frozenset[str]:
    """
    Find the properties that no page lists, of the events that have a page.
    """
    notes = [schema["x-seam"]["properties"] for schema in known.values()]
    paged = [note for note in notes if any("page" in one["sources"] for one in note.values())]
    listed = {name for note in paged for name in note if "page" in note[name]["sources"]}
    return frozenset({name for note in paged for name in note} - listed)


def _merged(known: JsonMapping, page: JsonMapping, unlisted: frozenset[str]) -> JsonObject:
    notes, was, now = known["x-seam"]["properties"], known["properties"], page["properties"]
    kept = {
        name for name in was if name in now or name in unlisted or not notes[name]["documented"]
    }
    both = {name: _merged_property(was[name], now[name]) for name in now if name in was}
    properties = {**{name: was[name] for name in kept}, **now, **both}
    by_page = {name for name in now if name not in was or notes[name]["presence"] == "page"}
    required = ({*known["required"]} - by_page) | ({*page["required"]} & by_page)
    marks = {
        **known["x-seam"],
        "documented": True,
        "deprecated": known["x-seam"]["deprecated"] or page["x-seam"]["deprecated"],
    }
    return {
        **known,
        "properties": properties,
        "required": sorted(required & {*properties}),
        "x-seam": marks,
    }


def _merged_property(known: JsonMapping, page: JsonMapping) -> JsonObject:
    shape = dict(known)
    types, stated = stated_types(known), stated_types(page)
    # A page cannot express integers either.
    expressible = {"number" if one == "integer" else one for one in types} - {"null"}
    if stated and set(stated) != expressible:
        shape["type"] = [*stated, "null"] if "null" in types else stated[0]
    if known.get("format") != page.get("format") and (
        "format" in page or known.get("format") in _PAGE_FORMATS
    ):
        shape.pop("format", None)
        shape |= {"format": page["format"]} if "format" in page else {}
    for keyword in ("const", "enum"):
        shape.pop(keyword, None)
    values = listed_values(page)
    if values is not None:
        shape["enum"] = [*values, None] if None in known.get("enum", ()) else values
    if "properties" in known and "properties" in page:
        was, now = known["properties"], page["properties"]
        shape["properties"] = {
            name: _merged_property(was[name], now[name]) if name in was else now[name]
            for name in now
        }
    if "items" in known and "items" in page:
        shape["items"] = _merged_property(known["items"], page["items"])
    return shape
