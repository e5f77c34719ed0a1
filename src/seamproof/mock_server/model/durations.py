"""
Parses durations such as `35m`, `27 h 35 min`, `1.5h` or `90`.
"""

from __future__ import annotations

import re
from typing import Final

from seamproof.errors import UsageError

#: The longest duration, in seconds.
LONGEST: Final = 366 * 86400.0
#: The longest grace period of a rotation, in seconds (Svix allows 0 to 7 days).
MAX_GRACE: Final = 7 * 86_400

_UNITS: Final = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "": 1.0,
}
_NUMBER: Final = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
_PART: Final = re.compile(rf"({_NUMBER})\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})\s*")

#: Matches a whole duration, also in a JSON Schema: parts with units, or seconds alone.
PATTERN: Final = rf"^(({_NUMBER})|(({_NUMBER}) ?(ms|s|sec|m|min|h|d) ?)+)$"


def is_duration(text: str) -> bool:
    """
    Whether a text is a duration rather than a time.
    """
    return re.fullmatch(PATTERN, text.strip()) is not None


def parse_duration(text: str) -> float:
    """
    Parse a duration into seconds.

    Raises:
        UsageError: The text is no duration, or the duration is longer than a leap year.
    """
    if is_duration(text):
        seconds = sum(float(part[1]) * _UNITS[part[2]] for part in _PART.finditer(text))
        if seconds <= LONGEST:
            return seconds
    what = "this is not a duration"
    raise UsageError(what, expected="35m, 1h30m, 90s or seconds, up to 366d", found=text[:80])


def readable_duration(seconds: float) -> str:
    """
    Write a duration in its two largest units, such as `5 min 3 s`.
    """
    rest = max(0, round(seconds))
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
