"""
Tests of handlers that stop working during a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.targets.background import BackgroundWork
from seamproof.errors import UsageError
from tests.checks.small import Small, check, found

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.checks.model.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("simulated_time")

#: A check that sends an event with a null, and the two that look what came of it.
CHECKS = ("payload.nulls", "delivery.still_working", "delivery.background_work")


def has_null(event: dict[str, Any]) -> bool:
    """
    Whether an event is one that these handlers do not expect.
    """
    return None in event.values()


class StopsActing(Small):
    """
    After a null it acknowledges everything, and does nothing.
    """

    is_dead = False

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Die quietly.
        """
        self.is_dead = self.is_dead or has_null(event)
        return 204 if self.is_dead else super().once(message_id, event)


class HalfDead(StopsActing):
    """
    After a null the counts stand still, and the rest goes on.
    """

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Take the counts back.
        """
        self.is_dead = self.is_dead or has_null(event)
        before = self.counts.copy()
        status = Small.once(self, message_id, event)
        if self.is_dead:
            self.counts = before
        return status


class RejectsAll(StopsActing):
    """
    After a null it fails for ever, at another place than for the null itself.
    """

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Keep a session that has failed.
        """
        if self.is_dead:
            message = "rolled back"
            raise RuntimeError(message)
        if has_null(event):
            self.is_dead = True
            message = "NOT NULL constraint failed"
            raise ValueError(message)
        return super().once(message_id, event)


@pytest.mark.parametrize("handler", [StopsActing, HalfDead])
def test_an_effect_that_is_lost(handler: type[Small]) -> None:
    """
    It is found by the effect of a plain event, of which a part is enough.
    """
    report = check(handler(), *CHECKS)

    assert found(report).keys() == {"delivery.still_working"}
    (failure,) = found(report)["delivery.still_working"].failures
    assert failure.cause.startswith("not done: counts.")
    assert any(b"null" in one.body for one in failure.sent)


def test_what_is_reported_is_the_first_crash() -> None:
    """
    A handler that accepts nothing any more is reported with the request that has broken it.
    """
    report = check(RejectsAll(), *CHECKS)

    assert report.stopped
    results = found(report)
    assert results.keys() == {"payload.nulls", "delivery.still_working"}
    (failure,) = results["delivery.still_working"].failures
    assert b"null" in failure.sent[0].body
    assert failure.received is not None
    assert failure.received.escaped is not None
    assert failure.received.escaped.kind == "ValueError"
    assert "afterwards: RuntimeError" in failure.cause
    assert {one.received.escaped.kind for one in results["payload.nulls"].failures} == {  # type: ignore[union-attr]
        "ValueError"
    }


def test_a_good_handler_is_still_working() -> None:
    """
    Its effects are those of the beginning.
    """
    report = check(Small(), *CHECKS)

    assert not found(report)
    (result,) = [one for one in report.results if one.check.id == "delivery.still_working"]
    assert (result.status, result.note) == ("passed", "")


class Unreadable(Small):
    """
    Its state cannot be read after an event with a null.
    """

    is_odd = False

    def act(self, event: dict[str, Any]) -> None:
        """
        Store it as it is.
        """
        super().act(event)
        self.is_odd = self.is_odd or has_null(event)

    def look(self) -> Snapshot:
        """
        Fail like a function that sorts what cannot be compared.
        """
        if self.is_odd:
            what = "the function failed"
            raise UsageError(what, found="TypeError: not supported", option="state")
        return super().look()


def test_a_state_that_can_no_longer_be_read_is_a_failure() -> None:
    """
    What could be read at the beginning is not an error of usage at the end.
    """
    report = check(Unreadable(), "payload.nulls", "delivery.duplicate", "delivery.still_working")

    assert found(report).keys() == {"delivery.still_working"}
    assert "the state can no longer be read: the function failed" in report.stopped


def test_an_exception_of_background_work_is_never_silent(tmp_path: Any) -> None:
    """
    A check during which there was one does not pass where no other check reports it.
    """

    class Failing(Small):
        background = BackgroundWork(tmp_path, check.__globals__["SECRET"])

        def act(self, event: dict[str, Any]) -> None:
            super().act(event)
            if has_null(event):
                try:
                    raise ValueError(event)  # noqa: TRY301 - it ends in a thread
                except ValueError as error:
                    self.background.add("thread", error)

    report = check(Failing(), "payload.nulls")

    (result,) = report.results
    assert result.status == "inconclusive"
    assert "delivery.background_work reports it" in result.note


@pytest.mark.parametrize("name", ["delivery.still_working", "delivery.background_work"])
def test_alone_it_proves_nothing(name: str, tmp_path: Path) -> None:
    """
    What other checks would send has not been sent, so there is nothing that the handler stood.
    """

    class Observed(Small):
        background = BackgroundWork(tmp_path, check.__globals__["SECRET"])

    (result,) = check(Observed(), name).results

    assert result.status == "inconclusive"
    assert "no other check has sent anything" in result.note
