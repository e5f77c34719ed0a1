"""
Normalising values of two states, so that what means the same is the same text.
"""

from __future__ import annotations

import pytest

from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.state.normaliser import ANY_NUMBER, Normaliser

#: When the two readings of the state were made.
BEFORE, AFTER = 1_700_000_000.0, 1_700_000_001.0
DEVICE = "9b2c61d4-0f3e-4a57-8c1d-5e6f7a8b9c0d"


def normaliser(**roles: str) -> Normaliser:
    """
    A normaliser of two empty states.
    """
    return Normaliser.between(Snapshot({}, BEFORE), Snapshot({}, AFTER), roles, frozenset())


def test_the_order_of_members_makes_no_difference() -> None:
    """
    Two objects with the same members are the same text.
    """
    one, other = {"a": 1, "b": [{"x": 1, "y": 2}]}, {"b": [{"y": 2, "x": 1}], "a": 1}

    assert normaliser().encode(one) == normaliser().encode(other)
    assert normaliser().encode_with_ids(one) == normaliser().encode_with_ids(other)


def test_letters_stay_as_they_are() -> None:
    """
    A text is shown to people, in whatever script it is.
    """
    assert normaliser().encode("é") == '"é"'


@pytest.mark.parametrize(("key", "shown"), [("17", ANY_NUMBER), ("1a", "1a"), ("code", "code")])
def test_a_row_number_is_any_number(key: str, shown: str) -> None:
    """
    The keys of rows follow the order of arrival.
    """
    assert normaliser().key(key) == shown


def test_an_id_is_named_by_its_role() -> None:
    """
    So are two ids of which one begins like the other.
    """
    assert DEVICE not in normaliser(**{DEVICE: "device_id"}).encode({"of": f"lock {DEVICE}"})
    assert "device_id" in normaliser(**{DEVICE: "device_id"}).encode(DEVICE)
