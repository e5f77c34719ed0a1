"""
Tests of calibration: the lag of asynchronous changes, and background noise.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from seamproof import verify
from seamproof.checks import Settings, open_state, open_target, run_battery
from seamproof.checks.runner.runner import start_run
from seamproof.checks.state import lag
from seamproof.checks.state.calibration import observer_of, recalibrate
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks import Report
    from seamproof.checks.probe.probe import Probe
    from tests.checks.simulated_time import SimulatedTime

SECRET = Secret.generate(b"the calibration secret".ljust)
#: Seconds that the worker takes for a job.
JOB = 0.04
STATE_CHECKS = ("delivery.duplicate", "delivery.concurrent_duplicates", "delivery.out_of_order")


class QueueingHandler:
    """
    A handler that answers at once and puts the work into the queue of one worker.

    It awaits something, so that calls at once overlap, however fast the machine is.

    Args:
        clock: When the worker has done a job; a duplicate takes as long as any other.
        forgetful: Whether it processes duplicates again.
    """

    def __init__(self, clock: SimulatedTime, *, forgetful: bool = False) -> None:
        self.clock = clock
        self.forgetful = forgetful
        self.begun = self.free = clock.time()
        self.handled: set[str] = set()
        self.mails: list[str] = []

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        """
        Verify a request and enqueue it.
        """
        await asyncio.sleep(0)
        now = self.clock.time()
        if not verify(body, headers, SECRET, now=now):
            return 400
        self.free = max(self.free, now) + JOB
        job = partial(self.work, dict(headers)["svix-id"], json.loads(body))
        self.clock.later(self.free - now, job)
        return 204

    def look(self) -> dict[str, Any]:
        """
        Return the state: the mails that were sent, and the uptime in tenths of a second.
        """
        return {"mails": list(self.mails), "uptime": round(self.clock.time() - self.begun, 1)}

    def work(self, message_id: str, event: dict[str, Any]) -> None:
        """
        Do a job.
        """
        if self.forgetful or message_id not in self.handled:
            self.mails.append(event["event_type"])
        self.handled.add(message_id)


def examine(handler: QueueingHandler, *select: str) -> Report:
    """
    Run checks of state changes, quickly.
    """
    settings = Settings(
        secret=SECRET, seed=0, quick=True, select=select, events="connected_account.*"
    )
    with open_target(handler, secret=SECRET, kind="function") as target:
        return run_battery(target, settings, state=open_state(handler.look, target))


def test_late_changes_are_waited_for(simulated_time: SimulatedTime) -> None:
    """
    Neither late changes nor a clock count as changes of other deliveries.
    """
    report = examine(QueueingHandler(simulated_time), *STATE_CHECKS)

    assert [(one.status, one.note) for one in report.results if one.status != "passed"] == []


@pytest.mark.parametrize("check", ["delivery.duplicate", "delivery.concurrent_duplicates"])
def test_duplicates_of_a_worker_are_found(check: str, simulated_time: SimulatedTime) -> None:
    """
    The check waits for the late change.
    """
    report = examine(QueueingHandler(simulated_time, forgetful=True), check)

    (found,) = report.results
    assert found.status == "failed"
    assert all("mails + " in one.cause for one in found.failures)


@contextmanager
def observed(handler: QueueingHandler) -> Iterator[Probe]:
    """
    Begin a run that reads the mails.
    """
    settings = Settings(secret=SECRET, seed=0, quick=True, events="connected_account.*")
    with open_target(handler, secret=SECRET, kind="function") as target:
        state = open_state(lambda: list(handler.mails), target)
        run = start_run(target, settings, state=state)
        run.open()
        yield run.probe


def test_work_that_is_known_to_be_late_is_no_new_lag(
    simulated_time: SimulatedTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What the events of a second calibration change within the known lag makes it no longer.
    """
    monkeypatch.setattr(lag, "SHORTEST_LAG", 1.0)
    with observed(QueueingHandler(simulated_time)) as probe:
        known = observer_of(probe).observation
        measured = known.lag

        has_found = recalibrate(probe)

        assert measured
        assert (has_found, known.lag) == (False, measured)


def test_a_queue_that_takes_longer_than_was_measured_is_waited_for(
    simulated_time: SimulatedTime,
) -> None:
    """
    A snapshot after several deliveries is taken once the state does not change any more.
    """
    handler = QueueingHandler(simulated_time)
    with observed(handler) as probe:
        observer = observer_of(probe)
        observer.observation.lag, observer.observation.lag_per_delivery = 1.0, JOB / 4
        before = len(observer.snapshot().data)

        for _ in range(50):
            probe.deliver(probe.plain())

        assert len(observer.snapshot().data) - before == 50
