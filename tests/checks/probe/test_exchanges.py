"""
The first crash since the handler last worked.
"""

from __future__ import annotations

import pytest

from seamproof.checks.model.exchange import Received, Request
from seamproof.checks.probe.exchanges import Exchanges

_CRASH = Received(status=500)
_BUSY = Received(status=503)
_LATER = Received(status=503, headers={"retry-after": "1"})
_REFUSED = Received(status=400)


def _request(recipe: str = "genuine") -> Request:
    return Request(headers=(), body=b"{}", event_type="lock.locked", recipe=recipe)


@pytest.mark.parametrize(
    ("answers", "is_blocked"),
    [
        ([_CRASH, _BUSY, _BUSY], True),
        ([_CRASH, _CRASH, _BUSY], True),
        ([_BUSY, _BUSY], False),
        ([_BUSY, _CRASH, _BUSY], False),
        ([_CRASH, _LATER], False),
        ([_CRASH, _REFUSED, _BUSY], False),
        ([_CRASH], False),
    ],
)
def test_a_handler_that_is_busy_since_a_crash_is_blocked_by_it(
    answers: list[Received], is_blocked: bool
) -> None:
    """
    503 that begins with a crash is no limit of the rate, unless it says when to try again.
    """
    exchanges = Exchanges()

    for answer in answers:
        exchanges.record(_request(), answer, is_proof=False)

    assert exchanges.is_blocked_by_crash is is_blocked


def test_the_answer_to_a_forgery_does_not_end_a_blockade() -> None:
    """
    A forgery may be refused before the lock that a crash has left taken.
    """
    exchanges = Exchanges()

    for recipe, answer in (("genuine", _CRASH), ("another secret", _REFUSED), ("genuine", _BUSY)):
        exchanges.record(_request(recipe), answer, is_proof=False)

    assert exchanges.is_blocked_by_crash


def test_a_handler_that_works_again_is_not_blocked() -> None:
    """
    A plain event that is accepted proves that the crash has no consequence.
    """
    exchanges = Exchanges()

    exchanges.record(_request(), _CRASH, is_proof=False)
    exchanges.record(_request(), Received(status=204), is_proof=True)
    exchanges.record(_request(), _BUSY, is_proof=False)

    assert not exchanges.is_blocked_by_crash
