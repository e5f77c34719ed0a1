"""
The times of a life cycle's events: how far apart they are, and in which precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from seamproof.formats import TIME, format_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject

_NAMES: Final = ("occurred_at", "created_at")
_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
#: How long after its last event a provider reports a life cycle to Seam; some take that long.
_REPORTED_AFTER: Final = timedelta(minutes=10)
#: Milliseconds of four events in a second. As text without trailing zeros each sorts before the
#: one before it: `04Z`, `04.4Z`, `04.41Z`, `04.411Z`.
_MILLISECONDS: Final = (0, 400, 410, 411)


@dataclass(frozen=True, slots=True)
class Spacing:
    """
    How the times of a life cycle's events are set.

    Attributes:
        stretch: By how much its intervals are longer; 0 sets the events close together.
        is_trimmed: Whether fractions of a second end with their last digit that is not 0.
        is_reported_late: Whether `created_at` follows the order of arrival.
        age: How much longer ago the last event occurred.
    """

    stretch: float = 1.0
    is_trimmed: bool = False
    is_reported_late: bool = False
    age: timedelta = timedelta(0)

    @property
    def is_close(self) -> bool:
        """
        Whether the events are within a second.
        """
        return not self.stretch


#: How much longer ago the events of a life cycle occur where their age may matter.
AGE: Final = timedelta(hours=30)

NATURAL: Final = Spacing()
STRETCHED: Final = Spacing(stretch=1.37)
REPORTED_LATE: Final = Spacing(is_reported_late=True)
CLOSE: Final = Spacing(stretch=0)
TRIMMED: Final = Spacing(stretch=0, is_trimmed=True)
TRIMMED_AND_REPORTED_LATE: Final = Spacing(stretch=0, is_trimmed=True, is_reported_late=True)
CLOSE_AND_REPORTED_LATE: Final = Spacing(stretch=0, is_reported_late=True)


def respaced(
    events: Sequence[JsonMapping], spacing: Spacing, lived: int, arrival: Sequence[int]
) -> list[JsonObject]:
    """
    Copy the events of a life cycle with other times, all with milliseconds.

    Args:
        events: In the order in which they occur.
        spacing: How their times are set.
        lived: How many of them are set close together; the rest comes a minute later.
        arrival: The places of the events in the order in which they will be sent.
    """
    copied = [dict(event) for event in events]
    times = [_time(event, "occurred_at") for event in events]
    known = [one for one in times if one is not None]
    if len(known) < len(times):
        return copied
    occurred = [
        _close(known[-1], at, lived) if spacing.is_close else _stretched(known, at, spacing.stretch)
        for at in range(len(known))
    ]
    ranks = {at: rank for rank, at in enumerate(arrival)}
    for at, event in enumerate(copied):
        created = _time(event, "created_at")
        event["occurred_at"] = format_time(occurred[at])
        if created is not None:
            delay = created - known[at]
            if spacing.is_reported_late:
                reported = max(occurred) + _REPORTED_AFTER + _SECOND * ranks.get(at, 0)
                delay = reported - occurred[at]
            event["created_at"] = format_time(occurred[at] + delay)
    return copied


def _stretched(times: Sequence[datetime], at: int, stretch: float) -> datetime:
    return times[-1] - (times[-1] - times[at]) * stretch


def _close(last: datetime, at: int, lived: int) -> datetime:
    """
    Set four events in a second, the last of those that are close in the second before `last`.
    """
    end = last.replace(microsecond=0)
    if at >= lived:
        return end + _MINUTE * (at - lived)
    before, place = divmod(lived - 1 - at, len(_MILLISECONDS))
    milliseconds = _MILLISECONDS[-1 - place]
    return end - _MINUTE - _SECOND * before + timedelta(milliseconds=milliseconds)


def trimmed(event: JsonMapping) -> JsonObject:
    """
    Copy an event whose times end with the last digit that is not 0.
    """
    return {
        name: _trim(value) if name in _NAMES and isinstance(value, str) else value
        for name, value in event.items()
    }


def _trim(text: str) -> str:
    return f"{text.removesuffix('Z').rstrip('0').rstrip('.')}Z" if TIME.fullmatch(text) else text


def _time(event: JsonMapping, name: str) -> datetime | None:
    text = event.get(name)
    is_time = isinstance(text, str) and TIME.fullmatch(text)
    return datetime.fromisoformat(str(text)) if is_time else None


def times_of(event: Mapping[str, object]) -> dict[str, str]:
    """
    Read the times of an event, by property.
    """
    return {name: str(event[name]) for name in _NAMES if name in event}
