"""
Tests of the formats of ids and times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from seamproof import formats


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
