"""
Intake: events become messages, and messages sendings to every endpoint that wants them.
"""

from __future__ import annotations

import json
import secrets as entropy
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from seamproof.events import mint_message_id
from seamproof.mock_server.delivery.endpoint_queue import Item, Lane, row_of
from seamproof.mock_server.faults.catalogue import HELD
from seamproof.mock_server.storage import writes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from seamproof.mock_server.delivery.scheduler import Engine
    from seamproof.mock_server.faults.catalogue import Picker
    from seamproof.mock_server.model.records import DeliveryKind
    from seamproof.mock_server.service.emission import Made
    from seamproof.mock_server.storage.write_buffer import Journal, Numbers

#: How many events are stored in one go.
CHUNK: Final = 128

#: Random bytes in the id of a message.
_RANDOM: Final = 16

Found = tuple[int, str, str, bytes]


class Intake:
    """
    Stores messages and hands their sendings on to the engine once they are safe.

    Args:
        engine: What sends.
        journal: What writes.
        numbers: What messages and sendings are numbered by.
    """

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        numbers: Numbers,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._numbers = numbers

    async def take(
        self, events: Sequence[Made], now: float, picker: Picker | None = None
    ) -> list[str]:
        """
        Store events as messages. They are safe when it returns.

        Args:
            events: What is to be sent.
            now: When it came in, in seconds since the epoch.
            picker: Chooses what is to go wrong with them.

        Returns:
            The ids of the messages.
        """
        noted = json.dumps(writes.fault_document(picker.faults)) if picker else ""
        messages: list[tuple[Any, ...]] = []
        planned: list[tuple[Lane, Item]] = []
        lanes = [lane for lane in self._engine.lanes.values() if not lane.stopped]
        # One call to the system for all, not one for each.
        pool = BytesIO(entropy.token_bytes(_RANDOM * len(events)))
        self._journal.flush()  # so that numbers rise in the order of the commits
        for event in events:
            number = self._numbers.next_entry()
            message_id = mint_message_id(now, pool.read)
            messages.append(
                (
                    number,
                    message_id,
                    event.event_id,
                    event.event_type,
                    event.body,
                    now,
                    event.listed_at,
                    noted,
                )
            )
            for lane in lanes:
                if lane.endpoint.wants(event.event_type):
                    found = (number, message_id, event.event_type, event.body)
                    item = self._item(found, "schedule", now, counts=True)
                    if picker or lane.endpoint.faults:
                        befall(item, picker, lane.picker)
                    planned.append((lane, item))
        await self._store(planned, partial(writes.put, table="messages", rows=messages))
        return [row[1] for row in messages]

    async def again(
        self, wanted: Sequence[tuple[Lane, Found]], kind: DeliveryKind, now: float, counts: set[int]
    ) -> None:
        """
        Send messages once more, each to one endpoint.

        Args:
            wanted: Where to, and the number, id, type and body of the message.
            kind: Why.
            now: When it was asked for.
            counts: Numbers of lanes to which the message has never gone.
        """
        planned = [
            (lane, self._item(found, kind, now, counts=lane.number in counts))
            for lane, found in wanted
        ]
        await self._store(planned)

    def _item(self, found: Found, kind: DeliveryKind, now: float, *, counts: bool) -> Item:
        number, message_id, event_type, body = found
        sending = self._numbers.next_sending()
        return Item(sending, number, message_id, event_type, body, kind, counts, 0, now)

    async def _store(
        self,
        planned: list[tuple[Lane, Item]],
        first: Callable[[sqlite3.Connection], object] | None = None,
    ) -> None:
        """
        Write sendings, and let them go once that is safe.
        """
        sendings = [row_of(item, lane.number, "pending", item.due_at) for lane, item in planned]

        def write(connection: sqlite3.Connection) -> None:
            if first is not None:
                first(connection)
            writes.put(connection, "sendings", sendings)

        for lane, item in planned:
            # Whoever loads from the store meanwhile is not to send them as well.
            lane.known.add(item.number)
        generation = self._engine.generation
        await self._journal.change(write)
        if generation != self._engine.generation:
            return  # all of it has been forgotten meanwhile
        for lane, item in planned:
            if lane.stopped:
                lane.known.discard(item.number)
            else:
                lane.take(item)
        for lane in {id(lane): lane for lane, _ in planned}.values():
            self._engine.wake(lane)
        self._journal.announce()


def befall(item: Item, *pickers: Picker | None) -> None:
    """
    Let faults befall a sending; those that hold it back do so at once.
    """
    chosen = [name for one in pickers if one is not None for name in one.names(item.message)]
    item.faults = tuple(dict.fromkeys(chosen))
    item.due_at += sum(HELD.get(name, 0.0) for name in item.faults)
