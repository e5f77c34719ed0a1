"""
Groups of equal changes, and whether the other side of a comparison is older.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.schemas.derive.source_files import OPENAPI_PLACE, PAGES_PLACE
from seamproof.schemas.diff.changes import Impact
from seamproof.schemas.sources.sdk.packages import SDKS, version_key
from seamproof.schemas.sources.source import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seamproof.schemas.diff.changes import Change
    from seamproof.schemas.diff.versions import Contracts
    from seamproof.schemas.sources.source import Source

#: Where the newest sources of the contract are to be had.
PLACES: Final = (
    ("OpenAPI document", OPENAPI_PLACE),
    ("documentation pages", f"{PAGES_PLACE} lists them"),
    *((KINDS[sdk.kind].title, sdk.fetch) for sdk in SDKS),
)

_ORDER: Final = (Impact.BREAKING, Impact.WIDENING, Impact.COMPATIBLE)
_ADDED: Final = ("event_added", "property_added", "value_added")
_REMOVED: Final = ("event_removed", "property_removed")


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """
    The changes that are equal but for the event type.

    Attributes:
        changes: The changes, at least one, sorted by event type. Of events that are new or
            removed, a group has all.
    """

    changes: tuple[Change, ...]

    @property
    def first(self) -> Change:
        """
        The change that stands for all.
        """
        return self.changes[0]

    @property
    def event_types(self) -> tuple[str, ...]:
        """
        The event types concerned.
        """
        return tuple(change.event_type for change in self.changes)


def group_changes(found: Iterable[Change]) -> tuple[ChangeGroup, ...]:
    """
    Group equal changes: breaking ones first, then those of the most events.
    """
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in found:
        values = (json.dumps(one, sort_keys=True) for one in (change.before, change.after))
        groups.setdefault((change.kind, change.pointer, *values), []).append(change)
    return tuple(
        sorted(
            (ChangeGroup(tuple(changes)) for changes in groups.values()),
            key=lambda one: (
                _ORDER.index(one.first.impact),
                -len(one.changes),
                one.first.kind,
                one.first.pointer,
                one.event_types,
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class OlderSide:
    """
    Why the other side of a comparison looks older than the contract.

    Attributes:
        other: What is known of the other side: its name, version and date; "" if nothing.
        known: The source that the contract rests on.
    """

    other: str
    known: str


def older_side(
    known: Sequence[Source], other: Sequence[Source], found: Iterable[Change], old: Contracts
) -> OlderSide | None:
    """
    Find out whether the other side of a comparison looks older than the contract.

    Args:
        known: The sources of the contract.
        other: The sources of the other side, as far as they are known.
        found: The changes from the contract to the other side.
        old: The contract.

    Returns:
        None if it does not look older.
    """
    if not known:
        return None
    for one in other:
        for its in known:
            # Documents have no version of their own.
            if one.can.is_sdk and its.kind == one.kind and one.version and its.version:
                is_older = version_key(one.version) < version_key(its.version)
                return OlderSide(one.label, its.label) if is_older else None
    newest = max(known, key=lambda one: one.age)
    dates = [one.date for one in other]
    if dates and all(dates):
        last = max(other, key=lambda one: one.date)
        return OlderSide(last.label, newest.label) if last.date < newest.date else None
    return OlderSide("", newest.label) if _looks_older(found, old, newest) else None


def _looks_older(found: Iterable[Change], old: Contracts, newest: Source) -> bool:
    """
    Whether all additions are what was removed before, and something new is missing.
    """
    signs: Counter[bool] = Counter()
    for change in found:
        schema = old.get(change.event_type, {})
        note = schema.get("x-seam", {}).get("properties", {}).get(change.pointer[1:], {})
        if change.kind in _ADDED:
            signs[bool(note.get("formerly"))] += 1
        elif change.kind in _REMOVED:
            by_newest = note.get("sources") or [
                one.get("kind") for one in schema.get("x-seam", {}).get("sources", ())
            ]
            signs[True] += "openapi" not in by_newest and newest.can.is_sdk
    return signs[True] > 0 and not signs[False]
