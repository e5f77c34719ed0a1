"""
Calendar of the attempts that are due later, in eight bytes each.
"""

from __future__ import annotations

import heapq
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds to which due times are rounded up.
SLOT: Final = 0.05


@dataclass(slots=True)
class RetryCalendar:
    """
    Messages by the time at which their next attempt is due.
    """

    _slots: dict[int, array[int]] = field(default_factory=dict)
    _order: list[int] = field(default_factory=list)
    _count: int = 0

    def __len__(self) -> int:
        return self._count

    def add(self, number: int, due: float) -> None:
        """
        Add an attempt.

        Args:
            number: The message.
            due: Seconds of the clock of `take`.
        """
        slot = int(due / SLOT) + 1
        if slot not in self._slots:
            self._slots[slot] = array("Q")
            heapq.heappush(self._order, slot)
        self._slots[slot].append(number)
        self._count += 1

    def take(self, now: float) -> Iterator[tuple[int, float]]:
        """
        Take the attempts that are due, with the time at which each was due.
        """
        while self._order and self._order[0] * SLOT <= now:
            slot = heapq.heappop(self._order)
            numbers = self._slots.pop(slot)
            self._count -= len(numbers)
            for number in numbers:
                yield number, slot * SLOT

    def take_all(self) -> Iterator[int]:
        """
        Take every attempt, due or not.
        """
        for number, _ in self.take(float("inf")):
            yield number
