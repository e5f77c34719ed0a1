"""
Tests of the shifted clock: what sees it, and what does not.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seamproof.checks.targets.clock_shift import shifted_clock
from seamproof.checks.targets.handler_thread import HandlerThread
from seamproof.mock_server.network.loop_thread import LoopThread

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600.0


class Cache:
    """
    A cache that keeps the function which tells it the time.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer

    def now(self) -> float:
        """
        Return the time.
        """
        return self._timer()


def test_every_clock_of_a_handler_is_shifted_and_put_back() -> None:
    """
    The time of day, the monotonic clock, and objects that have kept a function of it.
    """
    clocks: list[Callable[[], float]] = [
        time.time,
        lambda: datetime.now(UTC).timestamp(),
        lambda: time.monotonic(),  # noqa: PLW0108 - looked up when it is called
        lambda: time.monotonic_ns() / 1e9,
        Cache().now,
    ]
    before = [one() for one in clocks]
    with shifted_clock(HOUR):
        shifted = [one() for one in clocks]
    after = [one() for one in clocks]

    assert all(HOUR <= later - one < 2 * HOUR for later, one in zip(shifted, before, strict=True))
    assert all(later - one < HOUR for later, one in zip(after, before, strict=True))


def test_timeouts_of_the_event_loop_keep_the_real_clock() -> None:
    """
    A task that sleeps is not woken by the shifted clock.
    """
    thread = HandlerThread()

    async def sleeping() -> asyncio.Task[None]:
        return asyncio.create_task(asyncio.sleep(HOUR))

    async def is_done(task: asyncio.Task[None]) -> bool:
        await asyncio.sleep(0.05)
        return task.done()

    try:
        task = thread.run(sleeping())
        with shifted_clock(2 * HOUR):
            assert not thread.run(is_done(task))
    finally:
        thread.close()


def test_a_timer_of_another_loop_keeps_its_time() -> None:
    """
    A timer that a loop of this process sets while the clock is later is not due a day late.
    """
    thread = LoopThread("timer")

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(asyncio.sleep(0.01))
        await asyncio.sleep(0)  # so that the timer is set
        return task

    with shifted_clock(24 * HOUR):
        task = thread.call(start())

    async def is_finished() -> bool:
        done, _ = await asyncio.wait([task], timeout=60)
        return bool(done)

    finished = thread.call(is_finished())
    thread.close()

    assert finished
