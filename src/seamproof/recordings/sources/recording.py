"""
What a file of recordings contains: events, and parts that are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Recording:
    """
    A recorded event.

    Attributes:
        payload: The event.
        body: Its JSON text, byte for byte where the file has it.
    """

    payload: JsonObject
    body: bytes


@dataclass(frozen=True, slots=True)
class NoEvent:
    """
    A part of a file that is no event.

    Attributes:
        where: Its place in the file.
        reason: Why it is none.
    """

    where: str
    reason: str
