"""
Retry schedule: delays, jitter, Retry-After and time-outs.
"""

from __future__ import annotations

from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.errors import UsageError
from seamproof.mock_server.model.retry_schedule import (
    FAST,
    PRESETS,
    SEAM,
    TIMEOUTS,
    next_delay,
    parse_schedule,
    read_retry_after,
    upcoming_attempts,
)

NOW = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT
DELAYS = st.floats(0, 1e6)


def test_the_schedule_of_seam() -> None:
    """
    Seam makes 8 attempts over 27 hours, 35 minutes and 5 seconds; the fourth is 35 min 5 s in.
    """
    moments = list(accumulate(SEAM))
    assert len(moments) == 8
    assert moments[3] == 35 * 60 + 5
    assert moments[-1] == 27 * 3600 + 35 * 60 + 5


@pytest.mark.parametrize("attempts", range(1, 8))
def test_without_jitter_the_schedule_is_kept_exactly(attempts: int) -> None:
    """
    Each delay is counted from the failure before it.
    """
    assert next_delay(SEAM, attempts, random=None) == SEAM[attempts]


@pytest.mark.parametrize("schedule", PRESETS.values())
def test_after_the_last_attempt_there_is_none(schedule: tuple[float, ...]) -> None:
    """
    No attempt follows the last one of the schedule.
    """
    assert next_delay(schedule, len(schedule), random=None) is None


@given(attempts=st.integers(1, 7), seed=st.integers())
def test_jitter_is_at_most_a_fifth(attempts: int, seed: int) -> None:
    """
    Delays are spread by up to a fifth to either side, the same way for the same seed.
    """
    delay = next_delay(SEAM, attempts, random=Random(seed))
    assert delay is not None
    assert 0.8 * SEAM[attempts] <= delay <= 1.2 * SEAM[attempts]
    assert delay == next_delay(SEAM, attempts, random=Random(seed))


@given(attempts=st.integers(1, 7), requested=DELAYS)
def test_retry_after_is_clamped(attempts: int, requested: float) -> None:
    """
    The delay that a response requests is clamped to between the scheduled delay and twice it.
    """
    delay = next_delay(SEAM, attempts, random=None, retry_after=requested)
    assert delay == min(max(requested, SEAM[attempts]), 2 * SEAM[attempts])


@given(attempts=st.integers(1, 7), seed=st.integers())
def test_after_a_time_out_a_minute_passes(attempts: int, seed: int) -> None:
    """
    After a time-out the next attempt is made a minute later at the earliest.
    """
    delay = next_delay(SEAM, attempts, random=Random(seed), timed_out=True)
    assert delay is not None
    assert delay >= 60
    assert next_delay(SEAM, 1, random=None, timed_out=True) == 60


def test_the_attempts_to_come() -> None:
    """
    Each is due after the one before it, and the jitter adds up to either side.
    """
    assert upcoming_attempts((0.0, 10.0, 100.0, 1000.0), 1, 50.0, 0.1) == [
        (2, 50.0, 50.0, 50.0),
        (3, 150.0, 140.0, 160.0),
        (4, 1150.0, 1040.0, 1260.0),
    ]
    assert upcoming_attempts((0.0,), 0, 5.0, 0.2) == [(1, 5.0, 5.0, 5.0)]


def test_jitter_goes_to_either_side() -> None:
    """
    Some delays are shorter than that of the schedule, others longer.
    """
    delays = [next_delay(SEAM, 1, random=Random(seed)) or 0 for seed in range(50)]

    assert min(delays) < SEAM[1] < max(delays)


def test_the_fast_schedule_doubles() -> None:
    """
    It has as many attempts as Seam's, within about a minute.
    """
    assert (0, *(0.5 * 2**number for number in range(len(SEAM) - 1))) == FAST


def test_the_fast_schedule_stays_fast() -> None:
    """
    The fast schedule does not wait a minute after a time-out.
    """
    assert next_delay(FAST, 1, random=None, timed_out=True) == FAST[1]


def test_the_time_outs_of_both_services() -> None:
    """
    The hosted service waits 15 s, the open-source server 30 s.
    """
    assert (TIMEOUTS["cloud"], TIMEOUTS["server"]) == (15, 30)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [("seam", SEAM), ("fast", FAST), ("none", (0.0,)), ("5,300", (0, 5, 300)), ("0.5", (0, 0.5))],
)
def test_reading_a_schedule(text: str, schedule: tuple[float, ...]) -> None:
    """
    A schedule is a preset's name or the seconds before each retry.
    """
    assert parse_schedule(text) == schedule


@pytest.mark.parametrize("text", ["", "slow", "5,", "5;6", "-1", "nan", "inf", "1e99", "1," * 200])
def test_reading_what_is_no_schedule(text: str) -> None:
    """
    Any other text is rejected, and the error states what is expected.
    """
    with pytest.raises(UsageError, match="this is not a schedule") as caught:
        parse_schedule(text)
    assert "seam, fast, none" in caught.value.expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("1.2", 2),
        (" 7 ", 7),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2015 07:28:30 -0000", 30),
        ("Wednesday, 21-Oct-15 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1_000", None),
        ("١٢", None),
        ("9" * 5000, None),
        ("Wed, 2_1 Oct 2015 07:28:30 GMT", None),
        ("Wed, ٢١ Oct 2015 07:28:30 GMT", None),
        ("Wed, 99 Oct 2015 07:00:00 GMT", None),
    ],
)
def test_reading_retry_after(text: str, seconds: float | None) -> None:
    """
    Retry-After is seconds, rounded up, or an HTTP date; any other value is ignored.
    """
    assert read_retry_after(text, NOW) == seconds


@given(st.text(), st.floats(0, 4e9))
def test_any_retry_after_is_parsed(text: str, now: float) -> None:
    """
    No value of a header makes the parser fail.
    """
    read = read_retry_after(text, now)
    assert read is None or read >= 0
