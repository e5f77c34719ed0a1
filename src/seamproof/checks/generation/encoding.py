"""
The encoding of a genuine delivery: the case of header names, JSON, and the precision of times.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.strategies import Presence

#: The cases in which header names are sent.
HEADER_CASES: Final[Mapping[str, Callable[[str], str]]] = {
    "lower": str.lower,
    "Title": str.title,
    "UPPER": str.upper,
}
#: The number from which JavaScript writes whole numbers with an exponent.
_EXPONENT_FROM: Final = 1e21


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """
    How genuine deliveries are encoded: as Seam does, unless the handler accepts only another way.

    Attributes:
        header_case: Of the names of headers, a key of `HEADER_CASES`.
        spaced: Whether the JSON has a space after commas and colons.
        ascii_only: Whether letters beyond ASCII are escaped in it.
        sorted_keys: Whether the names of each object are sorted.
        presence: Which of the optional properties an event has.
        microseconds: Whether times have six fraction digits rather than three.
    """

    header_case: str = "lower"
    spaced: bool = False
    ascii_only: bool = False
    sorted_keys: bool = False
    presence: Presence = "all"
    microseconds: bool = False

    @property
    def digits(self) -> int:
        """
        How many fraction digits times have.
        """
        return 6 if self.microseconds else 3

    def encode(self, event: JsonMapping) -> bytes:
        """
        Encode a payload as JSON, numbers as JavaScript writes them: 24 and not 24.0.
        """
        return json.dumps(
            {name: _as_integer(value) for name, value in event.items()},
            ensure_ascii=self.ascii_only,
            separators=(", ", ": ") if self.spaced else (",", ":"),
            sort_keys=self.sorted_keys,
        ).encode()


def _as_integer(value: object) -> object:
    if isinstance(value, float) and abs(value) < _EXPONENT_FROM and value.is_integer():
        return int(value)
    return value


def event_in(body: bytes) -> JsonObject:
    """
    Read the event in a body; an empty one if there is none.
    """
    try:
        event = parse_json(body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}
