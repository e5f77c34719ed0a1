"""
How Seam writes ids and times, how such texts and numbers are read, and how foreign text is printed.
"""

from __future__ import annotations

import math
import re
import textwrap
from datetime import UTC, datetime, timedelta
from typing import Final

#: A UUID in lower case, of any version (RFC 9562).
UUID_TEXT: Final = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
#: A time in UTC with 3 or 6 fraction digits.
TIME_TEXT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?:\d{3}|\d{6})Z"

UUID: Final = re.compile(UUID_TEXT)
UUID_IN_ANY_CASE: Final = re.compile(UUID_TEXT, re.IGNORECASE)
TIME: Final = re.compile(TIME_TEXT)

#: Characters of a UUID, and of a time up to its fraction.
UUID_LENGTH: Final = len("00000000-0000-0000-0000-000000000000")
WHOLE_SECONDS: Final = len("2026-01-01T00:00:00.")

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
#: Python's `surrogateescape` adds this to a byte that it cannot decode, from 128 to 255.
_ESCAPED_BYTES: Final = 0xDC00
_ASCII: Final = 0x80
_BYTE: Final = 0xFF
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

#: Numbers in texts: ASCII digits without separators, and not too many of them. `int` and `float`
#: also read `1_000`, digits of other scripts, `nan` and `inf`; thousands of digits they refuse.
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL: Final = re.compile(
    r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?"
)

_PERIODS: Final = {"s": 1, "m": 60, "h": 3600}


def format_uuid(number: int) -> str:
    """
    Format 128 bits as a version 4 UUID in lower case (RFC 9562).
    """
    text = f"{number:032x}"
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def format_time(moment: datetime, digits: int = 3) -> str:
    """
    Format a time in UTC as Seam does.

    Args:
        moment: The time; its offset is not looked at.
        digits: Of the fraction of a second; more are cut off.
    """
    return f"{moment.isoformat(timespec='microseconds')[: WHOLE_SECONDS + digits]}Z"


def format_milliseconds(milliseconds: int, micros: int | None = None) -> str:
    """
    Format milliseconds since the epoch, with 3 fraction digits or with 6.

    Args:
        milliseconds: Since the epoch.
        micros: Microseconds to add, from 0 to 999; None asks for 3 digits.
    """
    moment = _EPOCH + timedelta(milliseconds=milliseconds, microseconds=micros or 0)
    return format_time(moment, 3 if micros is None else 6)


def format_timestamp(seconds: float) -> str:
    """
    Format seconds since the epoch, with milliseconds.

    Raises:
        ValueError: The year is not between 1 and 9999.
        OverflowError: Likewise.
    """
    return format_time(datetime.fromtimestamp(seconds, UTC))


def parse_timestamp(text: str) -> float:
    """
    Parse an ISO 8601 date or time as seconds since the epoch; without an offset it is UTC.

    Raises:
        ValueError: The text is not ISO 8601.
        OverflowError: The time is too far away.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def clean_text(text: str) -> str:
    """
    Replace the halves of surrogate pairs in a text from elsewhere, which no encoding can write.

    Bytes that were not UTF-8 are read as Latin-1, which RFC 9110 calls the historical encoding.
    """
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return _SURROGATE.sub(lambda found: _readable(found[0]), text)


def _readable(half: str) -> str:
    byte = ord(half) - _ESCAPED_BYTES
    return chr(byte) if _ASCII <= byte <= _BYTE else "\ufffd"


def one_line(text: str) -> str:
    """
    Escape a text from elsewhere so that it stays in one line and controls no terminal.
    """
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def wrapped(text: str, head: str, width: int, *, breaks: bool = False) -> list[str]:
    """
    Wrap a text after a head of its first line; its own indent is kept.

    Args:
        text: In one line.
        head: The beginning of the first line; the others are indented as far.
        width: Columns.
        breaks: Whether a word that is too long for a line is broken; else it stays whole, so that
            a command or an address can be copied.
    """
    inner = len(text) - len(text.lstrip())
    return textwrap.wrap(
        text.lstrip(),
        width,
        initial_indent=head + " " * inner,
        subsequent_indent=" " * (len(head) + inner),
        break_long_words=breaks,
        break_on_hyphens=False,
    )


def read_digits(text: str) -> int | None:
    """
    Read a number without a sign, such as an index; None if the text is none.
    """
    return int(text) if _DIGITS.fullmatch(text) else None


def read_whole(text: str) -> int | None:
    """
    Read an integer; None if the text is none.
    """
    return int(text) if _WHOLE.fullmatch(text.strip(" \t")) else None


def read_decimal(text: str) -> float | None:
    """
    Read a finite number, also with a fraction and an exponent; None if the text is none.
    """
    number = float(text) if _DECIMAL.fullmatch(text.strip(" \t")) else math.nan
    return number if math.isfinite(number) else None


def read_rate(text: str) -> float | None:
    """
    Read a rate such as `500/s`, `30/m` or `100/h`, as a number per second; None if it is none.
    """
    number, _, period = text.partition("/")
    count, seconds = read_decimal(number), _PERIODS.get(period.strip())
    return count / seconds if count and count > 0 and seconds is not None else None


def read_share(text: str) -> float | None:
    """
    Read a share such as `5%` or `0.05`, from 0 to 1; None if it is none.
    """
    number = read_decimal(text.strip().removesuffix("%"))
    if number is None:
        return None
    share = number / 100 if text.strip().endswith("%") else number
    return share if 0 <= share <= 1 else None
