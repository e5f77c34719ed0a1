"""
Database: a failed write ends the service, a failed read harms nothing.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from seamproof.errors import UsageError
from tests.mock_server.workbench import EVENT, serving

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.anyio


async def test_a_full_disk_ends_the_service_with_a_message(tmp_path: Path) -> None:
    """
    On a full disk no more messages are accepted, and all accepted ones are still there.
    """
    path = tmp_path / "store.db"
    async with serving(database=str(path)) as service:
        (kept,) = await service.emit(event=EVENT)
        (pages,) = service._database._connection.execute("PRAGMA page_count").fetchone()
        service._database._connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(UsageError, match="no room left"):
            await service.emit(event=EVENT, count=5000)
        failure = await asyncio.wait_for(service.lifecycle.failed(), 60)
        assert (failure.exit_status, service.lifecycle.failure) == (2, failure)
        with pytest.raises(UsageError, match="no room left"):
            await service.emit(event=EVENT)

    async with serving(database=str(path)) as service:
        assert (await service.message(kept)).message.body == EVENT


async def test_a_failing_query_harms_nothing() -> None:
    """
    A query that fails raises its error at the caller alone.
    """
    async with serving() as service:
        with pytest.raises(sqlite3.OperationalError):
            await service._database.read(lambda connection: connection.execute("SELECT nonsense"))
        await service.emit(event=EVENT)
        assert service.lifecycle.failure is None


async def test_a_failing_write_harms_no_other() -> None:
    """
    A write that fails is undone alone: its neighbours in one commit are stored.
    """

    def unwritable(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO manual_clock (number, now) VALUES (1, 7)")
        connection.execute("SELECT ?", ["\udce9"])

    async with serving() as service:
        results = await asyncio.gather(
            service.emit(event=EVENT),
            service._database.write(unwritable),
            service.emit(event=EVENT),
            return_exceptions=True,
        )

        assert isinstance(results[1], UnicodeEncodeError)
        assert len((await service.messages()).messages) == 2
        read = service._database.read
        rows = await read(lambda one: one.execute("SELECT * FROM manual_clock").fetchall())
        assert not [row for row in rows if row["now"] == 7]
        assert service.lifecycle.failure is None


@pytest.mark.parametrize("change", ["deleted", "moved", "replaced"])
async def test_a_file_that_is_gone_ends_the_service(tmp_path: Path, change: str) -> None:
    """
    The next write notices that the file at the path is another one, or none.
    """
    path = tmp_path / "store.db"
    async with serving(database=str(path)) as service:
        await service.emit(event=EVENT)
        if change == "deleted":
            path.unlink()
        else:
            path.rename(tmp_path / "other.db")
        if change == "replaced":
            path.write_bytes(b"")
        with pytest.raises(UsageError, match="moved, replaced or deleted"):
            await service.emit(event=EVENT)
        failure = await asyncio.wait_for(service.lifecycle.failed(), 60)

    assert failure.exit_status == 2


@pytest.mark.parametrize("kept", [0, 100, 4096])
async def test_a_file_that_was_cut_off_ends_the_service(tmp_path: Path, kept: int) -> None:
    """
    The next write notices that another program has shortened the file.
    """
    path = tmp_path / "store.db"
    async with serving(database=str(path)) as service:
        await service.emit(event=EVENT)
        os.truncate(path, kept)
        with pytest.raises(UsageError, match="cut off by another program"):
            await service.emit(event=EVENT)
        failure = await asyncio.wait_for(service.lifecycle.failed(), 60)

    assert failure.exit_status == 2
