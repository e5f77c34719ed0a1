"""
Subscriptions: clients follow the stream of messages and attempts.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from seamproof.mock_server.model.records import AttemptRecord, Message
from tests.mock_server.workbench import EVENT, handling, serving

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.mock_server.model.records import StreamEntry
    from seamproof.mock_server.service.service import Service


pytestmark = pytest.mark.anyio


async def collected(service: Service, after: int | None, count: int) -> list[StreamEntry]:
    """
    Follow the stream until so many entries have come.
    """
    found: list[StreamEntry] = []
    async with asyncio.timeout(60):
        async for entry in service.subscribe(after):
            found.append(entry)
            if len(found) == count:
                break
    return found


async def test_the_stream_has_every_entry_in_order() -> None:
    """
    Every message and every attempt is an entry, numbered upwards without a gap.
    """
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        following = asyncio.create_task(collected(service, None, 600))
        await asyncio.sleep(0)
        ids = await service.emit(event=EVENT, count=300)
        found = await following

    assert [one.number for one in found] == list(range(1, 601))
    assert [one.message_id for one in found if isinstance(one, Message)] == ids
    attempts = [one for one in found if isinstance(one, AttemptRecord)]
    assert sorted(one.message_id for one in attempts) == sorted(ids)


async def test_the_stream_resumes_after_an_entry(tmp_path: Path) -> None:
    """
    A client that resumes after a break or a restart misses no entry and gets none twice.
    """
    where = str(tmp_path / "store.db")
    async with handling() as handler:
        async with serving(database=where) as service:
            await service.endpoints.create(handler.url)
            await service.emit(event=EVENT, count=10)
            first = await collected(service, 0, 13)
            assert await service.wait_idle(60)
        async with serving(database=where) as service:
            await service.emit(event=EVENT)
            rest = await collected(service, first[-1].number, 9)
    assert [one.number for one in first + rest] == list(range(1, 23))


async def test_the_stream_ends_with_the_service() -> None:
    """
    A client that follows the stream gets its last entries, and then its end.
    """
    found: list[StreamEntry] = []
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)

        async def follow() -> None:
            async for entry in service.subscribe(0):
                found.append(entry)  # noqa: PERF401 - it may end in the middle

        following = asyncio.create_task(follow())
        await service.emit(event=EVENT, count=3)
        await service.lifecycle.stop()
        await asyncio.wait_for(following, 60)
    assert len(found) >= 3


async def test_an_id_of_another_database_misses_nothing() -> None:
    """
    A client that continues after an id that is not reached yet gets every entry there is.
    """
    async with serving() as service:
        ids = await service.emit(event=EVENT, count=3)
        found = await collected(service, 500, 3)

    assert [one.message_id for one in found] == ids
