"""
The kinds of changes that events make: what was done, and where in the state.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.state_changes import StateChange, StateDiff

#: The roles of ids that each event has of its own.
_EVENT_ID: Final = re.compile(r"‹(?:event_id|message)\b")
_NUMBER: Final = re.compile(r"\d+")

#: What was done, and where in the state.
Kind: TypeAlias = "tuple[str, str]"


def is_of_one_event(change: StateChange) -> bool:
    """
    Whether each event makes such a change anew: it adds to something, or is kept by its own id.
    """
    if "‹workspace_id›" in change.path:
        return False
    return change.op in ("add", "increment") or bool(_EVENT_ID.search(change.path))


def kind_of(change: StateChange) -> Kind:
    """
    What was done where; numbers in the path, such as a date, may differ.
    """
    return change.op, _NUMBER.sub("#", change.path)


def kinds_of(changes: StateDiff) -> set[Kind]:
    """
    Collect the kinds of changes.
    """
    return {kind_of(one) for one in changes}


def missing_changes(wanted: Sequence[StateChange], changes: StateDiff) -> list[StateChange]:
    """
    List the wanted changes of which no change is of the kind.
    """
    found = kinds_of(changes)
    return [one for one in wanted if kind_of(one) not in found]


def added_each_time(once: StateDiff, twice: StateDiff) -> set[Kind]:
    """
    Find what two events add twice that one adds once: it is no value that is replaced.
    """
    added = amounts_of(twice)
    return {
        kind
        for kind, amount in amounts_of(once).items()
        if abs(added.get(kind, 0.0)) >= 2 * abs(amount)
    }


def amounts_of(changes: StateDiff) -> dict[Kind, float]:
    """
    Count how often, or by how much, each kind of change happened.
    """
    amounts: dict[Kind, float] = {}
    for one in changes:
        amount = float(one.value) if one.op == "increment" else 1.0
        amounts[kind_of(one)] = amounts.get(kind_of(one), 0.0) + amount
    return amounts
