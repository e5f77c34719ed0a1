"""
Good handlers as each ecosystem writes them: they do right, and nothing is found in them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.battery.delivery import responses
from seamproof.checks.model.options import Settings
from seamproof.checks.model.state_changes import StateChange, StateDiff
from seamproof.checks.runner.runner import run_battery
from seamproof.checks.state.diff import diff
from tests.checks.requests import event, signed
from tests.integration.handlers.aiming import IN_PROCESS, SECRET, SERVED, WHOLE, aiming

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.handlers.aiming import Aimed


#: What may stay undecided: requests that do not overlap in this process, and what takes 5 s.
UNDECIDED = {
    "delivery.concurrent_burst",
    "delivery.concurrent_duplicates",
    "delivery.copies_while_failing",
    "delivery.duplicate_later",
}
HANDLED = StateChange("handled", "increment", "+1")

#: Each is called in the way of another one that stays in the fast run; the first needs npm.
SLOW = (
    *("express", "aiohttp", "fastapi", "django", "django-asgi"),
    *("starlette", "lambda-rest", "async-function"),
)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(one, marks=pytest.mark.slow if one in SLOW else ())
        for one in (*IN_PROCESS, *SERVED)
    ],
)
def aimed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aimed]:
    """
    A good handler, shared by the tests of this module.
    """
    directory: Path = tmp_path_factory.getbasetemp()
    with aiming(request.param, directory) as one:
        yield one


def test_a_message_has_one_effect(aimed: Aimed) -> None:
    """
    A genuine message is accepted and has its effect, once, however often it comes.
    """
    message = signed(event("device.added", device_id="d1"), "msg_once", secret=SECRET)
    again = signed(event("device.added", device_id="d1"), "msg_once", secret=SECRET, ago=1)
    before = aimed.look()

    received = [aimed.target.send(message), aimed.target.send(message), aimed.target.send(again)]
    received += aimed.target.send_all([message] * 10)
    changes = diff(before, aimed.look())

    assert {one.status for one in received} <= {200, 204}
    assert changes.count(HANDLED) == 1
    assert any("device.added" in one.value for one in changes)


def test_what_is_not_genuine_has_no_effect(aimed: Aimed) -> None:
    """
    A forged message is refused and changes nothing.
    """
    good = signed(event("device.added", device_id="d2"), "msg_forged", secret=SECRET)
    forged = [
        replace(good, headers=()),
        replace(good, body=good.body + b" "),
        signed(event("device.added"), "msg_old", secret=SECRET, ago=600),
        signed(b"\xff", "msg_bytes"),
    ]
    before = aimed.look()

    statuses = [aimed.target.send(one).status for one in forged]

    assert set(statuses) <= {400, 401}
    assert diff(before, aimed.look()) == ()


def test_a_failure_is_made_good(aimed: Aimed) -> None:
    """
    While the database fails a message is not accepted; when it comes again it has its effect.
    """
    message = signed(event("device.added", device_id="d3"), "msg_again", secret=SECRET)
    before = aimed.look()

    broken, mended = True, False
    aimed.switch(broken)
    failed = aimed.target.send(message).status
    nothing = diff(before, aimed.look())
    aimed.switch(mended)
    delivered = aimed.target.send(message).status

    assert failed in (500, 503)
    assert nothing == ()
    assert delivered in (200, 204)
    assert HANDLED in diff(before, aimed.look())


def test_the_order_of_arrival_makes_no_difference(aimed: Aimed) -> None:
    """
    A journey ends in the same state, in whatever order it comes and under whichever ids.
    """
    kinds = ("device.added", "device.connected", "device.disconnected", "device.removed")

    def run(device: str, order: tuple[int, ...]) -> StateDiff:
        before = aimed.look()
        for place in order:
            payload = event(kinds[place], device_id=device, occurred_at=f"2026-01-0{place + 1}")
            message_id = f"msg_{device}_{place}"
            aimed.target.send(signed(payload, message_id, secret=SECRET))
        return diff(before, aimed.look(), {device: "device"})

    in_order = run("device_one", (0, 1, 2, 3))

    assert run("device_two", (3, 1, 0, 2)) == in_order
    assert any("device.removed" in one.value for one in in_order)


@pytest.mark.slow
def test_nothing_is_found(aimed: Aimed, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    No check has anything to say against a good handler.
    """
    # However busy the machine is, the handler is not slow.
    monkeypatch.setattr(responses, "RESPONSE_TIME_WARNING", 60.0)
    settings = Settings(secret=SECRET, seed=0, max_examples=5, quick=not WHOLE, thorough=True)
    report = run_battery(aimed.target, settings, state=aimed.look, breaker=aimed.switch)

    complaints = {
        one.check.id: (one.status, one.note, [failure.cause for failure in one.failures])
        for one in report.results
        if one.status not in ("passed", "skipped")
        and not (one.status == "inconclusive" and one.check.id in UNDECIDED)
    }
    assert complaints == {}
    assert report.stopped == ""
