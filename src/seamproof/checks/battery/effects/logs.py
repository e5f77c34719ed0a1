"""
Finds out whether the state is a log: events of unknown types change it in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.model.arrivals import (
    ArrivalMarks,
    is_without_data,
    may_be_logged,
    of_any_message,
    without_removals,
)
from seamproof.checks.model.tuning import LOGGED_TYPES
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.observer import roles_of

if TYPE_CHECKING:
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonMapping

#: A type that Seam does not send, of no resource that it has.
_UNKNOWN_TYPE: Final = "seamproof.unknown"


def find_log(observer: StateObserver) -> None:
    """
    Note, once in a run, whether events of unknown types change the state in the same way.

    A handler that rejects unknown types is sent events under the name of another known type.
    """
    known = observer.observation
    if known.has_looked_for_log or not known.changes_by_type:
        return
    known.has_looked_for_log = True
    work_in = ArrivalMarks.of(known).work_in
    work = {name: work_in(one) for name, one in known.changes_by_type.items()}
    suspects = {name for name, one in work.items() if any(may_be_logged(known, c) for c in one)}
    ordered = [one for one in observer.most_changing_types(len(work)) if one in suspects]
    is_log = all(may_be_logged(known, one) for changes in work.values() for one in changes)
    for event_type in ordered[: 1 if observer.is_late else LOGGED_TYPES]:
        plain, other = _compared(observer, event_type)
        known.logged += tuple(one for one in plain if one in other and is_without_data(one))
        is_log = is_log and bool(plain) and plain == other
    known.only_logs = bool(ordered) and is_log


def _compared(observer: StateObserver, event_type: str) -> tuple[StateDiff, StateDiff]:
    """
    Return what an event adds to the state, and what it adds under another type.
    """
    probe = observer.probe
    event = accepted_event(probe, probe.events.catalogue[event_type])
    plain = _changes(observer, event) or ()
    others = [one for one in probe.events.event_types if one != event_type]
    for name in (_UNKNOWN_TYPE, *others[:LOGGED_TYPES]):
        changes = _changes(observer, {**probe.events.fresh(event), "event_type": name}, plain)
        if changes is not None:
            return plain, changes
    return plain, ()


def _changes(
    observer: StateObserver, event: JsonMapping, expected: StateDiff = ()
) -> StateDiff | None:
    """
    Deliver an event; return what it adds to the state, or None if it is not accepted.
    """
    request = observer.probe.signed(event)
    before = observer.snapshot()
    if not observer.probe.is_accepted(observer.probe.send(request)):
        return None
    changes = observer.changes_since(before, roles_of([event], [request]), expected)
    return tuple(map(of_any_message, without_removals(changes)))
