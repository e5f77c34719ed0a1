"""
The style of a run: how its genuine deliveries are written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import JsonMapping
    from seamproof.strategies import Presence

#: How the names of headers are written.
CASES: Final[Mapping[str, Callable[[str], str]]] = {
    "lower": str.lower,
    "Title": str.title,
    "UPPER": str.upper,
}
#: Where JavaScript begins to write whole numbers with an exponent.
_WRITTEN_OUT: Final = 1e21


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """
    How genuine deliveries are written: as Seam does, unless the handler takes only another way.

    Attributes:
        case: Of the names of headers, a key of `CASES`.
        spaced: Whether the JSON has a space after commas and colons.
        escaped: Whether letters beyond ASCII are escaped in it.
        ordered: Whether the names of each object are sorted.
        presence: Which of the optional properties an event has.
        fine: Whether times have six fraction digits rather than three.
    """

    case: str = "lower"
    spaced: bool = False
    escaped: bool = False
    ordered: bool = False
    presence: Presence = "all"
    fine: bool = False

    def write(self, event: JsonMapping) -> bytes:
        """
        Write a payload as JSON, numbers as JavaScript does: 24 and not 24.0.
        """
        return json.dumps(
            {name: _whole(value) for name, value in event.items()},
            ensure_ascii=self.escaped,
            separators=(", ", ": ") if self.spaced else (",", ":"),
            sort_keys=self.ordered,
        ).encode()


def _whole(value: object) -> object:
    if isinstance(value, float) and abs(value) < _WRITTEN_OUT and value.is_integer():
        return int(value)
    return value
