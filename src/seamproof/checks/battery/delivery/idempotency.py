"""
Idempotency checks: identical redelivery, re-signed retry, concurrent duplicates.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.battery.delivery.second_effects import (
    LATER,
    NO_CHANGES,
    look_again,
    note_duplicates,
)
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import (
    CONCURRENT_COPIES,
    CONCURRENT_ROUNDS,
    CONCURRENT_ROUNDS_IF_HASTY,
    CONCURRENT_ROUNDS_IF_SLOW,
    CONCURRENT_TYPES,
    CONCURRENT_TYPES_IF_BRIEF,
    LATE,
    RETRY_AGE,
)
from seamproof.checks.probe.control import handled_at_once
from seamproof.checks.probe.deliveries import redelivery_of, send_each
from seamproof.checks.probe.findings import failure_of, report_failure
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import event_roles, roles_of
from seamproof.checks.state.observer import NO_STATE
from seamproof.checks.state.reference import compare_with_reference, equivalent_event
from seamproof.checks.targets.work.pending_work import WorkLeft
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.checks.state.reference import ReferenceDelivery

    Redelivery = Callable[[Probe, Request], Request]


class _SecondDelivery(NamedTuple):
    """
    The second delivery of a message.

    Attributes:
        request: The request.
        received: The answer.
        changes: What it changed.
        is_late: Whether work after the answer was waited for.
    """

    request: Request
    received: Received
    changes: StateDiff
    is_late: bool


_KEPT_TOO_SHORT: Final = (
    "Keep svix-id for longer than retries last, more than a day, and under a unique index: a list "
    "of the last ids, or a cache with a limit, forgets it."
)
#: The status of a handler that is processing another copy of the message at the moment.
_BUSY: Final = 503


def _as_it_was(_: Probe, request: Request) -> Request:
    return request


def duplicate(probe: Probe) -> Iterator[Finding]:
    """
    An identical redelivery is accepted and changes nothing.
    """
    yield from _send_duplicates(probe, 0, _as_it_was)


def duplicate_resigned(probe: Probe) -> Iterator[Finding]:
    """
    A retry with a new timestamp and signature is accepted and changes nothing.
    """
    yield from _send_duplicates(probe, RETRY_AGE, redelivery_of)


look_at_duplicates: Final = partial(look_again, 0, _as_it_was)
look_at_resigned: Final = partial(look_again, RETRY_AGE, redelivery_of)


def _send_duplicates(probe: Probe, age: int, redelivery: Redelivery) -> Iterator[Finding]:
    """
    Deliver a message of each event type, then each of them again.

    Args:
        probe: Sends the requests.
        age: Of the first delivery, in seconds.
        redelivery: Makes the second request of a message from the first one.
    """
    types = [one.event_type for one in schemas_to_send(probe)]
    types = [one for one in types if accepted_presence(probe, one) is not None]
    observer = observer_of(probe) if probe.read_state else None
    if observer:
        # A message with an effect comes before many others, in each pass.
        types = [*dict.fromkeys([*observer.most_changing_types(1), *types])]
    firsts = _settled_deliveries(observer) if observer else []
    firsts = firsts or _deliver_firsts(probe, types, age)
    if observer:
        # A late effect of the first delivery is none of the second one.
        observer.finish_work()
    before = observer.snapshot() if observer else None
    seconds = [redelivery(probe, first) for first in firsts]
    for first, (request, received) in zip(firsts, send_each(probe, seconds), strict=True):
        if not probe.is_accepted(received):
            description = "the second delivery of a message"
            for found in report_failure(probe, request, received, description, same="any_event"):
                yield replace(found, sent=(first, request))
    sent_at = time.monotonic()
    left = observer.finish_work() if observer else WorkLeft.NOTHING
    if observer is None or before is None:
        yield Inconclusive(reason=NO_STATE, option="state")
    elif not observer.observation.changes_by_type:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
    elif changes := observer.changes_since(before):
        all_of_it = failure_of(
            (*firsts, *seconds),
            None,
            NO_CHANGES,
            context=f"after {len(types)} other messages",
            deviation=_changed_again(changes),
        )
        found_alone = list(_duplicates_of_each_type(observer, types, age, redelivery))
        yield from found_alone or _forgotten_messages(observer, types, age, redelivery, all_of_it)
    else:
        yield from note_duplicates(observer, age, firsts, left, sent_at)


def _settled_deliveries(observer: StateObserver) -> list[Request]:
    """
    Take the first deliveries of the calibration, where waiting for others would take long.
    """
    first = observer.observation.first_deliveries
    changing = [first[one] for one in observer.observation.changes_by_type if one in first]
    return changing if observer.is_long_late else []


def _deliver_firsts(probe: Probe, types: list[str], age: int) -> list[Request]:
    """
    Deliver a message of each type for the first time; return those that were accepted.
    """
    catalogue = probe.events.catalogue
    requests = [probe.signed(accepted_event(probe, catalogue[one]), age=age) for one in types]
    sent = send_each(probe, requests)
    return [request for request, received in sent if probe.is_accepted(received)]


def _deliver_first(probe: Probe, event_type: str, age: int) -> Request | None:
    """
    Deliver a message for the first time; None if it was not accepted and so may come again.
    """
    request = probe.signed(accepted_event(probe, probe.events.catalogue[event_type]), age=age)
    return request if probe.is_accepted(probe.send(request)) else None


def _duplicates_of_each_type(
    observer: StateObserver, types: list[str], age: int, redelivery: Redelivery
) -> Iterator[Failure]:
    """
    Find the event types whose second delivery changes the state; equal changes are one failure.

    One event type is enough where each takes long, because changes come late.
    """
    probe = observer.probe
    found = set()
    for event_type in _changing_types_first(observer, types):
        first = _deliver_first(probe, event_type, age)
        if first is None:
            continue
        again = _redeliver(observer, first, redelivery)
        if again.changes and again.changes not in found:
            found.add(again.changes)
            deviation = _changed_again(again.changes)
            context = LATER if again.is_late else ""
            sent = (first, again.request)
            yield failure_of(sent, again.received, NO_CHANGES, context=context, deviation=deviation)
            if observer.is_late or again.is_late:
                return


def _forgotten_messages(
    observer: StateObserver,
    types: list[str],
    age: int,
    redelivery: Redelivery,
    all_of_it: Failure,
) -> Iterator[Failure]:
    """
    Find an event type whose second delivery changes the state if another message came in between.

    If there is none, it is forgotten after several others; else `all_of_it` shows the failure.
    """
    probe = observer.probe
    for event_type in _changing_types_first(observer, types):
        first = _deliver_first(probe, event_type, age)
        other = _deliver_first(probe, types[0], age)
        if first is None or other is None:
            continue
        again = _redeliver(observer, first, redelivery)
        if again.changes:
            yield failure_of(
                (first, other, again.request),
                again.received,
                NO_CHANGES,
                context="after another message",
                deviation=_changed_again(again.changes),
            )
            return
    yield _forgotten_after_several(observer, types, age, redelivery) or all_of_it


def _forgotten_after_several(
    observer: StateObserver, types: list[str], age: int, redelivery: Redelivery
) -> Failure | None:
    """
    Find out after how many other messages a message is forgotten, doubling their number.
    """
    event_type, count = _changing_types_first(observer, types)[0], 1
    while count < len(types):
        count = min(2 * count, len(types))
        first = _deliver_first(observer.probe, event_type, age)
        others = _deliver_firsts(observer.probe, types[:count], age)
        again = _redeliver(observer, first, redelivery) if first else None
        if first and again and again.changes:
            return failure_of(
                (first, *others, again.request),
                again.received,
                NO_CHANGES,
                context=f"after {len(others)} other messages",
                deviation=_changed_again(again.changes),
                cure=_KEPT_TOO_SHORT,
            )
    return None


def _redeliver(observer: StateObserver, first: Request, redelivery: Redelivery) -> _SecondDelivery:
    """
    Deliver a message for the second time, and wait for the work that this causes.
    """
    probe = observer.probe
    observer.finish_work()
    request = redelivery(probe, first)
    before = observer.snapshot()
    received = probe.send(request)
    begun = time.monotonic()
    observer.finish_work()
    is_late = time.monotonic() - begun > LATE
    changes = observer.changes_since(before, event_roles(parse_json(request.body)))
    return _SecondDelivery(request, received, changes, is_late)


def _changing_types_first(observer: StateObserver, types: list[str]) -> list[str]:
    return sorted(types, key=lambda one: one not in observer.observation.changes_by_type)


def _changed_again(changes: StateDiff) -> StateDeviation:
    return StateDeviation(unexpected=changes, occasion="again")


@handled_at_once
def concurrent_duplicates(probe: Probe) -> Iterator[Finding]:
    """
    Concurrent copies of a delivery have the effect of one; none of them makes the handler crash.
    """
    if probe.read_state is None:
        yield from _crash(probe, probe.signed(probe.plain()))
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    seen: set[object] = set()
    has_reference = False
    most = CONCURRENT_TYPES_IF_BRIEF if probe.is_brief else CONCURRENT_TYPES
    for event_type in observer.most_changing_types(1 if observer.is_hasty else most):
        experiment = partial(_race, observer)
        failures = compare_with_reference(observer, event_type, experiment, by_chance=True)
        has_reference = has_reference or failures is not None
        for found in failures or ():
            # How many of the copies were processed depends on chance.
            key = found.deviation.without_amounts() if found.deviation else found.cause
            if key not in seen:
                seen.add(key)
                yield found
    if not has_reference:
        yield Inconclusive(reason=observer.undecided_reason, is_about_state=True)


def _race(observer: StateObserver, reference: ReferenceDelivery) -> list[Failure]:
    """
    Send copies of a delivery at once, several times, until their changes differ from those of one.
    """
    probe, expected = observer.probe, reference.changes
    rounds = CONCURRENT_ROUNDS_IF_SLOW if probe.quick or observer.is_slow else CONCURRENT_ROUNDS
    was_missing = False
    for _ in range(CONCURRENT_ROUNDS_IF_HASTY if observer.is_hasty else rounds):
        event = equivalent_event(observer, reference)
        request = probe.signed(event)
        crashes: list[Failure] = []
        changes = observer.changes_of(
            lambda request=request, crashes=crashes: crashes.extend(_crash(probe, request)),  # type: ignore[misc]
            roles_of([event], [request]),
            expected,
        )
        deviation = StateDeviation.between(expected, changes)
        is_only_missing = bool(deviation) and not deviation.unexpected and not crashes
        if is_only_missing and not was_missing:
            # A lost race does too much. Changes that are missing once come from a full list.
            was_missing = True
        elif deviation:
            text = f"{CONCURRENT_COPIES} copies at once have the effect of one"
            copies = (request,) * CONCURRENT_COPIES
            return [*crashes, failure_of(copies, None, text, deviation=deviation)]
        if crashes:
            return crashes
    return []


def _crash(probe: Probe, request: Request) -> list[Failure]:
    """
    Send copies at once; a crash of some of them is a warning, because the retry is accepted.
    """
    copies = (request,) * CONCURRENT_COPIES
    answers = probe.send_all(copies)
    is_accepted = any(map(probe.is_accepted, answers))
    for received in answers:
        crashed = received.is_crash and received.status != _BUSY
        if crashed or not is_accepted:
            expected = "copies at once are accepted, or put off without a crash"
            severity: Severity = "warning" if is_accepted else "error"
            return [failure_of(copies, received, expected, severity=severity)]
    return []
