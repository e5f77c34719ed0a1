"""
The engine: makes every attempt when it is due, and records what came of it.
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
from seamproof.mock_server.delivery.endpoint_queue import MOST, MOST_BYTES
from seamproof.mock_server.storage import reads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from seamproof.mock_server.delivery.endpoint_queue import Item, Lane
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.storage.database import Store
    from seamproof.mock_server.storage.write_buffer import Journal

#: Attempts that may wait to be written before no new ones are begun.
_UNSAVED: Final = 2000

#: Seconds after which an attempt that waits for its answer gives its place to another,
#: and how many times more attempts may then be under way in all.
_PATIENCE: Final = 1.0
_LENDING: Final = 8
_LOOK: Final = 0.25

#: Seconds after which the clock is looked at again, however far off the next attempt is.
_NAP: Final = 30.0

#: How many sendings are left in memory when more are fetched.
_LOW: Final = 100


@dataclass(slots=True, eq=False)
class _Flight:
    """
    An attempt under way.
    """

    begun: float
    lent: bool = False


class Engine:
    """
    Sends what is due, lane by lane in turn.

    Only so many attempts are under way at once, in all and for each endpoint.
    One that waits for its answer for longer than a second gives its place in
    all away, so that endpoints that do not answer hold nobody else up.

    Args:
        settings: How the service behaves.
        clock: The time of the schedule.
        store: Where sendings wait and attempts are written.
        journal: What has been attempted and is not written yet.
        attempt: Makes one attempt and records it.
    """

    def __init__(
        self,
        settings: ServerSettings,
        clock: Clock,
        store: Store,
        journal: Journal,
        attempt: Callable[[Lane, Item], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._journal = journal
        self._attempt = attempt
        self.lanes: dict[int, Lane] = {}
        self._turns: deque[Lane] = deque()
        self._later: list[tuple[float, int]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._flights: dict[asyncio.Task[None], _Flight] = {}
        self._busy = 0
        self._loads: set[asyncio.Task[None]] = set()
        self._landed = asyncio.Event()
        self._running = False
        self.failure: SeamproofError | None = None
        self.generation = 0

    def start(self) -> None:
        """
        Begin to send.
        """
        self._running = True
        for lane in self.lanes.values():
            self.wake(lane)

    async def stop(self, grace: float) -> None:
        """
        Begin nothing new, let what is under way end, and give up what does not.

        Args:
            grace: Seconds until it is given up. It is then sent again after the next start.
        """
        self._running = False
        for handle in (self._timer, self._look):
            if handle is not None:
                handle.cancel()
        for loading in self._loads:
            loading.cancel()
        under_way = [*self._flights]
        if under_way:
            _, unfinished = await asyncio.wait(under_way, timeout=grace)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    def wake(self, lane: Lane) -> None:
        """
        Give a lane a turn.
        """
        self._queue(lane)
        self.dispatch()

    def wake_all(self) -> None:
        """
        Give every lane a turn of which something is due.
        """
        now = self._clock.now()
        for lane in [one for one in self.lanes.values() if one.next_due <= now]:
            self.wake(lane)

    async def ground(self) -> None:
        """
        Give up all that is under way.
        """
        self.generation += 1
        under_way = [*self._flights, *self._loads]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def dispatch(self) -> None:
        """
        Begin as many attempts as may be under way, one of each lane in turn.
        """
        while (next_one := self._take()) is not None:
            self._begin(*next_one)

    def _take(self) -> tuple[Lane, Item] | None:
        """
        Find what is to be sent next, if anything may be begun at all.
        """
        while self._turns and self._may_begin():
            lane = self._turns.popleft()
            lane.queued = False
            if lane.stopped or lane.flying >= self._settings.per_endpoint:
                continue
            now = self._clock.now()
            item = lane.pop(now)
            if lane.beyond <= now and (item is None or len(lane.waiting) < _LOW):
                self._load(lane, in_need=item is None)
            if item is None:
                if not lane.loading:
                    self._wake_at(lane, lane.next_due)
                continue
            self._queue(lane)
            if item.kind == "schedule" and item.message in lane.settled:
                lane.known.discard(item.number)
                continue
            lane.flying += 1
            self._busy += 1
            return lane, item
        return None

    def _queue(self, lane: Lane) -> None:
        if not lane.queued:
            lane.queued = True
            self._turns.append(lane)

    def _may_begin(self) -> bool:
        return (
            self._running
            and self._busy < self._settings.concurrency
            and len(self._flights) < self._settings.concurrency * _LENDING
            and self._journal.unsaved < _UNSAVED
        )

    def _begin(self, lane: Lane, item: Item) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._fly(lane, item))
        self._flights[task] = _Flight(loop.time())
        if self._look is None:
            self._look = loop.call_later(_LOOK, self._lend)

    def _lend(self) -> None:
        """
        Give away the places of those that have been waiting for an answer for long.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() - _PATIENCE
        for flight in self._flights.values():
            if flight.begun > until:
                break
            if not flight.lent:
                flight.lent = True
                self._busy -= 1
        self._look = loop.call_later(_LOOK, self._lend) if self._flights else None
        self.dispatch()

    def _wake_at(self, lane: Lane, moment: float) -> None:
        """
        Arrange a turn for when something of a lane becomes due.
        """
        if moment < lane.wake_at:
            lane.wake_at = moment
            heappush(self._later, (moment, lane.number))
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._later and not self._clock.manual and self._running:
            # Not all of a long wait at once: a laptop may sleep, or its clock be put right.
            delay = min(max(0.0, self._later[0][0] - self._clock.now()), _NAP)
            self._timer = asyncio.get_running_loop().call_later(delay, self.wake_due)

    def wake_due(self) -> None:
        """
        Give a turn to each lane of which something has become due.
        """
        now = self._clock.now()
        while self._later and self._later[0][0] <= now:
            _, number = heappop(self._later)
            lane = self.lanes.get(number)
            if lane is not None:
                lane.wake_at = inf
                self.wake(lane)
        self._set_timer()

    async def _fly(self, lane: Lane, item: Item) -> None:
        """
        Make one attempt after the other, for as long as there is one to make.
        """
        loop = asyncio.get_running_loop()
        task: asyncio.Task[None] = asyncio.current_task()  # type: ignore[assignment] # it runs
        next_one: tuple[Lane, Item] | None = (lane, item)
        try:
            while next_one is not None:
                lane, item = next_one
                try:
                    await self._attempt(lane, item)
                finally:
                    # At its end once more, as those that look for old ones begin at the front.
                    flight = self._flights.pop(task)
                    self._busy -= not flight.lent
                    lane.flying -= 1
                self._queue(lane)
                next_one = self._take()
                if next_one is not None:
                    self._flights[task] = _Flight(loop.time())
        finally:
            self._landed.set()
            self.wake(lane)

    def _load(self, lane: Lane, *, in_need: bool) -> None:
        """
        Fetch what is due next from the store.

        Args:
            lane: Whose.
            in_need: Whether nothing can be sent before; what is due later then makes room.
        """
        if lane.loading:
            return
        if in_need:
            lane.evict()
        lane.loading, lane.loading_from, lane.beyond = True, lane.beyond, inf
        task = asyncio.get_running_loop().create_task(self._fetch(lane))
        self._loads.add(task)
        task.add_done_callback(self._loads.discard)

    async def _fetch(self, lane: Lane) -> None:
        self._journal.flush()
        work = partial(
            reads.pending, lane.number, frozenset(lane.known), most=MOST, most_bytes=MOST_BYTES
        )
        try:
            items, rest_from = await self._store.read(work)
        except SeamproofError:
            return  # the store has said so to whoever has to know
        finally:
            lane.loading, lane.loading_from = False, inf
        if not lane.stopped:
            lane.beyond = min(lane.beyond, rest_from)
            for item in items:
                lane.take(item)
        self._landed.set()
        self.wake(lane)

    def fail(self, problem: SeamproofError) -> None:
        """
        Send nothing any more, and tell those who wait.
        """
        self._running = False
        self.failure = problem
        self._landed.set()

    @property
    def idle(self) -> bool:
        """
        Whether nothing is under way and nothing is due.
        """
        now = self._clock.now()
        return not (
            self._flights
            or self._loads
            or any(lane.next_due <= now for lane in self.lanes.values() if not lane.stopped)
        )

    async def settle(self) -> None:
        """
        Wait until nothing is under way and nothing is due.

        Raises:
            SeamproofError: Nothing can be sent any more.
        """
        while not self.idle:
            if self.failure is not None:
                raise self.failure
            self._landed.clear()
            await self._landed.wait()

    @property
    def next_due(self) -> float:
        """
        When the next attempt is due; infinity if none is.
        """
        return min((lane.next_due for lane in self.lanes.values() if not lane.stopped), default=inf)
