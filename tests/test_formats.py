"""
Tests of the formats of ids and times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from seamproof import formats
from seamproof.formats import read_decimal, read_digits, read_whole


@pytest.mark.parametrize("number", [0, 1, 2**128 - 1, 0x9B2C61D40F3E4A578C1D5E6F7A8B9C0D])
def test_a_uuid_is_of_version_4(number: int) -> None:
    """
    Any 128 bits make a UUID of version 4, as the standard library reads it.
    """
    text = formats.format_uuid(number)

    assert (UUID(text).version, str(UUID(text))) == (4, text)
    assert formats.UUID.fullmatch(text)
    assert formats.UUID_IN_ANY_CASE.fullmatch(text.upper())
    assert not formats.UUID.fullmatch(f"A{text[1:]}")
    assert len(text) == formats.UUID_LENGTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.format_time(datetime(2026, 1, 5, 6, tzinfo=UTC)), "2026-01-05T06:00:00.000Z"),
        (
            formats.format_time(datetime(2026, 1, 5, 6, 7, 8, 91_999, tzinfo=UTC), 6),
            "2026-01-05T06:07:08.091999Z",
        ),
        (formats.format_milliseconds(1_767_594_420_008), "2026-01-05T06:27:00.008Z"),
        (formats.format_milliseconds(1_767_594_420_008, 7), "2026-01-05T06:27:00.008007Z"),
        (formats.format_timestamp(1_767_594_420.008), "2026-01-05T06:27:00.008Z"),
    ],
)
def test_times_are_written_as_seam_writes_them(text: str, expected: str) -> None:
    """
    In UTC, with 3 or 6 fraction digits; more are cut off.
    """
    assert text == expected
    assert formats.TIME.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["2026-01-05T06:27:00Z", "2026-01-05T06:27:00", "2026-01-05T07:27:00+01:00"]
)
def test_a_time_without_an_offset_is_utc(text: str) -> None:
    """
    ISO 8601 with an offset or without one.
    """
    assert formats.parse_timestamp(text) == 1_767_594_420


def test_other_texts_are_no_times() -> None:
    """
    What is not ISO 8601 is refused.
    """
    with pytest.raises(ValueError, match="yesterday"):
        formats.parse_timestamp("yesterday")


#: What `int` or `float` reads, or fails at in its own way.
NO_NUMBERS = ["", " ", "1_000", "١٢", "nan", "inf", "-inf", "9" * 5000, "1e999", "0x1", "1 000"]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_other_texts_are_no_numbers(text: str) -> None:
    """
    Python reads some of them.
    """
    assert read_digits(text) is None
    assert read_whole(text) is None
    assert read_decimal(text) is None


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), (" 12 ", 12), ("-3", -3)])
def test_whole_numbers(text: str, number: int) -> None:
    """
    With a sign, and spaces around them.
    """
    assert read_whole(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("1.5", 1.5), (".5", 0.5), ("5.", 5), ("1e-05", 1e-5), ("+2", 2)]
)
def test_decimal_numbers(text: str, number: float) -> None:
    """
    As TOML and Python write them.
    """
    assert read_decimal(text) == number


@pytest.mark.parametrize("text", ["+1", "-1", " 1", "1.0", "1\n"])
def test_digits_are_nothing_else(text: str) -> None:
    """
    An index has neither a sign nor spaces.
    """
    assert read_digits(text) is None
    assert read_digits("10") == 10
