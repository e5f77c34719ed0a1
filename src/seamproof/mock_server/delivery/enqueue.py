"""
Enqueue: stores events as messages, and queues their deliveries to the subscribed endpoints.
"""

from __future__ import annotations

import secrets as entropy
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Final

from seamproof.events import mint_message_id
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.model.pending import PendingDelivery
from seamproof.mock_server.model.records import Message
from seamproof.mock_server.storage import writes
from seamproof.mock_server.storage.rows import DeliveryRow
from seamproof.mock_server.world.persistence import write_change

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Sequence

    from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
    from seamproof.mock_server.delivery.scheduler import Scheduler
    from seamproof.mock_server.faults.selector import FaultSelector
    from seamproof.mock_server.model.pending import PreparedEvent
    from seamproof.mock_server.model.records import DeliveryKind
    from seamproof.mock_server.model.sequence_numbers import SequenceNumbers
    from seamproof.mock_server.storage.write_buffer import WriteBuffer
    from seamproof.mock_server.world.records import WorldChange

#: How many events are stored at a time.
BATCH: Final = 128

#: Random bytes in the id of a message.
_RANDOM_BYTES: Final = 16


class Enqueuer:
    """
    Stores messages, and queues their deliveries once they are safe on the disk.

    Args:
        scheduler: Attempts the deliveries.
        buffer: Writes the rows.
        numbers: Assigns the numbers of messages and deliveries.
    """

    def __init__(self, scheduler: Scheduler, buffer: WriteBuffer, numbers: SequenceNumbers) -> None:
        self._scheduler = scheduler
        self._buffer = buffer
        self._numbers = numbers

    async def enqueue(
        self,
        events: Sequence[PreparedEvent],
        now: float,
        selector: FaultSelector | None = None,
        change: WorldChange | None = None,
    ) -> list[str]:
        """
        Store events as messages and queue their deliveries.

        Args:
            events: To deliver.
            now: The present, in seconds since the epoch.
            selector: Chooses the faults that were requested with the events.
            change: What changes in the world with the events, in the same transaction.

        Returns:
            The ids of the messages. They are safe on the disk.
        """
        messages: list[Message] = []
        planned: list[tuple[EndpointQueue, PendingDelivery]] = []
        queues = [queue for queue in self._scheduler.queues.values() if not queue.stopped]
        # One system call for all messages instead of one for each.
        pool = BytesIO(entropy.token_bytes(_RANDOM_BYTES * len(events)))
        self._buffer.flush()  # so that entries are committed in the order of their numbers
        first_number = self._numbers.reserve_entries(len(events))
        for number, event in enumerate(events, first_number):
            message = Message(
                number=number,
                message_id=mint_message_id(now, pool.read),
                event_id=event.event_id,
                event_type=event.event_type,
                body=event.body,
                created_at=now,
                listed_at=event.listed_at,
                faults=selector.faults if selector else (),
            )
            messages.append(message)
            for queue in queues:
                if queue.endpoint.subscribes_to(event.event_type):
                    delivery = self._delivery(message, "schedule", now, counts=True)
                    if selector or queue.endpoint.faults:
                        _select_faults(delivery, selector, queue.selector)
                    planned.append((queue, delivery))
        await self._store(planned, messages, change)
        return [message.message_id for message in messages]

    async def enqueue_again(
        self,
        messages: Iterable[tuple[EndpointQueue, Message]],
        kind: DeliveryKind,
        now: float,
        *,
        new_for: Collection[int] = (),
    ) -> None:
        """
        Queue one more attempt for messages, each at one endpoint.

        Args:
            messages: Each with the queue of the endpoint.
            kind: Why.
            now: The present, in seconds since the epoch.
            new_for: Numbers of the endpoints that the message has never been sent to.
        """
        planned = [
            (queue, self._delivery(message, kind, now, counts=queue.number in new_for))
            for queue, message in messages
        ]
        await self._store(planned)

    def _delivery(
        self, message: Message, kind: DeliveryKind, now: float, *, counts: bool
    ) -> PendingDelivery:
        return PendingDelivery(
            number=self._numbers.next_delivery(),
            message=message,
            kind=kind,
            counts=counts,
            attempts=0,
            due_at=now,
        )

    async def _store(
        self,
        planned: Sequence[tuple[EndpointQueue, PendingDelivery]],
        messages: Sequence[Message] = (),
        change: WorldChange | None = None,
    ) -> None:
        """
        Write messages and deliveries, and queue the deliveries once they are written.
        """
        deliveries = [
            DeliveryRow.of(delivery, queue.number, due_at=delivery.due_at)
            for queue, delivery in planned
        ]
        for queue, delivery in planned:
            # The scheduler may load from the database meanwhile, which must not duplicate them.
            queue.in_memory.add(delivery.number)
        generation = self._scheduler.generation
        await self._buffer.write(
            partial(_insert, messages=messages, deliveries=deliveries, change=change)
        )
        if generation != self._scheduler.generation:
            return  # the service was reset meanwhile
        for queue, delivery in planned:
            if queue.stopped:
                queue.in_memory.discard(delivery.number)
            else:
                queue.add_stored(delivery)
        for queue in {id(queue): queue for queue, _ in planned}.values():
            self._scheduler.wake(queue)
        self._buffer.on_entries()


def _insert(
    connection: sqlite3.Connection,
    *,
    messages: Sequence[Message],
    deliveries: Sequence[DeliveryRow],
    change: WorldChange | None,
) -> None:
    writes.insert_messages(connection, messages)
    writes.upsert_deliveries(connection, deliveries)
    if change:
        write_change(connection, change)


def _select_faults(delivery: PendingDelivery, *selectors: FaultSelector | None) -> None:
    """
    Set the faults of a delivery, and delay it if one of them demands that.
    """
    names = [
        name
        for selector in selectors
        if selector is not None
        for name in selector.names(delivery.message.number)
    ]
    delivery.faults = tuple(dict.fromkeys(names))
    delivery.due_at += sum(FAULTS[name].hold_back for name in delivery.faults)
