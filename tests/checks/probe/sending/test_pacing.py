"""
Tests of pacing: a rate that the user gives, and handlers that limit theirs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.model.options import Settings
from seamproof.checks.probe.sending.pacing import Pacer
from seamproof.checks.probe.sending.sender import OutOfTime
from seamproof.checks.runner.runner import start_run
from tests.checks.small import SECRET, Small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Report

FORGERIES = ("signature.wrong_secret", "signature.stale", "signature.tampered_body")


@dataclass
class FakeClock:
    """
    A clock that runs only while somebody sleeps.
    """

    time: float = 1_000.0

    def now(self) -> float:
        """
        Read it.
        """
        return self.time

    def sleep(self, seconds: float) -> None:
        """
        Let time pass.
        """
        self.time += seconds


class Limited(Small):
    """
    Handles some requests in a period, and answers the others 429.
    """

    def __init__(self, requests: int, seconds: float, *, status: int = 429) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.requests, self.seconds, self.status = requests, seconds, status
        self.times: list[float] = []
        self.verifies = True
        self.says_when = ""

    def send(self, request: Request) -> Received:
        """
        Answer, or refuse for now.
        """
        now = self.clock.now()
        self.times = [one for one in self.times if one > now - self.seconds]
        if len(self.times) >= self.requests:
            headers = {"retry-after": self.says_when} if self.says_when else {}
            return Received(status=self.status, headers=headers)
        self.times.append(now)
        return super().send(request)

    def is_genuine(self, body: bytes, headers: dict[str, str]) -> bool:
        """
        Verify, or do not.
        """
        return super().is_genuine(body, headers) if self.verifies else bool(headers.get("svix-id"))


def examine(handler: Limited, *select: str, rate: float | None = None, **given: Any) -> Report:
    """
    Check a handler by its own clock.
    """
    settings = Settings(secret=SECRET, seed=1, select=select, events="device.*", **given)
    run = start_run(handler, settings)
    run.probe.pacer = Pacer(rate, handler.clock.now, handler.clock.sleep, lambda: 0.0)
    run.all()
    return run.report("limited")


def test_a_handler_that_limits_its_rate_ends_the_run_under_that_name() -> None:
    """
    A forgery that is answered 429 passes no check, and fails none.
    """
    handler = Limited(8, 60)
    handler.verifies = False
    handler.times = [handler.clock.now()] * 5

    report = examine(handler, *FORGERIES)

    assert report.stopped == "the handler limits its rate: 429 after 3 requests; use rate="
    assert {one.status for one in report.results} == {"inconclusive", "skipped"}
    assert not report.passed


def test_a_rate_that_is_given_is_kept() -> None:
    """
    The run is paced so that no request is refused, and finds what it would find at any pace.
    """
    handler = Limited(30, 60)
    handler.verifies = False
    began = handler.clock.now()

    report = examine(handler, *FORGERIES, rate=0.5)

    assert not report.stopped
    assert {one.status for one in report.results} == {"failed"}
    assert handler.clock.now() - began == pytest.approx(2 * (report.deliveries - 1))


@pytest.mark.parametrize(
    ("status", "says_when"), [(429, "1"), (429, ""), (429, "0"), (503, "1"), (503, "")]
)
def test_a_short_limit_is_waited_for(status: int, says_when: str) -> None:
    """
    A good handler with a limit of its own passes, whether or not it says when to come back.
    """
    handler = Limited(10, 1, status=status)
    handler.says_when = says_when

    report = examine(handler, "signature.*")

    assert not report.stopped
    assert {one.status for one in report.results} == {"passed"}


def test_a_limiter_hides_no_forgery() -> None:
    """
    What comes after the pause is judged, not the 429 before it.
    """
    handler = Limited(3, 1)
    handler.verifies = False

    report = examine(handler, *FORGERIES)

    assert {one.status for one in report.results} == {"failed"}
    statuses = {one.received.status for one in report.failures if one.received}
    assert statuses == {204}


def test_the_limit_that_is_too_long_is_named_with_its_end() -> None:
    """
    `Retry-After` beyond the time of the run ends it, also as a date.
    """
    handler = Limited(5, 3600)
    handler.says_when = formatdate(3600.0, usegmt=True)

    report = examine(handler, "signature.*", max_time=60)

    assert report.stopped == (
        "the handler limits its rate: 429 after 5 requests; use rate= (it asks to wait 3600 s)"
    )


def test_the_end_of_the_time_is_no_limit() -> None:
    """
    Where the pauses are short and the time of the run is over, the rest was not reached.
    """
    handler = Limited(20, 1)
    settings = Settings(secret=SECRET, seed=1, events="device.*", max_time=3600)
    run = start_run(handler, settings)
    run.probe.pacer = Pacer(None, handler.clock.now, handler.clock.sleep, lambda: 0.0)
    run.open()
    run.probe.budget.deadline = time.monotonic() + 0.05
    requests = [run.probe.signed(run.probe.plain()) for _ in range(100)]

    with pytest.raises(OutOfTime):
        list(map(run.probe.send, requests))


def test_503_for_some_requests_is_about_them() -> None:
    """
    A handler that answers 503 to what it cannot handle fails a check; its rate has no limit.
    """

    class Catching(Limited):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            failing = event["event_type"] == "device.low_battery"
            return 503 if failing else super().once(message_id, event)

    report = examine(Catching(1_000_000, 1), "payload.every_event_type")

    assert not report.stopped
    assert [one.status for one in report.results] == ["failed"]


def test_a_batch_that_is_limited_is_delivered_all_the_same() -> None:
    """
    Of requests at once those that are refused are sent again, one after the other.
    """
    handler = Limited(4, 1)
    run = start_run(handler, Settings(secret=SECRET, seed=1))
    run.probe.pacer = pacer = Pacer(None, handler.clock.now, handler.clock.sleep)
    run.open()
    requests = [run.probe.signed(run.probe.plain()) for _ in range(10)]

    answers = run.probe.send_all(requests)

    assert [one.status for one in answers] == [204] * 10
    assert (pacer.thinned, pacer.batches) == (1, 1)


def test_a_race_that_was_never_run_is_not_passed() -> None:
    """
    Where the handler takes few requests at once, copies at once prove nothing.
    """
    handler = Limited(3, 1)
    settings = Settings(
        secret=SECRET, seed=1, select=("delivery.concurrent_burst",), events="device.*", quick=True
    )
    run = start_run(handler, settings)
    run.probe.pacer = Pacer(None, handler.clock.now, handler.clock.sleep)
    run.all()

    assert [one.status for one in run.results] == ["inconclusive"]
    assert "at once were handled at once" in run.results[0].note


@pytest.mark.slow
def test_copies_that_are_put_off_are_no_limit() -> None:
    """
    A handler may answer 503, with Retry-After, to copies of a message that it is working on.
    """

    class OneAtATime(Small):
        def send_all(self, requests: Sequence[Request]) -> list[Received]:
            ids = [one.message_id for one in requests]
            busy = Received(status=503, headers={"retry-after": "1"})
            return [
                busy if one.message_id in ids[:place] else self.send(one)
                for place, one in enumerate(requests)
            ]

    settings = Settings(
        secret=SECRET, seed=1, select=("delivery.concurrent_duplicates",), events="device.*"
    )
    handler = OneAtATime()
    run = start_run(handler, settings, state=handler.look)
    run.all()

    assert [(one.status, one.note) for one in run.results] == [("passed", "")]
    assert run.probe.pacer.thinned


def test_a_dependency_that_fails_is_no_limit() -> None:
    """
    While the dependency fails, and shortly after, 429 is how the handler asks for a retry.
    """

    class Busy(Small):
        def send(self, request: Request) -> Received:
            received = super().send(request)
            return replace(received, status=429) if received.status == 503 else received

        def send_each(self, requests: Sequence[Request], **_: int) -> list[Received]:
            return [self.send(requests[0])]

    handler = Busy()
    settings = Settings(
        secret=SECRET, seed=1, select=("delivery.retry_after_failure",), events="device.*"
    )
    run = start_run(handler, settings, state=handler.look, breaker=handler.switch)
    run.all()

    assert [one.status for one in run.results] == ["passed"]
    assert not run.stopped
