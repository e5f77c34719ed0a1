"""
How many deliveries are under way at a time: several, where the handler takes long.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from seamproof.checks.model.tuning import (
    BRIEF_RESPONSE,
    MAX_AT_ONCE,
    MEASURED_RESPONSES,
    OVERLAP_GAIN,
    OVERLAP_RESPONSE,
    TRIED_OVERLAPS,
)


@dataclass
class Overlap:
    """
    Decides how many deliveries are under way at a time.

    Attributes:
        most: How many may be, at most.
        response_times: Of the last deliveries that were alone, in seconds.
    """

    most: int = MAX_AT_ONCE
    response_times: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED_RESPONSES))

    _without_gain: int = 0

    @property
    def is_slow(self) -> bool:
        """
        Whether the handler takes so long that more than one delivery at a time may pay.
        """
        times = self.response_times
        return bool(times) and median(times) > OVERLAP_RESPONSE

    @property
    def is_brief(self) -> bool:
        """
        Whether it takes so long that a quick pass sends less.
        """
        times = self.response_times
        return bool(times) and median(times) > BRIEF_RESPONSE

    @property
    def at_once(self) -> int:
        """
        How many deliveries may be under way: one, if the handler is quick.
        """
        return self.most if self.is_slow else 1

    def measure(self, seconds: float, deliveries: int) -> None:
        """
        Overlap no more, if deliveries at once take as long as they would alone, several times.
        """
        alone = median(self.response_times) * deliveries
        if deliveries < self.most:
            return
        is_gain = seconds <= OVERLAP_GAIN * alone
        self._without_gain = 0 if is_gain else self._without_gain + 1
        if self._without_gain >= TRIED_OVERLAPS:
            self.most = 1

    def lower(self) -> None:
        """
        Overlap less: an event failed among others that is accepted alone.
        """
        self.most = max(1, self.most // 2)
