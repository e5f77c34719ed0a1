"""
Tests of limits that answer neither 429 nor 503: they are named, and decide no check.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.model.options import Settings
from seamproof.checks.runner.runner import start_run
from seamproof.schemas import catalog
from tests.checks.small import SECRET, Small

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Report

FORBIDDEN = Received(status=403, body=b"slow down")
HUNG_UP = Received(status=None, reason="the handler hung up", is_hung_up=True)


class Guarded(Small):
    """
    Answers some requests without looking at them.

    Attributes:
        first: How many requests are handled.
        then: How many after them are not; after those it begins again.
        answer_of_limit: The answer to those.
    """

    first = 30
    then = 1_000_000
    answer_of_limit = FORBIDDEN

    def send(self, request: Request) -> Received:
        """
        Count the request, and handle it or not.
        """
        if len(self.sent) % (self.first + self.then) >= self.first:
            self.sent.append(request)
            return self.answer_of_limit
        return super().send(request)


def examine(
    handler: Small, *select: str, has_state: bool = False, waits: list[float] | None = None
) -> Report:
    """
    Check a handler without waiting; the seconds are appended to a list.
    """
    waited = [] if waits is None else waits
    settings = Settings(secret=SECRET, seed=1, select=select, events="device.*", quick=True)
    state = handler.look if has_state else None
    run = start_run(handler, settings, state=state, option_name=lambda name: f"--{name}")
    run.probe.pacer.sleep = waited.append
    run.all()
    return run.report("guarded")


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (FORBIDDEN, "403"),
        (replace(FORBIDDEN, status=401), "401"),
        (HUNG_UP, "no answer"),
    ],
)
@pytest.mark.parametrize("select", ["signature.tolerated_skew", "delivery.*", "signature.*"])
def test_a_limit_is_named_and_no_check_fails(answer: Received, named: str, select: str) -> None:
    """
    Whatever a limit answers, the run ends under its name.
    """
    handler = Guarded()
    handler.first, handler.answer_of_limit = 12, answer

    report = examine(handler, select, has_state=select == "delivery.*")

    if select != "signature.tolerated_skew":
        assert report.stopped.startswith("the handler limits its rate")
        assert f": {named} after " in report.stopped
        assert report.stopped.endswith("; use --rate")
    assert not report.failures


def test_a_limit_that_passes_is_waited_for() -> None:
    """
    Deliveries that are refused for a moment are sent again, and what is missing is no failure.
    """
    handler = Guarded()
    handler.then = 2

    report = examine(
        handler, "signature.rotation_*", "payload.*", "delivery.duplicate", has_state=True
    )

    assert not report.stopped
    assert not [one for one in report.failures if one.severity == "error"]


def test_a_rejection_of_an_event_is_no_limit() -> None:
    """
    What is rejected while plain events are accepted is rejected for what it is.
    """

    class Choosy(Small):
        def once(self, _: str, event: dict[str, Any]) -> int:
            return 403 if event["event_type"] == "device.low_battery" else 204

    report = examine(Choosy(), "payload.every_event_type")

    assert not report.stopped
    assert [one.status for one in report.results] == ["failed"]


@pytest.mark.parametrize("quotes", [False, True], ids=["the same text", "what it rejects"])
def test_rejections_of_many_types_are_not_waited_for(*, quotes: bool) -> None:
    """
    A few show that they are no limit, whether or not each has another text.
    """

    class Quoting(Small):
        def send(self, request: Request) -> Received:
            received = super().send(request)
            kind = (request.event_type or "").encode() if quotes else b"no such type"
            return replace(received, body=kind) if received.status == 422 else received

        def once(self, _: str, event: dict[str, Any]) -> int:
            return 204 if event["event_type"] == "device.low_battery" else 422

    waits: list[float] = []
    report = examine(Quoting(), "payload.*", waits=waits)

    assert not report.stopped
    assert len(waits) < 20
    assert report.deliveries > 100


def test_an_event_after_which_nothing_is_accepted_is_no_limit() -> None:
    """
    A handler that rejects everything after an event that Seam does not send has a bug.
    """

    class Poisoned(Small):
        is_poisoned = False

        def once(self, _: str, event: dict[str, Any]) -> int:
            self.is_poisoned |= event["event_type"] not in catalog()
            return 400 if self.is_poisoned else 204

    report = examine(Poisoned(), "payload.unknown_event_type")

    assert "payload.unknown_event_type" in {one.check.id for one in report.results if one.failures}
    assert "rate" not in report.stopped
