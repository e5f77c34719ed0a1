"""
What happened to each message of a worker, in two bytes a message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

_OUTCOME: Final = 0b0000_0011
_TIMED_OUT: Final = 0b0000_0100
_ATTEMPT: Final = 0b0001_0000
_MOST_ATTEMPTS: Final = 15
_MOST_REASONS: Final = 255
_OTHER: Final = "another reason"


class Fate(IntEnum):
    """
    What is known of a message.
    """

    PENDING = 0
    DELIVERED = 1
    GIVEN_UP = 2


@dataclass(slots=True)
class MessageStates:
    """
    The messages of one worker, by number.

    Attributes:
        states: Of each message its fate, whether an attempt timed out, and the failed attempts.
        reasons: Of each message the index of its last reason; 0 for none.
        table: The reasons.
    """

    states: bytearray = field(default_factory=bytearray)
    reasons: bytearray = field(default_factory=bytearray)
    table: list[str] = field(default_factory=lambda: [""])
    _indexes: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.states)

    def begin(self) -> int:
        """
        Add a message, and return its number.
        """
        self.states.append(Fate.PENDING)
        self.reasons.append(0)
        return len(self.states) - 1

    def fate(self, number: int) -> Fate:
        """
        Return what is known of a message.
        """
        return Fate(self.states[number] & _OUTCOME)

    def timed_out(self, number: int) -> bool:
        """
        Whether an attempt of a message timed out.
        """
        return bool(self.states[number] & _TIMED_OUT)

    def reason(self, number: int) -> str:
        """
        Return why the last attempt of a message failed; empty if none did.
        """
        return self.table[self.reasons[number]]

    def deliver(self, number: int) -> None:
        """
        Record a response of 2xx.
        """
        self.states[number] = self.states[number] & ~_OUTCOME | Fate.DELIVERED

    def fail(self, number: int, reason: str, *, timed_out: bool) -> int:
        """
        Record a failed attempt, and return how many there were.
        """
        state = self.states[number]
        attempts = min((state >> 4) + 1, _MOST_ATTEMPTS)
        self.states[number] = state & 0x0F | attempts * _ATTEMPT | (_TIMED_OUT if timed_out else 0)
        self.reasons[number] = self._index(reason)
        return attempts

    def give_up(self, number: int, reason: str = "") -> None:
        """
        Record that no further attempt is made.

        Args:
            number: The message.
            reason: In place of that of the last attempt.
        """
        self.states[number] = self.states[number] & ~_OUTCOME | Fate.GIVEN_UP
        if reason:
            self.reasons[number] = self._index(reason)

    def _index(self, reason: str) -> int:
        index = self._indexes.get(reason)
        if index is None:
            if len(self.table) >= _MOST_REASONS and reason != _OTHER:
                return self._index(_OTHER)
            index = self._indexes[reason] = len(self.table)
            self.table.append(reason)
        return index
