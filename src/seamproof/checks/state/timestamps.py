"""
Timestamps in a handler's state: replaced by their name, or by ‹now›, so that states compare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.tuning import EXPIRY_HORIZON, NOW_AFTER, NOW_BEFORE, NOW_SIGNED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MILLI: Final = 1000
#: Units in which timestamps are counted, per second: seconds, milli-, micro- and nanoseconds.
_UNITS: Final = (1, _MILLI, 10**6, 10**9)
_MINUTE: Final = 60
#: Seconds since the epoch beyond which a number is not a timestamp.
_LATEST: Final = 1e11
_LARGEST: Final = _LATEST * _UNITS[-1]
#: Seconds or milliseconds since the epoch within a text.
_EPOCH: Final = re.compile(r"(?<![\d.])\d{10}(?:\d{3})?(?![\d.])")
#: A timestamp of ISO 8601 within a text, such as a line of a log.
_ISO: Final = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[-+]\d\d:?\d\d)?")
_SHORTEST_ISO: Final = 19
#: How timestamps begin in the basic format of ISO 8601, and in headers of mail and HTTP (RFC 5322).
_BASIC: Final = re.compile(r"\d{8}T\d{6}")
_RFC_5322: Final = re.compile(r"[A-Z][a-z]{2}, \d")


@dataclass(frozen=True, slots=True)
class TimestampLabels:
    """
    Labels for the timestamps of one diff.

    Attributes:
        since: Beginning of the time that counts as now, in seconds since the epoch.
        until: End of it.
        names: By milliseconds since the epoch, the name of a timestamp; a handler may store it in
            another format than that of the event.
    """

    since: float
    until: float
    names: Mapping[int, str]

    @classmethod
    def between(cls, begun: float, ended: float, roles: Mapping[str, str]) -> TimestampLabels:
        """
        Label the timestamps from `begun` to `ended`, and those among the keys of `roles`.
        """
        return cls(begun - NOW_BEFORE, ended + NOW_AFTER, _names_by_time(roles))

    def label(self, value: object) -> str:
        """
        Label a timestamp that has a name, that is now, or that lies some time after now.

        Returns:
            `‹time›`, `‹now›`, `‹now and 60 minutes›`; empty for any other value.
        """
        if isinstance(value, str):
            seconds = list(_readings(value))
        elif isinstance(value, int | float) and not isinstance(value, bool) and value < _LARGEST:
            seconds = [value / unit for unit in _UNITS]
        else:
            return ""
        if self.names:
            for one in seconds:
                if 0 < one < _LATEST and (name := self.names.get(round(one * _MILLI))):
                    return f"‹{name}›"
        if any(self.since <= one <= self.until for one in seconds):
            return "‹now›"
        for one in seconds:
            if _MINUTE < one - self.until < EXPIRY_HORIZON:
                return f"‹now and {round((one - self.until) / _MINUTE)} minutes›"
        return ""

    def label_within(self, text: str) -> str:
        """
        Replace the timestamps within a text by their labels.
        """
        text = _EPOCH.sub(lambda found: self._label_epoch(found[0]), text)
        return _ISO.sub(lambda found: self.label(found[0]) or found[0], text)

    def _label_epoch(self, digits: str) -> str:
        seconds = int(digits[:10])
        # The timestamp of a delivery may have been signed before the first snapshot.
        is_now = self.since - NOW_SIGNED <= seconds <= self.until + NOW_SIGNED
        return "‹now›" if is_now else digits


def _names_by_time(roles: Mapping[str, str]) -> dict[int, str]:
    """
    Find the timestamps among the keys of `roles`, and name them.

    All timestamps of an event have one name: two of them may be equal without their fractions.
    """
    names: dict[int, str] = {}
    for text, role in roles.items():
        if _ISO.fullmatch(text):
            seconds = next(_readings(text), 0.0)
            name = " ".join(["time", *role.split()[1:]])
            # A handler may store whole seconds only.
            names |= {round(seconds * _MILLI): name, int(seconds) * _MILLI: name}
    return names


def _readings(text: str) -> Iterator[float]:
    """
    Read a timestamp, in seconds since the epoch. One without an offset may be UTC or local time.
    """
    if text.replace(".", "", 1).isdecimal() and not _BASIC.match(text):
        yield float(text)
        yield float(text) / _MILLI
        return
    try:
        moment = _parse(text)
        if moment is not None:
            yield moment.timestamp()
            if moment.tzinfo is None:
                yield moment.replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError, OSError):  # not a date, or one out of range
        return


def _parse(text: str) -> datetime | None:
    if text[:4].isdecimal() and (len(text) >= _SHORTEST_ISO or _BASIC.match(text)):
        return datetime.fromisoformat(text)
    return parsedate_to_datetime(text) if _RFC_5322.match(text) else None
