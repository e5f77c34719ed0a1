"""
Tests of ids: functions of seed, worker and number that can be read back.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.formats import UUID
from seamproof.load.messages.ids import MOST_MESSAGES, MOST_WORKERS, RunIds

workers = st.integers(0, MOST_WORKERS - 1)
numbers = st.integers(0, MOST_MESSAGES - 1)


@given(worker=workers, number=numbers)
def test_an_id_leads_back_to_its_message(worker: int, number: int) -> None:
    """
    A ledger is counted by its ids alone, be they of events or of messages.
    """
    ids = RunIds.of("seed")

    assert UUID.fullmatch(ids.event_id(worker, number))
    assert re.fullmatch(r"msg_[0-9A-Za-z]{27}", ids.message_id(worker, number))
    assert ids.locate(ids.event_id(worker, number)) == (worker, number)
    assert ids.locate(ids.message_id(worker, number)) == (worker, number)


@given(worker=workers, number=numbers)
def test_an_id_of_another_run_is_of_no_message(worker: int, number: int) -> None:
    """
    What a handler processed before the run does not count.
    """
    other = RunIds.of(2)

    assert RunIds.of(1).locate(other.event_id(worker, number)) is None
    assert RunIds.of(1).locate(other.message_id(worker, number)) is None


@pytest.mark.parametrize(
    "text", ["", "msg_", "msg_" + "!" * 27, "0" * 36, "evt_1", "msg_" + "z" * 27]
)
def test_any_other_text_is_of_no_message(text: str) -> None:
    """
    A ledger may have ids of any form.
    """
    assert RunIds.of(1).locate(text) is None


def test_a_number_and_its_digits_are_the_same_seed() -> None:
    """
    The seed that is printed is the one that is accepted.
    """
    assert RunIds.of(7) == RunIds.of("7") != RunIds.of(8)
