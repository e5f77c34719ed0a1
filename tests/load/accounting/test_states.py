"""
Tests of the states and of the calendar of retries.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seamproof.load.accounting.retries import SLOT, RetryCalendar
from seamproof.load.accounting.states import Fate, MessageStates


def test_a_message_fails_and_is_delivered() -> None:
    """
    Attempts, the time-out and the last reason are kept.
    """
    states = MessageStates()
    number = states.begin()

    assert states.fate(number) is Fate.PENDING
    assert states.fail(number, "a", timed_out=False) == 1
    assert states.fail(number, "b", timed_out=True) == 2
    assert states.fail(number, "a", timed_out=False) == 3
    assert (states.reason(number), states.timed_out(number)) == ("a", True)
    states.deliver(number)
    assert states.fate(number) is Fate.DELIVERED
    states.give_up(number, "the end")
    assert (states.fate(number), states.reason(number)) == (Fate.GIVEN_UP, "the end")


def test_many_reasons_have_room() -> None:
    """
    A reason takes one byte: from the 255th on they are summed up.
    """
    states = MessageStates()
    for at in range(1000):
        states.fail(states.begin(), f"reason {at}", timed_out=False)

    assert states.reason(3) == "reason 3"
    assert states.reason(999) == "another reason"
    assert max(states.reasons) <= 255


@given(dues=st.lists(st.floats(0, 100), max_size=50))
def test_attempts_are_taken_when_they_are_due(dues: list[float]) -> None:
    """
    Each once, in their order, none early.
    """
    calendar = RetryCalendar()
    for number, due in enumerate(dues):
        calendar.add(number, due)
    taken = [number for number, due in calendar.take(50.0) if due <= 50.0]

    assert {number for number, due in enumerate(dues) if due < 50 - SLOT} <= {*taken}
    assert all(dues[number] <= 50 for number in taken)
    assert len(calendar) == len(dues) - len(taken)
    assert sorted([*taken, *calendar.take_all()]) == [*range(len(dues))]
    assert len(calendar) == 0
