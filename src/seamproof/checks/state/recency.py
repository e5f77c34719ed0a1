"""
Recency: a handler that drops every event that did not occur just now is tested with such events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.state.effects import working_types
from seamproof.checks.state.normaliser import roles_of

if TYPE_CHECKING:
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonMapping


def events_have_to_be_recent(observer: StateObserver) -> bool:
    """
    Find out, where no event has an effect, whether one that occurs now has one.

    If so, all further events occur now, so that the other checks find an effect to compare;
    `effect.old_event` reports what becomes of older events.
    """
    probe = observer.probe
    if probe.read_state is None or working_types(probe):
        return False
    probe.events.clock = probe.clock
    sent: list[JsonMapping] = []
    before = observer.snapshot()
    for schema in probe.events.schemas:
        if accepted_presence(probe, schema.event_type) is not None:
            sent.append(accepted_event(probe, schema))
            probe.deliver(sent[-1])
    if ArrivalMarks.of(observer.observation).work_in(
        observer.changes_since(before, roles_of(sent))
    ):
        observer.observation.changes_by_type.clear()
        observer.observation.ignored_types.clear()
        return True
    probe.events.clock = None
    return False
