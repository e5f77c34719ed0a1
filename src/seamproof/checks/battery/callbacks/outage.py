"""
Check of an outage: a handler that was down fetches the events that it has missed, each once.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.callbacks.catch_up_ways import (
    catch_up_ways,
    deliver_next,
    lists_in,
    settle,
    try_way,
)
from seamproof.checks.battery.callbacks.outage_effects import (
    Outages,
    deviation_of,
    reference,
    without_messages,
)
from seamproof.checks.battery.callbacks.waits import LONGEST_PAGE, OUTAGE_SECONDS, PAGE_SECONDS
from seamproof.checks.generation.encoding import event_in
from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import MISSED_TYPES
from seamproof.checks.probe.deliveries import redelivery_of
from seamproof.checks.probe.dependency import broken_dependency
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import NO_STATE, discard_snapshot
from seamproof.errors import TargetUnreachable
from seamproof.statuses import SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.checks.battery.callbacks.catch_up_ways import CatchUpWay
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject
    from seamproof.mock_server.model.call_log import ApiCall

_LOST: Final = "each event that was missed has its effect after the handler has caught up"
_TWICE: Final = "what the handler has fetched changes nothing when Svix delivers it as well"
_NOT_YET: Final = "what was missed has had its effect before Svix delivers it after all"
_FETCHED_AGAIN: Final = "what was delivered changes nothing when the handler fetches it as well"
_NOT_ASKED: Final = (
    "the handler never called /events/list: not when it was delivered the next event, nor by itself"
)
_NOT_STARTED: Final = f"{_NOT_ASKED}, nor when it was started anew"
_NOT_FETCHED: Final = "what was named did not call /events/list"
_FORGETS: Final = (
    "the handler calls /events/list when it starts, but its state is in memory and lost by then"
)
_MESSAGES: Final = "what an event changes is known by its message alone, and a list has no messages"
_WHILE_DOWN: Final = "missed while the handler was down"
_AFTER_ERROR: Final = (_NOT_YET, f"{_WHILE_DOWN}, and Seam answered its first call 500")
_NOT_AGAIN: Final = "after a further outage, the handler did not call /events/list again"
_PAGE: Final = "whether more than {} missed events are fetched was not tried: it takes long"
_AHEAD: Final = "an event of the future was sent before: select this check alone"


@dataclass(frozen=True, slots=True)
class FirstOutage:
    """
    What a handler did after an outage at which it has listed events.

    Attributes:
        findings: What is wrong, or why that cannot be decided.
        lists: Its calls of `/events/list`.
    """

    findings: Sequence[Finding]
    lists: Sequence[ApiCall] = ()


def catch_up(probe: Probe, seam: SeamApi) -> Iterator[Finding]:
    """
    After an outage of 27 hours each event that was missed has its effect, once.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    probe.budget.leave(OUTAGE_SECONDS)
    types = observer.most_changing_types(MISSED_TYPES)
    if not types:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
        return
    seam.cancel_later()
    outages = Outages(observer, seam, types)
    ways = catch_up_ways(observer, seam, types)
    reason = _NOT_STARTED if any(one.is_start for one in ways) else _NOT_ASKED
    for way in ways:
        if way.is_start and (trouble := _why_not_started(outages, way)) is not None:
            reason = trouble or reason
            continue
        first = _first_outage(outages, way)
        if first is not None:
            yield from first.findings
            if not first.findings:
                yield from _further_outages(outages, way, first.lists)
            return
    if probe.catch_up is not None:
        yield Inconclusive(reason=_NOT_FETCHED)
    else:
        yield Inconclusive(reason=reason, option="catch_up")


