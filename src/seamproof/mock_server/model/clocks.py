"""
Clocks: the real one, and one that stands still until it is advanced.
"""

from __future__ import annotations

import time
from typing import Protocol

from seamproof.errors import UsageError


class Clock(Protocol):
    """
    What tells the time that the schedule runs on.
    """

    @property
    def manual(self) -> bool:
        """
        Whether time passes only when somebody advances it.
        """

    def now(self) -> float:
        """
        Tell the time, in seconds since the epoch.
        """


class RealClock:
    """
    The machine's clock.
    """

    manual = False

    def now(self) -> float:
        """
        Tell the time, in seconds since the epoch.
        """
        return time.time()


class ManualClock:
    """
    A clock that stands still until it is advanced.

    `Service.advance` is what moves it, from one due attempt to the next. A database keeps
    its time: at the start of a service it is put forward to that.

    Args:
        start: The time that it shows at first, in seconds since the epoch; by default
            that of the machine.
    """

    manual = True

    def __init__(self, start: float | None = None) -> None:
        self._now = time.time() if start is None else start

    def now(self) -> float:
        """
        Tell the time, in seconds since the epoch.
        """
        return self._now

    def move_to(self, moment: float) -> None:
        """
        Put the clock forward.

        Raises:
            UsageError: The moment has passed already.
        """
        if moment < self._now:
            what = "a clock is never put back"
            raise UsageError(what, found=f"{moment - self._now:g} s")
        self._now = moment
