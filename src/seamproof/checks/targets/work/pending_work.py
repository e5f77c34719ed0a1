"""
Waits for the work that a handler of this process goes on with after its answer.

A thread or a task has no work where it stands as it stood before the first request: at the call
that waits for a job. A timer is work until its function was called, unless it ticks all the time.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from enum import IntEnum
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from seamproof.checks.targets.handler_thread import LIFESPAN
from seamproof.checks.targets.tracebacks import is_user_code, is_user_frame, position_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from seamproof.checks.targets.handler_thread import HandlerThread
    from seamproof.checks.targets.tracebacks import Position

#: Seconds between two looks.
_PAUSE: Final = 0.01
#: Looks in a row that have to find a worker idle: it may not have seen its job yet.
_LOOKS: Final = 3
#: Parts of the names of files in which the threads of a pool wait for a job.
_POOLS: Final = ("threading.py", "queue.py", "concurrent/futures/", "/anyio/", "/asgiref/")


class WorkLeft(IntEnum):
    """
    What may still change the state of a handler to which nothing is sent.
    """

    NOTHING = 0
    # A worker waits for its next job, or for its next turn: which of them cannot be seen.
    WORKER = 1
    # A thread, a task or a timer is at work on a request.
    BUSY = 2


class PendingWork:
    """
    The threads, tasks and timers of a handler, and where they stand while there is nothing to do.

    Args:
        thread: The thread of the handler. It is none of those.
    """

    def __init__(self, thread: HandlerThread) -> None:
        self._thread = thread
        self._idle: set[Position] = set()
        self._noted: WeakSet[object] = WeakSet()

    def note_idle(self) -> None:
        """
        Note where threads, tasks and timers stand before the first request.
        """
        workers = [*self._threads(), *self._tasks()]
        self._idle.update(position for _, position in [*workers, *self._timers()])
        self._noted.update(worker for worker, _ in workers)

    def note_started(self) -> None:
        """
        Note the same of threads and tasks that the first requests have started.

        Those from before may be at work on these requests, and a timer certainly is.
        """
        workers = [*self._threads(), *self._tasks()]
        self._idle.update(position for worker, position in workers if worker not in self._noted)

    def wait(self, seconds: float) -> WorkLeft:
        """
        Wait until no thread, task or timer is at work, but not for longer than some seconds.

        Returns:
            What is left.
        """
        until, idle = time.monotonic() + seconds, 0
        while (left := self.left) is not WorkLeft.NOTHING and time.monotonic() < until:
            idle = idle + 1 if left is WorkLeft.WORKER else 0
            if idle == _LOOKS:
                break
            time.sleep(_PAUSE)
        return left

    @property
    def left(self) -> WorkLeft:
        """
        What may still change the state.
        """
        found = [*self._threads(), *self._tasks(), *self._timers()]
        if not self._idle.issuperset(position for _, position in found if position):
            return WorkLeft.BUSY
        return WorkLeft.WORKER if found or active_children() else WorkLeft.NOTHING

    def _threads(self) -> Iterator[tuple[object, Position]]:
        frames = sys._current_frames()  # noqa: SLF001 - there is no other way
        for thread in self._thread.other_threads:
            frame = frames.get(thread.ident or 0)
            if frame is not None and not _is_waiting_timer(thread):
                stack = list(_stack(frame))
                user = tuple((one.f_code, one.f_lasti) for one in stack if is_user_frame(one))
                if user or not all(_is_of_pool(one) for one in stack):
                    yield thread, user

    def _tasks(self) -> Iterator[tuple[object, Position]]:
        for task in asyncio.all_tasks(self._thread.loop):
            if not task.done() and task.get_name() != LIFESPAN and (found := position_of(task)):
                yield task, found

    def _timers(self) -> Iterator[tuple[object, Position]]:
        for thread in self._thread.other_threads:
            if isinstance(thread, threading.Timer) and _is_waiting_timer(thread):
                yield thread, ((_code_of(thread.function), 0),)
        for handle in list(getattr(self._thread.loop, "_scheduled", ())):
            code = _code_of(handle._callback)  # noqa: SLF001 - there is no other way
            if not handle.cancelled() and is_user_code(getattr(code, "co_filename", "<none>")):
                yield handle, ((code, 0),)


def _is_waiting_timer(thread: threading.Thread) -> bool:
    return isinstance(thread, threading.Timer) and not thread.finished.is_set()


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_of_pool(frame: FrameType) -> bool:
    return any(one in Path(frame.f_code.co_filename).as_posix() for one in _POOLS)


def _code_of(function: object) -> object:
    """
    The code of a function or method; of what has none, its type.
    """
    while isinstance(function, partial):
        function = function.func
    return getattr(function, "__code__", type(function))