def _why_not_started(outages: Outages, way: CatchUpWay) -> str | None:
    """
    Start the application anew while it has missed nothing: what shows that this proves nothing.

    Returns:
        The reason, empty where it fetches nothing at its start; None if it fetches.
    """
    observer, seam = outages.observer, outages.seam
    discard_snapshot(observer.probe)
    before, first = observer.snapshot(), seam.call_count
    try:
        way.run()
    except TargetUnreachable as problem:
        return f"{_NOT_ASKED}; started anew, it failed: {' '.join(str(problem).split())}"
    settle(observer)
    changes = observer.changes_since(before)
    if not lists_in(seam.calls(first)):
        return ""
    is_lost = any(
        one.op in ("remove", "unset") or (one.op == "increment" and one.value.startswith("-"))
        for one in changes
    )
    return _FORGETS if is_lost else None


def _first_outage(outages: Outages, way: CatchUpWay) -> FirstOutage | None:
    """
    Let events occur that are not delivered, and the handler catch up; None if it lists no events.
    """
    observer, seam = outages.observer, outages.seam
    probe, types = observer.probe, outages.types
    known: list[JsonObject] = []
    expected = reference(observer, [*types, types[0]] if way.delivers else types, known)
    if expected is None:
        reason = observer.undecided_reason
        return FirstOutage((Inconclusive(reason=reason, is_about_state=True),))
    if not expected:
        return FirstOutage((Inconclusive(reason=_MESSAGES),))
    # What was delivered is in the list as well.
    seam.list_others(known)
    is_ahead = not outages.is_here and seam.newest > probe.clock()
    events = outages.miss(types)
    requests = tuple(probe.signed(one) for one in events)
    before, first = observer.snapshot(), seam.call_count
    for event in events:
        seam.list_event(event)
    with outages.over():
        delivered = way.run() if probe.catch_up else try_way(way)
        sent = [*events, *filter(None, (event_in(one.body) for one in delivered)), *known]
        roles = roles_of(sent, [*requests, *delivered])
        deviation = deviation_of(observer, before, roles, expected)
        lists = lists_in(seam.calls(first))
        if not lists:
            return None
        findings = [*_judge(requests, expected, deviation, is_ahead=is_ahead)]
        if not findings:
            failure = _deliver_fetched(observer, events, requests, _TWICE, "fetched")
            findings = [failure] if failure else []
    return FirstOutage(findings, lists)


def _judge(
    requests: Sequence[Request], expected: StateDiff, found: StateDeviation, *, is_ahead: bool
) -> Iterator[Finding]:
    """
    Judge what a handler did: what is missing is lost, what happens once more is done twice.
    """
    grown = {
        (one.path, one.op)
        for missing in found.missing
        for one in found.unexpected
        if _is_more(one, missing)
    }
    lost = tuple(one for one in found.missing if (one.path, one.op) not in grown)
    again = tuple(one for one in found.unexpected if one in expected or (one.path, one.op) in grown)
    if lost and is_ahead:
        yield Inconclusive(reason=_AHEAD)
    elif lost:
        yield _failure(requests, None, _LOST, StateDeviation(missing=lost), _WHILE_DOWN)
    elif again:
        deviation = StateDeviation(unexpected=again, occasion="again")
        yield _failure(requests, None, _FETCHED_AGAIN, deviation, _WHILE_DOWN)


def _is_more(change: StateChange, wanted: StateChange) -> bool:
    """
    Whether a number has grown further than it was to.
    """
    if change.path != wanted.path or {change.op, wanted.op} != {"increment"}:
        return False
    return float(change.value) / float(wanted.value) > 1


def _deliver_fetched(
    observer: StateObserver,
    events: Sequence[JsonObject],
    requests: Sequence[Request],
    rule: str,
    context: str,
) -> Failure | None:
    """
    Deliver what the handler has fetched: Svix tries again until 27 hours after the first attempt.
    """
    probe = observer.probe
    for event, request in zip(events, requests, strict=True):
        before = observer.snapshot()
        again = redelivery_of(probe, request)
        received = probe.send(again)
        changes = observer.changes_since(before, roles_of([event], [again]))
        found = without_messages(changes)
        work = ArrivalMarks.of(observer.observation).evident_in(found)
        if work:
            deviation = StateDeviation(unexpected=work, occasion="again")
            return _failure([again], received, rule, deviation, context)
    return None


