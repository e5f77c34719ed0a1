"""
Comparison of new documentation with the built-in schemas.

A page cannot express everything that the schemas have: null, the items of most
arrays, properties that only the OpenAPI document lists. So the page's content
is merged into the built-in schema, and the result is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.derive.overlay import overlay
from seamproof.schemas.derive.source_files import read_sources
from seamproof.schemas.diff.sdk import compare_sdk
from seamproof.schemas.diff.versions import BUILT_IN, read_contracts
from seamproof.schemas.sources.recorded import built_in_sources
from seamproof.schemas.sources.source import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.derive.source_files import Stamp, Statements
    from seamproof.schemas.diff.versions import Contracts
    from seamproof.schemas.sources.source import Source


@dataclass(frozen=True, slots=True)
class DocsComparison:
    """
    The built-in schemas and new documentation, ready to be compared.

    Attributes:
        old: The built-in schemas that the documentation speaks of.
        new: The schemas as the documentation has them.
        sources: What is known of the documentation.
    """

    old: Contracts
    new: Contracts
    sources: tuple[Source, ...]


def read_docs(
    sources: Iterable[str | Path], stamps: Iterable[Stamp] = ()
) -> Iterator[DocsComparison]:
    """
    Derive schemas from new documentation, and select the built-in ones to compare them with.

    An OpenAPI document and an SDK describe all events, a page those of its resource.

    Args:
        sources: Pages, OpenAPI documents, SDKs, or directories of them.
        stamps: Version and date of those that do not say them.

    Returns:
        A comparison of the documents, if there are any, and one of each SDK.

    Raises:
        SourceInvalid: A source is malformed; has file and line.
        UsageError: A source cannot be read.
    """
    read = read_sources(sources, stamps)
    known = read_contracts(BUILT_IN)
    if read.pages or read.openapi:
        yield _of_documents(read, known)
    for source in read.sources:
        events = [event for event in read.sdks if event.source == source]
        # The contract rests on one text of each SDK: that has nothing new.
        if events and source.digest not in {one.digest for one in built_in_sources()}:
            yield DocsComparison(*compare_sdk(known, events), (source,))


def _of_documents(read: Statements, known: Contracts) -> DocsComparison:
    sources = tuple(read.known.values())
    derived = derive(read.pages, read.openapi, (), read.known).schemas
    if read.openapi:
        return DocsComparison(known, dict(derived), sources)
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
    return DocsComparison(old, new, sources)


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
    both = {
        name: overlay(was[name], now[name], KINDS["page"], keep=False)
        for name in now
        if name in was
    }
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
