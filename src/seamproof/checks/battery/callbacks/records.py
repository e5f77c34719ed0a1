"""
Checks of the records that a handler asks Seam for: gone, not to be had, or newer than the event.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.failure_recovery import recovered_work, retry_without_state
from seamproof.checks.battery.delivery.journeys import widest_journeys
from seamproof.checks.battery.delivery.order.life_cycle import LifeCycle, Reference
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import CALLBACK_TYPES, CALLBACK_TYPES_IF_QUICK, FEW_JOURNEYS
from seamproof.checks.probe.findings import ACCEPTED, failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.observer import NO_STATE
from seamproof.statuses import SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.battery.delivery.order.life_cycle import SentOrder
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.probe.seam_api import SeamApi

_NO_WORLD: Final = "the handler has no Seam API to call"
_NO_CALL: Final = "the handler asked Seam for no record of an event that was sent"
_GONE: Final = "with its record deleted by the time that the handler asks"
#: How to fix a handler that fails where a record is gone.
HANDLE_GONE: Final = (
    "Catch the error of the call where its status is 404 (SeamHttpApiError in the SDK), treat the "
    "record as deleted, and answer 2xx."
)
_AHEAD: Final = "the record is newer than the event"
_HAS_EVENT: Final = ("‹event_id", "‹message")


def with_seam(
    run: Callable[[Probe, SeamApi], Iterator[Finding]],
) -> Callable[[Probe], Iterator[Finding]]:
    """
    Run a check where the handler has a Seam API to call; else skip it.
    """

    def check(probe: Probe) -> Iterator[Finding]:
        if probe.seam is None:
            yield Skipped(reason=_NO_WORLD, option="world")
        else:
            yield from run(probe, probe.seam)

    return check


def gone(probe: Probe, seam: SeamApi) -> Iterator[Finding]:
    """
    An event is accepted although its record is deleted by the time that the handler asks.
    """
    types = _calling_types(probe, seam)
    has_asked = False
    causes = set()
    for event_type in types:
        request, received, asks = _deliver_without_record(probe, seam, event_type)
        has_asked |= asks
        if asks and not probe.is_accepted(received):
            rule = f"{ACCEPTED}: {_GONE}"
            failure = failure_of(request, received, rule, context=_GONE, cure=HANDLE_GONE)
            if failure.cause not in causes:
                causes.add(failure.cause)
                yield failure
    if not types:
        yield Skipped(reason=_NO_CALL)
    elif not has_asked:
        yield Inconclusive(reason="the handler did not ask again for a record of these events")


def unavailable(probe: Probe, seam: SeamApi) -> Iterator[Finding]:
    """
    While Seam does not answer, an event is not acknowledged; its work is done by the retry.
    """
    types = _calling_types(probe, seam)
    if not types:
        yield Skipped(reason=_NO_CALL)
        return
    switches = [(seam.fail, types)]
    if probe.settings.thorough:
        # Handlers wait, and some try again: it takes most of the time of another run.
        switches.append((seam.hang, types[:1]))
    before = seam.call_count
    for switch, several in switches:
        if probe.read_state is None:
            findings = retry_without_state(probe, switch, several)
        else:
            findings = recovered_work(observer_of(probe), switch, several, is_used=True)
        found = [*findings]
        yield from found
        if found:
            return
    if not any(one.status in SERVER_ERROR for one in seam.calls(before)):
        yield Inconclusive(reason="the handler asked for nothing while Seam did not answer")


def newer(probe: Probe, seam: SeamApi) -> Iterator[Finding]:
    """
    A life cycle ends the same where its records are newer than its events.
    """
    if not _calling_types(probe, seam):
        yield Skipped(reason=_NO_CALL)
        return
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    undecided = "no life cycle is sent at which the handler asks Seam"
    is_compared = False
    for name in widest_journeys(probe, 1 if probe.settings.quick else FEW_JOURNEYS)[0]:
        cycle = LifeCycle(observer_of(probe), name)
        if not {one["event_type"] for one in cycle.events} & seam.callers.keys():
            continue
        reference = cycle.reference()
        if not isinstance(reference, Reference):
            undecided = f"{name}: {reference.reason}"
            continue
        is_compared = True
        yield from _compare_with_newer(cycle, reference, seam)
    if not is_compared:
        yield Inconclusive(reason=undecided, is_about_state=True)


def _calling_types(probe: Probe, seam: SeamApi) -> tuple[str, ...]:
    """
    Choose event types at which the handler asks Seam for a record, by what it was sent so far.
    """
    _finish_work(probe)
    if not seam.callers:
        for schema in schemas_to_send(probe):
            accepted_presence(probe, schema.event_type)
        _finish_work(probe)
    types = (one for one in sorted(seam.callers) if one in probe.events.event_types)
    accepted = (one for one in types if accepted_presence(probe, one) is not None)
    is_quick = probe.settings.quick
    return tuple(islice(accepted, CALLBACK_TYPES_IF_QUICK if is_quick else CALLBACK_TYPES))


def _finish_work(probe: Probe) -> None:
    """
    Let a worker make the calls that belong to what was delivered.
    """
    if probe.read_state is not None:
        observer_of(probe).snapshot()


def _deliver_without_record(
    probe: Probe, seam: SeamApi, event_type: str
) -> tuple[Request, Received, bool]:
    """
    Deliver an event whose records are gone; return whether the handler asked for them, too.
    """
    event = accepted_event(probe, probe.events.catalogue[event_type])
    request, first = probe.signed(event), seam.call_count
    with seam.without(event, seam.callers[event_type]):
        received = probe.send(request)
        _finish_work(probe)
    return request, received, seam.has_asked_for(event, first)


def _compare_with_newer(cycle: LifeCycle, reference: Reference, seam: SeamApi) -> Iterator[Failure]:
    """
    Send a life cycle whose records are, from the first event on, as the last event leaves them.
    """

    def send() -> SentOrder:
        return cycle.send(
            cycle.places,
            marks=cycle.marks,
            expected=reference.endings,
            prepare=lambda requests: seam.expect(requests[: cycle.lived]),
        )

    ahead = send()
    if not ahead.is_accepted:
        at = next(n for n, one in enumerate(ahead.received) if not cycle.probe.is_accepted(one))
        yield failure_of(ahead.sent[at], ahead.received[at], ACCEPTED, context=_AHEAD)
    elif (deviation := _deviation(reference, ahead)) and _deviation(reference, send()):
        rule = f"the life cycle {cycle.name} ends the same, however new its records are"
        context = f"{cycle.name}, {_AHEAD}"
        yield failure_of(ahead.sent, None, rule, context=context, deviation=deviation)


def _deviation(reference: Reference, ahead: SentOrder) -> StateDeviation | None:
    """
    Compare the states in which a life cycle ends, before its deletion and after it.
    """
    for count, ending in ahead.endings.items():
        expected = _of_records(reference.endings[count].timeless)
        if deviation := StateDeviation.between(expected, _of_records(ending.timeless)):
            return deviation
    return None


def _of_records(changes: StateDiff) -> StateDiff:
    """
    Leave out what is kept of each event: what a record was like then may differ.
    """
    added = Counter(one.path for one in changes if one.op == "add")
    return tuple(
        one
        for one in changes
        if not any(mark in one.path for mark in _HAS_EVENT)
        and not (one.op == "add" and added[one.path] > 1)
    )
