"""
Tests of the kinds of values.
"""

from __future__ import annotations

import pytest

from seamproof.checks.probe.failures.value_kinds import describe_properties, kind_of


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (False, "false"),
        ("", "an empty text"),
        ([], "an empty list"),
        ({}, "an empty object"),
        (0, "0"),
        (0.0, "0"),
        (3, "an integer"),
        (-3, "a negative integer"),
        (0.5, "a number with a fraction"),
        (2.0, "a whole number with a decimal point"),
        (2**40, "a large number"),
        ("2026-01-05t06:00:00.250z", "a time with a lower-case z"),
        ("2026-01-05T06:00:00.250+00:00", "a time with an offset of zero"),
        ("2026-01-05T06:00:00Z", "a time without a fraction"),
        ("2026-01-05T06:00:00.250000789Z", "a time with nanoseconds"),
        ("9B2C61D4-0F3E-4A57-8C1D-5E6F7A8B9C0D", "an id in upper case"),
        ("00000000-0000-0000-0000-000000000000", "an id of one digit"),
        ("0012", "a number in a text with a leading zero"),
        ("Zoë", "a text with letters beyond ASCII"),
        ("plain", "a text"),
        ([1], "a list of one"),
        ([{"error_code": "hub_disconnected"}], "a list with hub_disconnected"),
        ({"a": 1}, "an object"),
    ],
)
def test_a_value_has_a_kind(value: object, kind: str) -> None:
    """
    Kinds are those in which handlers differ.
    """
    assert kind_of({"name": value}, "name", {}) == kind


def test_values_of_an_enum_and_missing_properties_are_named() -> None:
    """
    A value of an enum is a kind of its own.
    """
    shapes = {"method": {"enum": ["card", "remote"]}}

    assert describe_properties({"method": "card"}, ["method", "code"], shapes) == (
        'method is "card", without code'
    )
