"""
Retry schedule: when the next attempt of a failed delivery is due.

The rules come from svix-webhooks' worker (`retry_after`, `limit_retry_delay`) and from
Seam's documentation.
"""

from __future__ import annotations

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from seamproof.errors import UsageError
from seamproof.formats import read_decimal
from seamproof.mock_server.model.durations import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random


class UpcomingAttempt(NamedTuple):
    """
    An attempt that is made if those before it fail.

    Attributes:
        ordinal: Among the attempts of the delivery, from 1.
        at: When it is due, in seconds since the epoch, apart from the jitter of later delays.
        earliest: When it is due at the earliest.
        latest: When it is due at the latest, unless a response asks for a longer delay.
    """

    ordinal: int
    at: float
    earliest: float
    latest: float


Like: TypeAlias = Literal["cloud", "server"]

#: Seconds before each attempt, counted from the failure of the previous one: 8 attempts.
SEAM: Final = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)

#: The same number of attempts, within about a minute.
FAST: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)

PRESETS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {"seam": SEAM, "fast": FAST, "none": (0.0,)}
)

#: The minimum delay after an attempt that timed out, in seconds.
AFTER_TIMEOUT: Final = 60.0

_MOST: Final = 100
#: Seconds as a receiver may write them: digits, perhaps with a fraction.
_SECONDS: Final = re.compile(r"[0-9]{1,10}(\.[0-9]{1,10})?")
#: The characters of a date; Python's parser also reads `2_026` and digits of other scripts.
_DATE: Final = re.compile(r"[A-Za-z0-9 \t,:+-]{1,100}")

#: Seconds until an attempt without a response fails, in Svix's hosted service and in its
#: open-source server.
TIMEOUTS: Final[Mapping[Like, float]] = MappingProxyType({"cloud": 15.0, "server": 30.0})


def parse_schedule(text: str) -> tuple[float, ...]:
    """
    Parse a schedule: a preset's name, or the seconds before each retry as `5,300`.

    Returns:
        Seconds before each attempt; the first is 0.

    Raises:
        UsageError: The text is neither.
    """
    if text in PRESETS:
        return PRESETS[text]
    delays = [read_decimal(part) for part in text.split(",")]
    usable = [one for one in delays if one is not None and 0 <= one <= LONGEST]
    if len(usable) == len(delays) < _MOST:
        return (0.0, *usable)
    what = "this is not a schedule"
    expected = f"{', '.join(PRESETS)} or the seconds before each retry, as 5,300,1800"
    raise UsageError(what, expected=expected, found=text)


def next_delay(
    schedule: tuple[float, ...],
    attempts: int,
    *,
    random: Random | None,
    jitter: float = 0.2,
    retry_after: float | None = None,
    timed_out: bool = False,
) -> float | None:
    """
    Compute how many seconds after a failure the next attempt is due.

    Args:
        schedule: Seconds before each attempt.
        attempts: How many attempts have been made.
        random: Source of the jitter; None for no jitter.
        jitter: The share by which a delay is spread to either side.
        retry_after: The delay that the response requested, in seconds. Clamped to between
            the scheduled delay and twice it.
        timed_out: Whether the attempt timed out. The delay is then a minute at least, except
            with the schedule `FAST`.

    Returns:
        The delay, or None if no attempt is left.
    """
    if attempts >= len(schedule):
        return None
    delay = schedule[attempts]
    if retry_after is not None:
        delay = min(max(delay, retry_after), 2 * delay)
    if random is not None and jitter:
        delay *= random.uniform(1 - jitter, 1 + jitter)
    return max(delay, AFTER_TIMEOUT) if timed_out and schedule != FAST else delay


def upcoming_attempts(
    schedule: tuple[float, ...], attempts: int, due_at: float, jitter: float
) -> list[UpcomingAttempt]:
    """
    List the attempts that follow if each of them fails.

    Args:
        schedule: Seconds before each attempt.
        attempts: How many attempts have been made.
        due_at: When the next one is due, in seconds since the epoch.
        jitter: The share by which a delay is spread to either side.
    """
    found = [UpcomingAttempt(attempts + 1, due_at, due_at, due_at)]
    for ordinal, delay in enumerate(schedule[attempts + 1 :], attempts + 2):
        last = found[-1]
        found.append(
            UpcomingAttempt(
                ordinal,
                last.at + delay,
                last.earliest + delay * (1 - jitter),
                last.latest + delay * (1 + jitter),
            )
        )
    return found


def read_retry_after(text: str, now: float) -> float | None:
    """
    Parse a Retry-After header: seconds, rounded up, or an HTTP date (RFC 9110, 10.2.3).

    Args:
        text: The header's value.
        now: The present, from which a date is counted, in seconds since the epoch.

    Returns:
        Seconds from now, or None if the text is neither.
    """
    if _SECONDS.fullmatch(number := text.strip(" \t")):
        return float(math.ceil(float(number)))
    return _seconds_until(text, now) if _DATE.fullmatch(text) else None


def _seconds_until(text: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # A date without a zone is in UTC.
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, aware.timestamp() - now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
