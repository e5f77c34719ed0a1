"""
Rejection check: a rejected request changes nothing, and does not block the genuine delivery.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.results import Failure, Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import REJECTED_TYPES
from seamproof.checks.probe.control import AT_TIMES, proves_rejections
from seamproof.checks.probe.deliveries import is_rejected, send_groups
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import NO_STATE
from seamproof.checks.state.reference import compare_with_reference, equivalent_event
from seamproof.signing.forgeries import RECIPES, STALE_AGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.checks.state.reference import ReferenceDelivery

#: Changes in a cause. Version 0.1.0 left out the others, and the ids of cases depend on the cause.
_SHOWN: Final = 3


def no_effect_when_rejected(probe: Probe) -> Iterator[Finding]:
    """
    A rejected request changes nothing, and the genuine delivery after it has its effect.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    types = observer.most_changing_types(1 if probe.quick else REJECTED_TYPES)
    causes: set[object] = set()
    for event_type in types:
        experiment = partial(_deliver_after_forgery, observer)
        failures = compare_with_reference(observer, event_type, experiment) or ()
        for found in (*_effects_of_rejected(observer, event_type), *failures):
            cause = found.cause if isinstance(found, Failure) else found
            if cause not in causes:
                causes.add(cause)
                yield found
    if not types:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)


def _requests_to_reject(probe: Probe, event_type: str) -> list[Request]:
    schema = probe.events.catalogue[event_type]
    forged = [
        probe.signed(accepted_event(probe, schema), recipe=recipe)
        for recipe, row in RECIPES.items()
        if not row.genuine
    ]
    stale = [
        probe.signed(accepted_event(probe, schema), age=age) for age in (STALE_AGE, -STALE_AGE)
    ]
    return forged + stale


def _effects_of_rejected(observer: StateObserver, event_type: str) -> Iterator[Finding]:
    probe = observer.probe

    def send_all() -> list[Received]:
        requests = [(request,) for request in _requests_to_reject(probe, event_type)]
        return [received for _, received in send_groups(probe, requests, is_rejected)]

    with probe.watched_rejections() as rejected:
        has_effects = observer.changes_of(send_all)
    if not has_effects:
        if not proves_rejections(probe, rejected):
            yield Inconclusive(reason=AT_TIMES, option="rate")
        return
    for request in _requests_to_reject(probe, event_type):
        before = observer.snapshot()
        received = probe.send(request)
        # A forgery that is accepted is a failure of the signature checks.
        if probe.is_accepted(received):
            continue
        roles = {request.message_id: "message"}
        changes = observer.changes_between(before, observer.snapshot(), roles)
        if changes:
            yield failure_of(
                request,
                received,
                "a rejected request changes nothing",
                deviation=StateDeviation(unexpected=changes[:_SHOWN], occasion="rejected"),
                is_about_answer=False,
            )
            return


def _deliver_after_forgery(observer: StateObserver, reference: ReferenceDelivery) -> list[Failure]:
    """
    Send a forgery with some message id, then the genuine delivery with the same id.
    """
    probe, expected = observer.probe, reference.changes
    event = equivalent_event(observer, reference)
    forged = probe.signed(event, recipe="another secret")
    request = probe.signed(event, message_id=forged.message_id)
    if probe.is_accepted(probe.send(forged)):
        return []
    before = observer.snapshot()
    received = probe.send(request)
    changes = observer.changes_since(before, roles_of([event], [request]), expected)
    if changes == expected and probe.is_accepted(received):
        return []
    context, deviation = "after a forgery", None
    if not changes:
        context += ": nothing was done"
    elif changes != expected:
        deviation = StateDeviation.between(expected, changes)
    return [
        failure_of(
            (forged, request),
            received,
            "a forgery under an id does not block the genuine delivery",
            context=context,
            deviation=deviation,
            is_about_answer=changes == expected,
        )
    ]
