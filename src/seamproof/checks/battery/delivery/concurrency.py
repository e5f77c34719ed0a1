"""
The check of concurrent deliveries of different messages.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.results import Failure, Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import (
    BURST_SHARED_TYPES,
    BURST_SIZE,
    BURST_SIZE_IF_BRIEF,
    BURSTS,
    BURSTS_IF_QUICK,
)
from seamproof.checks.probe.control import handled_at_once
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.probe.server_overlap import server_overlap, undecided_reason
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import roles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject


#: Where calls do not overlap, no race can be lost.
_ONE_BY_ONE: Final = (
    "requests that were sent at once ran one after the other in this process, because the handler "
    "awaits nothing or is too quick: give the URL of a server with several workers to check this"
)


def if_overlapping(
    check: Callable[[Probe], Iterator[Finding]],
) -> Callable[[Probe], Iterator[Finding]]:
    """
    Let a check be inconclusive if no two of its requests were handled at the same time.

    By URL, it is measured once whether the server handles several requests at a time.
    """

    @wraps(check)
    def run(probe: Probe) -> Iterator[Finding]:
        has_failed = is_undecided = False
        for one in check(probe):
            has_failed = has_failed or isinstance(one, Failure)
            is_undecided = True
            yield one
        if probe.progress.overlaps == {False} and not has_failed:
            yield Inconclusive(reason=_ONE_BY_ONE)
        is_by_url = not getattr(probe.target, "in_process", True)
        if is_by_url and not is_undecided and (reason := undecided_reason(server_overlap(probe))):
            yield Inconclusive(reason=reason)

    return run


@handled_at_once
def concurrent_burst(probe: Probe) -> Iterator[Finding]:
    """
    None of many concurrent deliveries makes the handler crash, and each has its effect.
    """
    events = _events_of_burst(probe)
    if not events:
        return
    # A race is not lost every time: several bursts find what one of them misses.
    for _ in range(BURSTS_IF_QUICK if probe.quick else BURSTS):
        requests = [probe.signed(probe.events.fresh(event)) for event in events]
        if crashes := list(_crashes(probe, requests)):
            yield from crashes
            return
    if probe.read_state is None:
        return
    observer = observer_of(probe)
    if not observer.is_hasty:
        most = BURST_SIZE_IF_BRIEF if probe.is_brief else BURST_SIZE
        yield from _lost_changes(observer, events[:most])


def _events_of_burst(probe: Probe) -> list[JsonObject]:
    schemas = [one for one in schemas_to_send(probe) if accepted_presence(probe, one.event_type)]
    if not schemas:
        return []
    # Half of the events are of a few types that change the most, so that they change the same
    # counters and records.
    most = observer_of(probe).most_changing_types(BURST_SHARED_TYPES) if probe.read_state else []
    halves = ([one for one in schemas if one.event_type in most] or schemas, schemas)
    return [
        accepted_event(probe, halves[at % 2][at // 2 % len(halves[at % 2])])
        for at in range(BURST_SIZE)
    ]


def _crashes(probe: Probe, requests: list[Request]) -> Iterator[Failure]:
    """
    Send requests at once and return each distinct crash.
    """
    causes = set()
    for request, received in zip(requests, probe.send_all(requests), strict=True):
        cause = answer_text(received)
        if received.is_crash and cause not in causes:
            causes.add(cause)
            expected = f"no crash among {len(requests)} deliveries at once"
            yield replace(failure_of(request, received, expected), sent=tuple(requests))


def _lost_changes(observer: StateObserver, events: list[JsonObject]) -> Iterator[Failure]:
    """
    Compare the changes of a concurrent burst with those of the same deliveries one by one.
    """
    probe = observer.probe
    one_by_one = _changes_of(observer, events, _send_in_turn)
    crashes: list[Failure] = []
    at_once = _changes_of(
        observer, events, lambda *sent: crashes.extend(_crashes(*sent)), one_by_one
    )
    if crashes or at_once == one_by_one:
        yield from crashes
        return
    # Changes that depend on the order even one by one, such as a list of the last twenty items,
    # prove nothing about concurrency.
    reversed_order = _changes_of(
        observer, events, lambda probe, sent: _send_in_turn(probe, sent[::-1]), one_by_one
    )
    if reversed_order == one_by_one:
        deviation = StateDeviation.between(one_by_one, at_once)
    else:
        in_any_order = Counter(one_by_one) & Counter(reversed_order)
        deviation = StateDeviation(missing=tuple(in_any_order - Counter(at_once)))
    if deviation:
        requests = [probe.signed(event) for event in events]
        expected = f"{len(events)} deliveries at once have the effect that they have one by one"
        yield failure_of(requests, None, expected, deviation=deviation)


def _changes_of(
    observer: StateObserver,
    events: list[JsonObject],
    send: Callable[[Probe, list[Request]], object],
    expected: StateDiff = (),
) -> StateDiff:
    probe = observer.probe
    fresh = [probe.events.fresh(event, until=probe.events.time_of(event)) for event in events]
    requests = [probe.signed(event) for event in fresh]
    return observer.changes_of(lambda: send(probe, requests), roles_of(fresh, requests), expected)


def _send_in_turn(probe: Probe, requests: list[Request]) -> None:
    for request in requests:
        probe.send(request)
