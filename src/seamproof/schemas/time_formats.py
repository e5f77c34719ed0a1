"""
Ways to format a time that RFC 3339 allows; Seam sends 3 and 6 digits.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from seamproof.formats import TIME, format_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.json_types import Json

_KOLKATA: Final = timezone(timedelta(hours=5, minutes=30))

#: In words, whether only the standard has it, and how to format a time so.
TIME_FORMATS: Final[tuple[tuple[str, bool, Callable[[datetime], str]], ...]] = (
    ("times with 3 digits", False, lambda at: format_time(at, 3)),
    (
        "times with 6 digits",
        False,
        lambda at: format_time(at.replace(microsecond=at.microsecond | 1), 6),
    ),
    ("times with an offset of zero", True, lambda at: f"{format_time(at, 3)[:-1]}+00:00"),
    (
        "times with an offset",
        True,
        lambda at: f"{format_time(at.astimezone(_KOLKATA), 3)[:-1]}+05:30",
    ),
    ("times with nanoseconds", True, lambda at: f"{format_time(at, 6)[:-1]}789Z"),
    ("times with 1 digit", True, lambda at: f"{format_time(at, 3)[:-3]}Z"),
    ("times without a fraction", True, lambda at: f"{format_time(at, 3)[:-5]}Z"),
    ("times with a lower-case t and z", True, lambda at: format_time(at, 3).lower()),
)


def reformatted(value: Json, format_moment: Callable[[datetime], str]) -> Json:
    """
    Format all times of a value, also those inside it, in another way.
    """
    if isinstance(value, dict):
        return {name: reformatted(member, format_moment) for name, member in value.items()}
    if isinstance(value, list):
        return [reformatted(item, format_moment) for item in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        return format_moment(datetime.fromisoformat(value))
    return value
