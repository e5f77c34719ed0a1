"""
Tests of masking: two texts that differ only from run to run are equal.
"""

from __future__ import annotations

import pytest

from seamproof.checks.model.masking import masked, names_in, without_values

EVENT = {
    "device_id": "9b2c61d4-0f3e-4a57-8c1d-5e6f7a8b9c0d",
    "method": "card",
    "customer_key": "davis-llc",
    "nested": [{"code": "Zoë"}],
}
WORDS = ("device_id", "method", "card")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'customer_key'", "'customer_key'"),
        ("no such method: 'card'", "no such method: 'card'"),
        ("took 5.1 s, 12 of -3", "took N s, N of N"),
        ("at 2026-11-28T21:19:41.572Z for davis-llc", "at N for ‹customer_key›"),
        ("object at 0x7ff863a6e340", "object at N"),
        ("can't encode character '\\xe9' or '\\U0001f511'", "can't encode character 'N' or 'N'"),
        ("unknown 'Zoë' and 'Zo\\xeb'", "unknown '‹nested.code›' and '‹nested.code›'"),
        ("first line\nsecond line 1", "first line"),
        ("", ""),
    ],
)
def test_what_differs_from_run_to_run_is_masked(text: str, expected: str) -> None:
    """
    Values of the event get the name of their property; figures, ids and times a letter.
    """
    assert masked(text, EVENT, WORDS) == expected


def test_names_are_found_where_they_are_meant() -> None:
    """
    An English word counts only in quotes, and the label of a value never does.
    """
    names = ("customer_key", "code", "from")

    assert names_in("KeyError: 'code'", names) == ["code"]
    assert names_in("NOT NULL constraint failed: t.customer_key", names) == ["customer_key"]
    assert names_in("the code from ‹customer_key›", names) == []


def test_texts_of_an_event_are_replaced_in_a_deviation() -> None:
    """
    Another seed draws other texts: the identity of a failure does not depend on them.
    """
    assert (
        without_values('rows + {"key": "davis-llc"}', EVENT) == 'rows + {"key": "‹customer_key›"}'
    )
