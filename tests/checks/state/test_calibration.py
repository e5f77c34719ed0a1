"""
The survey of a handler's state: how late effects come, and what moves by itself.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from seamproof import verify
from seamproof.checks import Settings, open_state, open_target, run_battery
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks import Report

SECRET = Secret.generate(b"the secret of surveys".ljust)
#: Seconds that the worker takes for a job.
JOB = 0.04
EFFECTS = ("delivery.duplicate", "delivery.concurrent_duplicates", "delivery.out_of_order")


class Late:
    """
    A handler that answers at once, and leaves the work to one worker behind a queue.

    Args:
        forgetful: Whether it does not know which messages it has had.
    """

    def __init__(self, *, forgetful: bool = False) -> None:
        self.forgetful = forgetful
        self.begun = time.time()
        self.jobs: queue.Queue[tuple[str, dict[str, Any]] | None] = queue.Queue()
        self.handled: set[str] = set()
        self.mails: list[str] = []

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        """
        Take a request.
        """
        if not verify(body, headers, SECRET, now=time.time()):
            return 400
        self.jobs.put((dict(headers)["svix-id"], json.loads(body)))
        return 204

    def look(self) -> dict[str, Any]:
        """
        Show what was done, and for how long the handler has been up, in tenths.
        """
        return {"mails": list(self.mails), "uptime": round(time.time() - self.begun, 1)}

    def work(self) -> None:
        """
        Do one job after the other; a duplicate takes as long as any.
        """
        while (job := self.jobs.get()) is not None:
            time.sleep(JOB)
            message_id, event = job
            if self.forgetful or message_id not in self.handled:
                self.mails.append(event["event_type"])
            self.handled.add(message_id)


@contextmanager
def working(handler: Late) -> Iterator[Late]:
    """
    Let a handler's worker work.
    """
    thread = threading.Thread(target=handler.work)
    thread.start()
    try:
        yield handler
    finally:
        handler.jobs.put(None)
        thread.join()


def examine(handler: Late, *select: str) -> Report:
    """
    Run checks of effects, quickly.
    """
    settings = Settings(
        secret=SECRET, seed=0, quick=True, select=select, events="connected_account.*"
    )
    with working(handler), open_target(handler, secret=SECRET, kind="function") as target:
        return run_battery(target, settings, state=open_state(handler.look, target))


def test_what_a_worker_has_still_to_do_is_waited_for() -> None:
    """
    Neither what comes late nor a clock that runs is an effect of anything else.
    """
    report = examine(Late(), *EFFECTS)

    assert {one.check.id: one.status for one in report.results} == dict.fromkeys(EFFECTS, "passed")


@pytest.mark.parametrize("check", ["delivery.duplicate", "delivery.concurrent_duplicates"])
def test_what_a_worker_does_twice_is_found(check: str) -> None:
    """
    However late it does it.
    """
    report = examine(Late(forgetful=True), check)

    (found,) = report.results
    assert found.status == "failed"
    assert all("mails + " in one.cause for one in found.failures)
