"""
Tests of state changes and deviations, and of the causes that describe them.
"""

from __future__ import annotations

import pytest

from seamproof.checks.model.causes import changes_text, deviation_text
from seamproof.checks.model.state_changes import StateChange, StateDeviation

ADDED = StateChange("log", "add", '"x"')
COUNTED = StateChange("count", "increment", "+2")
SET = StateChange("lock.‹device_id›", "set", '"locked"')
UNSET = StateChange("", "unset")


def test_equal_diffs_do_not_deviate() -> None:
    """
    A deviation of equal diffs is empty.
    """
    assert not StateDeviation.between((ADDED, SET), (ADDED, SET))


def test_a_deviation_counts_changes() -> None:
    """
    A change that happened twice instead of once is unexpected.
    """
    deviation = StateDeviation.between((ADDED, SET), (ADDED, ADDED, COUNTED))

    assert deviation == StateDeviation(missing=(SET,), unexpected=(ADDED, COUNTED))
    assert deviation.first_path == "count"


def test_a_deviation_without_amounts() -> None:
    """
    Only the amounts of increments depend on chance.
    """
    deviation = StateDeviation(missing=(ADDED,), unexpected=(COUNTED,), occasion="again")

    assert deviation.without_amounts() == StateDeviation(
        missing=(ADDED,), unexpected=(StateChange("count", "increment"),), occasion="again"
    )


def test_texts_of_a_deviation_are_mapped() -> None:
    """
    Redaction applies to paths and values.
    """
    deviation = StateDeviation(missing=(SET,), unexpected=(ADDED,))

    assert deviation.map_texts(str.upper) == StateDeviation(
        missing=(StateChange("LOCK.‹DEVICE_ID›", "set", '"LOCKED"'),),
        unexpected=(StateChange("LOG", "add", '"X"'),),
    )


@pytest.mark.parametrize(
    ("deviation", "text"),
    [
        (StateDeviation(missing=(ADDED, UNSET)), 'not done: log + "x"; the state is gone'),
        (
            StateDeviation(missing=(SET,), unexpected=(COUNTED,)),
            'not done: lock.‹device_id› = "locked", done instead: count +2',
        ),
        (StateDeviation(unexpected=(COUNTED,), occasion="again"), "changed again: count +2"),
        (StateDeviation(unexpected=(COUNTED,), occasion="rejected"), "changed: count +2"),
        (
            StateDeviation(unexpected=(ADDED, COUNTED, SET, UNSET), occasion="again"),
            'changed again: log + "x"; count +2; lock.‹device_id› = "locked" and 1 more',
        ),
    ],
)
def test_the_text_of_a_deviation(deviation: StateDeviation, text: str) -> None:
    """
    It lists three changes and counts the others.
    """
    assert deviation_text(deviation) == text


def test_the_text_of_changes() -> None:
    """
    Only the first three changes are listed.
    """
    removed = StateChange("log", "remove", '"y"')

    assert changes_text((removed, COUNTED, ADDED, SET)) == 'log - "y"; count +2; log + "x"'
