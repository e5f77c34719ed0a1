"""
The time of a run: it passes only while checks run, and not between the tests of a test runner.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.probe.probe import Probe


class RunClock:
    """
    Sets the deadline of a probe.

    Args:
        probe: Sends nothing more after its deadline.
        limit: Seconds of the whole run; None sets no end.
    """

    def __init__(self, probe: Probe, limit: float | None) -> None:
        self._probe = probe
        self._left = limit

    @contextmanager
    def running(self, share: float = 1.0) -> Iterator[None]:
        """
        Let the time pass while the block lasts.

        Args:
            share: How much of what is left may be used up.
        """
        if self._left is None:
            yield
            return
        allowed = self._left * share
        self._probe.budget.deadline = time.monotonic() + allowed
        try:
            yield
        finally:
            # The deadline may have been moved, by the time that late effects have taken.
            deadline = self._probe.budget.deadline or 0.0
            self._left += min(0.0, deadline - time.monotonic() - allowed)
