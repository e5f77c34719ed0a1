"""
The mock of Seam's webhook service: emits events, delivers them, and shows what happened.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.errors import Conflict, UsageError
from seamproof.mock_server.delivery.enqueue import BATCH
from seamproof.mock_server.faults.catalogue import check_fault
from seamproof.mock_server.faults.selector import FaultSelector
from seamproof.mock_server.model.call_log import CallLog
from seamproof.mock_server.model.clocks import ManualClock
from seamproof.mock_server.model.records import Health, MessageFilter
from seamproof.mock_server.service.endpoints import EndpointRegistry
from seamproof.mock_server.service.event_preparation import prepare_events
from seamproof.mock_server.service.lifecycle import Lifecycle
from seamproof.mock_server.service.redelivery import Redelivery
from seamproof.mock_server.storage import event_search, message_search, reads, writes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import (
        FaultSpec,
        MessageDetail,
        MessagePage,
        StreamEntry,
    )
    from seamproof.mock_server.model.settings import ServerSettings

_NONE: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})
_ALL: Final = MessageFilter()
_NO_OVERRIDES: Final[JsonMapping] = MappingProxyType({})

#: The most seconds that a clock may be advanced by at once, and the moment that it never
#: reaches: the year 2100. Attempts that are due later then still have a valid date.
_MAX_ADVANCE: Final = 10 * 366 * 86_400.0
_END_OF_TIME: Final = 4_102_444_800.0


class Service:
    """
    Seam's webhook service: accepts events, stores them, and delivers them.

    Built, used and stopped inside one event loop.

    Args:
        settings: How it behaves.
        clock: The time of the retry schedule.

    Attributes:
        lifecycle: Starts and stops it, and reports its failure.
        catalogue: The contract.
        endpoints: Its endpoints.
        redelivery: Sends messages again on request.
        world: The resources that Seam's other calls are about.
        calls: Of Seam's API.
    """

    def __init__(self, settings: ServerSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.lifecycle = Lifecycle(settings, clock)
        self.catalogue = self.lifecycle.catalogue
        self.endpoints = EndpointRegistry(self.lifecycle)
        self._database = self.lifecycle.database
        self._buffer = self.lifecycle.buffer
        self._scheduler = self.lifecycle.scheduler
        self.redelivery = Redelivery(self.lifecycle, self.endpoints)
        self.world = self.lifecycle.world
        self.calls = CallLog()
        self._emissions = 0
        self._advancing = asyncio.Lock()

    # Events

    async def emit(
        self,
        *,
        event_type: str | None = None,
        event: JsonMapping | bytes | None = None,
        journey: str | None = None,
        overrides: JsonMapping = _NO_OVERRIDES,
        count: int | None = None,
        seed: int | str | None = None,
        faults: Sequence[FaultSpec] = (),
    ) -> list[str]:
        """
        Emit events and deliver them to every endpoint that subscribes to them.

        Args:
            event_type: A pattern over event types, of which events are sampled.
            event: A whole event instead, sent as it is.
            journey: The name of a journey instead.
            overrides: Values to set in sampled events, by path.
            count: How many; by default one of each type.
            seed: Decides the sampled values; times are those of now.
            faults: The faults to inject.

        Returns:
            The ids of the messages. They are safe on the disk.

        Raises:
            UnknownEventType: No event type matches the pattern.
            UnknownProperty: No event has the property of an override.
            UsageError: The arguments name no event or several sources, or the event or a fault
                is invalid.
        """
        for fault in faults:
            check_fault(fault)
        seed = self._next_seed() if seed is None else seed
        selector = FaultSelector(faults, seed) if faults else None
        events = prepare_events(
            event_type=event_type,
            event=event,
            journey=journey,
            overrides=overrides,
            count=count,
            seed=seed,
            catalogue=self.catalogue,
            now=self.clock.now(),
            agree=self.world.world.agree,
        )
        ids: list[str] = []
        while batch := list(islice(events, BATCH)):
            change = self.world.observe(batch)
            now = self.clock.now()
            ids += await self.lifecycle.enqueuer.enqueue(batch, now, selector, change)
        return ids

    def _next_seed(self) -> str | None:
        """
        Derive the seed of the next emission from the seed of the service.
        """
        if self.settings.seed is None:
            return None
        self._emissions += 1
        return f"{self.settings.seed}/{self._emissions}"

    async def events(
        self,
        *,
        since: float | None = None,
        between: tuple[float, float] | None = None,
        event_types: Sequence[str] | None = None,
        ids: Mapping[str, Sequence[str]] = _NONE,
        limit: int = 500,
        offset: int = 0,
    ) -> list[JsonObject]:
        """
        List events by their creation time, the oldest first.

        Args:
            since: After this time, in seconds since the epoch.
            between: Between these two times, both excluded.
            event_types: Of these types; None for all.
            ids: By the name of a property, the values of which the event has one. A list
                property with the plural name counts as well: `device_ids` for `device_id`.
            limit: How many at most.
            offset: How many to skip.
        """
        query = partial(
            event_search.list_events,
            since=since,
            between=between,
            event_types=event_types,
            ids=ids,
            limit=limit,
            offset=offset,
        )
        return await self._database.read(query)

    async def event(
        self,
        *,
        event_id: str | None = None,
        event_type: str | None = None,
        device_id: str | None = None,
    ) -> JsonObject:
        """
        Return the latest event that matches all arguments.

        Raises:
            NotFound: No event matches.
        """
        query = partial(
            event_search.latest_event,
            event_id=event_id,
            event_type=event_type,
            device_id=device_id,
        )
        return await self._database.read(query)

    # Messages

    async def messages(
        self, wanted: MessageFilter = _ALL, *, limit: int = 50, before: int | None = None
    ) -> MessagePage:
        """
        List messages, the newest first.

        Args:
            wanted: Which ones.
            limit: How many at most.
            before: `MessagePage.before` of the previous page.

        Raises:
            NotFound: There never was such an endpoint.
        """
        query = partial(message_search.page, wanted=wanted, limit=limit, before=before)
        return await self._buffer.read(query)

    async def message(self, message_id: str) -> MessageDetail:
        """
        Return a message with its deliveries and its attempts.

        Raises:
            NotFound: There is none with this id.
        """
        return await self._buffer.read(partial(reads.detail, message_id=message_id))

    def subscribe(self, after: int | None = None) -> AsyncIterator[StreamEntry]:
        """
        Follow messages and attempts until the service stops.

        Args:
            after: Number of the last known entry; by default only new entries follow. One that
                is not reached yet is of another database, of which this one has no entry: all
                of its entries follow.
        """
        last = self.lifecycle.numbers.entry
        start = last if after is None else after if after <= last else 0
        return self.lifecycle.subscriptions.follow(start)

    # Time

    async def advance(self, seconds: float) -> None:
        """
        Advance a manual clock, making each attempt that is due by then at its own time.

        Raises:
            Conflict: The clock is the machine's, or would reach the year 2100.
            UsageError: The seconds are out of range.
        """
        clock = self.clock
        if not isinstance(clock, ManualClock):
            what = "only a manual clock can be advanced"
            raise Conflict(what, cure="start the server with a manual clock")
        if not 0 <= seconds <= _MAX_ADVANCE:
            what = "a clock is advanced by up to ten years, and never put back"
            raise UsageError(what, where="seconds", found=f"{seconds:g}")
        async with self._advancing:
            target = clock.now() + seconds
            if target >= _END_OF_TIME:
                what = "a clock is advanced to the end of the year 2099 at most"
                cure = "advance by less, or start the server with another database"
                raise Conflict(what, where="seconds", cure=cure)
            await self.world.settle()
            await self._scheduler.settle()
            while (due := min(self._scheduler.next_due, self.world.next_due)) <= target:
                clock.move_to(max(due, clock.now()))
                await self.world.run_due()
                self._scheduler.wake_all()
                await self._scheduler.settle()
            clock.move_to(target)
            await self._buffer.write(partial(writes.store_clock, now=target))

    async def wait_idle(self, timeout: float) -> bool:  # noqa: ASYNC109 - the time-out is no error
        """
        Wait until nothing is running and nothing is due.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether that state was reached.
        """
        try:
            async with asyncio.timeout(timeout):
                await self.world.settle()
                await self._scheduler.settle()
                await self._buffer.saved()
        except TimeoutError:
            return False
        return True

    async def reset(self, *, endpoints: bool = False) -> None:
        """
        Delete every message and attempt. Running attempts are cancelled.

        Args:
            endpoints: Whether to delete the endpoints too. Otherwise disabled ones are enabled.
        """
        for queue in self.endpoints.queues():
            queue.clear()
        await self._scheduler.cancel_all()
        for queue in self.endpoints.queues():
            queue.clear()
            queue.delivered.clear()
            if endpoints:
                queue.removed = True
                del self._scheduler.queues[queue.number]
            elif queue.endpoint.disabled or queue.endpoint.health != Health():
                queue.endpoint = replace(queue.endpoint, disabled="", health=Health())
        kept = [(queue.number, queue.endpoint) for queue in self.endpoints.queues()]
        await self.world.clear()
        await self._buffer.write(partial(writes.delete_all, kept=kept))
        await self.world.begin()
