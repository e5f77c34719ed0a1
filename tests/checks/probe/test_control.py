"""
Tests of the control: a rejection counts only if a genuine delivery after it is accepted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.model.options import Settings
from seamproof.checks.runner.runner import start_run
from tests.checks.small import SECRET, Small

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Report

STALE = "signature.stale"
BY_REJECTION = (
    STALE,
    "signature.wrong_secret",
    "signature.tampered_id",
    "signature.non_utf8_body",
    "signature.replayed_signature_new_body",
    "payload.signed_malformed_json",
    "delivery.wrong_method",
)


class Guarded(Small):
    """
    Verifies nothing, behind a guard that knows nothing of webhooks.

    Attributes:
        verifies: Whether it does after all.
    """

    verifies = False

    def guard(self, request: Request) -> int | None:
        """
        Return the status with which the guard answers; None lets the request through.
        """

    def send(self, request: Request) -> Received:
        """
        Ask the guard first.
        """
        status = self.guard(request)
        if status is not None:
            self.sent.append(request)
            return Received(status=status, body=b"Forbidden")
        return super().send(request)

    def is_genuine(self, body: bytes, headers: dict[str, str]) -> bool:
        """
        Verify, or do not.
        """
        return super().is_genuine(body, headers) if self.verifies else True


def is_forged(request: Request) -> bool:
    """
    Whether a request has to be rejected.
    """
    return request.recipe != "genuine" or abs(request.age) >= 600


def examine(handler: Small, *select: str) -> Report:
    """
    Check a handler without waiting.
    """
    settings = Settings(secret=SECRET, seed=1, select=select, events="device.*")
    run = start_run(handler, settings, option_name=lambda name: f"--{name}")
    run.probe.pacer.sleep = lambda _: None
    run.all()
    return run.report("guarded")


@pytest.mark.parametrize("check", BY_REJECTION)
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, r"the handler (limits its rate|no longer accepts genuine).* 403"),
        (503, "the handler limits its rate, or is overloaded: 503 after 3 requests; use --rate$"),
    ],
)
def test_a_ban_after_some_requests_proves_no_rejection(
    check: str, status: int, reason: str
) -> None:
    """
    Where all requests are rejected from some time on, no check passes; none fails for it either.
    """

    class Banning(Guarded):
        def guard(self, _: Request) -> int | None:
            return status if len(self.sent) >= 3 else None

    report = examine(Banning(), check)

    assert [one.status for one in report.results] == ["inconclusive"]
    assert re.match(reason, report.stopped)
    assert "use --rate" in report.stopped


def test_a_limit_that_ends_just_before_the_control_proves_nothing() -> None:
    """
    What was rejected is sent again after the control, and then judged.
    """

    class Lifted(Guarded):
        open_again = False

        def guard(self, request: Request) -> int | None:
            self.open_again |= len(self.sent) > 3 and not is_forged(request)
            return None if self.open_again or not is_forged(request) else 403

    report = examine(Lifted(), "signature.wrong_secret", STALE)

    assert [one.status for one in report.results] == ["failed", "failed"]


def test_a_limit_with_another_status_is_waited_for() -> None:
    """
    A check runs once more after the pause that its control needed.
    """

    class Pausing(Guarded):
        verifies = True

        def guard(self, _: Request) -> int | None:
            return 403 if 5 <= len(self.sent) < 9 else None

    report = examine(Pausing(), "signature.wrong_secret", STALE)

    assert [one.status for one in report.results] == ["passed", "passed"]


def test_rejections_at_times_prove_nothing() -> None:
    """
    Where the control needs a pause again and again, the check says so.
    """

    class Alternating(Guarded):
        verifies = True

        def guard(self, request: Request) -> int | None:
            before = self.sent[-1] if self.sent else request
            return 403 if is_forged(before) and not is_forged(request) else None

    report = examine(Alternating(), STALE)

    assert [one.status for one in report.results] == ["inconclusive"]
    assert "rejects genuine deliveries at times" in report.results[0].note
    assert not report.stopped


def test_429_for_forgeries_alone_proves_nothing() -> None:
    """
    A guard against guessing is no verification, and no mistake either.
    """

    class Guessing(Guarded):
        def guard(self, request: Request) -> int | None:
            return 429 if is_forged(request) else None

    report = examine(Guessing(), STALE, "signature.wrong_secret")

    assert {one.status for one in report.results} == {"inconclusive"}
    assert all("answered 429" in one.note for one in report.results)
    assert not report.stopped


def test_503_for_forgeries_alone_is_a_failure() -> None:
    """
    While genuine deliveries are accepted, an answer of 5xx is the handler's own.
    """

    class Failing(Guarded):
        def guard(self, request: Request) -> int | None:
            return 503 if is_forged(request) else None

    report = examine(Failing(), STALE)

    assert [one.status for one in report.results] == ["failed"]


def test_the_control_costs_one_delivery_for_each_check() -> None:
    """
    Only the first rejection of a kind is repeated.
    """
    report = examine(Small(), STALE, "signature.future", "signature.missing_id")

    costs = [one.deliveries for one in report.results]
    # Missing id: the forgery, the control, the forgery once more.
    assert costs == [3, 2, 2]
