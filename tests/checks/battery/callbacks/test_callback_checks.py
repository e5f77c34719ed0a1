"""
Checks of calls to Seam: records that are gone, newer or not to be had, and an outage.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.battery.callbacks.caller import Caller, check

CALLBACKS = ("callback.gone", "callback.unavailable", "callback.newer", "outage.catch_up")


class FailsWhereGone(Caller):
    """
    A deleted record is an error.
    """

    def fetch(self, device_id: str, event: dict[str, Any]) -> bool | None:
        """
        Do it wrong.
        """
        del event
        found: Any = self.seam.devices.get(device_id=device_id)
        return bool(found.properties.online)


class SwallowsErrors(Caller):
    """
    Whatever Seam answers, the event is acknowledged.
    """

    def fetch(self, device_id: str, event: dict[str, Any]) -> bool | None:
        """
        Do it wrong.
        """
        try:
            return super().fetch(device_id, event)
        except Exception:  # noqa: BLE001 - the bug
            return None


class RequiresAgreement(Caller):
    """
    The record has to agree with the event.
    """

    def fetch(self, device_id: str, event: dict[str, Any]) -> bool | None:
        """
        Do it wrong.
        """
        online = super().fetch(device_id, event)
        if online is not None and event["event_type"].endswith("connected"):
            assert online == (event["event_type"] == "device.connected")
        return online


class RemembersMessages(Caller):
    """
    Duplicates are known by the message alone, which a list does not name.
    """

    def answer(self, event: dict[str, Any], message_id: str) -> int:
        """
        Do it wrong.
        """
        if message_id not in self.handled:
            self.handled.discard(event["event_id"])
            self.once(event)
            self.handled.add(message_id)
        return 204


class ForgetsTheBeginning(Caller):
    """
    Only the last events are fetched.
    """

    def catch_up(self) -> None:
        """
        Do it wrong.
        """
        for event in self.seam.events.list(since=self.known_until)[-1:]:
            self.once(vars(event))


class StopsAsking(Caller):
    """
    Seam is asked at the first events only.
    """

    def fetch(self, device_id: str, event: dict[str, Any]) -> bool | None:
        """
        Do it wrong.
        """
        if len(self.handled) > 30:
            return True
        return super().fetch(device_id, event)


class UnlockedOnly(Caller):
    """
    One event type has an effect; other events name the same device.
    """

    def once(self, event: dict[str, Any]) -> None:
        """
        Ignore the others.
        """
        if event["event_type"] == "lock.unlocked":
            super().once(event)


def test_calls_belong_to_the_event_that_caused_them() -> None:
    """
    An event of the same device that is sent afterwards has not called Seam.
    """
    names = ("delivery.out_of_order", "callback.unavailable")
    report = check(UnlockedOnly(), *names, events="access_code.*,device.*,lock.*")
    (result,) = [one for one in report.results if one.check.id == "callback.unavailable"]
    assert result.status == "passed", result.note


def test_a_call_that_is_not_made_proves_nothing() -> None:
    """
    Work is done while Seam does not answer, because nothing is asked: that is no pass.
    """
    report = check(StopsAsking(), "callback.unavailable")
    (result,) = report.results

    assert result.status == "inconclusive", result
    assert "asked for nothing while Seam did not answer" in result.note


@pytest.mark.parametrize(
    ("handler", "failed"),
    [
        (Caller, []),
        (FailsWhereGone, ["callback.gone"]),
        pytest.param(SwallowsErrors, ["callback.unavailable"], marks=pytest.mark.slow),
        pytest.param(RequiresAgreement, ["callback.newer"], marks=pytest.mark.slow),
        pytest.param(RemembersMessages, ["outage.catch_up"], marks=pytest.mark.slow),
        pytest.param(ForgetsTheBeginning, ["outage.catch_up"], marks=pytest.mark.slow),
    ],
)
def test_each_bug_is_found_by_its_check(handler: type[Caller], failed: list[str]) -> None:
    """
    The good handler passes; of each other one the check that is about its bug fails.
    """
    report = check(handler(), *(failed or CALLBACKS))
    assert [one.check.id for one in report.results if one.failures] == failed, report
    if not failed:
        assert {one.status for one in report.results} == {"passed"}, report.results
