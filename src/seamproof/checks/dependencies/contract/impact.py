"""
What a change of Seam's contract means for one handler, by its consumer contract.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from seamproof.checks.dependencies.uses import UseKind
from seamproof.schemas.diff.changes import Impact
from seamproof.schemas.sources.source import ANY_EVENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse
    from seamproof.schemas.diff.changes import Change


class Concern(StrEnum):
    """
    Whether a change concerns a handler.
    """

    BREAKS = "breaks you"
    MAY = "may concern you"
    NONE = "does not concern you"


@dataclass(frozen=True, slots=True)
class ChangeConcern:
    """
    A change, and what it means for a handler.

    Attributes:
        change: The change.
        concern: Whether it concerns the handler.
        use: The property that the handler uses; None where it is about the whole event.
        reason: Why the use is not known; else empty.
    """

    change: Change
    concern: Concern
    use: PropertyUse | None = None
    reason: str = ""


def concerns_of(changes: Iterable[Change], consumer: Dependencies) -> list[ChangeConcern]:
    """
    Decide for each change whether it concerns a handler.

    What is undecided counts as used.
    """
    types = {one.event_type: one for one in consumer.types}
    undecided = dict(consumer.undecided)
    return [_concern_of(one, types, undecided) for one in changes]


def _concern_of(
    change: Change, types: Mapping[str, TypeUse], undecided: Mapping[str, str]
) -> ChangeConcern:
    if change.event_type != ANY_EVENT:
        return _concern_of_type(change, types.get(change.event_type), undecided)
    # An old SDK has one class for all events.
    every = [
        _concern_of_type(replace(change, event_type=one), types.get(one), undecided)
        for one in (*types, *undecided)
    ]
    none = ChangeConcern(change, Concern.NONE)
    order = [*Concern]
    return min([*every, none], key=lambda one: order.index(one.concern))


def _concern_of_type(
    change: Change, of_type: TypeUse | None, undecided: Mapping[str, str]
) -> ChangeConcern:
    if change.impact is Impact.COMPATIBLE:
        return ChangeConcern(change, Concern.NONE)
    worst = Concern.BREAKS if change.impact is Impact.BREAKING else Concern.MAY
    reason = of_type.reason if of_type else undecided.get(change.event_type)
    if reason is not None and (of_type is None or reason):
        return ChangeConcern(change, worst, reason=reason or "its effect is not known")
    if of_type is None:
        return ChangeConcern(change, Concern.NONE)
    if not change.pointer:
        return ChangeConcern(change, worst)
    uses = list(_uses_at(change.pointer, of_type))
    if worst is Concern.MAY:
        # More values of what is only copied, or only has to be there, are copied as well.
        uses = [one for one in uses if one.is_read or not one.is_used]
    if not uses:
        return ChangeConcern(change, Concern.NONE)
    use = min(uses, key=lambda one: (not one.is_used, one.pointer != change.pointer, one.pointer))
    return ChangeConcern(change, worst, use, use.reason)


def _uses_at(pointer: str, of_type: TypeUse) -> Iterator[PropertyUse]:
    """
    Find what a handler uses of a property and of what is inside of it.

    A property that was tried as a whole, such as custom metadata, has no members of its own.
    """
    known = {one.pointer: one for one in of_type.properties}
    inside = [
        one for one in known.values() if one.pointer == pointer or _is_inside(one.pointer, pointer)
    ]
    if not inside:
        outer = [one for name, one in known.items() if _is_inside(pointer, name)]
        inside = sorted(outer, key=lambda one: len(one.pointer))[-1:]
    return (one for one in inside if one.use is not UseKind.UNUSED)


def _is_inside(pointer: str, outer: str) -> bool:
    return pointer.startswith(f"{outer}/")
