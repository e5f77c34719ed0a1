"""
The time budget of a run: when sending ends, and what comes on top.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.checks.model.tuning import EVENT_TYPE_BUDGET, LATE_BUDGET, LONG_RESPONSE

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class TimeBudget:
    """
    The time budget of a run.

    Attributes:
        deadline: When sending ends, by `time.monotonic`; None without a budget.
        may_grow: Whether late effects come on top: the user gave no limit.
        longest_work: How many seconds of them may come on top.
        waited_for_work: How long effects that come late were waited for, in seconds.
    """

    deadline: float | None = None
    may_grow: bool = True
    longest_work: float = LATE_BUDGET
    waited_for_work: float = 0.0

    @property
    def remaining(self) -> float | None:
        """
        Seconds that are left; None without a budget.
        """
        return None if self.deadline is None else self.deadline - time.monotonic()

    @property
    def is_used_up(self) -> bool:
        """
        Whether no time is left.
        """
        return self.deadline is not None and time.monotonic() > self.deadline

    def wait_for_work(self, seconds: float) -> None:
        """
        Wait until effects that come late have come.
        """
        time.sleep(seconds)
        self.prolong(seconds)

    def prolong(self, seconds: float) -> None:
        """
        Put the time that was waited for late effects on top, where that is allowed.
        """
        if self.deadline is not None and self.may_grow:
            self.deadline += min(seconds, max(0.0, self.longest_work - self.waited_for_work))
        self.waited_for_work += seconds

    def wait(self, seconds: float) -> None:
        """
        Wait for a time that an event has to be old; it comes on top, where that is allowed.
        """
        time.sleep(seconds)
        if self.deadline is not None and self.may_grow:
            self.deadline += seconds

    def leave(self, seconds: float) -> None:
        """
        Leave at least some seconds, where that is allowed.
        """
        if self.deadline is not None and self.may_grow:
            self.deadline = max(self.deadline, time.monotonic() + seconds)

    @contextmanager
    def leaving(self, seconds: float) -> Iterator[None]:
        """
        Leave at least some seconds while the block lasts, although the time may be used up.
        """
        before = self.deadline
        if before is not None:
            self.deadline = max(before, time.monotonic() + seconds)
        try:
            yield
        finally:
            self.deadline = before

    @contextmanager
    def shifted(self, seconds: float) -> Iterator[None]:
        """
        Move the deadline along with a clock that is later while the block lasts.
        """
        if self.deadline is not None:
            self.deadline += seconds
        try:
            yield
        finally:
            if self.deadline is not None:
                self.deadline -= seconds


@dataclass(slots=True)
class TypeTime:
    """
    The time that the requests of one event type have taken.

    Attributes:
        seconds: All together.
        requests: How many there were.
    """

    seconds: float = 0.0
    requests: int = 0

    def add(self, seconds: float) -> None:
        """
        Count a request.
        """
        self.seconds += seconds
        self.requests += 1

    @property
    def is_used_up(self) -> bool:
        """
        Whether no more of the type is sent: its responses take long, and took too long in all.
        """
        takes_long = self.seconds > LONG_RESPONSE * self.requests
        return takes_long and self.seconds > EVENT_TYPE_BUDGET
