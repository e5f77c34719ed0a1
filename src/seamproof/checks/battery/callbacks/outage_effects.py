"""
Outages of a handler, and how what it does after one differs from what deliveries do.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.callbacks.catch_up_ways import event_at, settle
from seamproof.checks.battery.callbacks.waits import OUTAGE_MARGIN, POLL_PAUSE
from seamproof.checks.battery.delivery.duplicates.retention import later_clock
from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import LAST_RETRY_AGE, LATE_CHANGE_PATIENCE
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import discard_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject

_MESSAGE: Final = "‹message"


@dataclass(slots=True)
class Outages:
    """
    Outages of a handler, one after the other, each longer than the retries last.

    Attributes:
        observer: Observes what the handler does.
        seam: Lists the events.
        types: Of the events that are missed.
        count: How many there were.
        until: When the last one ended, in seconds since the epoch.
    """

    observer: StateObserver
    seam: SeamApi
    types: Sequence[str]
    count: int = 0
    until: float = 0.0
    is_here: bool = field(init=False)

    def __post_init__(self) -> None:
        """
        See whether the clock of the handler can be shifted.
        """
        self.is_here = bool(getattr(self.observer.probe.target, "in_process", False))

    def miss(self, types: Sequence[str]) -> tuple[JsonObject, ...]:
        """
        Let an event of each type occur, all over the next outage: the first at its beginning.
        """
        probe = self.observer.probe
        began = datetime.fromtimestamp(max(probe.clock(), self.seam.newest, self.until), UTC)
        lasted = timedelta(seconds=LAST_RETRY_AGE if self.is_here else 1)
        moments = [began + lasted * (at + 0.01) / len(types) for at in range(len(types))]
        return tuple(
            event_at(probe, one, moment) for one, moment in zip(types, moments, strict=True)
        )

    @contextmanager
    def over(self) -> Iterator[None]:
        """
        Let the block run after the next outage, by the clock of the handler.
        """
        self.count += 1
        probe = self.observer.probe
        seconds = self.count * (LAST_RETRY_AGE + OUTAGE_MARGIN)
        with later_clock(probe, seconds) if self.is_here else nullcontext():
            yield
            self.until = probe.clock()


def reference(
    observer: StateObserver, types: Sequence[str], known: list[JsonObject]
) -> StateDiff | None:
    """
    Deliver events of some types, until they change the same twice; None if they do not.
    """
    first, second = (_deliver(observer, types, known) for _ in range(2))
    if first != second:
        return None
    named = without_messages(second)
    return ArrivalMarks.of(observer.observation).evident_in(named) or named


def _deliver(observer: StateObserver, types: Sequence[str], known: list[JsonObject]) -> StateDiff:
    probe = observer.probe
    moment = datetime.fromtimestamp(probe.clock(), UTC)
    events = [event_at(probe, one, moment) for one in types]
    requests = [probe.signed(one) for one in events]
    before = observer.snapshot()
    for request in requests:
        probe.send(request)
    known += events
    return observer.changes_since(before, roles_of(events, requests))


def deviation_of(
    observer: StateObserver, before: Snapshot, roles: Mapping[str, str], expected: StateDiff
) -> StateDeviation:
    """
    Compare the changes since a snapshot with those expected; wait a little for what is missing.
    """
    until = time.monotonic() + LATE_CHANGE_PATIENCE
    deviation = _compared(observer, before, roles, expected)
    while deviation.missing and time.monotonic() < until:
        observer.probe.budget.wait_for_work(POLL_PAUSE)
        deviation = _compared(observer, before, roles, expected)
    settle(observer)
    return _compared(observer, before, roles, expected)


def _compared(
    observer: StateObserver, before: Snapshot, roles: Mapping[str, str], expected: StateDiff
) -> StateDeviation:
    discard_snapshot(observer.probe)
    changes = observer.changes_since(before, roles, expected)
    found = without_messages(changes)
    return StateDeviation.between(expected, found)


def without_messages(changes: StateDiff) -> StateDiff:
    """
    Leave out what names a message: a list of events has none.
    """
    return tuple(one for one in changes if _MESSAGE not in one.path + one.value)
