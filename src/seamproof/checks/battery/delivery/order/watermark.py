"""
Out-of-order delivery of two records: a later event of one does not hide an earlier one of another.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.reference import compare_with_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import StateChange
    from seamproof.checks.state.observer import StateObserver
    from seamproof.checks.state.reference import ReferenceDelivery

#: Event types that are sent.
_TYPES: Final = 2
_SECOND: Final = timedelta(seconds=1)
#: The role of an id that another record does not have.
_RECORD_ID: Final = re.compile(r"‹(?!workspace_id›)[a-z_]+_id›")


def ignored_records(observer: StateObserver) -> Iterator[Failure]:
    """
    Find events that are ignored because a later one of another record arrived before.
    """
    probe = observer.probe
    if probe.events.fixed_ids:
        return
    types = observer.most_changing_types(1 if probe.quick or observer.is_late else _TYPES)
    for event_type in types:
        experiment = partial(_send_later_one_first, observer)
        if failures := compare_with_reference(observer, event_type, experiment):
            yield from failures
            return


def _send_later_one_first(observer: StateObserver, reference: ReferenceDelivery) -> list[Failure]:
    probe = observer.probe
    occurred = probe.events.next_second() + _SECOND
    probe.events.next_second()
    first = probe.signed(probe.events.fresh(reference.event, until=occurred))
    probe.send(first)
    event = probe.events.fresh(reference.event, until=occurred - _SECOND)
    second = probe.signed(event)
    before = observer.snapshot()
    received = probe.send(second)
    wanted = tuple(filter(is_of_record, reference.changes))
    roles = roles_of([event], [second])
    changes = observer.changes_since(before, roles, wanted)
    missing = StateDeviation.between(wanted, changes).missing
    if not missing or not probe.is_accepted(received):
        return []
    return [
        failure_of(
            (first, second),
            received,
            "an earlier event of another record has its effect, too",
            context="after a later event of another record",
            deviation=StateDeviation(missing=missing),
        )
    ]


def is_of_record(change: StateChange) -> bool:
    """
    Whether a change is one of a record that an event of another record does not have.
    """
    is_added = change.op == "add" and _RECORD_ID.search(change.value)
    return bool(is_added or _RECORD_ID.search(change.path))
