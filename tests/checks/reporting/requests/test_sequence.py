"""
Tests of the requests of a failure: the answer of each, and what distinguishes it.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from seamproof.checks.model.exchange import Answer, Received, Request
from seamproof.checks.reporting.requests.sequence import moments, sent_requests, shown_groups
from seamproof.events import Event
from tests.checks.reported import ESCAPED, failure, request

OK = Received(status=204)
CRASH = Received(status=500, escaped=ESCAPED)


def event(day: int, message: str, *, age: int = 0, recipe: str = "genuine") -> Request:
    """
    Make a delivery of an event that occurred on a day.
    """
    payload = {"event_type": "lock.locked", "occurred_at": f"2025-11-{day:02}T19:57:00.000Z"}
    return request(recipe, body=Event.of(payload).body, message_id=message, age=age)


def answer(received: Received = OK, *, broken: bool = False, at_once: bool = False) -> Answer:
    """
    Make an answer.
    """
    return Answer(received=received, is_while_broken=broken, is_at_once=at_once)


@pytest.mark.parametrize(
    ("second", "answered", "note"),
    [
        (event(2, "msg_b"), answer(), ""),
        (event(1, "msg_b"), answer(), "older, arrived late"),
        (event(2, "msg_a"), answer(), "the same id again"),
        (event(2, "msg_a", age=5), answer(), "the same id again, signed anew"),
        (event(3, "msg_a"), answer(), "the same id with another body"),
        (event(2, "msg_b", recipe="another secret"), answer(), "forged: another secret"),
        (event(2, "msg_a"), answer(at_once=True), "the same id again, at the same time"),
        (
            event(3, "msg_b"),
            answer(CRASH, broken=True),
            "while the dependency fails, KeyError",
        ),
        (event(1, "msg_b"), None, "older, arrived late"),
    ],
)
def test_what_distinguishes_a_request(second: Request, answered: Answer | None, note: str) -> None:
    """
    Its id, its time, its signature and when it was sent.
    """
    first = event(2, "msg_a")
    found = failure(sent=(first, second), received=None, answers=(answer(), answered))

    one, other = sent_requests(found)

    assert (one.status, one.note) == ("204", "")
    assert other.note == note
    assert other.status == ("" if answered is None else str(answered.received.status))


def test_the_last_answer_is_that_of_the_failure() -> None:
    """
    Where no other answer is known, as in a failure that a test makes.
    """
    found = failure(sent=(event(1, "msg_a"), event(2, "msg_b")), received=OK)

    assert [one.status for one in sent_requests(found)] == ["", "204"]


def test_copies_of_a_message_are_one_line() -> None:
    """
    Ten copies at once are no ten lines, and have the answer of each; two copies are two lines.
    """
    once = event(1, "msg_a")
    answers = (*([answer(at_once=True)] * 9), answer(CRASH, at_once=True))
    burst = failure(sent=(once,) * 10, received=None, answers=answers)
    twice = replace(burst, sent=(once,) * 2, answers=answers[:2])

    (group,) = shown_groups(sent_requests(burst), 6)

    assert group.name == "acs_credential.issued, 10 times"
    assert (group.numbers, group.statuses) == ("1-10", "204 × 9, 500")
    assert len(shown_groups(sent_requests(twice), 6)) == 2


def test_a_long_sequence_shows_the_request_that_matters() -> None:
    """
    The first that was not accepted and the last ones are shown, those between are counted.
    """
    sent = tuple(event(1, f"msg_{at}") for at in range(228))
    answers = [answer()] * 228
    answers[40] = answer(CRASH)

    groups = shown_groups(
        sent_requests(failure(sent=sent, received=None, answers=tuple(answers))), 6
    )

    assert [one.numbers for one in groups] == ["1-40", "41", "42-225", "226", "227", "228"]
    assert (groups[0].name, groups[0].statuses) == ("40 other requests", "204 × 40")
    assert groups[1].note == "KeyError"


def test_a_long_sequence_shows_both_deliveries_of_the_last_message() -> None:
    """
    The first one, which makes the last a duplicate, is not counted among others.
    """
    sent = tuple(event(1, f"msg_{at % 17}") for at in range(18))

    groups = shown_groups(sent_requests(failure(sent=sent, received=None)), 6)

    assert [one.numbers for one in groups] == ["1", "2-16", "17", "18"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("15T19:57:00.000Z", "16T19:57:00.000Z"), ["15 Nov 19:57", "16 Nov 19:57"]),
        (("15T19:57:00.000Z", "15T19:57:01.000Z"), ["15 Nov 19:57:00", "15 Nov 19:57:01"]),
        (("15T19:57:00.000Z", "15T19:57:00.000Z"), []),
        (("yesterday", "16T19:57:00.000Z"), []),
    ],
)
def test_times_are_as_exact_as_they_differ(times: tuple[str, str], expected: list[str]) -> None:
    """
    Seconds are left out where the minutes differ, and all of it where nothing differs.
    """
    bodies = [Event.of({"event_type": "a", "occurred_at": f"2025-11-{one}"}).body for one in times]
    sent = tuple(request(body=body) for body in bodies)

    assert list(moments(sent_requests(failure(sent=sent))).values()) == expected
