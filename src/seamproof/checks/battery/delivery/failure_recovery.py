"""
Failure recovery check: work that fails is not acknowledged, and is done by the retry.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.causes import changes_text
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import (
    BROKEN_TYPES,
    CONCURRENT_COPIES,
    CONCURRENT_ROUNDS,
    CONCURRENT_ROUNDS_IF_HASTY,
    LATE_CHANGE_PATIENCE,
    LATE_CHANGE_PATIENCE_AFTER_FAILURE,
    RECOVERY_PAUSES,
    RETRY_AGE,
)
from seamproof.checks.probe.deliveries import redelivery_of
from seamproof.checks.probe.dependency import broken_dependency
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import NO_STATE, discard_snapshot
from seamproof.checks.state.reference import compare_with_reference, equivalent_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.snapshot import DependencySwitch, Snapshot
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.checks.state.reference import ReferenceDelivery

_NOTHING: Final = "nothing was done"
_NOT_ACKNOWLEDGED: Final = "not acknowledged with 2xx while the work fails"
_NO_COPY: Final = "no copy is acknowledged with 2xx before the work of one of them is done"
_ACCEPTED_AGAIN: Final = "accepted when it is sent again after the dependency works again"


def retry_after_failure(probe: Probe) -> Iterator[Finding]:
    """
    Work that fails is not acknowledged; once the dependency works again the work is done.
    """
    if probe.breaker is None:
        yield Inconclusive(
            reason="the handler's dependency has to fail to decide this", option="breaker"
        )
        return
    if probe.read_state is None:
        types = tuple(one.event_type for one in schemas_to_send(probe))
        yield from retry_without_state(probe, probe.breaker, types)
        return
    observer = observer_of(probe)
    types = tuple(observer.most_changing_types(1 if observer.is_hasty else BROKEN_TYPES))
    yield from recovered_work(observer, probe.breaker, types)


def recovered_work(
    observer: StateObserver,
    switch: DependencySwitch,
    event_types: Iterable[str],
    *,
    is_used: bool = False,
) -> Iterator[Finding]:
    """
    Deliver events of some types while a dependency fails, and again when it works.

    Args:
        observer: Observes what they change.
        switch: Makes the dependency fail.
        event_types: Of the events.
        is_used: Whether it is certain that the handler uses the dependency.
    """
    probe = observer.probe
    causes = set()
    hits: list[bool] = []
    has_reference = False
    for event_type in event_types:
        experiment = partial(_deliver_while_broken, observer, switch, hits)
        failures = compare_with_reference(observer, event_type, experiment)
        has_reference = has_reference or failures is not None
        for found in _lost_work(observer, switch, event_type) if failures is None else failures:
            if found.cause not in causes:
                causes.add(found.cause)
                yield found
        # Waiting for a handler that does not recover, or for late changes, takes long.
        if causes and (observer.is_late or not recovered(probe)):
            break
    if not has_reference:
        yield Inconclusive(reason=observer.undecided_reason, is_about_state=True)
    elif not any(hits) and not causes and not is_used:
        yield Inconclusive(
            reason="everything was accepted and done: the dependency does not fail when it should"
        )


def copies_while_failing(probe: Probe) -> Iterator[Finding]:
    """
    No copy of a message is acknowledged while the first one is at work and fails.
    """
    if probe.breaker is None:
        reason = "the handler's dependency has to fail to decide this"
        yield Inconclusive(reason=reason, option="breaker")
        return
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    types = observer.most_changing_types(1)
    if not types:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
        return
    if _acknowledges_one_by_one(probe, probe.breaker, types[0]):
        reason = "acknowledged one by one as well: delivery.retry_after_failure decides"
        yield Skipped(reason=reason)
        return
    for _ in range(CONCURRENT_ROUNDS_IF_HASTY if probe.quick else CONCURRENT_ROUNDS):
        event = accepted_event(probe, probe.events.catalogue[types[0]])
        request = probe.signed(event, age=RETRY_AGE)
        copies = (request,) * CONCURRENT_COPIES
        before = observer.snapshot()
        with broken_dependency(probe, probe.breaker):
            answers = probe.send_all(copies)
        acknowledged = [one for one in answers if probe.is_acknowledged(one)]
        expected = observer.observation.changes_by_type[types[0]] if acknowledged else ()
        patience = LATE_CHANGE_PATIENCE_AFTER_FAILURE
        is_lost = acknowledged and not observer.changes_since(
            before, roles_of([event], [request]), expected, patience=patience
        )
        # A handler may leave its dependency alone for a while.
        recovered(probe)
        if is_lost:
            context = "a copy at the same time was acknowledged, and nothing was done"
            yield failure_of(copies, acknowledged[0], _NO_COPY, context=context)
            return


def _acknowledges_one_by_one(probe: Probe, switch: DependencySwitch, event_type: str) -> bool:
    """
    Whether a message is acknowledged while the work fails, at its first or second delivery.
    """
    event = accepted_event(probe, probe.events.catalogue[event_type])
    request = probe.signed(event, age=RETRY_AGE)
    with broken_dependency(probe, switch):
        answers = [probe.send(one) for one in (request, redelivery_of(probe, request))]
    recovered(probe)
    return any(map(probe.is_acknowledged, answers))


def _deliver_while_broken(
    observer: StateObserver,
    switch: DependencySwitch,
    hits: list[bool],
    reference: ReferenceDelivery,
) -> list[Failure]:
    """
    Deliver an event while the dependency fails, and again when it works.

    Args:
        observer: Observes the changes.
        switch: Makes the dependency fail.
        hits: Gets whether the failing dependency made a difference at all.
        reference: What such an event changes.
    """
    probe, expected = observer.probe, reference.changes
    event = equivalent_event(observer, reference)
    request = probe.signed(event, age=RETRY_AGE)
    roles = roles_of([event], [request])
    before = observer.snapshot()
    with broken_dependency(probe, switch):
        received = probe.send(request)
    if probe.is_acknowledged(received):
        changes = _later_changes(observer, before, roles, expected)
        hits.append(changes != expected)
        return _work_failures(request, received, _NOT_ACKNOWLEDGED, expected, changes)
    hits.append(True)
    again, answer = send_until_accepted(probe, request)
    sent = (request, again)
    if not probe.is_accepted(answer):
        context = "not accepted after the breakdown"
        return [failure_of(sent, answer, _ACCEPTED_AGAIN, context=context)]
    changes = _later_changes(observer, before, roles, expected, LATE_CHANGE_PATIENCE)
    done = f"done when it is sent again: {changes_text(expected)}"
    nothing = f"{_NOTHING} when it was sent again"
    return _work_failures(sent, answer, done, expected, changes, nothing=nothing)


def _later_changes(
    observer: StateObserver,
    before: Snapshot,
    roles: Mapping[str, str],
    expected: StateDiff,
    patience: float = LATE_CHANGE_PATIENCE_AFTER_FAILURE,
) -> StateDiff:
    """
    Observe what was changed, where a worker may wait a while before it tries again.

    Arguments are those of `changes_since`.
    """
    changes = observer.changes_since(before, roles, expected, patience=patience)
    if not changes and expected:
        # One that was quick before may still pause after the failure.
        observer.probe.budget.wait_for_work(LATE_CHANGE_PATIENCE)
        discard_snapshot(observer.probe)
        changes = observer.changes_since(before, roles, expected, patience=patience)
    return changes


def _work_failures(
    sent: Request | tuple[Request, ...],
    received: Received,
    rule: str,
    expected: StateDiff,
    changes: StateDiff,
    *,
    nothing: str = _NOTHING,
) -> list[Failure]:
    """
    Return a failure if the changes are not the expected ones.

    Args:
        sent: The requests that should have made the changes.
        received: The answer to the last one.
        rule: What a good handler does.
        expected: The changes that the work makes.
        changes: The changes that were made.
        nothing: The context of the failure if nothing has changed.
    """
    if changes == expected:
        return []
    if not changes:
        return [failure_of(sent, received, rule, context=nothing)]
    deviation = StateDeviation.between(expected, changes)
    return [failure_of(sent, received, rule, deviation=deviation)]


def _lost_work(observer: StateObserver, switch: DependencySwitch, event_type: str) -> list[Failure]:
    """
    Find an event that is acknowledged while the dependency fails, and that changes nothing.

    This needs no reference: however much its changes differ, an event of this type has some. Of a
    type without an effect nothing is lost.
    """
    probe, expected = observer.probe, observer.observation.changes_by_type.get(event_type)
    if not expected:
        return []
    request = probe.signed(accepted_event(probe, probe.events.catalogue[event_type]))
    before = observer.snapshot()
    with broken_dependency(probe, switch):
        received = probe.send(request)
    if not probe.is_acknowledged(received) or _later_changes(observer, before, {}, expected):
        return []
    return [failure_of(request, received, _NOT_ACKNOWLEDGED, context=_NOTHING)]


def send_until_accepted(probe: Probe, request: Request) -> tuple[Request, Received]:
    """
    Redeliver a message until it is accepted, for about as long as Svix waits before its retry.

    A circuit breaker in the handler may stay open for a while.
    """
    for pause in RECOVERY_PAUSES:
        time.sleep(pause)
        again = redelivery_of(probe, request)
        with probe.pacer.expected():
            answer = probe.send(again)
        if probe.is_accepted(answer) or answer.is_rejected:
            break
    return again, answer


def recovered(probe: Probe) -> bool:
    """
    Whether a plain delivery is accepted, now or after a while.
    """
    return probe.is_accepted(send_until_accepted(probe, probe.signed(probe.plain()))[1])


def retry_without_state(
    probe: Probe, switch: DependencySwitch, event_types: Iterable[str]
) -> Iterator[Finding]:
    """
    Judge the answers alone: without the state nothing shows whether the work was done.
    """
    requests = [
        probe.signed(accepted_event(probe, probe.events.catalogue[one]), age=RETRY_AGE)
        for one in event_types
        if accepted_presence(probe, one) is not None
    ]
    with broken_dependency(probe, switch):
        answers = [probe.send(request) for request in requests]
    pairs = list(zip(requests, answers, strict=True))
    unacknowledged = [one for one, received in pairs if not probe.is_acknowledged(received)]
    if pairs and not unacknowledged:
        yield failure_of(*pairs[0], _NOT_ACKNOWLEDGED, context="every event type was accepted")
        return
    for request in unacknowledged:
        again, received = send_until_accepted(probe, request)
        if not probe.is_accepted(received):
            sent, context = (request, again), "after the breakdown"
            yield failure_of(sent, received, _ACCEPTED_AGAIN, context=context)
            return
    yield Inconclusive(reason=NO_STATE, option="state")
