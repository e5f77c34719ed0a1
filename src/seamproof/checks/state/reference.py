"""
Reference deliveries: what a plain delivery changes is what every other way of sending must change.

Two deliveries are compared under different ids and timestamps, which are replaced by their role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import REFERENCE_REPETITIONS
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.normaliser import roles_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonMapping, JsonObject


@dataclass(frozen=True, slots=True)
class ReferenceDelivery:
    """
    A plain event delivered once.

    Attributes:
        event: The event.
        changes: What it changed.
        request: The request that was sent.
        received: What came back.
        has_new_times: Whether equivalent events get new timestamps besides new ids.
    """

    event: JsonMapping
    changes: StateDiff
    request: Request
    received: Received
    has_new_times: bool


def find_reference(observer: StateObserver, event_type: str) -> ReferenceDelivery | None:
    """
    Deliver equivalent plain events of a type until two of them make the same changes.

    New timestamps are tried first, because an event with the timestamp of another one may be
    outdated where several events share a record. The same timestamps are tried then, because a
    handler may store them in a format that is not recognised.

    Returns:
        The last delivery; None if no two make the same changes, or if they change nothing.
    """
    probe = observer.probe
    event = accepted_event(probe, probe.events.catalogue[event_type])
    for has_new_times in (True, False):
        last = _deliver(observer, event, has_new_times=has_new_times)
        for _ in range(REFERENCE_REPETITIONS):
            event = equivalent_event(observer, last)
            delivery = _deliver(observer, event, last.changes, has_new_times=has_new_times)
            deviation = StateDeviation.between(last.changes, delivery.changes)
            if not deviation:
                return delivery if delivery.changes else None
            observer.observation.differing_path = deviation.first_path
            last = delivery
        event = equivalent_event(observer, last)
    return None


def compare_with_reference(
    observer: StateObserver,
    event_type: str,
    experiment: Callable[[ReferenceDelivery], list[Failure]],
    *,
    by_chance: bool = False,
) -> list[Failure] | None:
    """
    Run an experiment with events of a type against their reference delivery.

    A failure counts if the reference still holds afterwards and the experiment fails again: a
    clock may have advanced, or a list of the last ten items may be full.

    Args:
        observer: Observes the changes.
        event_type: Of the events.
        experiment: Returns the failures that it finds.
        by_chance: Whether a failure need not occur each time, as in a race.

    Returns:
        The failures; None if there is no reference.
    """
    for _ in range(REFERENCE_REPETITIONS):
        reference = find_reference(observer, event_type)
        if reference is None:
            return None
        failures = experiment(reference)
        if not failures or (
            _still_holds(observer, reference) and (by_chance or experiment(reference))
        ):
            return failures
    return None


def _still_holds(observer: StateObserver, reference: ReferenceDelivery) -> bool:
    """
    Whether one more event makes the same changes. One that changes nothing disproves nothing.
    """
    again = _deliver(
        observer,
        equivalent_event(observer, reference),
        reference.changes,
        has_new_times=reference.has_new_times,
    )
    deviation = StateDeviation.between(reference.changes, again.changes)
    accepted = observer.probe.is_accepted(again.received)
    if not deviation or not again.changes or not accepted:
        return True
    observer.observation.differing_path = deviation.first_path
    return False


def _deliver(
    observer: StateObserver,
    event: JsonMapping,
    expected: StateDiff = (),
    *,
    has_new_times: bool,
) -> ReferenceDelivery:
    request = observer.probe.signed(event)
    before = observer.snapshot()
    received = observer.probe.send(request)
    changes = observer.changes_since(before, roles_of([event], [request]), expected)
    return ReferenceDelivery(event, changes, request, received, has_new_times)


def equivalent_event(observer: StateObserver, reference: ReferenceDelivery) -> JsonObject:
    """
    Make an event that differs from that of a reference in ids, and in timestamps if it may.

    Timestamps advance where the user has set ids: the handler knows the record already.
    """
    events = observer.probe.events
    if reference.has_new_times or events.fixed_ids:
        return events.fresh(reference.event)
    return events.fresh(reference.event, until=events.time_of(reference.event))
