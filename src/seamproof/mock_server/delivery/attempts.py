"""
Attempts: a sending becomes a request, and its answer decides how it goes on.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

from seamproof.mock_server.delivery.auto_disable import after_failure, after_success
from seamproof.mock_server.delivery.endpoint_queue import row_of
from seamproof.mock_server.delivery.signed_request import plain_request
from seamproof.mock_server.delivery.fault_injection import crowd, echoes, faulty, send
from seamproof.mock_server.model.retry_schedule import next_delay, read_retry_after
from seamproof.mock_server.storage import writes
from seamproof.mock_server.storage.write_buffer import Entry

if TYPE_CHECKING:
    from seamproof.mock_server.delivery.endpoint_queue import Item, Lane
    from seamproof.mock_server.delivery.signed_request import Request
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import DeliveryState, Endpoint
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.network.transport import Answer, Transport
    from seamproof.mock_server.storage.write_buffer import Journal
    from seamproof.schemas import Catalogue

_GONE: Final = 410


class Attempts:
    """
    Makes attempts and records them.

    Args:
        settings: How the service behaves.
        clock: The time of the schedule.
        transport: What sends.
        journal: What is recorded goes there.
        catalogue: What tells which properties faults may leave out.
    """

    def __init__(
        self,
        settings: ServerSettings,
        clock: Clock,
        transport: Transport,
        journal: Journal,
        catalogue: Catalogue,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._transport = transport
        self._journal = journal
        self._catalogue = catalogue

    async def make(self, lane: Lane, item: Item) -> None:
        """
        Make one attempt and record it.
        """
        at, timestamp = self._clock.now(), int(self._settings.signing())
        if item.faults:
            await self._make_faulty(lane, item, at, timestamp)
            return
        request = plain_request(lane, item, at, timestamp)
        answer = await self._transport.post(lane.address, request.headers, request.body)
        self._land(lane, item, at, request, answer)

    async def _make_faulty(self, lane: Lane, item: Item, at: float, timestamp: int) -> None:
        """
        Make an attempt with its faults, and send the copies that some of them make.
        """
        request = faulty(lane, item, at, timestamp, self._catalogue)
        copies, ordinal = crowd(item, request), item.attempts + 1
        later = echoes(lane, item, request, at, timestamp + 1)
        following = list(later) if item.attempts == 0 else []
        answer, *others = await asyncio.gather(
            *(send(self._transport, lane, one) for one in (request, *copies))
        )
        self._land(lane, item, at, request, answer)
        for copy in following:
            others.append(await send(self._transport, lane, copy))
            copies.append(copy)
        for copy, answered in zip(copies, others, strict=True):
            row = attempt_row(lane, replace(item, kind="copy"), ordinal, at, copy, answered)
            self._journal.record(Entry(row, None))

    def _land(self, lane: Lane, item: Item, at: float, request: Request, answer: Answer) -> None:
        """
        Decide how it goes on, and record it.
        """
        item.attempts += 1
        works: list[Any] = []
        state, due_at = self._judge(lane, item, answer)
        self._check_health(lane, answer, works)
        if lane.stopped and state == "pending":
            state, due_at = "stopped", None
        if state == "delivered" and item.kind != "schedule":
            lane.settled.add(item.message)
            works.append(
                lambda connection: writes.settle_sendings(connection, item.message, lane.number)
            )
        attempt = attempt_row(lane, item, item.attempts, at, request, answer, due_at)
        sending = row_of(item, lane.number, state, due_at)
        kept = False
        if due_at is not None:
            item.due_at = due_at
            kept = lane.push(item)
        self._journal.record(Entry(attempt, sending, tuple(works), None if kept else lane))

    def _judge(self, lane: Lane, item: Item, answer: Answer) -> tuple[DeliveryState, float | None]:
        """
        Say how a sending stands after an answer, and when its next attempt is due.
        """
        if not answer.reason or (item.kind == "schedule" and item.message in lane.settled):
            return "delivered", None
        if item.kind != "schedule":
            return "failed", None
        now = self._clock.now()
        asked = answer.headers.get("retry-after")
        delay = next_delay(
            self._settings.schedule,
            item.attempts,
            random=self._random(item),
            jitter=self._settings.jitter,
            retry_after=None if asked is None else read_retry_after(asked, now),
            timed_out=answer.timed_out,
        )
        return ("failed", None) if delay is None else ("pending", now + delay)

    def _random(self, item: Item) -> Random:
        seed = self._settings.seed
        # By sending and attempt, so that the order in which they fail does not matter.
        return Random() if seed is None else Random(f"{seed}/{item.number}/{item.attempts}")  # noqa: S311

    def _check_health(self, lane: Lane, answer: Answer, works: list[Any]) -> None:
        """
        Remember a failure of the endpoint, and disable it if it was one too many.
        """
        endpoint, now = lane.endpoint, self._clock.now()
        if lane.stopped:
            return
        if not answer.reason:
            if endpoint.health.failures or endpoint.health.since is not None:
                changed = replace(endpoint, health=after_success(endpoint.health))
                self._change(lane, changed, works)
            return
        health, spent = after_failure(endpoint.health, now)
        why = "every attempt failed for five days" if spent else ""
        if answer.status == _GONE and self._settings.gone_disables:
            why = "it answered 410"
        if why or health is not endpoint.health:
            self._change(lane, replace(endpoint, health=health, disabled=why), works)

    def _change(self, lane: Lane, endpoint: Endpoint, works: list[Any]) -> None:
        lane.endpoint = endpoint
        works.append(lambda connection: writes.put_endpoint(connection, lane.number, endpoint))
        if endpoint.disabled:
            lane.clear()
            works.append(lambda connection: writes.stop_sendings(connection, lane.number))


def attempt_row(
    lane: Lane,
    item: Item,
    ordinal: int,
    at: float,
    request: Request,
    answer: Answer,
    due_at: float | None = None,
) -> tuple[Any, ...]:
    """
    Write an attempt as a row of the store, without its number.
    """
    return (
        item.message,
        lane.number,
        lane.url,
        item.kind,
        ordinal,
        at,
        request.shown,
        None if request.body is item.body else request.body,
        answer.status,
        json.dumps(answer.headers) if answer.headers else "{}",
        answer.body,
        answer.milliseconds,
        answer.reason,
        request.fault,
        due_at,
    )