def _further_outages(
    outages: Outages, way: CatchUpWay, lists: Sequence[ApiCall]
) -> Iterator[Finding]:
    """
    Let the handler catch up while Seam fails, and where more was missed than one page holds.

    Whatever it has not fetched afterwards has its effect when it is delivered.
    """
    observer, seam = outages.observer, outages.seam
    events = outages.miss(outages.types)
    requests = [observer.probe.signed(one) for one in events]
    for event in events:
        seam.list_event(event)
    with outages.over():
        first = seam.call_count
        with broken_dependency(observer.probe, seam.fail_lists):
            try_way(way)
        has_failed = any(one.status in SERVER_ERROR for one in lists_in(seam.calls(first)))
        has_asked = has_failed and _runs_again(outages, way)
        found = _deliver_fetched(observer, events, requests, *_AFTER_ERROR) if has_asked else None
    if has_failed and not has_asked:
        # It may ask only after another outage.
        with outages.over():
            if has_asked := _runs_again(outages, way):
                found = _deliver_fetched(observer, events, requests, *_AFTER_ERROR)
    if found is not None:
        yield found
    elif not has_asked:
        yield Inconclusive(reason=_NOT_AGAIN)
    elif not observer.probe.settings.quick:
        yield from _pages(outages, way, lists)


def _runs_again(outages: Outages, way: CatchUpWay) -> bool:
    """
    Let the handler fetch once more; return whether it has asked.
    """
    first = outages.seam.call_count
    try_way(way)
    settle(outages.observer)
    return bool(lists_in(outages.seam.calls(first)))


def _page_size(lists: Sequence[ApiCall]) -> int:
    """
    Find how many events a page holds.
    """
    given = str(lists[-1].parameters.get("limit", LONGEST_PAGE))
    return int(float(given)) if given.replace(".", "", 1).isdecimal() else LONGEST_PAGE


def _is_filled_quickly(observer: StateObserver, size: int) -> bool:
    times = observer.probe.overlap.response_times
    each = statistics.median(times) if times else 0.0
    return size <= LONGEST_PAGE and size * each <= PAGE_SECONDS


def _pages(outages: Outages, way: CatchUpWay, lists: Sequence[ApiCall]) -> Iterator[Finding]:
    """
    Let the handler miss more events than a page holds: the last of them must not be lost.
    """
    observer, seam = outages.observer, outages.seam
    probe, known, size = observer.probe, observer.observation, _page_size(lists)
    if not (probe.settings.thorough or _is_filled_quickly(observer, size)):
        yield Inconclusive(reason=_PAGE.format(size), option="thorough")
        return
    is_filtered = any(
        "event_type" in one.parameters or "event_types" in one.parameters for one in lists
    )
    ignored = sorted(known.ignored_types & set(probe.events.event_types))
    filler = ignored[0] if ignored and not is_filtered else outages.types[0]
    *others, last = outages.miss([*[filler] * size, outages.types[0]])
    request = probe.signed(last)
    seam.list_others(others)
    seam.list_event(last)
    with outages.over():
        if not _runs_again(outages, way):
            yield Inconclusive(reason=_NOT_AGAIN)
            return
        # What is newer than the rest of the events must not hide it.
        deliver_next(observer, seam, outages.types[0])
        _runs_again(outages, way)
        context = f"{_WHILE_DOWN}, after {size} others"
        found = _deliver_fetched(observer, [last], [request], _NOT_YET, context)
    if found is not None:
        yield found


def _failure(
    requests: Sequence[Request],
    received: Received | None,
    rule: str,
    deviation: StateDeviation,
    context: str,
) -> Failure:
    return failure_of(requests, received, rule, context=context, deviation=deviation)
