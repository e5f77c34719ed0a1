"""
Looks for second effects of duplicates that a worker makes seconds later.

The time of the rest of a run is the wait: messages that were delivered twice are looked at again at
its end. What came meanwhile may be a late effect of the first delivery. So a message that is
delivered once is compared with one that is delivered twice.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import (
    SECOND_EFFECT_PATIENCE,
    SECOND_LOOK,
    SECOND_LOOK_IF_QUICK,
    SECOND_LOOK_MARGIN,
    SECOND_LOOK_PATIENCE,
    SECOND_LOOK_PAUSE,
)
from seamproof.checks.probe.deliveries import redelivery_of
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.probe.run_state import SentTwice
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.effects import changes_by_message, shows_messages
from seamproof.checks.state.observer import discard_snapshot
from seamproof.checks.targets.work.pending_work import WorkLeft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver

    Redelivery = Callable[[Probe, Request], Request]

NO_CHANGES: Final = "the second delivery of a message changes nothing"
LATER: Final = "seconds later, by work after the answer"
_STILL_BUSY: Final = "work of the handler after its answers has not ended, and may have an effect"
_ONCE: Final = (
    "the state of a message that was delivered twice changed later, and not when it was sent again"
)
#: Messages of the comparison, by how often they are delivered.
_SINGLE, _TWICE = "once", "twice"


def note_duplicates(
    observer: StateObserver, age: int, firsts: list[Request], left: WorkLeft, sent_at: float
) -> Iterator[Inconclusive]:
    """
    Note messages whose second delivery has changed nothing so far.

    Args:
        observer: Observes the state.
        age: Of the first deliveries, in seconds.
        firsts: The first deliveries.
        left: What may still change the state.
        sent_at: When the second deliveries were sent, by `time.monotonic`.
    """
    probe = observer.probe
    now, state = time.monotonic(), observer.snapshot()
    # A worker of another process may write into the same database, which cannot be known.
    is_done = left is WorkLeft.NOTHING
    probe.state.sent_twice[age] = SentTwice(tuple(firsts), state, sent_at, now, is_done)
    probe.progress.watched = None if is_done else _watched(observer, now - sent_at)
    if left is WorkLeft.BUSY and not observer.is_late:
        yield Inconclusive(reason=_STILL_BUSY, option="settle")


def look_again(age: int, redelivery: Redelivery, probe: Probe) -> Iterator[Finding]:
    """
    Look at the messages that were delivered twice: a change since then may be a second effect.
    """
    sent = probe.state.sent_twice.get(age)
    if sent is None:
        return
    observer = observer_of(probe)
    is_quick = probe.settings.quick or probe.one_of_each
    least = SECOND_LOOK_IF_QUICK if is_quick else SECOND_LOOK
    if probe.settings.settle is None and not sent.is_done:
        probe.budget.wait(max(0.0, sent.sent_at + least - time.monotonic()))
    discard_snapshot(probe)
    by_type = {str(one.event_type): (event_in(one.body), one) for one in sent.firsts}
    found = changes_by_message(observer, sent.state, observer.read_now(), by_type)
    seconds = time.monotonic() - sent.sent_at
    known = observer.observation
    is_seen = all(shows_messages(known, one) for one in by_type if one in known.changes_by_type)
    if not (is_seen or sent.is_done or observer.is_late):
        with probe.budget.leaving(6 * least):
            yield from _watch_counts(observer, age, least)
        sent = probe.state.sent_twice[age]
    waited = seconds if is_seen else sent.read_at - sent.sent_at
    probe.progress.watched = None if sent.is_done else _watched(observer, waited)
    for event_type in [one for one, changes in found.items() if changes][:1]:
        patience = min(seconds, SECOND_LOOK_PATIENCE) + SECOND_LOOK_MARGIN
        with probe.budget.leaving(patience + SECOND_LOOK_PATIENCE):
            yield from _compare_with_single(observer, event_type, age, redelivery, patience)


def _watch_counts(observer: StateObserver, age: int, seconds: float) -> Iterator[Finding]:
    """
    Deliver messages twice, and watch a state that does not show which message a change is of.

    Where nothing changes, that holds for duplicates of each kind. Otherwise the first delivery and
    the second one are watched one after the other, twice: a backlog comes to an end.
    """
    sent_twice = observer.probe.state.sent_twice
    if sent_twice[age].read_at - sent_twice[age].sent_at >= seconds:
        return
    for event_type in observer.most_changing_types(1):
        watched, look = [*sent_twice], partial(_changes_after, observer, event_type, seconds)
        found = look(sent_twice)
        if found:
            watched = [age]
            for _ in range(2):
                again = look([age], pause=seconds)
                found = found and again
        for one in () if found else watched:
            read_at = sent_twice[one].sent_at + seconds
            sent_twice[one] = replace(sent_twice[one], read_at=read_at)
        if found:
            sent, received, changes = found
            deviation = StateDeviation(unexpected=changes, occasion="again")
            yield failure_of(sent, received, NO_CHANGES, context=LATER, deviation=deviation)


def _changes_after(
    observer: StateObserver,
    event_type: str,
    seconds: float,
    ages: Iterable[int],
    *,
    pause: float = 0.0,
) -> tuple[tuple[Request, ...], Received, StateDiff] | None:
    """
    Deliver a message of each age twice, and return the last one with the changes that come later.
    """
    probe, schema = observer.probe, observer.probe.events.catalogue[event_type]
    firsts = {age: probe.signed(accepted_event(probe, schema), age=age) for age in ages}
    for first in firsts.values():
        probe.send(first)
    probe.budget.wait(pause)
    again = {age: redelivery_of(probe, first) if age else first for age, first in firsts.items()}
    before = observer.read_now() if pause else None
    received = [probe.send(second) for second in again.values()][-1]
    before = before or observer.read_now()
    probe.budget.wait(seconds)
    changes = observer.changes_between(before, observer.read_now())
    last = max(firsts)
    return ((firsts[last], again[last]), received, changes) if changes else None


def _watched(observer: StateObserver, seconds: float) -> float | None:
    """
    Say for how long a second effect was waited, where that is too short to exclude one.
    """
    is_long = round(seconds, 1) >= SECOND_EFFECT_PATIENCE
    is_enough = is_long or observer.probe.settings.settle is not None
    return None if is_enough or not observer.observation.changes_by_type else seconds


def _compare_with_single(
    observer: StateObserver, event_type: str, age: int, redelivery: Redelivery, patience: float
) -> Iterator[Finding]:
    """
    Deliver a message once and another one twice, and compare what they change until a time is over.
    """
    probe = observer.probe
    observer.finish_work()
    before = observer.read_now()
    schema = probe.events.catalogue[event_type]
    single, twice = (probe.signed(accepted_event(probe, schema), age=age) for _ in range(2))
    answers = [probe.send(single), probe.send(twice)]
    again = redelivery(probe, twice)
    received = probe.send(again)
    sent = {_SINGLE: (event_in(single.body), single), _TWICE: (event_in(twice.body), twice)}
    changes = partial(changes_by_message, observer, before, sent=sent)
    until = time.monotonic() + patience
    found = at_once = changes(observer.read())
    while not (more := _more(found)) and time.monotonic() < until:
        probe.budget.wait_for_work(SECOND_LOOK_PAUSE)
        found = changes(observer.read())
    if more:
        # The effect of the one may come a moment after that of the other.
        probe.budget.wait_for_work(SECOND_LOOK_MARGIN)
        more = _more(changes(observer.read()))
    discard_snapshot(probe)
    if not all(map(probe.is_accepted, (*answers, received))):
        return
    if more:
        deviation = StateDeviation(unexpected=more, occasion="again")
        sequence = (twice, again)
        yield failure_of(sequence, received, NO_CHANGES, context=LATER, deviation=deviation)
    elif found[_SINGLE] == at_once[_SINGLE]:
        yield Inconclusive(reason=_ONCE, option="settle")


def _more(found: Mapping[str, StateDiff]) -> StateDiff:
    return tuple((Counter(found[_TWICE]) - Counter(found[_SINGLE])).elements())
