"""
Tests of late changes: a worker that flushes once in a period, and the option `settle`.
"""

from __future__ import annotations

import json
import random
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.options import Settings
from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.runner.runner import start_run
from tests.checks.small import SECRET, Small

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.observation import Observation
    from seamproof.checks.model.results import Report

DUPLICATES = ("delivery.duplicate", "delivery.duplicate_resigned")


class Flushing(Small):
    """
    A worker empties the queue once in a period.

    Args:
        period: In seconds.
        forgetful: Whether it handles duplicates again.
    """

    def __init__(self, period: float, *, forgetful: bool = False) -> None:
        super().__init__()
        self.period = period
        self.forgetful = forgetful
        self.queue: list[tuple[str, dict[str, Any]]] = []
        self.stopping = threading.Event()

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Put a message into the queue.
        """
        self.queue.append((message_id, event))
        return 202

    def work(self) -> None:
        """
        Empty the queue again and again.
        """
        while not self.stopping.wait(self.pause()):
            todo, self.queue = self.queue, []
            for message_id, event in todo:
                if self.forgetful:
                    self.handled.discard(message_id)
                super().once(message_id, event)

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

    def pause(self) -> float:
        """
        Draw it.
        """
        return self.period * random.choice((0.2, 1.0, 3.0))


@contextmanager
def working(handler: Flushing) -> Iterator[Flushing]:
    """
    Run the worker of a handler.
    """
    thread = threading.Thread(target=handler.work)
    thread.start()
    try:
        yield handler
    finally:
        handler.stopping.set()
        thread.join()


def examine(
    handler: Flushing, *select: str, settle: float | None = None
) -> tuple[Report, Observation]:
    """
    Run checks quickly, and return what is known about the state as well.
    """
    settings = Settings(
        secret=SECRET, seed=0, quick=True, select=select, events="device.*", settle=settle
    )
    with working(handler):
        run = start_run(handler, settings, state=handler.look)
        run.all()
        assert run.probe.state.observation is not None
        return run.report("handler"), run.probe.state.observation


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("period", [0.1, 0.4, pytest.param(2.0, marks=pytest.mark.slow)])
def test_duplicates_of_a_periodic_worker_are_judged_after_a_whole_period(
    period: float, forgetful: bool
) -> None:
    """
    In whatever part of a period a delivery comes, a duplicate that is handled again is found.
    """
    report, _ = examine(Flushing(period, forgetful=forgetful), *DUPLICATES)

    wanted = "failed" if forgetful else "passed"
    assert {one.status for one in report.results} == {wanted}, report.results


def test_the_period_of_a_worker_is_measured() -> None:
    """
    It is waited for as a whole, and a check says how long it has waited.
    """
    report, known = examine(Flushing(1.0), "delivery.duplicate")

    assert known.period > 0.9
    assert known.lag > known.period
    assert report.results[0].note.startswith("waited ")


def test_where_the_lag_varies_nothing_passes() -> None:
    """
    The longest lag of such a worker is not known, and the note says what was measured.
    """
    report, known = examine(FlushingAtAnyTime(0.7), "delivery.duplicate")
    if not known.is_irregular:  # by chance the periods were equal
        return

    (result,) = report.results
    assert result.status == "inconclusive"
    assert "how late changes come varies: the state changes " in result.note
    assert result.note.endswith("give settle=")


def test_the_user_may_say_how_long_to_wait() -> None:
    """
    Then nothing is measured.
    """
    report, known = examine(Flushing(0.1, forgetful=True), "delivery.duplicate", settle=1.0)

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


def test_where_nothing_changes_it_is_said_how_long_was_waited() -> None:
    """
    A later change may be waited for with the option `settle`.
    """
    report, _ = examine(Idle(0.1), "delivery.duplicate")

    note = report.results[0].note
    assert note == "no event that was sent changes the handler's state within 12 s: give settle="
