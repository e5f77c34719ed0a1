"""
Databases with rows that cannot be read: refused with the place, and copied as far as possible.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from seamproof.errors import UsageError
from seamproof.mock_server.storage.database_file import open_database, salvage
from tests.cli.runner import run
from tests.mock_server.workbench import EVENT, serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
URL = "http://127.0.0.1:9/hook"

#: By what it does, a change of the database, and what the error has to say.
DAMAGE = {
    "a time that is none": (
        "UPDATE sendings SET due_at = 'tomorrow' WHERE number = 1",
        r"table sendings, row 1: due_at is 'tomorrow'",
    ),
    "a state that is none": (
        "UPDATE sendings SET state = 'lost' WHERE number = 1",
        r"table sendings, row 1: state is 'lost'",
    ),
    "an endpoint that is cut off": (
        "UPDATE endpoints SET document = substr(document, 1, 60)",
        r"table endpoints, row 1 \([0-9a-f-]{36}\): document cannot be read: JSONDecodeError",
    ),
    "a secret that is none": (
        "UPDATE endpoints SET document = json_set(document, '$.secret', 'whsec_x')",
        r"table endpoints, row 1 \([0-9a-f-]{36}\): document cannot be read: .*secret",
    ),
    "faults that are cut off": (
        "UPDATE messages SET faults = '[[' WHERE number = 1",
        r"table messages, row 1 \(msg_\w+\): faults cannot be read",
    ),
    "a missing table": ("DROP TABLE attempts", r"table attempts: it is missing"),
    "a missing column": (
        "ALTER TABLE attempts DROP COLUMN reason",
        r"table attempts: reason is missing",
    ),
}


async def database(path: Path) -> None:
    """
    Write a database with an endpoint, and two messages that are not delivered.
    """
    async with serving(database=str(path)) as service:
        await service.endpoints.create(URL)
        await service.emit(event=EVENT)
        await service.emit(event=EVENT)


def change(path: Path, statement: str) -> bytes:
    """
    Change a database by hand; return the bytes of its file.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    return path.read_bytes()


@pytest.mark.parametrize(("statement", "expected"), DAMAGE.values(), ids=DAMAGE)
async def test_a_row_that_cannot_be_read_is_named(
    tmp_path: Path, statement: str, expected: str
) -> None:
    """
    The database is refused, with the place, and its file is as it was.
    """
    path = tmp_path / "store.db"
    await database(path)
    before = change(path, statement)

    with pytest.raises(UsageError, match="the database is damaged") as caught:
        open_database(str(path))

    assert re.search(expected, caught.value.found)
    assert "--salvage" in caught.value.cure
    assert path.read_bytes() == before


async def test_what_can_be_read_is_copied(tmp_path: Path) -> None:
    """
    A new server continues with the copy; the damaged file is as it was.
    """
    path, new = tmp_path / "store.db", tmp_path / "new.db"
    await database(path)
    before = change(path, DAMAGE["a time that is none"][0])

    counts = salvage(path, new)

    assert counts["sendings"] == (1, 1)
    assert counts["messages"] == (2, 0)
    assert path.read_bytes() == before
    async with serving(database=str(new)) as service:
        assert len((await service.messages()).messages) == 2
        assert [one.url for one in await service.endpoints.all()] == [URL]


async def test_pages_that_are_damaged_are_left_out(tmp_path: Path) -> None:
    """
    Of a file with overwritten pages the other rows are copied.
    """
    path, new = tmp_path / "store.db", tmp_path / "new.db"
    async with serving(database=str(path)) as service:
        for _ in range(30):
            await service.emit(event=EVENT, count=20)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 8192 * 4096
    raw[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(raw)
    with pytest.raises(UsageError, match="the database is damaged"):
        open_database(str(path))

    copied, _ = salvage(path, new)["messages"]

    assert 0 < copied <= 600
    async with serving(database=str(new)) as service:
        assert (await service.messages()).messages


def test_a_copy_needs_a_database_and_a_new_name(tmp_path: Path) -> None:
    """
    Nothing is overwritten, and no other file is read.
    """
    other = tmp_path / "other"
    other.write_bytes(b"mine")

    with pytest.raises(UsageError, match="exists already"):
        salvage(tmp_path / "store.db", other)
    with pytest.raises(UsageError, match="no such database"):
        salvage(tmp_path / "store.db", tmp_path / "new.db")
    with pytest.raises(UsageError, match="not a database"):
        salvage(other, tmp_path / "new.db")
    assert other.read_bytes() == b"mine"


def test_the_command_copies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    `serve` refuses the damaged database with status 2; with --salvage it copies and ends.
    """
    path, new = tmp_path / "store.db", tmp_path / "new.db"
    asyncio.run(database(path))
    change(path, DAMAGE["an endpoint that is cut off"][0])

    refused = run(monkeypatch, "serve", "--db", str(path), "--port", "0")
    copied = run(monkeypatch, "serve", "--db", str(path), "--salvage", str(new))

    assert (refused.status, refused.stdout) == (2, "")
    assert "table endpoints, row 1" in refused.stderr
    assert copied.status == 0, copied.stderr
    assert "endpoints     0 copied, 1 lost" in copied.stdout
