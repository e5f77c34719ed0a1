"""
Checks of how long a handler remembers a message: after the shortest retry, and after the longest.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import (
    LAST_CHECK_SECONDS,
    LATER_TYPES,
    NEW_CONNECTIONS,
    RETRY_AGE,
)
from seamproof.checks.probe.deliveries import redelivery_of
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import event_roles
from seamproof.checks.state.observer import NO_STATE, discard_snapshot
from seamproof.checks.targets.clock_shift import shifted_clock
from seamproof.json_types import parse_json
from seamproof.mock_server.model.retry_schedule import SEAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver

#: Seconds after the first attempt at which a retry comes.
RETRIES: Final = tuple(accumulate(SEAM))[1:]
_EXPECTED: Final = "a message that was delivered before changes nothing"
_AT_ONCE: Final = (
    "a duplicate that comes at once changes the state already: another check is about it"
)
_WORKERS: Final = "start a server with several workers and give its URL"
_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class _Redelivered:
    """
    A message that was delivered again, with others in between.

    Attributes:
        sent: The requests in order; the last one is the redelivery. Empty if one before it was
            not accepted.
        received: The answer to the last one.
        changes: What the redelivery changed.
        is_accepted: Whether it was accepted.
    """

    sent: tuple[Request, ...]
    received: Received | None = None
    changes: StateDiff = ()
    is_accepted: bool = False


def duplicate_later(probe: Probe) -> Iterator[Finding]:
    """
    A retry that comes as late as the first one of Svix changes nothing.

    The message is delivered in the quick pass, and again in the second one.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    early = probe.state.early_deliveries
    if not early:
        types = observer.most_changing_types(LATER_TYPES)
        firsts = [_deliver(probe, event_type) for event_type in types]
        early += [(one, time.monotonic()) for one in firsts if one]
    if not early:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
        return
    left = RETRIES[0] - (time.monotonic() - early[-1][1])
    if left > 0 and probe.quick:
        reason = f"not looked at: it takes {RETRIES[0]:.0f} s, too long to be quick"
        yield Inconclusive(reason=reason, comes_later=True)
        return
    probe.budget.wait(max(0.0, left))
    for first, _ in early:
        again = _redeliver(observer, first)
        if not again.changes:
            continue
        if _deliver_twice(observer, str(first.event_type)).changes:
            yield Inconclusive(reason=_AT_ONCE)
        else:
            yield _failure(again, f"{_text(RETRIES[0])} later")
        return


def duplicate_next_day(probe: Probe) -> Iterator[Finding]:
    """
    A retry that comes as late as those of Svix changes nothing, under a clock that is later.
    """
    if not getattr(probe.target, "in_process", False):
        yield Skipped(reason="the clock of another process cannot be shifted")
        return
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    types = observer.most_changing_types(1)
    if not types:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
        return
    # It comes last, and is cheap: it has a little time of its own.
    probe.budget.leave(LAST_CHECK_SECONDS)
    # What is forgotten earlier is forgotten by the last one as well.
    ages = RETRIES[-1:] if observer.is_slow or probe.is_brief else RETRIES
    # All of them now: a handler may measure times, and its clock must not go back.
    messages = [_deliver(probe, types[0], RETRY_AGE) for _ in ages]
    # The work of these deliveries is done under the real clock.
    observer.snapshot()
    for age, message in zip(ages, messages, strict=True):
        found = _after_a_while(observer, types[0], age, message)
        if found is not None:
            yield found
            return


def duplicate_elsewhere(probe: Probe) -> Iterator[Finding]:
    """
    A retry that another worker process of the handler answers changes nothing.
    """
    if getattr(probe.target, "in_process", True):
        yield Skipped(reason=f"one process answered: {_WORKERS}")
        return
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    types = observer.most_changing_types(1)
    first = _deliver(probe, types[0]) if types else None
    if first is None:
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
        return
    before = observer.snapshot()
    again = redelivery_of(probe, first)
    answers = probe.send_over_new_connections((again,) * NEW_CONNECTIONS)
    changes = observer.changes_since(before, event_roles(parse_json(again.body)))
    processes = {process for _, process in answers}
    is_seen = None not in processes
    if changes and is_seen and len(processes) == 1:
        yield Inconclusive(reason=_AT_ONCE)
    elif changes:
        context = "by another worker process" if is_seen else "over a new connection"
        yield _failure(_Redelivered((first, again), answers[-1][0], changes), context)
    elif not is_seen:
        yield Skipped(reason=f"which processes answered cannot be seen: {_WORKERS}")
    elif len(processes) == 1:
        yield Skipped(reason=f"one process answered: {_WORKERS}")


def _after_a_while(
    observer: StateObserver, event_type: str, age: float, first: Request | None
) -> Finding | None:
    """
    Deliver a message again under a clock that is later, after another one.
    """
    later = _deliver_again(observer, event_type, first, age)
    if not later.sent or not later.is_accepted:
        when = f"under a clock {_text(age)} later"
        return Inconclusive(reason=f"{when} a genuine delivery is not accepted")
    if not later.changes:
        return None
    if _deliver_twice(observer, event_type).changes:
        return Inconclusive(reason=_AT_ONCE)
    return _failure(later, f"{_text(age)} later")


def _deliver_twice(observer: StateObserver, event_type: str) -> _Redelivered:
    """
    Deliver a message, another one and the first one again.
    """
    first = _deliver(observer.probe, event_type, RETRY_AGE)
    return _deliver_again(observer, event_type, first)


def _deliver_again(
    observer: StateObserver, event_type: str, first: Request | None, age: float = 0
) -> _Redelivered:
    """
    Deliver another message, and an earlier one again.

    Args:
        observer: Observes what the redelivery changes.
        event_type: Of both messages.
        first: The earlier message; None if it was not accepted.
        age: By how much the clock of the handler is later, in seconds.
    """
    probe = observer.probe
    observer.snapshot()
    with later_clock(probe, age):
        other = _deliver(probe, event_type)
        if first is None or other is None:
            return _Redelivered(())
        again = _redeliver(observer, first)
        return replace(again, sent=(first, other, *again.sent[1:]))


def _deliver(probe: Probe, event_type: str, age: int = 0) -> Request | None:
    request = probe.signed(accepted_event(probe, probe.events.catalogue[event_type]), age=age)
    return request if probe.is_accepted(probe.send(request)) else None


def _redeliver(observer: StateObserver, first: Request) -> _Redelivered:
    before = observer.snapshot()
    again = redelivery_of(observer.probe, first)
    received = observer.probe.send(again)
    changes = observer.changes_since(before, event_roles(parse_json(again.body)))
    is_accepted = observer.probe.is_accepted(received)
    return _Redelivered((first, again), received, changes, is_accepted)


def _failure(again: _Redelivered, context: str) -> Failure:
    return failure_of(
        again.sent,
        again.received,
        _EXPECTED,
        context=context,
        deviation=StateDeviation(unexpected=again.changes, occasion="again"),
    )


@contextmanager
def later_clock(probe: Probe, seconds: float) -> Iterator[None]:
    """
    Let the clock of a handler in this process be later while the block lasts.
    """
    if not seconds:
        yield
        return
    with shifted_clock(seconds), probe.budget.shifted(seconds):
        discard_snapshot(probe)
        try:
            yield
        finally:
            discard_snapshot(probe)


def _text(seconds: float) -> str:
    hours, rest = divmod(round(seconds), _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
