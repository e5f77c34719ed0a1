"""
Tests of the log of answers.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest

from seamproof.checks.model.exchange import Received, Request
from seamproof.checks.probe.sending.answer_log import AnswerLog
from tests.checks.reported import request


def add(log: AnswerLog, sent: Request, status: int, **headers: str) -> Received:
    """
    Note an answer.
    """
    received = Received(status=status, headers=headers)
    log.add(sent, received, is_broken=False, at_once=False)
    return received


def statuses(log: AnswerLog, *sent: Request, last: Received | None = None) -> list[Any]:
    """
    Look up the statuses of a sequence.
    """
    return [one and one.received.status for one in log.answers_to(sent, last)]


def test_each_request_of_a_sequence_has_its_own_answer() -> None:
    """
    Also one that is sent twice, or was never sent.
    """
    log, first, second = AnswerLog(), request(), request()
    add(log, first, 200)
    add(log, second, 400)
    add(log, first, 409)

    assert statuses(log, first, second, first, request()) == [200, 400, 409, None]


def test_the_answers_end_with_that_of_the_failure() -> None:
    """
    A request may have been sent before, or again since.
    """
    log, sent = AnswerLog(), request()
    for status in (503, 200):
        add(log, sent, status)
    last = add(log, sent, 500)
    add(log, sent, 204)

    assert statuses(log, sent, sent, last=last) == [200, 500]


@pytest.mark.parametrize(("first", "headers"), [(429, {}), (503, {"retry-after": "1"})])
def test_the_answer_of_a_limit_is_replaced(first: int, headers: dict[str, str]) -> None:
    """
    What counts is what came back in the end.
    """
    log, sent = AnswerLog(), request()
    add(log, sent, first, **headers)
    add(log, sent, 204)

    assert statuses(log, sent) == [204]


def test_what_nothing_refers_to_is_forgotten() -> None:
    """
    A long run does not keep every request.
    """
    log = AnswerLog()
    for _ in range(3):
        add(log, request(), 200)
    gc.collect()

    assert not vars(log)["_answers"]
