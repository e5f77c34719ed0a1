"""
Durations: `35m`, `1h30m`, `90`.
"""

from __future__ import annotations

import pytest

from seamproof.errors import UsageError
from seamproof.mock_server.model.durations import (
    LONGEST,
    MAX_GRACE,
    parse_duration,
    readable_duration,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("0", 0),
        ("1.5", 1.5),
        ("5s", 5),
        ("250ms", 0.25),
        ("35m", 2100),
        ("35 min 5 s", 2105),
        ("27h35m", 99_300),
        ("27 h 35 min", 99_300),
        ("1.5h", 5400),
        (" 5d ", 432_000),
        ("366d", 366 * 86_400),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    """
    Seconds alone, or parts with their units.
    """
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "m", "-5", "5 parsecs", "5m5", "1e3", "367d", "٣٥m", "9" * 400, "1h-5m", "nan"]
)
def test_anything_else_is_rejected(text: str) -> None:
    """
    A text that is no duration, or a duration longer than a leap year, is rejected.
    """
    with pytest.raises(UsageError, match="this is not a duration"):
        parse_duration(text)


def test_the_longest_durations() -> None:
    """
    A leap year for a duration, and a week for the grace period of a rotation.
    """
    assert parse_duration("366d") == LONGEST
    assert parse_duration("7d") == MAX_GRACE


@pytest.mark.parametrize(
    ("text", "longer"), [("0" * 11 + "1", "0" * 12 + "1"), ("0.000000001", "0.0000000001")]
)
def test_the_longest_numbers(text: str, longer: str) -> None:
    """
    Twelve digits before the point and nine after it are read, and no more.
    """
    assert parse_duration(text) > 0
    with pytest.raises(UsageError):
        parse_duration(longer)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((-3, "0 s"), (0.4, "0 s"), (59, "59 s"), (60, "1 min"), (61.2, "1 min 1 s")),
        *((3599, "59 min 59 s"), (3600, "1 h"), (7261, "2 h 1 min"), (86_399, "23 h 59 min")),
        *((86_400, "1 d"), (99_305, "1 d 3 h")),
    ],
)
def test_a_duration_is_written_in_two_units(seconds: float, text: str) -> None:
    """
    The two largest units are enough to read it.
    """
    assert readable_duration(seconds) == text
