"""
The world in the service: calls are answered once they are stored, later effects happen in time.
"""

from __future__ import annotations

import asyncio
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final

from seamproof.errors import SeamproofError
from seamproof.events import Event
from seamproof.mock_server.model.pending import PreparedEvent
from seamproof.mock_server.world.persistence import read_world, write_change
from seamproof.mock_server.world.seeds.world_file import seed_of
from seamproof.mock_server.world.trouble_states import begin, end, lasting
from seamproof.mock_server.world.troubles import refused_by_path
from seamproof.mock_server.world.world import TurnOutcome, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.delivery.enqueue import Enqueuer
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.storage.write_buffer import WriteBuffer
    from seamproof.mock_server.world.records import WorldChange
    from seamproof.mock_server.world.refusals import CallRefused
    from seamproof.mock_server.world.trouble_states import TroubleState
    from seamproof.mock_server.world.turn import Turn
    from seamproof.schemas import Catalogue

#: Seconds after which the timer is renewed, however far off the next effect is.
_MAX_TIMER: Final = 30.0


class WorldService:
    """
    The world of a server.

    Args:
        clock: The time of the world.
        buffer: Writes its changes.
        enqueuer: Delivers its events.
        catalogue: The contract of the events.
        seed: Decides the ids and codes that it makes.
        beginning: The world to begin with, as its file holds it; without one it is empty.

    Attributes:
        world: Its records and its later effects.
        origin: The name of the world that it began with; `last time` if it goes on from the
            database, empty if it is empty.
    """

    def __init__(
        self,
        clock: Clock,
        buffer: WriteBuffer,
        enqueuer: Enqueuer,
        catalogue: Catalogue,
        seed: int | str | None,
        beginning: JsonMapping | None = None,
    ) -> None:
        self.world = World(catalogue, seed)
        self.origin = ""
        self._beginning = beginning
        self._clock = clock
        self._buffer = buffer
        self._enqueuer = enqueuer
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = False

    async def start(self) -> None:
        """
        Load the world, or begin a new one, and let happen what is due.
        """
        self.world.load(*await self._buffer.read(read_world))
        if self.world.records.kinds():
            self.origin = "last time"
        else:
            await self.begin()
        self._started = True
        self._wake()

    async def stop(self) -> None:
        """
        Let nothing happen any more.
        """
        self._started = False
        if self._timer is not None:
            self._timer.cancel()
        await self.settle()

    async def call(self, path: str, given: JsonObject, base: str = "") -> JsonObject:
        """
        Make a call of Seam's API.

        Raises:
            CallRefused: Seam would not do that.
        """
        outcome = self.world.call(path, given, self._clock.now(), base)
        await self._commit(outcome)
        self._wake()
        return outcome.answer

    def refusal(self, path: str) -> CallRefused | None:
        """
        Find why a call of webhooks or events is refused on purpose; None if it is not.
        """
        return refused_by_path(self.world.records, path)

    def observe(self, events: Sequence[PreparedEvent]) -> WorldChange:
        """
        Let the records agree with events that are about to be stored.
        """
        return self.world.observe([one.payload for one in events], self._clock.now())

    async def begin(self) -> None:
        """
        Put what the world begins with into an empty world.
        """
        if self._beginning is not None:
            now = self._clock.now()
            start = seed_of(self._beginning, now)
            self.origin = start.name or "given"
            change = self.world.seed(start.documents, now, start.calls, start.troubles)
            await self._commit(TurnOutcome(change))
            self._wake()

    async def seed(self, documents: Mapping[str, Sequence[JsonMapping]]) -> None:
        """
        Add records without events, by kind.
        """
        await self._commit(TurnOutcome(self.world.seed(documents, self._clock.now())))

    async def begin_trouble(self, trouble: TroubleState) -> None:
        """
        Start a trouble, with its events.

        Raises:
            NotFound: There is no such device or account.
        """
        await self.edit(lambda turn: begin(turn, trouble))

    async def end_trouble(self, trouble: TroubleState) -> None:
        """
        End a trouble, with its events.

        Raises:
            NotFound: There is no such device or account, or it has no such trouble.
        """
        await self.edit(lambda turn: end(turn, trouble))

    def troubles(self) -> list[TroubleState]:
        """
        List the troubles that last.
        """
        return list(lasting(self.world.records))

    async def edit(self, work: Callable[[Turn], object]) -> None:
        """
        Change the world by hand, with the events of what is done.
        """
        await self._commit(self.world.edit(self._clock.now(), work))
        self._wake()

    async def cancel_later(self) -> None:
        """
        Let nothing happen that is to happen later.
        """
        await self._commit(self.world.cancel_later())

    @property
    def next_due(self) -> float:
        """
        When the next effect is due; infinity if none is.
        """
        return self.world.next_due

    async def run_due(self) -> None:
        """
        Let everything happen that is due.
        """
        while self._started and self.world.next_due <= self._clock.now():
            await self._commit(self.world.run_due(self._clock.now()))

    async def settle(self) -> None:
        """
        Wait until nothing that is due is left.
        """
        while self._task is not None:
            await asyncio.wait((self._task,))

    async def clear(self) -> None:
        """
        Forget all records and all later effects.
        """
        self.world.load((), ())

    async def _commit(self, outcome: TurnOutcome) -> None:
        events = [self._prepared(one) for one in outcome.events]
        if events:
            now = self._clock.now()
            await self._enqueuer.enqueue(events, now, change=outcome.change)
        elif outcome.change:
            await self._buffer.write(partial(write_change, change=outcome.change))

    def _prepared(self, event: JsonObject) -> PreparedEvent:
        return PreparedEvent(
            event_id=event["event_id"],
            event_type=event["event_type"],
            body=Event.of(event).body,
            listed_at=self._clock.now(),
            payload=event,
        )

    def _wake(self) -> None:
        """
        Let happen what is due, and set the timer for what comes next.
        """
        if not self._started or self._task is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        wait = self.world.next_due - self._clock.now()
        if wait <= 0:
            self._task = loop.create_task(self._run())
        elif wait < inf and not self._clock.manual:
            self._timer = loop.call_later(min(wait, _MAX_TIMER), self._wake)

    async def _run(self) -> None:
        try:
            await self.run_due()
        except SeamproofError:
            self._started = False  # the database itself reports the failure
        finally:
            self._task = None
            self._wake()
