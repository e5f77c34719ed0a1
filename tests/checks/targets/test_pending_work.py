"""
Tests of the wait for what a handler of this process goes on with after its answer.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.targets.handler_thread import HandlerThread
from seamproof.checks.targets.work.pending_work import PendingWork, WorkLeft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Longer than any of the work takes.
PATIENCE: Final = 30.0
LATER: Final = 0.15


@pytest.fixture
def thread() -> Iterator[HandlerThread]:
    """
    The thread of a handler.
    """
    with closing(HandlerThread()) as one:
        yield one


async def sleep_and(function: Callable[[], None]) -> None:
    """
    Call a function later.
    """
    await asyncio.sleep(LATER)
    function()


def late(function: Callable[[], None]) -> Callable[[], None]:
    """
    Make a function that calls another one later.
    """

    def work() -> None:
        time.sleep(LATER)
        function()

    return work


STARTERS: Final[dict[str, Callable[[asyncio.AbstractEventLoop, Callable[[], None]], object]]] = {
    "timer": lambda _, function: threading.Timer(LATER, function).start(),
    "thread": lambda _, function: threading.Thread(target=late(function)).start(),
    "pool": lambda _, function: ThreadPoolExecutor(1).submit(late(function)),
    "task": lambda loop, function: asyncio.run_coroutine_threadsafe(sleep_and(function), loop),
    "callback": lambda loop, function: loop.call_soon_threadsafe(
        loop.call_later, LATER, late(function)
    ),
}


@pytest.mark.parametrize("kind", STARTERS)
def test_work_after_the_answer_is_waited_for(kind: str, thread: HandlerThread) -> None:
    """
    Whatever it is that does the work.
    """
    done = threading.Event()
    work = PendingWork(thread)
    work.note_idle()

    STARTERS[kind](thread.loop, done.set)
    thread.call(lambda: None)
    left = work.wait(PATIENCE)
    # As the state is read: after what the thread of the handler does at the moment.
    thread.call(lambda: None)

    assert done.is_set()
    assert left is not WorkLeft.BUSY


def test_a_worker_that_waits_for_its_next_job_is_not_waited_for(thread: HandlerThread) -> None:
    """
    It stands where it stood before the first request; while it works, it does not.
    """
    jobs: queue.Queue[Callable[[], None]] = queue.Queue()

    def worker() -> None:
        while True:
            jobs.get()()

    threading.Thread(target=worker, daemon=True).start()
    work = PendingWork(thread)
    while work.left is not WorkLeft.WORKER:
        work.note_idle()
    done = threading.Event()

    assert work.wait(PATIENCE) is WorkLeft.WORKER

    jobs.put(late(done.set))
    assert work.wait(PATIENCE) is WorkLeft.WORKER
    assert done.is_set()


def test_what_does_not_end_is_busy(thread: HandlerThread) -> None:
    """
    It is not waited for without an end.
    """
    end = threading.Event()

    def wait() -> None:
        end.wait()

    work = PendingWork(thread)
    work.note_idle()
    threading.Thread(target=wait, daemon=True).start()

    assert work.wait(0.05) is WorkLeft.BUSY

    end.set()


def test_timers_that_always_tick_are_no_work(thread: HandlerThread) -> None:
    """
    Those that ticked before the first request.
    """
    end = threading.Event()

    def tick() -> None:
        if not end.is_set():
            timer = threading.Timer(0.01, tick)
            timer.daemon = True
            timer.start()

    tick()
    work = PendingWork(thread)
    work.note_idle()

    assert work.wait(PATIENCE) is not WorkLeft.BUSY

    end.set()
