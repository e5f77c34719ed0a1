"""
Merge of what all sources say of one event: the newest that speaks of a thing wins.

An older source never removes what a newer one has. A property that a newer source no longer
lists is kept as formerly documented, because a handler may still receive it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seamproof.schemas.derive.overlay import kinds, overlay, without_null
from seamproof.schemas.sources.source import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.sources.source import Source, SourceEvent


@dataclass(frozen=True, slots=True)
class Property:
    """
    A property of an event.

    Attributes:
        shape: Its schema.
        required: Whether every event has it.
        documented: Whether the sources document it.
        presence: The kind of source that says whether it is required.
        origin: The newest source that has it.
        listed_by: The kinds of the sources that have it.
        formerly: Whether it was documented, and the newest sources lack it.
        optional_in: The kinds of sources that call it optional or null although a source that
            distinguishes these says that it is neither.
    """

    shape: JsonMapping
    required: bool
    documented: bool
    presence: str
    origin: Source
    listed_by: frozenset[str]
    formerly: bool = False
    optional_in: frozenset[str] = frozenset()

    @property
    def note(self) -> JsonObject:
        """
        The entry of the property in `x-seam`.
        """
        return {
            "documented": self.documented,
            **({"formerly": True} if self.formerly else {}),
            "presence": self.presence,
            **({"optional_in": sorted(self.optional_in)} if self.optional_in else {}),
            "sources": [kind for kind in KINDS if kind in self.listed_by],
            "source": self.origin.kind,
            **({"version": self.origin.version} if self.origin.version else {}),
        }


def merge_event(events: Sequence[SourceEvent]) -> dict[str, Property]:
    """
    Merge the properties of one event, from all sources that describe it.
    """
    merged: dict[str, Property] = {}
    page = next((one for one in events if one.source.kind == "page"), None)
    for event in sorted(events, key=lambda one: one.source.age):
        for name in event.properties:
            is_unlisted = (
                page is not None
                and event.source.kind == "openapi"
                and name not in page.properties
                and not event.source.is_newer_than(page.source)
            )
            merged[name] = _merged(merged.get(name), name, event, is_unlisted=is_unlisted)
        for name in merged.keys() - event.properties.keys():
            merged[name] = _without(merged[name], event)
    return dict(sorted(merged.items()))


def _merged(was: Property | None, name: str, event: SourceEvent, *, is_unlisted: bool) -> Property:
    source, said = event.source, event.properties[name]
    documented = name not in event.hidden and not is_unlisted
    if not source.can.is_sdk and was is not None and source.kind not in was.listed_by:
        documented = documented and was.documented
    stated = name in event.required and not is_unlisted
    if was is None:
        found = frozenset({source.kind})
        return Property(said, stated, documented, source.kind, source, found)
    merged = replace(
        was,
        shape=overlay(was.shape, said, source.can),
        documented=documented,
        origin=source,
        listed_by=was.listed_by | {source.kind},
        formerly=False,
    )
    if source.can.null:
        return replace(merged, required=stated, presence=source.kind, optional_in=frozenset())
    return merged if source.kind == "page" else _by_python(merged, was, stated=stated)


def _by_python(merged: Property, was: Property, *, stated: bool) -> Property:
    """
    Add what the Python SDK says of presence: "always there and not null", or one of both is false.
    """
    kind = merged.origin.kind
    if was.presence in ("page", kind):
        return replace(merged, required=stated, presence=kind)
    if stated:
        presence = was.presence if was.required else kind
        shape = without_null(merged.shape)
        return replace(merged, required=True, shape=shape, presence=presence)
    if was.required and "null" not in kinds(was.shape):
        return replace(merged, optional_in=was.optional_in | {kind})
    return merged


def _without(was: Property, event: SourceEvent) -> Property:
    """
    Mark a property as formerly documented, if a newer source lists all properties without it.
    """
    gone = was.documented and event.source.can.complete and event.source.is_newer_than(was.origin)
    return replace(was, documented=False, formerly=True, required=False) if gone else was


def is_deprecated(events: Sequence[SourceEvent]) -> bool:
    """
    Whether an event is deprecated: as the newest SDK says, or else as any document says.
    """
    deprecated, by_sdk = False, False
    for event in sorted(events, key=lambda one: one.source.age):
        if event.deprecated is None:
            continue
        is_sdk = event.source.can.is_sdk
        kept = deprecated and not is_sdk and not by_sdk
        deprecated, by_sdk = kept or event.deprecated, is_sdk
    return deprecated


def is_formerly_documented(events: Sequence[SourceEvent], sources: Sequence[Source]) -> bool:
    """
    Whether an event was documented, and a newer complete source no longer has it.
    """
    newest = max((one.source for one in events), key=lambda one: one.age)
    documented = any(not one.undocumented for one in events)
    return documented and any(one.can.is_sdk and one.is_newer_than(newest) for one in sources)
