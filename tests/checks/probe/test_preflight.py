"""
Tests of how a run begins, and of when it had better end: the handler's own ways are found out.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.battery.delivery import failure_recovery
from tests.checks.small import Small, check, found

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Received, Request


class ColdStart(Small):
    """
    Its first answer takes long, and no other.
    """

    def __init__(self, milliseconds: float) -> None:
        super().__init__()
        self.milliseconds = milliseconds

    def send(self, request: Request) -> Received:
        """
        Be slow once.
        """
        received = super().send(request)
        return replace(received, milliseconds=self.milliseconds) if not self.sent[1:] else received


@pytest.mark.parametrize("milliseconds", [400.0, 6_000.0])
def test_a_cold_start_makes_no_run_shorter(milliseconds: float) -> None:
    """
    What is slow once only is looked at as thoroughly as any other.
    """
    cold, warm = ColdStart(milliseconds), Small()

    report = check(cold, "payload.required_only", "delivery.response_time")
    check(warm, "payload.required_only", "delivery.response_time")

    assert not report.stopped
    assert len(cold.sent) == len(warm.sent) + (milliseconds > 5_000)
    assert found(report).keys() == ({"delivery.response_time"} if milliseconds > 5_000 else set())


class Dumped(Small):
    """
    It verifies what it has parsed and written anew.
    """

    options: dict[str, Any]

    def is_genuine(self, body: bytes, headers: dict[str, str]) -> bool:
        """
        Verify another body than the one that came.
        """
        try:
            dumped = json.dumps(json.loads(body), **self.options)
        except ValueError:
            return False
        return super().is_genuine(dumped.encode(), headers)


@pytest.mark.parametrize(
    ("options", "also"),
    [
        ({}, {"delivery.success_status"}),
        pytest.param({"separators": (",", ":")}, set(), marks=pytest.mark.slow),
        pytest.param(
            {"separators": (",", ":"), "ensure_ascii": False}, set(), marks=pytest.mark.slow
        ),
    ],
    ids=["by default", "in ASCII", "as JavaScript does"],
)
def test_a_body_that_is_written_anew_is_told_once(options: dict[str, Any], also: set[str]) -> None:
    """
    However a handler writes the body anew, what it refuses for it is one failure, not many.

    If it refuses the JSON of Seam itself, that is said first.
    """
    handler = Dumped()
    handler.options = options

    report = check(handler, "signature.*", "payload.*", events="device.b*", max_examples=1)

    assert found(report).keys() == {"signature.raw_body"} | also
    assert bool(report.notice) == bool(also)


@pytest.mark.slow
def test_a_handler_of_one_type_only_is_proved_by_that_type() -> None:
    """
    A handler that rejects all other encodings is reported as such, not as one with another secret.
    """

    class OneType(Small):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            known = event["event_type"] == "noise_sensor.noise_threshold_triggered"
            return super().once(message_id, event) if known else 400

    report = check(
        OneType(), "payload.every_event_type", "signature.wrong_secret", events="*", quick=True
    )

    assert not report.stopped
    assert {one.check.id: one.status for one in report.results} == {
        "payload.every_event_type": "failed",
        "signature.wrong_secret": "passed",
    }


@pytest.mark.slow
def test_a_handler_that_does_not_recover_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After a breakdown for good, nothing else is blamed on the handler.
    """
    monkeypatch.setattr(failure_recovery, "RECOVERY_PAUSES", (0.0, 0.01))

    class Dead(Small):
        def switch(self, broken: bool) -> None:
            self.is_broken = self.is_broken or broken

    report = check(Dead(), "delivery.*", "payload.property_fuzz", max_examples=5)

    assert found(report).keys() == {"delivery.retry_after_failure"}
    assert "does not recover" in report.stopped
