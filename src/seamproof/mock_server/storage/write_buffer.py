"""
The journal: what has been attempted, gathered for a moment and written together.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from seamproof.mock_server.storage import writes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from seamproof.mock_server.delivery.endpoint_queue import Lane
    from seamproof.mock_server.storage.database import Store

    Work = Callable[[sqlite3.Connection], object]

#: Seconds that attempts are gathered, and how many at most.
_GATHER: Final = 0.01
_MOST: Final = 256


@dataclass(slots=True)
class Numbers:
    """
    The highest numbers that are taken.

    Attributes:
        entry: Of messages and attempts, which count together: they are the stream's entries.
        sending: Of sendings.
        endpoint: Of endpoints.
    """

    entry: int = 0
    sending: int = 0
    endpoint: int = 0

    def next_entry(self) -> int:
        """
        Take the next number of a message or attempt.

        It has to go to the store at once: numbers rise in the order of the commits.
        """
        self.entry += 1
        return self.entry

    def next_sending(self) -> int:
        """
        Take the next number of a sending.
        """
        self.sending += 1
        return self.sending

    def next_endpoint(self) -> int:
        """
        Take the next number of an endpoint.
        """
        self.endpoint += 1
        return self.endpoint


@dataclass(frozen=True, slots=True)
class Entry:
    """
    An attempt to be written.

    Attributes:
        attempt: Its row, without the number.
        sending: The row of its sending as it stands now; None for a copy.
        works: What else changes with it.
        done: The lane that can forget the sending once this is written, if it can.
    """

    attempt: tuple[Any, ...]
    sending: tuple[Any, ...] | None
    works: tuple[Work, ...] = ()
    done: Lane | None = None


class Journal:
    """
    Gathers attempts for some milliseconds and writes them in one go.

    Args:
        store: Where to.
        numbers: What the entries are numbered by.
        on_saved: Called after each time that something was written.
    """

    def __init__(self, store: Store, numbers: Numbers, on_saved: Callable[[], None]) -> None:
        self._store = store
        self._numbers = numbers
        self._on_saved = on_saved
        self._gathered: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last: asyncio.Future[None] | None = None
        self.unsaved = 0

    def record(self, entry: Entry) -> None:
        """
        Write an attempt soon.
        """
        self._gathered.append(entry)
        self.unsaved += 1
        if len(self._gathered) >= _MOST:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER, self.flush)

    def flush(self) -> None:
        """
        Write what is gathered now.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gathered:
            batch, self._gathered = self._gathered, []
            attempts = [(self._numbers.next_entry(), *entry.attempt) for entry in batch]
            self._last = self._store.write(partial(_write, attempts, batch))
            self._last.add_done_callback(partial(self._saved, batch))

    def change(self, work: Callable[[sqlite3.Connection], Any]) -> asyncio.Future[Any]:
        """
        Change something else, after all that has been attempted so far.
        """
        self.flush()
        return self._store.write(work)

    async def saved(self) -> None:
        """
        Wait until all that has been attempted so far is written.
        """
        self.flush()
        if self._last is not None:
            await self._last

    def announce(self) -> None:
        """
        Tell that something new is in the store.
        """
        self._on_saved()

    def _saved(self, batch: list[Entry], written: asyncio.Future[None]) -> None:
        self.unsaved -= len(batch)
        if written.cancelled() or written.exception() is not None:
            return  # the store has said so already, to whoever has to know
        for entry in batch:
            if entry.done is not None and entry.sending is not None:
                entry.done.known.discard(entry.sending[0])
        self._on_saved()


def _write(
    attempts: list[tuple[Any, ...]], batch: list[Entry], connection: sqlite3.Connection
) -> None:
    writes.put(connection, "attempts", attempts)
    writes.put(connection, "sendings", [one.sending for one in batch if one.sending is not None])
    for entry in batch:
        for work in entry.works:
            work(connection)
