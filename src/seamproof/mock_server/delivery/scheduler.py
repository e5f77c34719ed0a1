"""
Scheduler: starts each attempt when it is due, within the limits of concurrency.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Final

from seamproof.errors import SeamproofError
from seamproof.mock_server.delivery.endpoint_queue import MAX_BYTES, MAX_DELIVERIES
from seamproof.mock_server.storage import reads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.pending import PendingDelivery
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.storage.write_buffer import WriteBuffer

#: How many attempts may wait to be written before no new one is started.
_MAX_UNSAVED: Final = 2000

#: Seconds after which an attempt without a response no longer counts as concurrent, the factor
#: by which more attempts may then run in all, and the seconds between two looks.
_SLOW_AFTER: Final = 1.0
_SLOW_FACTOR: Final = 8
_SLOW_INTERVAL: Final = 0.25

#: Seconds after which a timer is renewed, however far off the next attempt is.
_MAX_TIMER: Final = 30.0

#: How few deliveries are left in memory when more are loaded.
_LOW_WATER: Final = 100


@dataclass(slots=True, eq=False)
class _RunningAttempt:
    """
    An attempt that is running.

    Attributes:
        started: When, by the event loop's time.
        slow: Whether it no longer counts as concurrent.
    """

    started: float
    slow: bool = False


class Scheduler:
    """
    Starts the attempts that are due, one of each endpoint's queue in turn.

    A limited number of attempts run at once, in all and for each endpoint. An attempt that
    waits for its response longer than a second stops counting towards the limit in all, so
    that unresponsive endpoints do not delay the others.

    Args:
        settings: How the service behaves.
        clock: The time of the retry schedule.
        buffer: Reads the deliveries that wait in the database.
        execute: Makes one attempt and records it.

    Attributes:
        queues: The queues of the endpoints, by their number.
        generation: Rises each time all attempts are cancelled.
        failure: Why nothing can be sent any more; None while it can.
    """

    def __init__(
        self,
        settings: ServerSettings,
        clock: Clock,
        buffer: WriteBuffer,
        execute: Callable[[EndpointQueue, PendingDelivery], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._buffer = buffer
        self._execute = execute
        self.queues: dict[int, EndpointQueue] = {}
        self._ready: deque[EndpointQueue] = deque()
        self._timers: list[tuple[float, int]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._slow_timer: asyncio.TimerHandle | None = None
        self._running: dict[asyncio.Task[None], _RunningAttempt] = {}
        self._concurrent = 0
        self._loading: set[asyncio.Task[None]] = set()
        self._progress = asyncio.Event()
        self._started = False
        self.generation = 0
        self.failure: SeamproofError | None = None

    def start(self) -> None:
        """
        Begin to start attempts.
        """
        self._started = True
        for queue in self.queues.values():
            self.wake(queue)

    async def stop(self, grace: float) -> None:
        """
        Start no more attempts, wait for the running ones, and cancel those that take longer.

        Args:
            grace: Seconds to wait. A cancelled attempt is repeated after the next start.
        """
        self._started = False
        for handle in (self._timer, self._slow_timer):
            if handle is not None:
                handle.cancel()
        for task in self._loading:
            task.cancel()
        running = [*self._running]
        if running:
            _, unfinished = await asyncio.wait(running, timeout=grace)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def cancel_all(self) -> None:
        """
        Cancel everything that is running.
        """
        self.generation += 1
        tasks = [*self._running, *self._loading]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def fail(self, problem: SeamproofError) -> None:
        """
        Start no more attempts, and raise the problem in `settle`.
        """
        self._started = False
        self.failure = problem
        self._progress.set()

    def wake(self, queue: EndpointQueue) -> None:
        """
        Start the attempts of a queue that are due.
        """
        self._mark_ready(queue)
        self.dispatch()

    def wake_all(self) -> None:
        """
        Start the attempts of all queues that are due.
        """
        now = self._clock.now()
        for queue in [one for one in self.queues.values() if one.next_due <= now]:
            self.wake(queue)

    def dispatch(self) -> None:
        """
        Start as many attempts as the limits allow, one of each queue in turn.
        """
        while (found := self._next()) is not None:
            loop = asyncio.get_running_loop()
            task = loop.create_task(self._run(*found))
            self._running[task] = _RunningAttempt(loop.time())
            if self._slow_timer is None:
                self._slow_timer = loop.call_later(_SLOW_INTERVAL, self._release_slow)

    def _next(self) -> tuple[EndpointQueue, PendingDelivery] | None:
        """
        Take the next delivery that may be attempted now, if there is one.
        """
        while self._ready and self._has_capacity():
            queue = self._ready.popleft()
            queue.ready = False
            if queue.stopped or queue.running >= self._settings.per_endpoint:
                continue
            now = self._clock.now()
            delivery = queue.pop(now)
            if queue.stored_due <= now and (delivery is None or len(queue.waiting) < _LOW_WATER):
                self._load(queue, make_room=delivery is None)
            if delivery is None:
                if not queue.loading:
                    self._wake_at(queue, queue.next_due)
                continue
            self._mark_ready(queue)
            if delivery.kind == "schedule" and delivery.message.number in queue.delivered:
                queue.in_memory.discard(delivery.number)
                continue
            queue.running += 1
            self._concurrent += 1
            return queue, delivery
        return None

    def _mark_ready(self, queue: EndpointQueue) -> None:
        if not queue.ready:
            queue.ready = True
            self._ready.append(queue)

    def _has_capacity(self) -> bool:
        return (
            self._started
            and self._concurrent < self._settings.concurrency
            and len(self._running) < self._settings.concurrency * _SLOW_FACTOR
            and self._buffer.unsaved < _MAX_UNSAVED
        )

    async def _run(self, queue: EndpointQueue, delivery: PendingDelivery) -> None:
        """
        Make one attempt after another, as long as one may be made.
        """
        loop = asyncio.get_running_loop()
        task: asyncio.Task[None] = asyncio.current_task()  # type: ignore[assignment] # it runs
        found: tuple[EndpointQueue, PendingDelivery] | None = (queue, delivery)
        try:
            while found is not None:
                queue, delivery = found
                try:
                    await self._execute(queue, delivery)
                finally:
                    # Inserted anew for each attempt, so that the oldest ones come first.
                    attempt = self._running.pop(task)
                    self._concurrent -= not attempt.slow
                    queue.running -= 1
                self._mark_ready(queue)
                found = self._next()
                if found is not None:
                    self._running[task] = _RunningAttempt(loop.time())
        finally:
            self._progress.set()
            self.wake(queue)

    def _release_slow(self) -> None:
        """
        Let attempts that wait for a response for long no longer count as concurrent.
        """
        loop = asyncio.get_running_loop()
        for attempt in self._running.values():
            if attempt.started > loop.time() - _SLOW_AFTER:
                break
            if not attempt.slow:
                attempt.slow = True
                self._concurrent -= 1
        self._slow_timer = None
        if self._running:
            self._slow_timer = loop.call_later(_SLOW_INTERVAL, self._release_slow)
        self.dispatch()

    def _wake_at(self, queue: EndpointQueue, moment: float) -> None:
        if moment < queue.wake_at:
            queue.wake_at = moment
            heappush(self._timers, (moment, queue.number))
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._timers and not self._clock.manual and self._started:
            # Limited, since a laptop may sleep meanwhile, or its clock may be corrected.
            delay = min(max(0.0, self._timers[0][0] - self._clock.now()), _MAX_TIMER)
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake_due)

    def _wake_due(self) -> None:
        now = self._clock.now()
        while self._timers and self._timers[0][0] <= now:
            _, number = heappop(self._timers)
            queue = self.queues.get(number)
            if queue is not None:
                queue.wake_at = inf
                self.wake(queue)
        self._set_timer()

    def _load(self, queue: EndpointQueue, *, make_room: bool) -> None:
        """
        Load the deliveries of a queue that are due next from the database.

        Args:
            queue: To load into.
            make_room: Whether to release those in memory that are due later.
        """
        if queue.loading:
            return
        if make_room:
            queue.evict()
        queue.loading, queue.loading_due, queue.stored_due = True, queue.stored_due, inf
        task = asyncio.get_running_loop().create_task(self._load_now(queue))
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _load_now(self, queue: EndpointQueue) -> None:
        # The buffer writes what was attempted so far first: no delivery is loaded in a state
        # that its last attempt has changed.
        query = partial(
            reads.pending,
            endpoint=queue.number,
            in_memory=frozenset(queue.in_memory),
            max_count=MAX_DELIVERIES,
            max_bytes=MAX_BYTES,
        )
        try:
            deliveries, stored_due = await self._buffer.read(query)
        except SeamproofError:
            return  # the database itself reports the failure
        finally:
            queue.loading, queue.loading_due = False, inf
        if not queue.stopped:
            queue.stored_due = min(queue.stored_due, stored_due)
            for delivery in deliveries:
                queue.add_stored(delivery)
        self._progress.set()
        self.wake(queue)

    @property
    def next_due(self) -> float:
        """
        When the next attempt is due; infinity if none is.
        """
        return min((one.next_due for one in self.queues.values() if not one.stopped), default=inf)

    async def settle(self) -> None:
        """
        Wait until nothing is running and nothing is due.

        Raises:
            SeamproofError: Nothing can be sent any more.
        """
        while self._running or self._loading or self.next_due <= self._clock.now():
            if self.failure is not None:
                raise self.failure
            self._progress.clear()
            await self._progress.wait()
