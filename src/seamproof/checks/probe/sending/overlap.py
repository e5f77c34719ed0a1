"""
How many deliveries are under way at a time: several, where the handler takes long.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from seamproof.checks.model.tuning import (
    MAX_AT_ONCE,
    MEASURED_RESPONSES,
    OVERLAP_GAIN,
    OVERLAP_RESPONSE,
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

    @property
    def is_slow(self) -> bool:
        """
        Whether the handler takes so long that more than one delivery at a time may pay.
        """
        times = self.response_times
        return bool(times) and median(times) > OVERLAP_RESPONSE

    @property
    def at_once(self) -> int:
        """
        How many deliveries may be under way: one, if the handler is quick.
        """
        return self.most if self.is_slow else 1

    def measure(self, seconds: float, deliveries: int) -> None:
        """
        Overlap no more, if deliveries at once take as long as they would alone.
        """
        alone = median(self.response_times) * deliveries
        if deliveries >= self.most and seconds > OVERLAP_GAIN * alone:
            self.most = 1

    def lower(self) -> None:
        """
        Overlap less: an event failed among others that is accepted alone.
        """
        self.most = max(1, self.most // 2)
