"""
Measures whether calls of a handler that were made at once have overlapped in its own code.

In an event loop, calls of an `async def` that awaits nothing run one after the other.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

from seamproof.checks.targets.tracebacks import is_user_code

if TYPE_CHECKING:
    from collections.abc import Iterator


class OverlapMeter:
    """
    Looks at the beginning and the end of each call whether another one has begun and not ended.

    Make it in the event loop, before the calls: what is at work by then is no call.

    Attributes:
        has_overlapped: Whether it was seen.
    """

    def __init__(self) -> None:
        self.has_overlapped = False
        self._before = set(_at_work())

    def look(self) -> None:
        """
        Look in the event loop, while a call begins or ends.
        """
        if not self.has_overlapped:
            this = {id(asyncio.current_task()), threading.get_ident()}
            self.has_overlapped = any(
                one not in self._before and one not in this for one in _at_work()
            )


def _at_work() -> Iterator[int]:
    """
    Identify the tasks that wait, and the threads that run, in the user's own code.
    """
    for task in asyncio.all_tasks():
        if _waits_in_user_code(task.get_coro()):
            yield id(task)
    for thread, frame in sys._current_frames().items():  # noqa: SLF001 - there is no other way
        inner = frame
        while inner is not None:
            if is_user_code(inner.f_code.co_filename):
                yield thread
                break
            inner = inner.f_back  # type: ignore[assignment]


def _waits_in_user_code(awaited: object) -> bool:
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None and is_user_code(frame.f_code.co_filename):
            return True
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return False


def intervals_overlap(intervals: list[tuple[float, float]]) -> bool:
    """
    Whether any two calls in threads overlapped, by their beginnings and ends.
    """
    return any(begun < ended for (_, ended), (begun, _) in pairwise(sorted(intervals)))
