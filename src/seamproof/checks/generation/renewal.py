"""
Renews the ids and the times of events, so that each event of a run is a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Final

from seamproof.formats import (
    TIME,
    UUID_IN_ANY_CASE,
    UUID_LENGTH,
    WHOLE_SECONDS,
    format_time,
    format_uuid,
)

if TYPE_CHECKING:
    from seamproof.json_types import Json

#: Where in a UUID its version stands.
_VERSION: Final = 14
#: The lengths of a time in Seam's formats, which have three or six fraction digits.
_TIME_LENGTHS: Final = (WHOLE_SECONDS + 4, WHOLE_SECONDS + 7)
#: Ids are drawn by the million, and are no secrets.
_random: Final = Random(SystemRandom().getrandbits(256))


@dataclass
class IdRenewer:
    """
    Copies values with new ids, equal ones for equal ones, and shifted times.

    Attributes:
        shift: By how much times move; None leaves them.
        digits: How many fraction digits times get; None leaves them.
        fixed: Ids that the user has set.
        ids: By old id, the new one.
    """

    shift: timedelta | None = None
    digits: int | None = None
    fixed: frozenset[str] = frozenset()
    ids: dict[str, str] = field(default_factory=dict)

    def __call__(self, value: Json) -> Json:
        """
        Copy a value with new ids and times in place of the old ones.
        """
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            # Most members are texts: one call less each counts among thousands of events.
            return {
                name: self._text(member) if type(member) is str else self(member)
                for name, member in value.items()
            }
        if isinstance(value, list):
            return [self(member) for member in value]
        return value

    def _text(self, text: str) -> str:
        size = len(text)
        if size == UUID_LENGTH and UUID_IN_ANY_CASE.fullmatch(text):
            if text in self.fixed:
                return text
            if text not in self.ids:
                self.ids[text] = _renewed(text)
            return self.ids[text]
        if size in _TIME_LENGTHS and self.shift is not None and TIME.fullmatch(text):
            digits = self.digits or size - WHOLE_SECONDS - 1
            return format_time(datetime.fromisoformat(text) + self.shift, digits)
        return text


def new_id() -> str:
    """
    Make an id that no run ever had.
    """
    return format_uuid(_random.getrandbits(128))


def _renewed(text: str) -> str:
    """
    Make a new id of the same version and case; one of all zeros or ones stays as it is.
    """
    if is_blank_id(text):
        return text
    new = new_id()
    new = new[:_VERSION] + text[_VERSION] + new[_VERSION + 1 :]
    return new.upper() if text.upper() == text else new


def is_blank_id(value: object) -> bool:
    """
    Whether an id is all zeros or all ones.
    """
    # Most ids end with another digit than they begin with.
    return isinstance(value, str) and value[:1] == value[-1:] and len({*value} - {"-"}) == 1


def is_placeholder(name: str, value: object) -> bool:
    """
    Whether a property holds an id of all zeros or ones in place of that of a record.
    """
    return name.endswith("_id") and name != "event_id" and is_blank_id(value)
