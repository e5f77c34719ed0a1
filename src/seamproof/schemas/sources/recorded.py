"""
The sources that schemas were derived from, as recorded in `x-seam`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from seamproof.json_types import parse_json
from seamproof.schemas.sources.source import KINDS, Source
from seamproof.schemas.validation.shared_definitions import SHARED_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.json_types import Json, JsonMapping


@lru_cache(maxsize=1)
def built_in_sources() -> tuple[Source, ...]:
    """
    Return the sources of the built-in contract, with the digests of their texts, oldest first.
    """
    shared = parse_json((files("seamproof.schemas") / "events" / SHARED_FILE).read_bytes())
    return _sorted(_sources(shared))


def sources_of(schemas: Iterable[JsonMapping]) -> tuple[Source, ...]:
    """
    Return the sources that any of some schemas rests on, the oldest first.
    """
    return _sorted(one for schema in schemas for one in _sources(schema))


def _sources(document: Json) -> list[Source]:
    notes = document.get("x-seam")
    listed = notes.get("sources") if isinstance(notes, dict) else None
    names = ("kind", "name", "version", "date", "digest")
    return [
        Source(**{name: str(one[name]) for name in names if name in one})
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and one.get("kind") in KINDS and "name" in one
    ]


def _sorted(sources: Iterable[Source]) -> tuple[Source, ...]:
    return tuple(sorted({*sources}, key=lambda one: (one.age, one.name, one.version)))
