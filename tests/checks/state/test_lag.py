"""
Tests of late changes: a worker that flushes once in a period, and the option `settle`.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.options import Settings
from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.runner.runner import start_run
from seamproof.checks.runner.selection import select_checks
from seamproof.checks.targets.work.pending_work import WorkLeft
from tests.checks.small import SECRET, Small

if TYPE_CHECKING:
    from seamproof.checks.model.observation import Observation
    from seamproof.checks.model.results import Report
    from tests.checks.simulated_time import SimulatedTime

#: The first type of its resource that a run sends.
FIRST_TYPE = "device.connected"
DUPLICATES = ("delivery.duplicate", "delivery.duplicate_resigned")


class Flushing(Small):
    """
    A worker empties the queue once in a period.

    Args:
        clock: When the worker does.
        period: In seconds.
        forgetful: Whether it handles duplicates again.
    """

    def __init__(self, clock: SimulatedTime, period: float, *, forgetful: bool = False) -> None:
        super().__init__()
        self.clock = clock
        self.period = period
        self.forgetful = forgetful
        self.queue: list[tuple[str, dict[str, Any]]] = []
        clock.later(self.pause(), self.work)

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Put a message into the queue.
        """
        self.queue.append((message_id, event))
        return 202

    def work(self) -> None:
        """
        Empty the queue, and do so again later.
        """
        todo, self.queue = self.queue, []
        for message_id, event in todo:
            if self.forgetful:
                self.handled.discard(message_id)
            super().once(message_id, event)
        self.clock.later(self.pause(), self.work)

    def pause(self) -> float:
        """
        Return the seconds until the next time.
        """
        return self.period

    def look(self) -> Snapshot:
        """
        Show the counts alone, which say nothing about who made them.
        """
        return Snapshot(json.loads(json.dumps({"counts": self.counts})), time.time())


class FlushingAtAnyTime(Flushing):
    """
    The period is another one each time.
    """

    factors = itertools.cycle((0.2, 1.0, 3.0))

    def pause(self) -> float:
        """
        Take the next one.
        """
        return self.period * next(self.factors)


def examine(
    handler: Flushing, *select: str, settle: float | None = None
) -> tuple[Report, Observation]:
    """
    Run checks quickly, and return what is known about the state as well.
    """
    settings = Settings(
        secret=SECRET, seed=0, quick=True, select=select, events="device.*", settle=settle
    )
    run = start_run(handler, settings, state=handler.look)
    run.all()
    assert run.probe.state.observation is not None
    return run.report("handler"), run.probe.state.observation


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("period", [0.1, 0.4, 2.0])
def test_duplicates_of_a_periodic_worker_are_judged_after_a_whole_period(
    period: float, forgetful: bool, simulated_time: SimulatedTime
) -> None:
    """
    In whatever part of a period a delivery comes, a duplicate that is handled again is found.
    """
    report, _ = examine(Flushing(simulated_time, period, forgetful=forgetful), *DUPLICATES)

    wanted = "failed" if forgetful else "passed"
    assert {one.status for one in report.results} == {wanted}, report.results


def test_the_period_of_a_worker_is_measured(simulated_time: SimulatedTime) -> None:
    """
    It is waited for as a whole, and a check says how long it has waited.
    """
    report, known = examine(Flushing(simulated_time, 1.0), "delivery.duplicate")

    assert known.period > 0.9
    assert known.lag > known.period
    assert report.results[0].note.startswith("waited ")


class OfOneType(Flushing):
    """
    Only the first event type of the resource is processed.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Ignore the others.
        """
        if event["event_type"] == FIRST_TYPE:
            super().act(event)


def test_the_period_is_measured_by_the_type_that_is_processed(
    simulated_time: SimulatedTime,
) -> None:
    """
    Its change may come only after all other types were sent as well.
    """
    report, known = examine(OfOneType(simulated_time, 2.0), *DUPLICATES)

    assert list(known.changes_by_type) == [FIRST_TYPE]
    assert known.period > 1.9
    assert {one.status for one in report.results} == {"passed"}, report.results


