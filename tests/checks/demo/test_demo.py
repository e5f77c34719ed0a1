"""
Tests of the demonstration: genuine deliveries and forged ones, at handlers good and bad.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import Response

from seamproof.checks import Outcome, create_app, demonstrate
from seamproof.events import Attempt, Event
from seamproof.mock_server import Sender, serving
from seamproof.signing import HEADERS, Reason, Secret, verify
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from seamproof.events import Delivery

SECRET = Secret.generate(b"the handler's secret".ljust)
EVENTS = [Event.of(payload) for payload in Sampler(0).events()]


def answering(status: int) -> ASGIApp:
    """
    Make a handler that answers every request with the same status.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await Response(status_code=status)(scope, receive, send)

    return app


def demonstrated(app: ASGIApp, events: list[Event]) -> list[Outcome]:
    """
    Hold the demonstration against a handler on a real socket.
    """
    with serving(app) as url, Sender() as sender:

        def send(delivery: Delivery) -> Attempt:
            return sender.send(delivery, f"{url}/webhooks/seam")

        return list(demonstrate(events, SECRET, send, now=time.time()))


def test_a_good_handler_does_all_that_is_wanted() -> None:
    """
    Each event is taken, and each of the three forgeries is refused.
    """
    outcomes = demonstrated(create_app(SECRET.reveal()), EVENTS)

    assert [outcome.sent for outcome in outcomes] == [
        *["signed"] * len(EVENTS),
        "tampered",
        "stale (10 min)",
        "unsigned",
    ]
    kinds = [event.event_type for event in EVENTS]
    assert [outcome.event_type for outcome in outcomes] == [*kinds, *kinds[-1:] * 3]
    assert all(outcome.good for outcome in outcomes)
    assert all(outcome.proves for outcome in outcomes)


@pytest.mark.parametrize(
    ("app", "genuine", "forged"),
    [
        (answering(200), True, False),
        (answering(400), False, True),
        (answering(500), False, False),
        (answering(302), False, False),
        (Starlette(), False, True),
        (create_app(Secret.generate(bytes).reveal()), False, True),
    ],
    ids=[
        "accepts everything",
        "refuses everything",
        "always fails",
        "always redirects",
        "is not there",
        "knows another secret",
    ],
)
def test_a_bad_handler_falls_short(
    app: ASGIApp,
    genuine: bool,
    forged: bool,
) -> None:
    """
    A handler is not good for accepting everything, nor for refusing everything, nor for failing.
    """
    outcomes = demonstrated(app, EVENTS[:2])

    assert [outcome.good for outcome in outcomes] == [genuine] * 2 + [forged] * 3


@pytest.mark.parametrize(
    "event",
    [EVENTS[0], Event.of({"event_type": "robot.awakened"}), Event.of({})],
    ids=["sampled", "without a zero", "empty"],
)
def test_each_forgery_is_one(event: Event) -> None:
    """
    Whatever the event, what is called tampered, stale and unsigned really is.
    """
    sent: list[Delivery] = []

    def send(delivery: Delivery) -> Attempt:
        sent.append(delivery)
        return Attempt(delivery, 204, 1.0)

    list(demonstrate([event], SECRET, send, now=1_700_000_000.5))
    verdicts = [verify(one.body, one.headers, SECRET, now=1_700_000_000.5) for one in sent]

    genuine, tampered, stale, unsigned = verdicts
    assert genuine
    assert tampered.reason in (Reason.OTHER_SECRET, Reason.BODY_RESERIALISED)
    assert (stale.reason, stale.skew) == (Reason.STALE, -600.5)
    assert unsigned.missing == HEADERS


def test_no_answer_is_no_good_answer() -> None:
    """
    A handler that says nothing does neither what is wanted of genuine nor of forged requests.
    """

    def send(delivery: Delivery) -> Attempt:
        return Attempt(delivery, None, 1.0, "no answer within 15 s")

    outcomes = list(demonstrate(EVENTS[:1], SECRET, send, now=1_700_000_000))

    assert not any(outcome.good for outcome in outcomes)


def test_without_events_nothing_is_shown() -> None:
    """
    There is nothing to forge where nothing was sent.
    """
    assert demonstrated(answering(200), []) == []
