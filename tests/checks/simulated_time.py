"""
Time for tests of runs that wait: to sleep takes none, and moves the clocks on.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: The clock moves on by so much each time that it is read, as no two moments are one.
_TICK: Final = 1e-6


class SimulatedTime:
    """
    The clocks of a test, and what a handler is to do later.

    Other threads sleep as ever: none of them moves the clocks.
    """

    def __init__(self) -> None:
        # Always at the same part of a minute, so that what a test finds does not depend on when
        # it is run.
        self._began = time.time() // 60 * 60 + 0.5
        self._passed = 0.0
        self._sleep = time.sleep
        self._thread = threading.get_ident()
        self._jobs: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """
        Return the seconds since the test began.
        """
        return self._advance(_TICK)

    def time(self) -> float:
        """
        Return the seconds since the epoch.
        """
        return self._began + self.monotonic()

    def sleep(self, seconds: float) -> None:
        """
        Do what falls due meanwhile, each at its time.
        """
        if threading.get_ident() != self._thread:
            self._sleep(seconds)
            return
        until = self._passed + seconds
        while self._jobs and self._jobs[0][0] <= until:
            due, _, job = heapq.heappop(self._jobs)
            self._advance(due - self._passed)
            job()
        self._advance(until - self._passed)

    def later(self, seconds: float, job: Callable[[], None]) -> None:
        """
        Do something in some seconds, as a worker of the handler would.
        """
        heapq.heappush(self._jobs, (self._passed + seconds, next(self._order), job))

    def _advance(self, seconds: float) -> float:
        with self._lock:
            self._passed += max(0.0, seconds)
            return self._passed
