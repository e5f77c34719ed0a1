"""
Subscriptions: clients that follow the stream of messages and attempts.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.storage import reads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from seamproof.mock_server.model.records import StreamEntry
    from seamproof.mock_server.storage.database import Database

#: Seconds that the clients may take to read the end of the stream.
_DRAIN_TIMEOUT: Final = 1.0


class Subscriptions:
    """
    Follows the entries of the stream as they are written.

    Args:
        database: Where the entries are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._new_entries = asyncio.Event()
        self._stopped = False
        self._count = 0
        self._none_left = asyncio.Event()
        self._none_left.set()

    def notify(self) -> None:
        """
        Wake the subscriptions: new entries were written.
        """
        event, self._new_entries = self._new_entries, asyncio.Event()
        event.set()

    async def follow(self, after: int) -> AsyncIterator[StreamEntry]:
        """
        Follow the entries of the stream until the service stops.

        Args:
            after: Number of the entry before the first one.
        """
        self._count += 1
        self._none_left.clear()
        try:
            while not self._database.closed:
                stopped, new_entries = self._stopped, self._new_entries
                entries = await self._database.read(partial(reads.stream, after=after))
                for entry in entries:
                    after = entry.number
                    yield entry
                if not entries and stopped:
                    return
                if not entries:
                    await new_entries.wait()
        finally:
            self._count -= 1
            if not self._count:
                self._none_left.set()

    async def drain(self) -> None:
        """
        Let the subscriptions read the end of the stream, for a limited time.
        """
        self._stopped = True
        self.notify()
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_TIMEOUT):
                await self._none_left.wait()
