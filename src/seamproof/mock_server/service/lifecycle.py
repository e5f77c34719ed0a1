"""
Hosting: the parts of the service put together, started and stopped.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from seamproof.errors import SeamproofError
from seamproof.mock_server.delivery.attempts import Attempts
from seamproof.mock_server.delivery.endpoint_queue import Lane
from seamproof.mock_server.delivery.enqueue import Intake
from seamproof.mock_server.delivery.scheduler import Engine
from seamproof.mock_server.model.clocks import ManualClock
from seamproof.mock_server.model.retry_schedule import PROFILES
from seamproof.mock_server.network.resolver import Address
from seamproof.mock_server.network.transport import Transport
from seamproof.mock_server.storage import reads, writes
from seamproof.mock_server.storage.database import Store
from seamproof.mock_server.storage.write_buffer import Journal, Numbers
from seamproof.schemas import catalog

if TYPE_CHECKING:
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import Endpoint
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.schemas import Catalogue

#: Seconds that those who follow the stream are given to read its end.
_FAREWELL: Final = 1.0


class Hosting:
    """
    Holds the store, the engine and what lies between them.

    Made, used and stopped inside one event loop.

    Args:
        settings: How it behaves.
        clock: The time that the schedule runs on.

    Attributes:
        failure: Why nothing can be stored any more, if that is so.
        left: Once it is stopped, how many messages are left to the next start.
    """

    def __init__(self, settings: ServerSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.failure: SeamproofError | None = None
        self.left = 0
        self._catalogue = settings.catalogue
        self._numbers = Numbers()
        self._store = Store(settings.database, self._fail)
        self._journal = Journal(self._store, self._numbers, self._news)
        self._failed = asyncio.Event()
        self._fresh = asyncio.Event()
        self._advancing = asyncio.Lock()
        self._emissions = 0
        self._stopped = False
        self._followers = 0
        self._alone = asyncio.Event()
        self._alone.set()

    @property
    def catalogue(self) -> Catalogue:
        """
        The contract.
        """
        if self._catalogue is None:
            self._catalogue = catalog()
        return self._catalogue

    async def start(self) -> None:
        """
        Open the store and carry on with what is pending.

        Raises:
            UsageError: The database cannot be used. It is left as it was.
        """
        settings = self.settings
        timeout = settings.timeout or PROFILES[settings.like].timeout
        self._transport = Transport(timeout, settings.allow_hosts)
        attempts = Attempts(settings, self.clock, self._transport, self._journal, self.catalogue)
        self._engine = Engine(settings, self.clock, self._store, self._journal, attempts.make)
        self._intake = Intake(self._engine, self._journal, self._numbers)
        try:
            await self._store.open()
            await self._resume()
        except BaseException:
            await self._transport.close()
            await self._store.close()
            raise

    async def _resume(self) -> None:
        if isinstance(self.clock, ManualClock):
            shown = await self._store.read(writes.clock)
            self.clock.move_to(max(shown, self.clock.now()))
        found = await self._store.read(writes.totals)
        self._numbers.entry, self._numbers.sending = found.entry, found.sending
        self._numbers.endpoint = found.endpoint
        first_due = await self._store.read(reads.first_due)
        for number, endpoint in await self._store.read(writes.endpoints):
            lane = self._new_lane(number, endpoint)
            lane.beyond = first_due.get(number, lane.beyond)
            self._engine.lanes[number] = lane
        self._engine.start()

    async def stop(self, grace: float = 5.0) -> None:
        """
        Finish what is under way, keep the rest for the next start, close the store.

        Args:
            grace: Seconds until what is under way is given up.
        """
        await self._engine.stop(grace)
        with suppress(SeamproofError):
            await self._journal.saved()
            self.left = await self._store.read(reads.count_pending)
        self._stopped = True
        self._news()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await self._alone.wait()
        await self._transport.close()
        await self._store.close()

    async def failed(self) -> SeamproofError:
        """
        Wait until nothing can be stored any more, and say why.
        """
        await self._failed.wait()
        assert self.failure is not None  # noqa: S101 - for the type checker
        return self.failure

    def _fail(self, problem: SeamproofError) -> None:
        self.failure = problem
        self._failed.set()
        self._engine.fail(problem)
        self._news()

    def _news(self) -> None:
        waited_for, self._fresh = self._fresh, asyncio.Event()
        waited_for.set()
        self._engine.dispatch()

    def _new_lane(self, number: int, endpoint: Endpoint) -> Lane:
        address = Address.of(endpoint.url, self.settings.allow_hosts)
        return Lane(number, endpoint, address, self.settings.seed)
