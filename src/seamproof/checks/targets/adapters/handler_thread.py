"""
A thread in which a handler lives: what it imports, what it answers, its event loop.

A handler may hold things that only the thread that made them may use, a database
connection for one. So it is imported, called and looked at in one thread. That
thread's event loop runs whenever nothing else does, so that tasks left behind by an
answer go on; plain calls are made between its rounds, because code that starts a loop
of its own must not find one running.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from multiprocessing import active_children
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

T = TypeVar("T")

#: Seconds until a handler that does not answer is given up.
TIMEOUT: Final = 20.0
LATE: Final = f"no answer within {TIMEOUT:g} s"
#: Beyond it: the loop gives up by itself first, if it can.
_GRACE: Final = 2.0
#: Seconds for each request after one at which the handler still hangs.
_STUCK: Final = 0.5
#: Seconds that tasks left behind are waited for.
_SETTLE: Final = 2.0
_STEP: Final = 0.002
#: Seconds that one thread runs before another does: short, so that races show.
_SWITCH: Final = 1e-6
#: Threads at a time.
CREW: Final = 50


class _Job(Generic[T]):
    """
    Something to be done in the home, and what came of it.
    """

    __slots__ = ("_done", "_error", "_value", "act")

    def __init__(self, act: Callable[[], T] | None) -> None:
        self.act = act
        self._done = threading.Lock()
        self._done.acquire()
        self._error: BaseException | None = None
        self._value: Any = None

    @property
    def is_open(self) -> bool:
        """
        Whether it has not ended, though nobody waits for it any more.
        """
        return self._done.locked()

    def do(self) -> None:
        """
        Do it now.
        """
        assert self.act is not None  # noqa: S101 - only plain calls are done this way
        try:
            self._value = self.act()
        except BaseException as error:  # noqa: BLE001 - handed on to who asked
            self._error = error
        self._done.release()

    async def live(self, coroutine: Coroutine[Any, Any, T]) -> None:
        """
        Do it as a task, which says itself that it is done: a callback would come a round later.
        """
        try:
            self._value = await coroutine
        except BaseException as error:  # noqa: BLE001 - handed on to who asked
            self._error = error
        self._done.release()

    def wait(self, timeout: float) -> T:
        """
        Wait for the end, in another thread.

        Raises:
            TimeoutError: It does not come.
        """
        if not self._done.acquire(timeout=timeout):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[no-any-return]


class Home:
    """
    A daemon thread with an event loop. Close it when done.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._jobs: deque[_Job[Any]] = deque()
        self._closing = False
        self._stuck: _Job[Any] | None = None
        self._kept: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._live, name="seamproof-home", daemon=True)
        self._thread.start()

    def call(self, act: Callable[[], T], timeout: float = TIMEOUT + _GRACE) -> T:
        """
        Call a plain function in the home and wait for what it returns.

        Raises:
            TimeoutError: It takes longer than the time-out, in seconds.
            BaseException: Whatever the function raises.
        """
        job = _Job(act)
        self._jobs.append(job)
        self._loop.call_soon_threadsafe(self._loop.stop)
        return self._wait(job, timeout)

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = TIMEOUT + _GRACE) -> T:
        """
        Run a coroutine in the home's loop and wait for its result.

        Raises:
            TimeoutError: It takes longer than the time-out, in seconds.
            BaseException: Whatever the coroutine raises.
        """
        job: _Job[T] = _Job(None)

        self._loop.call_soon_threadsafe(self._loop.create_task, job.live(coroutine))
        return self._wait(job, timeout)

    def _wait(self, job: _Job[T], timeout: float) -> T:
        stuck = self._stuck is not None and self._stuck.is_open
        try:
            return job.wait(_STUCK if stuck else timeout)
        except TimeoutError as error:
            if error.args or not job.is_open:  # the handler's own
                raise
            self._stuck = self._stuck if stuck else job
            message = "it still hangs at an earlier request" if stuck else LATE
            raise TimeoutError(message) from None

    def settle(self) -> None:
        """
        Wait for the tasks that answers have left behind, but not for ever.
        """
        with suppress(TimeoutError):
            self.run(self._settle())

    async def _settle(self) -> None:
        until = self._loop.time() + _SETTLE
        this = asyncio.current_task()
        while self._loop.time() < until:
            left = asyncio.all_tasks() - self._kept - {this}
            if not left:
                return
            await asyncio.sleep(_STEP)
        self.spare()

    def spare(self) -> None:
        """
        Take the tasks of this moment for ones that last. Call it in the loop.
        """
        self._kept |= asyncio.all_tasks(self._loop) - {asyncio.current_task()}

    @property
    def is_alone(self) -> bool:
        """
        Whether no other thread or process of this one could be at work for a handler.
        """
        ours = {self._thread, threading.main_thread(), threading.current_thread()}
        return ours.issuperset(threading.enumerate()) and not active_children()

    def close(self) -> None:
        """
        End the tasks and the thread; a thread that hangs is left behind.
        """
        self._closing = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_GRACE)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        while not self._closing:
            # A task that exits is no reason for the home to end.
            with suppress(SystemExit):
                self._loop.run_forever()
            while self._jobs:
                self._jobs.popleft().do()
        with suppress(Exception):
            self._end()
        self._loop.close()

    def _end(self) -> None:
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.wait(left, timeout=1))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())


def together(acts: Sequence[Callable[[], T]], late: Callable[[], T]) -> list[T]:
    """
    Make calls at the same time, each in a thread of its own.

    Args:
        acts: None of them raises.
        late: Makes what stands for one that does not end in time.
    """
    results: dict[int, T] = {}
    for first in range(0, len(acts), CREW):
        batch = acts[first : first + CREW]
        gate = threading.Barrier(len(batch))

        def do(place: int, act: Callable[[], T], gate: threading.Barrier = gate) -> None:
            gate.wait()
            results[place] = act()

        threads = [
            threading.Thread(target=do, args=(first + place, act), daemon=True)
            for place, act in enumerate(batch)
        ]
        with hurried():
            for thread in threads:
                thread.start()
            until = time.monotonic() + TIMEOUT
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
    return [results[place] if place in results else late() for place in range(len(acts))]


@contextmanager
def hurried() -> Iterator[None]:
    """
    Switch threads as often as can be, so that what is not safe among threads shows.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
