"""
Write buffer: collects attempts for some milliseconds and writes them together.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from seamproof.mock_server.storage import writes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from seamproof.mock_server.model.sequence_numbers import SequenceNumbers
    from seamproof.mock_server.storage.database import Database
    from seamproof.mock_server.storage.rows import AttemptRow, DeliveryRow

T = TypeVar("T")

#: A change of the database, beside the rows of an attempt.
Change: TypeAlias = "Callable[[sqlite3.Connection], object]"

#: Seconds for which attempts are collected, and how many at most.
_INTERVAL: Final = 0.01
_MAX_BATCH: Final = 256


class RecordedAttempt(NamedTuple):
    """
    An attempt to be written.

    Attributes:
        attempt: Its row.
        delivery: The row of its delivery in the state after it; None for a copy.
        changes: Further changes in the same transaction.
    """

    attempt: AttemptRow
    delivery: DeliveryRow | None = None
    changes: Sequence[Change] = ()


class WriteBuffer:
    """
    Collects attempts and writes them together; passes other reads and changes on in order.

    Args:
        database: Where attempts are written.
        numbers: Assigns the numbers of attempts.
        on_entries: To be called each time after new entries of the stream were written.

    Attributes:
        unsaved: How many attempts are not written yet.
    """

    def __init__(
        self, database: Database, numbers: SequenceNumbers, on_entries: Callable[[], None]
    ) -> None:
        self._database = database
        self._numbers = numbers
        self.on_entries = on_entries
        self._collected: list[RecordedAttempt] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last_write: asyncio.Future[None] | None = None
        self.unsaved = 0

    def record(self, attempt: RecordedAttempt) -> None:
        """
        Write an attempt soon.
        """
        self._collected.append(attempt)
        self.unsaved += 1
        if len(self._collected) >= _MAX_BATCH:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_INTERVAL, self.flush)

    def flush(self) -> None:
        """
        Write the collected attempts now.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._collected:
            batch, self._collected = self._collected, []
            first_number = self._numbers.reserve_entries(len(batch))
            self._last_write = self._database.write(partial(_write, batch, first_number))
            self._last_write.add_done_callback(partial(self._written, len(batch)))

    def write(self, change: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """
        Change the database after all attempts that were recorded so far.

        Raises:
            UsageError: By the future, as `Database.write` does.
        """
        self.flush()
        return self._database.write(change)

    def read(self, query: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """
        Read the database after all attempts that were recorded so far.
        """
        self.flush()
        return self._database.read(query)

    async def saved(self) -> None:
        """
        Wait until all attempts that were recorded so far are written.
        """
        self.flush()
        if self._last_write is not None:
            await self._last_write

    def _written(self, count: int, write: asyncio.Future[None]) -> None:
        self.unsaved -= count
        # The database itself reports a failure.
        if not write.cancelled() and write.exception() is None:
            self.on_entries()


def _write(batch: list[RecordedAttempt], first_number: int, connection: sqlite3.Connection) -> None:
    writes.insert_attempts(connection, [one.attempt for one in batch], first_number)
    deliveries = [one.delivery for one in batch if one.delivery is not None]
    writes.upsert_deliveries(connection, deliveries)
    for recorded in batch:
        for change in recorded.changes:
            change(connection)
