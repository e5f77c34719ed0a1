"""
New documentation against the built-in contract.

A page says less than the contract knows: it has no words for null, for the
items of most arrays, or for properties that only the OpenAPI document lists. So
what a page says is laid over what is known, and the result is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.derive.schema_files import read_sources
from seamproof.schemas.diff.versions import BUILT_IN, read_contracts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.diff.versions import Contracts

#: The formats that a page has words for.
_LABELLED: Final = ("date-time", "uuid")


def read_docs(sources: Iterable[str | Path]) -> tuple[Contracts, Contracts]:
    """
    Derive new documentation, and pick what of the built-in contract it speaks of.

    An OpenAPI document speaks of every event; a page of those of its resource.

    Returns:
        The old and the new version of the contract.

    Raises:
        SourceInvalid: A source is malformed; says file and line.
        UsageError: A source cannot be read.
    """
    pages, specs = read_sources(sources)
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
    unspoken = _unspoken(known)
    new = {
        name: _laid_over(known[name], schema, unspoken) if name in known else schema
        for name, schema in derived.items()
    }
    return old, new


def _group(schema: JsonMapping) -> str:
    return str(schema["x-seam"]["group"])


def _unspoken(known: Contracts) -> frozenset[str]:
    """
    The properties that no page lists, of any event that has a page.
    """
    notes = [schema["x-seam"]["properties"] for schema in known.values()]
    paged = [note for note in notes if any("page" in one["sources"] for one in note.values())]
    listed = {name for note in paged for name in note if "page" in note[name]["sources"]}
    return frozenset({name for note in paged for name in note} - listed)


def _laid_over(known: JsonMapping, page: JsonMapping, unspoken: frozenset[str]) -> JsonObject:
    notes, was, now = known["x-seam"]["properties"], known["properties"], page["properties"]
    kept = {
        name for name in was if name in now or name in unspoken or not notes[name]["documented"]
    }
    both = {name: _shape(was[name], now[name]) for name in now if name in was}
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


def _shape(known: JsonMapping, page: JsonMapping) -> JsonObject:
    shape = dict(known)
    types, stated = _types(known), _types(page)
    # Neither has a page a word for integers.
    spoken = {"number" if one == "integer" else one for one in types} - {"null"}
    if stated and set(stated) != spoken:
        shape["type"] = [*stated, "null"] if "null" in types else stated[0]
    if known.get("format") != page.get("format") and (
        "format" in page or known.get("format") in _LABELLED
    ):
        shape.pop("format", None)
        shape |= {"format": page["format"]} if "format" in page else {}
    for keyword in ("const", "enum"):
        shape.pop(keyword, None)
    values = [page["const"]] if "const" in page else page.get("enum")
    if values is not None:
        shape["enum"] = [*values, None] if None in known.get("enum", ()) else values
    for holder in ("properties", "items"):
        if holder in known and holder in page:
            shape[holder] = _holder(holder, known[holder], page[holder])
    return shape


def _holder(holder: str, known: JsonMapping, page: JsonMapping) -> JsonObject:
    if holder == "items":
        return _shape(known, page)
    return {name: _shape(known[name], page[name]) if name in known else page[name] for name in page}


def _types(schema: JsonMapping) -> list[str]:
    stated = schema.get("type", [])
    return [stated] if isinstance(stated, str) else list(stated)
