"""
Latencies in a histogram whose buckets are one per cent wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOG_WIDTH: Final = math.log(1.01)
#: The shortest latency that is distinguished from shorter ones, in seconds.
_SHORTEST: Final = 1e-5


@dataclass(slots=True)
class Latencies:
    """
    A histogram of latencies, in seconds.

    Attributes:
        buckets: From the bucket to the number of latencies in it.
        longest: The longest one.
    """

    buckets: dict[int, int] = field(default_factory=dict)
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """
        Add a latency.
        """
        bucket = int(math.log(max(seconds, _SHORTEST) / _SHORTEST) / _LOG_WIDTH)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.longest = max(self.longest, seconds)

    def merge(self, buckets: Mapping[int, int], longest: float) -> None:
        """
        Add the latencies of another histogram.
        """
        for bucket, times in buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + times
        self.longest = max(self.longest, longest)

    @property
    def count(self) -> int:
        """
        The number of latencies.
        """
        return sum(self.buckets.values())

    def quantile(self, share: float) -> float:
        """
        Return the latency that a share of all does not exceed; 0 if there is none.
        """
        rank, seen = math.ceil(share * self.count), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return min(_SHORTEST * math.exp((bucket + 1) * _LOG_WIDTH), self.longest)
        return 0.0
