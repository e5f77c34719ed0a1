"""
Clocks of the retry schedule: the machine's clock, and a manual clock for tests.
"""

from __future__ import annotations

import time
from typing import TypeAlias

from seamproof.errors import UsageError


class RealClock:
    """
    The machine's clock.
    """

    manual = False

    def now(self) -> float:
        """
        Return the time, in seconds since the epoch.
        """
        return time.time()


class ManualClock:
    """
    A clock that stands still until it is advanced.

    `Service.advance` moves it from one due attempt to the next. A database stores its time:
    a service that starts moves the clock forward to the stored time.

    Args:
        start: The initial time, in seconds since the epoch; by default the machine's time.
    """

    manual = True

    def __init__(self, start: float | None = None) -> None:
        self._now = time.time() if start is None else start

    def now(self) -> float:
        """
        Return the time, in seconds since the epoch.
        """
        return self._now

    def move_to(self, moment: float) -> None:
        """
        Move the clock forward to a time.

        Raises:
            UsageError: The time has passed already.
        """
        if moment < self._now:
            what = "a clock is never put back"
            raise UsageError(what, found=f"{moment - self._now:g} s")
        self._now = moment


#: The time that the retry schedule runs on.
Clock: TypeAlias = RealClock | ManualClock