def test_where_the_lag_varies_nothing_passes(simulated_time: SimulatedTime) -> None:
    """
    The longest lag of such a worker is not known, and the note says what was measured.
    """
    report, known = examine(FlushingAtAnyTime(simulated_time, 0.7), "delivery.duplicate")

    assert known.is_irregular
    (result,) = report.results
    assert result.status == "inconclusive"
    assert "how late changes come varies: the state changes " in result.note
    assert result.note.endswith("give settle=")


def test_the_user_may_say_how_long_to_wait(simulated_time: SimulatedTime) -> None:
    """
    Then nothing is measured.
    """
    report, known = examine(
        Flushing(simulated_time, 0.1, forgetful=True), "delivery.duplicate", settle=1.0
    )

    assert report.results[0].status == "failed"
    assert (known.lag, known.period) == (1.0, 0.0)


class Idle(Flushing):
    """
    Nothing ever changes.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Ignore the event.
        """


def test_where_nothing_changes_it_is_said_how_long_was_waited(
    simulated_time: SimulatedTime,
) -> None:
    """
    A later change may be waited for with the option `settle`.
    """
    report, _ = examine(Idle(simulated_time, 0.1), "delivery.duplicate")

    note = report.results[0].note
    assert note == "no event that was sent changes the handler's state within 12 s: give settle="


class Mailing(Flushing):
    """
    Handles a message once and at once; a worker sends a mail later, for each copy if forgetful.

    Attributes:
        recorded: The ids of the messages that came.
    """

    def __init__(self, clock: SimulatedTime, period: float, *, forgetful: bool = False) -> None:
        super().__init__(clock, period, forgetful=forgetful)
        self.recorded: set[str] = set()

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Record the message, and leave the mail to the worker.
        """
        if self.forgetful or message_id not in self.recorded:
            self.queue.append((message_id, event))
        self.recorded.add(message_id)
        return 202

    def look(self) -> Snapshot:
        """
        Show both.
        """
        state = {"counts": self.counts, "messages": len(self.recorded)}
        return Snapshot(json.loads(json.dumps(state)), time.time())


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("period", [1.5, 3.0])
def test_a_second_effect_that_comes_later_is_found(
    period: float, forgetful: bool, simulated_time: SimulatedTime
) -> None:
    """
    Where a first effect comes at once, a whole run looks whether a worker makes another one.
    """
    handler = Mailing(simulated_time, period, forgetful=forgetful)
    settings = Settings(secret=SECRET, seed=0, select=DUPLICATES, events="device.*", max_examples=1)
    run = start_run(handler, settings, state=handler.look)
    run.all()

    assert run.probe.state.observation is not None
    assert run.probe.state.observation.period >= period
    assert {one.status for one in run.results} == {"failed" if forgetful else "passed"}


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_quick_run_and_a_single_check_wait_two_seconds_for_a_second_effect(
    forgetful: bool, simulated_time: SimulatedTime
) -> None:
    """
    The state shows counts alone, and nothing else of the run takes time.
    """
    handler = Once(simulated_time, 1.5, forgetful=forgetful)
    report, _ = examine(handler, *DUPLICATES)
    settings = Settings(secret=SECRET, seed=0, events="device.*")
    run = start_run(handler, settings, state=handler.look)
    steps = [run.step(one) for one in select_checks(DUPLICATES)]

    for one in (*report.results, *steps):
        assert one.status == ("failed" if forgetful else "passed"), one
        assert forgetful or round(one.watched or 0.0) == 2


class Once(Flushing):
    """
    Handles a message at once; a duplicate is counted seconds later, if it is forgetful.
    """

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Leave a duplicate to a worker.
        """
        if message_id not in self.handled:
            return Small.once(self, message_id, event)
        if self.forgetful:
            self.clock.later(self.period, lambda: self.act(event))
        return 204


