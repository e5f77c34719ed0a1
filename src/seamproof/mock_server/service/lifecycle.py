"""
Lifecycle: builds the parts of the service, starts and stops them, and reports failure.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from seamproof.errors import SeamproofError
from seamproof.mock_server.delivery.attempts import AttemptExecutor
from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
from seamproof.mock_server.delivery.enqueue import Enqueuer
from seamproof.mock_server.delivery.scheduler import Scheduler
from seamproof.mock_server.model.clocks import ManualClock
from seamproof.mock_server.model.retry_schedule import TIMEOUTS
from seamproof.mock_server.model.sequence_numbers import SequenceNumbers
from seamproof.mock_server.network.address_policy import AddressPolicy
from seamproof.mock_server.network.resolver import Address
from seamproof.mock_server.network.transport import Transport
from seamproof.mock_server.service.subscriptions import Subscriptions
from seamproof.mock_server.service.world_service import WorldService
from seamproof.mock_server.storage import reads, writes
from seamproof.mock_server.storage.database import Database
from seamproof.mock_server.storage.write_buffer import WriteBuffer
from seamproof.schemas import catalog

if TYPE_CHECKING:
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import Endpoint
    from seamproof.mock_server.model.settings import ServerSettings


class Lifecycle:
    """
    Owns the parts of a service: database, write buffer, transport, scheduler, subscriptions.

    Built, started and stopped inside one event loop.

    Args:
        settings: How the service behaves.
        clock: The time of the retry schedule.

    Attributes:
        endpoints_at_start: How many endpoints there were in the database.
        pending_at_start: How many messages with pending deliveries there were.
        pending_left: After the stop, how many messages wait for the next start.
    """

    def __init__(self, settings: ServerSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.catalogue = catalog() if settings.catalogue is None else settings.catalogue
        self.numbers = SequenceNumbers()
        self.database = Database(settings.database, self._fail)
        self.buffer = WriteBuffer(self.database, self.numbers, self._notify)
        timeout = settings.timeout or TIMEOUTS[settings.like]
        self.policy = AddressPolicy(settings.allow_hosts)
        self.transport = Transport(timeout, self.policy)
        executor = AttemptExecutor(settings, clock, self.transport, self.buffer, self.catalogue)
        self.scheduler = Scheduler(settings, clock, self.buffer, executor.execute)
        self.enqueuer = Enqueuer(self.scheduler, self.buffer, self.numbers)
        self.world = WorldService(
            clock, self.buffer, self.enqueuer, self.catalogue, settings.seed, settings.world
        )
        self.subscriptions = Subscriptions(self.database)
        self.endpoints_at_start = self.pending_at_start = self.pending_left = 0
        self._failed = asyncio.Event()

    @property
    def failure(self) -> SeamproofError | None:
        """
        Why nothing can be stored any more; None while it can.
        """
        return self.database.failure

    async def start(self) -> None:
        """
        Open the database and resume the pending deliveries.

        Raises:
            UsageError: The database cannot be used, and is left as it was; or the world cannot.
        """
        try:
            await self.database.open()
            if self.settings.fresh:
                await self.database.write(partial(writes.delete_all, kept=()))
            await self._resume()
        except BaseException:
            await self.transport.close()
            await self.database.close()
            raise
        self.scheduler.start()
        try:
            await self.world.start()
        except BaseException:
            await self.stop()
            raise

    async def _resume(self) -> None:
        if isinstance(self.clock, ManualClock):
            stored = await self.database.read(reads.clock)
            self.clock.move_to(max(stored, self.clock.now()))
        self.numbers.restore(await self.database.read(reads.sequence_numbers))
        first_due = await self.database.read(reads.first_due)
        self.pending_at_start = await self.database.read(reads.count_pending)
        stored_endpoints = await self.database.read(reads.endpoints)
        self.endpoints_at_start = len(stored_endpoints)
        for number, endpoint in stored_endpoints:
            queue = self.add_queue(number, endpoint)
            queue.stored_due = first_due.get(number, queue.stored_due)

    def add_queue(self, number: int, endpoint: Endpoint) -> EndpointQueue:
        """
        Give an endpoint, which has this number in the database, a queue.
        """
        address = Address.of(endpoint.url, self.policy)
        queue = EndpointQueue(number, endpoint, address, self.settings.seed)
        self.scheduler.queues[number] = queue
        return queue

    async def stop(self, grace: float = 5.0) -> None:
        """
        Finish the running attempts, leave the other deliveries to the next start, and close.

        Args:
            grace: Seconds until a running attempt is cancelled.
        """
        await self.world.stop()
        await self.scheduler.stop(grace)
        with suppress(SeamproofError):
            await self.buffer.saved()
            self.pending_left = await self.database.read(reads.count_pending)
        await self.subscriptions.drain()
        await self.transport.close()
        await self.database.close()

    async def failed(self) -> SeamproofError:
        """
        Wait until nothing can be stored any more, and return the reason.
        """
        await self._failed.wait()
        assert self.failure is not None  # noqa: S101 - for the type checker
        return self.failure

    def _fail(self, problem: SeamproofError) -> None:
        self._failed.set()
        self.scheduler.fail(problem)
        self._notify()

    def _notify(self) -> None:
        self.subscriptions.notify()
        self.scheduler.dispatch()
