"""
Reader for the versions of the schemas that are compared: built-in, directory or file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid, UsageError
from seamproof.schemas import json_text
from seamproof.schemas.catalogue import Catalogue, catalog, load_catalog
from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.derive.source_files import stamped
from seamproof.schemas.sources.openapi import read_openapi
from seamproof.schemas.sources.recorded import sources_of
from seamproof.schemas.sources.sdk.packages import find_sdk_files
from seamproof.schemas.sources.source import Source, digest_of
from seamproof.schemas.validation.contract import Contract
from seamproof.schemas.validation.shared_definitions import SHARED_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.json_types import Json, JsonMapping

BUILT_IN: Final = "builtin"

Contracts = dict[str, "JsonMapping"]


def read_contracts(source: str) -> Contracts:
    """
    Read one version of the schemas.

    Args:
        source: `builtin`, a directory of schemas, or a file: a bundle as
            `seamproof schemas export` writes it, the schema of one event, an
            OpenAPI document, or an SDK.

    Raises:
        SourceInvalid: The file is malformed; has the line.
        CatalogueInvalid: The directory has no schema, or an invalid one.
        UsageError: The file cannot be read.

    Returns:
        A mapping from event type to schema.
    """
    if source == BUILT_IN:
        return _documents(catalog())
    path = Path(source)
    sdks = find_sdk_files(path) if path.exists() else ()
    if sdks:
        return dict(
            derive((), (), [event for one in sdks for event in one.events(one.source)]).schemas
        )
    if path.is_dir():
        return _documents(load_catalog(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        what = f"the contract cannot be read: {getattr(problem, 'strerror', None) or problem}"
        cure = f"give a directory of schemas, a bundle, an OpenAPI document or {BUILT_IN}"
        raise UsageError(what, where=source, cure=cure) from problem
    return _from_document(text, source)


def sources_of_contracts(contracts: Contracts) -> tuple[Source, ...]:
    """
    Return the sources that one version of the schemas rests on, the oldest first.
    """
    return sources_of(contracts.values())


def _documents(catalogue: Catalogue) -> Contracts:
    return {name: catalogue[name].document for name in catalogue}


def _from_document(text: str, source: str) -> Contracts:
    document, flaws = json_text.parse(text)
    if flaws:
        what = f"the contract is not valid JSON: {flaws[0].message}"
        raise SourceInvalid(what, where=f"{source}:{flaws[0].line}")
    if isinstance(document, dict) and "openapi" in document:
        named = stamped(Source("openapi", Path(source).name, digest=digest_of(text)))
        return dict(derive((), read_openapi(text, source), (), {source: named}).schemas)
    if SHARED_ID in text:
        what = "the schema refers to shared definitions in another file"
        cure = "give the directory, or what `seamproof schemas show --bundle` prints"
        raise SourceInvalid(what, where=source, cure=cure)
    found = {
        event_type: schema
        for schema in _candidates(document)
        if (event_type := _event_type(schema)) is not None
    }
    if not found:
        what = "the file contains no event schema"
        expected = "a bundle of schemas, the schema of an event, or an OpenAPI document"
        raise SourceInvalid(what, where=f"{source}:1", expected=expected)
    for event_type, schema in found.items():
        try:
            Contract(schema).is_valid(None)
        except ValueError as problem:
            what = f"the schema of {event_type} cannot be used: {problem}"
            raise SourceInvalid(what, where=source) from problem
    return found


def _candidates(document: object) -> Iterable[Json]:
    if not isinstance(document, dict):
        return []
    definitions = document.get("$defs")
    inside = definitions.values() if isinstance(definitions, dict) else ()
    branches = document.get("oneOf")
    return [document, *inside, *(branches if isinstance(branches, list) else ())]


def _event_type(schema: object) -> str | None:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    tag = properties.get("event_type") if isinstance(properties, dict) else None
    stated = tag.get("const") if isinstance(tag, dict) else None
    return stated if isinstance(stated, str) else None
