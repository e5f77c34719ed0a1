"""
Times in a handler's state: that of an act is told as now, one that has a name by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Seconds by which a time may lie before and after the act that it belongs to.
_BEFORE, _AFTER = 2.0, 1.0
_MILLI: Final = 1000
#: Parts of a second in which times are counted: none, milli, micro, nano.
_UNITS: Final = (1, _MILLI, 10**6, 10**9)
_MINUTE: Final = 60
#: Until when a time to come may be one of the act and a while, as a time to live is.
_AWHILE: Final = 10 * 366 * 24 * 3600
#: Seconds since the epoch beyond which nothing is a time.
_LAST: Final = 1e11
_MOST: Final = _LAST * _UNITS[-1]
#: What seconds or milliseconds since the epoch look like, in the middle of a text.
_EPOCH: Final = re.compile(r"(?<![\d.])\d{10}(?:\d{3})?(?![\d.])")
#: A time within a text, as a line of a log has it.
_WITHIN: Final = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[-+]\d\d:?\d\d)?")
_SHORTEST_TIME: Final = 19
#: How times begin in ISO 8601's basic format, and as in headers of mail and HTTP (RFC 5322).
_BASIC: Final = re.compile(r"\d{8}T\d{6}")
_OF_MAIL: Final = re.compile(r"[A-Z][a-z]{2}, \d")


@dataclass(frozen=True, slots=True)
class Times:
    """
    How times are told.

    Attributes:
        since: Where the time of the act begins, in seconds since the epoch.
        until: Where it ends.
        named: By milliseconds since the epoch, what a time is called; it may be stored in another
            way than it came.
    """

    since: float
    until: float
    named: Mapping[int, str]

    @classmethod
    def of(cls, begun: float, ended: float, names: Mapping[str, str]) -> Times:
        """
        Tell times of an act, and those among some names.
        """
        return cls(begun - _BEFORE, ended + _AFTER, _moments_among(names))

    def told(self, value: object) -> str:
        """
        Tell a time that has a name, one of the act, or one that lies a while after it.

        Empty for anything else.
        """
        if isinstance(value, str):
            seconds = list(_moments(value))
        elif isinstance(value, int | float) and not isinstance(value, bool) and value < _MOST:
            seconds = [value / unit for unit in _UNITS]
        else:
            return ""
        if self.named:
            for one in seconds:
                if 0 < one < _LAST and (name := self.named.get(round(one * _MILLI))):
                    return f"‹{name}›"
        if any(self.since <= one <= self.until for one in seconds):
            return "‹now›"
        for one in seconds:
            if _MINUTE < one - self.until < _AWHILE:
                return f"‹now and {round((one - self.until) / _MINUTE)} minutes›"
        return ""

    def within(self, text: str) -> str:
        """
        Tell the times within a text.

        The timestamp of a delivery may have been signed a little earlier than the act.
        """
        text = _EPOCH.sub(lambda found: self._stamp(found[0]), text)
        return _WITHIN.sub(lambda found: self.told(found[0]) or found[0], text)

    def _stamp(self, digits: str) -> str:
        seconds = int(digits[:10])
        return "‹now›" if self.since - _MINUTE <= seconds <= self.until + _MINUTE else digits


def _moments_among(names: Mapping[str, str]) -> dict[int, str]:
    """
    Find the times among the names: of an event, the same name for all, whichever is stored.

    Two times of an event may be one, once their fractions are cut off.
    """
    moments: dict[int, str] = {}
    for text, name in names.items():
        if _WITHIN.fullmatch(text):
            seconds = next(_moments(text), 0.0)
            told = " ".join(["time", *name.split()[1:]])
            # Whole seconds are what is left of a time where nothing finer is stored.
            moments |= {round(seconds * _MILLI): told, int(seconds) * _MILLI: told}
    return moments


def _moments(text: str) -> Iterator[float]:
    """
    Read a time; one without an offset may be in UTC or local.
    """
    if text.replace(".", "", 1).isdecimal() and not _BASIC.match(text):
        yield float(text)
        yield float(text) / _MILLI
        return
    try:
        moment = _read(text)
        if moment is not None:
            yield moment.timestamp()
            if moment.tzinfo is None:
                yield moment.replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError, OSError):  # no date, or one of another age of the world
        return


def _read(text: str) -> datetime | None:
    if text[:4].isdecimal() and (len(text) >= _SHORTEST_TIME or _BASIC.match(text)):
        return datetime.fromisoformat(text)
    return parsedate_to_datetime(text) if _OF_MAIL.match(text) else None