class Pausing(Small):
    """
    A worker takes one job after the other, and pauses before some of them.

    Args:
        clock: When it does.
        pauses: In seconds, before each job in turn.
    """

    def __init__(self, clock: SimulatedTime, *pauses: float) -> None:
        super().__init__()
        self.clock = clock
        self.pauses = itertools.cycle(pauses)
        self.idle_from = 0.0
        self.pending_work = self

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Put a message into the queue, once.
        """
        if message_id not in self.handled:
            self.handled.add(message_id)
            now = time.monotonic()
            self.idle_from = max(now, self.idle_from) + next(self.pauses)
            self.clock.later(self.idle_from - now, lambda: self.act(event))
        return 202

    def act(self, event: dict[str, Any]) -> None:
        """
        Do something for one type only: that the state stays the same does not show an idle worker.
        """
        if event["event_type"] == FIRST_TYPE:
            super().act(event)

    def note_idle(self) -> None:
        """
        It waits for jobs.
        """

    note_started = note_idle

    @property
    def left(self) -> WorkLeft:
        """
        Whether it has jobs.
        """
        return WorkLeft.BUSY if time.monotonic() < self.idle_from else WorkLeft.WORKER

    def wait(self, seconds: float) -> WorkLeft:
        """
        Wait for its last job.
        """
        time.sleep(max(0.0, min(seconds, self.idle_from - time.monotonic())))
        return self.left


PAUSES = {
    "before one of forty": (*[0.001] * 39, 0.4),
    "before each": (2.0,),
}


@pytest.mark.parametrize("pauses", PAUSES.values(), ids=PAUSES)
def test_a_worker_with_a_backlog_is_not_taken_for_a_dead_one(
    pauses: tuple[float, ...], simulated_time: SimulatedTime
) -> None:
    """
    It has more to do than was measured, or more than can be waited for; the run goes on.
    """
    handler = Pausing(simulated_time, *pauses)
    select = (*DUPLICATES, "delivery.concurrent_burst", "delivery.still_working", "payload.large")
    settings = Settings(secret=SECRET, seed=0, select=select)
    run = start_run(handler, settings, state=handler.look)
    run.all()

    assert not run.stopped
    assert {one.status for one in run.results} <= {"passed", "inconclusive"}, run.results


class Reminding(Flushing):
    """
    Handles a message at once, and seconds later adds a reminder; of one event type only.
    """

    def __init__(self, clock: SimulatedTime, period: float) -> None:
        super().__init__(clock, period)
        self.opened: Counter[str] = Counter()
        self.reminders: Counter[str] = Counter()

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Count by device, once for each message; that takes a while.
        """
        time.sleep(0.1)
        if event["event_type"] == FIRST_TYPE and message_id not in self.handled:
            self.handled.add(message_id)
            device = event["device_id"]
            self.opened[device] += 1
            self.clock.later(self.period, lambda: self.reminders.update([device]))
        return 202

    def look(self) -> Snapshot:
        """
        Show both.
        """
        return Snapshot({"opened": {**self.opened}, "mails": {**self.reminders}}, time.time())


def test_a_second_effect_of_one_type_is_none_of_the_types_sent_meanwhile(
    simulated_time: SimulatedTime,
) -> None:
    """
    It comes while other types are observed, which then seem to have an effect.
    """
    handler = Reminding(simulated_time, 3.0)
    settings = Settings(secret=SECRET, seed=0, quick=True, max_time=900.0, select=("effect.any",))
    run = start_run(handler, settings, state=handler.look)
    run.all()

    assert run.probe.state.observation is not None
    assert list(run.probe.state.observation.changes_by_type) == [FIRST_TYPE]


def test_a_clock_in_the_state_is_no_second_effect(simulated_time: SimulatedTime) -> None:
    """
    What changes while nothing is sent is background noise.
    """

    class Clock(Mailing):
        def look(self) -> Snapshot:
            state = {"messages": len(self.recorded), "tick": int(time.time() // 2)}
            return Snapshot(state, time.time())

    handler = Clock(simulated_time, 1000.0)
    run = start_run(
        handler,
        Settings(secret=SECRET, seed=0, select=DUPLICATES, events="device.*"),
        state=handler.look,
    )
    run.all()

    assert run.probe.state.observation is not None
    assert not run.probe.state.observation.period
    assert {one.status for one in run.results} == {"passed"}
