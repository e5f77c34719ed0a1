"""
The table of event types: what the handler does with them, in few lines.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.events import resource_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.event_outcomes import EventTypeOutcome, Outcome
    from seamproof.checks.model.results import Report

_ORDER: Final[tuple[Outcome, ...]] = ("acts", "ignores", "fails", "accepted", "not tried")
#: How many event types of one resource are named one by one.
_NAMED: Final = 4
#: How many names a row has.
_LISTED: Final = 10


class OutcomeRow(NamedTuple):
    """
    Event types with one outcome, for one reason.

    Attributes:
        outcome: What the handler does with them.
        text: How many they are, which ones, and the reason.
    """

    outcome: Outcome
    text: str


def outcome_rows(report: Report) -> list[OutcomeRow]:
    """
    Group the event types of a report by outcome and reason; no row if none was tried.
    """
    several = report.event_types
    if all(one.outcome == "not tried" for one in several):
        return []
    groups: dict[tuple[Outcome, str], list[EventTypeOutcome]] = {}
    for one in several:
        groups.setdefault((one.outcome, one.reason), []).append(one)
    ordered = sorted(groups.items(), key=lambda group: (_ORDER.index(group[0][0]), group[0][1]))
    totals = Counter(map(_resource, several))
    return [
        OutcomeRow(
            outcome,
            f"{_types(members, totals)}: {reason}" if reason else _types(members, totals),
        )
        for (outcome, reason), members in ordered
    ]


def _types(members: list[EventTypeOutcome], totals: Counter[str]) -> str:
    """
    Name event types: the names of a few, else how many of each resource.
    """
    every = totals.total()
    if len(members) == every:
        return f"all {every}"
    if len(members) > every / 2:
        return f"the other {len(members)}"
    names = list(_names(members, totals))
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _names(members: Iterable[EventTypeOutcome], totals: Counter[str]) -> Iterator[str]:
    by_resource: dict[str, list[str]] = {}
    for one in members:
        by_resource.setdefault(_resource(one), []).append(one.event_type)
    for resource, types in by_resource.items():
        total = totals[resource]
        if len(types) == total > 1:
            yield f"{resource}.* ({total})"
        elif len(types) <= _NAMED:
            yield from types
        else:
            yield f"{resource}.* ({len(types)} of {total})"


def _resource(one: EventTypeOutcome) -> str:
    return resource_of(one.event_type)
