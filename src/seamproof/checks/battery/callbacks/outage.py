"""
Check of an outage: a handler that was down fetches the events that it has missed, each once.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.duplicates.forgotten import later_clock
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import LAST_RETRY_AGE, MISSED_TYPES, OUTAGE_MARGIN
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.observer import NO_STATE, discard_snapshot, roles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject

LIST: Final = "/events/list"
_LOST: Final = "each event that was missed has its effect after the handler has caught up"
_TWICE: Final = "what the handler has fetched changes nothing when Svix delivers it as well"
_NOT_ASKED: Final = "the handler did not call /events/list"
_MESSAGES: Final = "what an event changes is known by its message alone, and a list has no messages"
_MESSAGE: Final = "‹message"


@dataclass(frozen=True, slots=True)
class Missed:
    """
    Events that occurred while the handler was down.

    Attributes:
        events: In order.
        requests: As Svix delivers them in the end.
        changes: What they have changed when the handler had caught up.
        has_asked: Whether it has called `/events/list`.
    """

    events: tuple[JsonObject, ...]
    requests: tuple[Request, ...]
    changes: StateDiff
    has_asked: bool


def catch_up(probe: Probe, seam: SeamApi) -> Iterator[Finding]:
    """
    After an outage of 27 hours each event that was missed has its effect, once.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    if probe.catch_up is None:
        reason = "nothing is known that makes the handler fetch what it has missed"
        yield Inconclusive(reason=reason, option="catch_up")
        return
    observer, fetch = observer_of(probe), probe.catch_up
    types = observer.most_changing_types(MISSED_TYPES)
    if not types:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
        return
    expected = _reference(observer, types)
    if expected is None:
        yield Inconclusive(reason=observer.undecided_reason, is_about_state=True)
        return
    if not expected:
        yield Inconclusive(reason=_MESSAGES)
        return
    is_here = getattr(probe.target, "in_process", False)
    seconds = LAST_RETRY_AGE if is_here else 0
    began = datetime.fromtimestamp(max(probe.clock(), seam.newest), UTC)
    is_ahead = not is_here and seam.newest > probe.clock()
    with later_clock(probe, seconds + OUTAGE_MARGIN) if is_here else nullcontext():
        events = _missed_events(probe, types, began, timedelta(seconds=seconds or 1))
        missed = _catch_up(observer, seam, events, fetch)
        if not missed.has_asked:
            yield Inconclusive(reason=_NOT_ASKED)
            return
        lost = StateDeviation.between(expected, missed.changes).missing
        if lost and is_ahead:
            reason = "an event of the future was sent before: select this check alone"
            yield Inconclusive(reason=reason)
        elif lost:
            yield _failure(missed, None, _LOST, StateDeviation(missing=lost))
        else:
            yield from _deliver_fetched(observer, missed)


def _reference(observer: StateObserver, types: list[str]) -> StateDiff | None:
    """
    Deliver events of some types, until they change the same twice; None if they do not.
    """
    first, second = (_deliver(observer, types) for _ in range(2))
    return _without_messages(second) if first == second else None


def _deliver(observer: StateObserver, types: list[str]) -> StateDiff:
    probe = observer.probe
    events = [accepted_event(probe, probe.events.catalogue[one]) for one in types]
    requests = [probe.signed(one) for one in events]
    before = observer.snapshot()
    for request in requests:
        probe.send(request)
    return observer.changes_since(before, roles_of(events, requests))


def _missed_events(
    probe: Probe, types: list[str], began: datetime, lasted: timedelta
) -> tuple[JsonObject, ...]:
    """
    Make an event of each type, all over an outage.
    """
    moments = [began + lasted * (at + 1) / (len(types) + 1) for at in range(len(types))]
    return tuple(
        probe.events.fresh(accepted_event(probe, probe.events.catalogue[one]), until=moment)
        for one, moment in zip(types, moments, strict=True)
    )


def _catch_up(
    observer: StateObserver,
    seam: SeamApi,
    events: tuple[JsonObject, ...],
    fetch: Callable[[], object],
) -> Missed:
    """
    Let events occur that are not delivered, and the handler catch up.
    """
    probe = observer.probe
    for event in events:
        seam.list_event(event)
    requests = tuple(probe.signed(one) for one in events)
    before, first = observer.snapshot(), seam.call_count
    fetch()
    discard_snapshot(probe)
    changes = observer.changes_since(before, roles_of(events, requests))
    has_asked = any(one.path == LIST for one in seam.calls(first))
    return Missed(events, requests, _without_messages(changes), has_asked)


def _deliver_fetched(observer: StateObserver, missed: Missed) -> Iterator[Failure]:
    """
    Deliver what the handler has fetched: Svix tries again until 27 hours after the first attempt.
    """
    probe = observer.probe
    for event, request in zip(missed.events, missed.requests, strict=True):
        before = observer.snapshot()
        received = probe.send(request)
        changes = observer.changes_since(before, roles_of([event], [request]))
        if again := _without_messages(changes):
            deviation = StateDeviation(unexpected=again, occasion="again")
            yield failure_of(request, received, _TWICE, context="fetched", deviation=deviation)
            return


def _failure(
    missed: Missed, received: Received | None, rule: str, deviation: StateDeviation
) -> Failure:
    context = "missed while the handler was down"
    return failure_of(missed.requests, received, rule, context=context, deviation=deviation)


def _without_messages(changes: StateDiff) -> StateDiff:
    """
    Leave out what names a message: a list of events has none.
    """
    return tuple(one for one in changes if _MESSAGE not in one.path + one.value)
