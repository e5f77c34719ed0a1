"""
The service: Seam's webhooks, whatever speaks to it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.errors import Conflict, UsageError
from seamproof.mock_server.delivery.enqueue import CHUNK
from seamproof.mock_server.faults.catalogue import Picker, check_fault
from seamproof.mock_server.model.clocks import ManualClock
from seamproof.mock_server.model.records import Health
from seamproof.mock_server.service.event_preparation import Wanted, chunks, make
from seamproof.mock_server.service.endpoints import Endpoints
from seamproof.mock_server.storage import event_search, reads, writes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.model.fault_spec import FaultSpec
    from seamproof.mock_server.model.records import (
        MessageDetail,
        MessagePage,
        MessageStatus,
        StreamEntry,
    )

_NONE: Final[JsonMapping] = MappingProxyType({})

#: Seconds that a clock may be put forward at once, and the moment that it never comes to: the
#: year 2100. There is room after that for what is due later, in times that can be written.
_FURTHEST: Final = 10 * 366 * 86_400.0
_LATEST: Final = 4_102_444_800.0


class Service(Endpoints):
    """
    Seam's webhook service: takes events in, keeps them, and delivers them.

    Made, used and stopped inside one event loop.

    Args:
        settings: How it behaves.
        clock: The time that the schedule runs on.
    """

    # Events

    async def emit(
        self,
        *,
        event_type: str | None = None,
        event: JsonMapping | bytes | None = None,
        journey: str | None = None,
        overrides: JsonMapping = _NONE,
        count: int | None = None,
        seed: int | str | None = None,
        faults: Sequence[FaultSpec] = (),
    ) -> list[str]:
        """
        Take events in and send them to every endpoint that wants them.

        Args:
            event_type: A pattern over event types, of which events are made.
            event: A whole event instead, sent as it is.
            journey: The name of a journey instead.
            overrides: Values to put into events that are made, by path.
            count: How many; by default one of each type.
            seed: Decides their values; their times are those of now.
            faults: What is to go wrong with them.

        Returns:
            The ids of the messages. They are safe on the disk when it returns.

        Raises:
            UnknownEventType: No event type fits the pattern.
            UnknownProperty: No event has a property that is to be set.
            UsageError: The request asks for nothing, for several things, or for a bad event.
        """
        for fault in faults:
            check_fault(fault)
        wanted = Wanted(
            event_type=event_type,
            event=event,
            journey=journey,
            overrides=overrides,
            count=count,
            seed=seed if seed is not None else self._next_seed(),
        )
        now = self.clock.now()
        picker = Picker(faults, wanted.seed) if faults else None
        ids: list[str] = []
        for some in chunks(make(wanted, self.catalogue, now), CHUNK):
            ids += await self._intake.take(some, self.clock.now(), picker)
        return ids

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
        List events by when they were created, the oldest first.

        Args:
            since: After which moment, in seconds since the epoch.
            between: Or between which two; neither is included.
            event_types: Of which types; None for all.
            ids: Of which properties the event has to have one of the values. A list of
                the same name in the plural counts as well: `device_ids` for `device_id`.
            limit: How many at most.
            offset: How many to leave out first.
        """
        work = partial(
            event_search.listed,
            since=since,
            between=between,
            event_types=event_types,
            ids=ids,
            limit=limit,
            offset=offset,
        )
        return await self._store.read(work)

    async def event(
        self,
        *,
        event_id: str | None = None,
        event_type: str | None = None,
        device_id: str | None = None,
    ) -> JsonObject:
        """
        Look up the latest event that fits all that is given.

        Raises:
            NotFound: There is none.
        """
        work = partial(
            event_search.latest, event_id=event_id, event_type=event_type, device_id=device_id
        )
        return await self._store.read(work)

    # Messages

    async def messages(
        self,
        *,
        status: MessageStatus | None = None,
        event_type: str | None = None,
        endpoint: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> MessagePage:
        """
        List messages, the newest first.

        Args:
            status: How they stand.
            event_type: Of which type.
            endpoint: To which webhook_id they go, or went before it was removed.
            limit: How many at most.
            before: `MessagePage.before` of the page before this one.

        Raises:
            NotFound: There never was such an endpoint.
        """
        self._journal.flush()
        work = partial(
            reads.page,
            status=status,
            event_type=event_type,
            endpoint=endpoint,
            limit=limit,
            before=before,
        )
        return await self._store.read(work)

    async def message(self, message_id: str) -> MessageDetail:
        """
        Look up a message and everything that became of it.

        Raises:
            NotFound: There is none of this id.
        """
        self._journal.flush()
        return await self._store.read(partial(reads.detail, message_id))

    async def resend(self, message_id: str, *, webhook_id: str | None = None) -> None:
        """
        Make one more attempt, which is not retried.

        Args:
            message_id: Of what.
            webhook_id: At which endpoint, whatever types it wants. By default at each one
                that the message went to; at all, if it went to none.

        Raises:
            NotFound: There is no such message or endpoint.
            Conflict: The endpoint is disabled, or there is none left.
        """
        detail = await self.message(message_id)
        went = {sending.webhook_id for sending in detail.sendings}
        if webhook_id is not None:
            lanes = [self._lane(webhook_id)]
            self._refuse_disabled(lanes[0])
        else:
            lanes = [one for one in self._lanes() if not went or one.endpoint.webhook_id in went]
            for lane in lanes if len(lanes) == 1 else ():
                self._refuse_disabled(lane)
        message = detail.message
        found = (message.number, message.message_id, message.event_type, message.body)
        fresh = {lane.number for lane in lanes if lane.endpoint.webhook_id not in went}
        wanted = [(lane, found) for lane in lanes if not lane.stopped]
        if not wanted:
            gone = "every endpoint it went to is disabled or gone"
            what = gone if went else "there is no endpoint that it could go to"
            raise Conflict(what, where=message_id, cure="enable one, or register one")
        await self._intake.again(wanted, "resend", self.clock.now(), fresh)

    # Time

    async def advance(self, seconds: float) -> None:
        """
        Put a manual clock forward, making every attempt that is due by then at its own time.

        Raises:
            Conflict: The clock is the real one, or would come to the year 2100.
            UsageError: It would be put back, or too far at once.
        """
        clock = self.clock
        if not isinstance(clock, ManualClock):
            what = "only a manual clock can be advanced"
            raise Conflict(what, cure="start the server with --clock manual")
        if not 0 <= seconds <= _FURTHEST:
            what = "a clock is put forward by up to ten years, and never back"
            raise UsageError(what, where="seconds", found=f"{seconds:g}")
        async with self._advancing:
            target = clock.now() + seconds
            _check_target(target)
            await self._engine.settle()
            while (due := self._engine.next_due) <= target:
                clock.move_to(max(due, clock.now()))
                self._engine.wake_all()
                await self._engine.settle()
            clock.move_to(target)
            await self._journal.change(partial(writes.put_clock, now=target))

    async def wait_idle(self, timeout: float) -> bool:  # noqa: ASYNC109 - the answer is no error
        """
        Wait until nothing is under way and nothing is due.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether it came to that.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._engine.settle()
                await self._journal.saved()
        except TimeoutError:
            return False
        return True

    async def reset(self, *, endpoints: bool = False) -> None:
        """
        Forget every message and attempt; what is under way ends first.

        Args:
            endpoints: Whether to forget the endpoints too. Otherwise those that were
                disabled are enabled.
        """
        for lane in self._lanes():
            lane.clear()
        await self._engine.ground()
        for lane in self._lanes():
            lane.clear()
            lane.settled.clear()
            if endpoints:
                lane.removed = True
                del self._engine.lanes[lane.number]
            elif lane.endpoint.disabled or lane.endpoint.health != Health():
                lane.endpoint = replace(lane.endpoint, disabled="", health=Health())
        kept = [] if endpoints else [(one.number, one.endpoint) for one in self._lanes()]
        await self._journal.change(partial(writes.wipe, kept=kept))

    async def subscribe(self, after: int | None = None) -> AsyncIterator[StreamEntry]:
        """
        Follow every message and attempt, until the service stops.

        Args:
            after: The number of the last entry that was seen; by default only new ones follow.
        """
        seen = self._numbers.entry if after is None else after
        self._followers += 1
        self._alone.clear()
        try:
            while not self._store.closed:
                stopped, fresh = self._stopped, self._fresh
                entries = await self._store.read(partial(reads.stream, seen))
                for entry in entries:
                    seen = entry.number
                    yield entry
                if not entries and stopped:
                    return
                if not entries:
                    await fresh.wait()
        finally:
            self._followers -= 1
            if not self._followers:
                self._alone.set()

    def _next_seed(self) -> str | None:
        """
        Derive the seed of the next emission from that of the service.
        """
        if self.settings.seed is None:
            return None
        self._emissions += 1
        return f"{self.settings.seed}/{self._emissions}"


def _check_target(target: float) -> None:
    """
    Refuse to put a clock forward to a year that nothing can be dated in for long.
    """
    if target >= _LATEST:
        what = "a clock is put forward to the end of the year 2099 at most"
        cure = "advance by less, or start the server with another --db"
        raise Conflict(what, where="seconds", cure=cure)
