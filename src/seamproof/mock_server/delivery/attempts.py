"""
Attempts: sends a delivery, decides how it continues, and records the attempt.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.delivery.auto_disable import HEALTHY, after_failure
from seamproof.mock_server.delivery.fault_injection import inject_faults, transmit
from seamproof.mock_server.delivery.signed_request import sign_request
from seamproof.mock_server.model.retry_schedule import next_delay, read_retry_after
from seamproof.mock_server.storage import writes
from seamproof.mock_server.storage.rows import AttemptRow, DeliveryRow
from seamproof.mock_server.storage.write_buffer import RecordedAttempt

if TYPE_CHECKING:
    from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
    from seamproof.mock_server.delivery.signed_request import SignedRequest
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.pending import PendingDelivery
    from seamproof.mock_server.model.records import DeliveryKind, DeliveryState
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.network.transport import SendResult, Transport
    from seamproof.mock_server.storage.write_buffer import Change, WriteBuffer
    from seamproof.schemas import Catalogue

_GONE: Final = 410

#: The header by which a receiver controls its deliveries, and what it may say
#: (https://docs.svix.com/receiving/delivery-control).
_CONTROL: Final = "webhook-delivery"
_DISABLE: Final = "disable"
_ABORT: Final = "abort-message"


class AttemptExecutor:
    """
    Makes attempts and records them.

    Args:
        settings: How the service behaves.
        clock: The time of the retry schedule.
        transport: Sends the requests.
        buffer: Records the attempts.
        catalogue: Decides which properties faults may remove.
    """

    def __init__(
        self,
        settings: ServerSettings,
        clock: Clock,
        transport: Transport,
        buffer: WriteBuffer,
        catalogue: Catalogue,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._transport = transport
        self._buffer = buffer
        self._catalogue = catalogue

    async def execute(self, queue: EndpointQueue, delivery: PendingDelivery) -> None:
        """
        Make one attempt of a delivery and record it.
        """
        at, timestamp = self._clock.now(), int(self._settings.signing())
        if delivery.faults:
            await self._execute_with_faults(queue, delivery, at, timestamp)
            return
        message = delivery.message
        request = sign_request(queue, message.message_id, message.body, now=at, timestamp=timestamp)
        answer = await self._transport.post(queue.address, request.headers, request.body)
        self._finish(queue, delivery, at, request, answer)

    async def _execute_with_faults(
        self, queue: EndpointQueue, delivery: PendingDelivery, at: float, timestamp: int
    ) -> None:
        """
        Make an attempt with its faults, and send the copies that some of them demand.
        """
        ordinal = delivery.attempts + 1
        requests = inject_faults(
            queue, delivery, now=at, timestamp=timestamp, catalogue=self._catalogue
        )
        together = (requests.attempt, *requests.concurrent)
        answer, *answers = await asyncio.gather(
            *(transmit(self._transport, queue.address, request) for request in together)
        )
        self._finish(queue, delivery, at, requests.attempt, answer)
        for copy in requests.later:
            answers.append(await transmit(self._transport, queue.address, copy))
        copies = (*requests.concurrent, *requests.later)
        for copy, answer in zip(copies, answers, strict=True):
            row = _attempt_row(
                queue, delivery, copy, answer, kind="copy", ordinal=ordinal, at=at, next_at=None
            )
            self._buffer.record(RecordedAttempt(row))

    def _finish(
        self,
        queue: EndpointQueue,
        delivery: PendingDelivery,
        at: float,
        request: SignedRequest,
        answer: SendResult,
    ) -> None:
        """
        Decide how a delivery continues after an attempt, and record the attempt.
        """
        delivery.attempts += 1
        state, due_at = self._next_state(queue, delivery, answer)
        changes = self._update_health(queue, answer)
        if queue.stopped and state == "pending":
            state, due_at = "stopped", None
        if state == "delivered" and delivery.kind != "schedule":
            message = delivery.message.number
            queue.delivered.add(message)
            changes.append(partial(writes.mark_delivered, message=message, endpoint=queue.number))
        attempt = _attempt_row(
            queue,
            delivery,
            request,
            answer,
            kind=delivery.kind,
            ordinal=delivery.attempts,
            at=at,
            next_at=due_at,
        )
        row = DeliveryRow.of(delivery, queue.number, state=state, due_at=due_at)
        self._buffer.record(RecordedAttempt(attempt, row, changes))
        if due_at is None:
            queue.in_memory.discard(delivery.number)
        else:
            delivery.due_at = due_at
            queue.add_stored(delivery)

    def _next_state(
        self, queue: EndpointQueue, delivery: PendingDelivery, answer: SendResult
    ) -> tuple[DeliveryState, float | None]:
        """
        Return the state of a delivery after an attempt, and when the next attempt is due.
        """
        scheduled = delivery.kind == "schedule"
        if not answer.reason or (scheduled and delivery.message.number in queue.delivered):
            return "delivered", None
        if not scheduled:
            return "failed", None
        if _ABORT in _controls(answer):
            return "failed", None
        now = self._clock.now()
        retry_after = answer.headers.get("retry-after")
        delay = next_delay(
            self._settings.schedule,
            delivery.attempts,
            random=self._random(delivery),
            jitter=self._settings.jitter,
            retry_after=None if retry_after is None else read_retry_after(retry_after, now),
            timed_out=answer.timed_out,
        )
        return ("failed", None) if delay is None else ("pending", now + delay)

    def _random(self, delivery: PendingDelivery) -> Random:
        seed = self._settings.seed
        # By delivery and attempt, so that the order of the failures does not matter.
        text = None if seed is None else f"{seed}/{delivery.number}/{delivery.attempts}"
        return Random(text)

    def _update_health(self, queue: EndpointQueue, answer: SendResult) -> list[Change]:
        """
        Update the endpoint's health after an attempt, and disable it after too many failures.

        Returns:
            The changes of the database.
        """
        endpoint, health, disabled = queue.endpoint, HEALTHY, ""
        if queue.stopped:
            return []
        if answer.reason:
            health, persistent = after_failure(endpoint.health, self._clock.now())
            if answer.status == _GONE and self._settings.gone_disables:
                disabled = "it answered 410"
            elif persistent:
                disabled = "every attempt failed for five days"
        if _DISABLE in _controls(answer):
            disabled = f"by its answer: {_CONTROL}: {_DISABLE}"
        if health == endpoint.health and not disabled:
            return []
        queue.endpoint = replace(endpoint, health=health, disabled=disabled)
        changes: list[Change] = [
            partial(writes.upsert_endpoint, number=queue.number, endpoint=queue.endpoint)
        ]
        if disabled:
            queue.clear()
            changes.append(partial(writes.stop_deliveries, number=queue.number))
        return changes


def _controls(answer: SendResult) -> set[str]:
    """
    Read by which words a response controls the deliveries to its endpoint.
    """
    given = answer.headers.get(_CONTROL)
    return {word.strip().lower() for word in given.split(",")} if given else set()


def _attempt_row(
    queue: EndpointQueue,
    delivery: PendingDelivery,
    request: SignedRequest,
    answer: SendResult,
    *,
    kind: DeliveryKind,
    ordinal: int,
    at: float,
    next_at: float | None,
) -> AttemptRow:
    return AttemptRow(
        message=delivery.message.number,
        endpoint=queue.number,
        url=queue.url,
        kind=kind,
        ordinal=ordinal,
        at=at,
        request_headers=request.recorded_headers,
        request_body=None if request.body is delivery.message.body else request.body,
        status=answer.status,
        response_headers=json.dumps(answer.headers) if answer.headers else "{}",
        response_body=answer.body,
        milliseconds=answer.milliseconds,
        reason=answer.reason,
        fault=request.fault,
        next_at=next_at,
    )
