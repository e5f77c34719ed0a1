"""
The thread that a handler runs in, with its event loop.

A handler may hold objects that only the thread that made them may use, a database connection
for one. So it is imported, called and observed in one thread. The event loop of that thread runs
whenever nothing else does, so that background tasks of a response go on; plain calls are made
while it is stopped, because code that starts its own loop must not find one running.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing import active_children
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seamproof.checks.targets.tracebacks import position_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from seamproof.checks.targets.tracebacks import Position

T = TypeVar("T")

#: Seconds after which a request without a response is given up.
TIMEOUT: Final = 20.0
LATE: Final = f"no answer within {TIMEOUT:g} s"
#: The name of the task in which an application runs from its startup to its shutdown.
LIFESPAN: Final = "seamproof-lifespan"
#: How the names of seamproof's own threads begin.
OWN_THREADS: Final = "seamproof"
#: Seconds more for a call: a timeout inside the event loop comes first, if it can.
_GRACE: Final = 2.0
#: Seconds for a request while the handler still hangs at an earlier one.
_STUCK: Final = 0.5
#: Seconds that background tasks are waited for, and between two looks at them.
_TASKS_TIMEOUT: Final = 2.0
_STEP: Final = 0.002
#: Seconds that a thread runs before the interpreter switches: short, so that races show.
_SWITCH: Final = 1e-6
#: How many threads run at the same time.
MAX_THREADS: Final = 50


class CallOutcome(Future[T]):
    """
    The result of a call of the thread; what it raises is read, or given up on purpose.
    """

    is_watched = False


class HandlerThread:
    """
    A daemon thread with an event loop. Close it when done.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        monotonic = time.monotonic
        # Its time-outs keep the real clock where that of the handler is shifted.
        self._loop.time = lambda: monotonic()  # type: ignore[method-assign]  # noqa: PLW0108
        # A handler that is no coroutine may close the loop that it finds; it is in use.
        self._close_loop = self._loop.close
        self._loop.close = lambda: None  # type: ignore[method-assign]
        self._calls: deque[Callable[[], None]] = deque()
        self._closing = False
        self._stuck: Future[Any] | None = None
        self._long_running: set[asyncio.Task[Any]] = set()
        #: Where tasks stood that did not end in time: nor will another one that stands there.
        self._stands_long: set[Position] = set()
        self._thread = threading.Thread(target=self._main, name="seamproof-handler", daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], T], timeout: float = TIMEOUT + _GRACE) -> T:
        """
        Call a function in the thread and wait for its result.

        Raises:
            TimeoutError: It takes longer than the timeout, in seconds.
            BaseException: What the function raises.
        """
        outcome: Future[T] = CallOutcome()

        def call() -> None:
            try:
                outcome.set_result(function())
            except BaseException as error:
                outcome.set_exception(error)

        self._calls.append(call)
        self._loop.call_soon_threadsafe(self._loop.stop)
        return self._wait(outcome, timeout)

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = TIMEOUT + _GRACE) -> T:
        """
        Run a coroutine in the thread's event loop and wait for its result.

        Raises:
            TimeoutError: It takes longer than the timeout, in seconds.
            BaseException: What the coroutine raises.
        """
        outcome: Future[T] = CallOutcome()

        async def await_it() -> None:
            # A callback of the task would come a round of the event loop later.
            try:
                outcome.set_result(await coroutine)
            except BaseException as error:
                outcome.set_exception(error)

        self._loop.call_soon_threadsafe(self._loop.create_task, await_it())
        return self._wait(outcome, timeout)

    def _wait(self, outcome: Future[T], timeout: float) -> T:
        stuck = self._stuck is not None and not self._stuck.done()
        try:
            return outcome.result(_STUCK if stuck else timeout)
        except TimeoutError as error:
            if error.args or outcome.done():  # raised by the handler itself
                raise
            self._stuck = self._stuck if stuck else outcome
            message = "it still hangs at an earlier request" if stuck else LATE
            raise TimeoutError(message) from None

    def wait_for_tasks(self) -> None:
        """
        Wait for the background tasks of responses, but only for a short time.
        """
        with suppress(TimeoutError):
            self.run(self._wait_for_tasks())

    async def _wait_for_tasks(self) -> None:
        until = self._loop.time() + _TASKS_TIMEOUT
        this = asyncio.current_task()
        while left := asyncio.all_tasks() - self._long_running - {this}:
            positions = {position_of(one) for one in left}
            if self._loop.time() > until:
                self._stands_long.update(filter(None, positions))
            if self._stands_long.issuperset(positions) or self._loop.time() > until:
                self.keep_running_tasks()
                return
            await asyncio.sleep(_STEP)

    def keep_running_tasks(self) -> None:
        """
        Do not wait for the present tasks any more. Call it in the event loop.
        """
        self._long_running = asyncio.all_tasks(self._loop) - {asyncio.current_task()}

    @property
    def thread(self) -> threading.Thread:
        """
        The thread itself.
        """
        return self._thread

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """
        The event loop of the thread.
        """
        return self._loop

    @property
    def is_only_thread(self) -> bool:
        """
        Whether no other thread or child process could be working for the handler.
        """
        return not self.other_threads and not active_children()

    @property
    def other_threads(self) -> list[threading.Thread]:
        """
        The threads that may be the handler's: the Seam API that it calls has some of its own.
        """
        known = {self._thread, threading.main_thread(), threading.current_thread()}
        return [
            one
            for one in threading.enumerate()
            if one not in known and not one.name.startswith(OWN_THREADS)
        ]

    @property
    def has_tasks(self) -> bool:
        """
        Whether a task of the event loop, or a call that is scheduled in it, has not ended.

        The lifespan of an application, which only waits for its end, is none.
        """
        scheduled = list(getattr(self._loop, "_scheduled", ()))
        tasks = (one for one in asyncio.all_tasks(self._loop) if one.get_name() != LIFESPAN)
        return any(not one.done() for one in tasks) or any(not one.cancelled() for one in scheduled)

    def close(self) -> None:
        """
        Cancel the tasks and end the thread; a thread that hangs is abandoned.
        """
        self._closing = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_GRACE)

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        while not self._closing:
            # The thread goes on when a task exits the program, or interrupts it.
            with suppress(BaseException):
                self._loop.run_forever()
            while self._calls:
                self._calls.popleft()()
        with suppress(Exception):
            self._cancel_tasks()
        self._close_loop()

    def _cancel_tasks(self) -> None:
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.wait(left, timeout=1))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())


def call_at_once(calls: Sequence[Callable[[], T]], late: Callable[[], T]) -> list[T]:
    """
    Make calls at the same time, each in its own thread.

    Args:
        calls: None of them raises.
        late: Makes the result of a call that does not end in time.
    """
    results: dict[int, T] = {}
    for first in range(0, len(calls), MAX_THREADS):
        batch = calls[first : first + MAX_THREADS]
        gate = threading.Barrier(len(batch))

        def run(at: int, call: Callable[[], T], gate: threading.Barrier = gate) -> None:
            gate.wait()
            results[at] = call()

        threads = [
            threading.Thread(target=run, args=(first + at, call), daemon=True)
            for at, call in enumerate(batch)
        ]
        with fast_thread_switching():
            for thread in threads:
                thread.start()
            until = time.monotonic() + TIMEOUT
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
    return [results[at] if at in results else late() for at in range(len(calls))]


@contextmanager
def fast_thread_switching() -> Iterator[None]:
    """
    Switch threads as often as possible, so that races show.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
