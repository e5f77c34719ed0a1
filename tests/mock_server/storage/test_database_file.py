"""
The database file: it is opened, locked and migrated; unusable files stay as they are.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from seamproof.errors import UsageError
from seamproof.mock_server.storage.database_file import open_database
from seamproof.mock_server.storage.migrations import APPLICATION_ID, MIGRATIONS
from tests.mock_server.workbench import EVENT, handling, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio


def left_alone(path: Path) -> Callable[[], bool]:
    """
    Remember a file's content; the returned function compares it later.
    """
    before = path.read_bytes()
    return lambda: path.read_bytes() == before


def files(directory: Path) -> list[Path]:
    """
    List the files of a directory.
    """
    return [*directory.iterdir()]


async def filled(path: Path) -> None:
    """
    Make a database with something in it.
    """
    async with handling() as handler, serving(database=str(path)) as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT, count=50)
        assert await service.wait_idle(60)


async def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """
    The database contains secrets, so only its owner may read it.
    """
    if sys.platform == "win32":
        pytest.skip("Windows has no such modes")
    path = tmp_path / "store.db"
    await filled(path)
    assert {stat.S_IMODE(one.stat().st_mode) for one in files(tmp_path)} == {0o600}


async def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """
    A file belongs to one server while that runs.
    """
    path = tmp_path / "store.db"
    async with serving(database=str(path)) as service:
        with pytest.raises(UsageError, match="in use by another process") as caught:
            open_database(str(path))
        assert caught.value.exit_status == 2
        await service.emit(event=EVENT)
    open_database(str(path)).close()


async def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    """
    A file of a later version is not changed, and the error names the cure.
    """
    path = tmp_path / "store.db"
    await filled(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    same = left_alone(path)

    with pytest.raises(UsageError, match="a later version") as caught:
        open_database(str(path))
    assert "upgrade" in caught.value.cure
    assert same()
    assert [one.name for one in files(tmp_path)] == ["store.db"]


@pytest.mark.parametrize("content", [b"hello\n", b"x" * 5000, b"SQLite format 3\x00"])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """
    A file that is no database is not overwritten.
    """
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a database of seamproof"):
        open_database(str(path))
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """
    An SQLite file of another program is rejected.
    """
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    same = left_alone(path)
    with pytest.raises(UsageError, match="not a database of seamproof"):
        open_database(str(path))
    assert same()


async def test_a_damaged_file_is_left_alone(tmp_path: Path) -> None:
    """
    A database with damaged pages is rejected at the start.
    """
    path = tmp_path / "store.db"
    await filled(path)
    raw = bytearray(path.read_bytes())
    raw[4096:20480] = b"\xa5" * (20480 - 4096)
    path.write_bytes(raw)
    same = left_alone(path)
    with pytest.raises(UsageError, match="the database is damaged"):
        open_database(str(path))
    assert same()


def with_log(path: Path, *statements: str) -> dict[str, bytes]:
    """
    Change a database in its write-ahead log alone, as a killed process leaves it.
    """
    kept = path.with_name("kept")
    kept.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    for one in statements:
        connection.execute(one)
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", kept)
    connection.close()
    for copy in kept.iterdir():
        shutil.move(copy, path.with_name(copy.name))
    kept.rmdir()
    return hashes(path)


def hashes(path: Path) -> dict[str, bytes]:
    """
    Hash a database and its log.
    """
    both = [path, path.with_name(f"{path.name}-wal")]
    return {one.name: hashlib.sha256(one.read_bytes()).digest() for one in both}


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (f"PRAGMA user_version = {len(MIGRATIONS) + 1}", "a later version"),
        ("PRAGMA application_id = 7", "not a database of seamproof"),
    ],
)
async def test_a_version_in_the_log_alone_is_rejected(
    tmp_path: Path, statement: str, message: str
) -> None:
    """
    A version that is only in the log is rejected, and the file and its log stay as they are.
    """
    path = tmp_path / "store.db"
    await filled(path)
    before = with_log(path, statement)
    with pytest.raises(UsageError, match=message):
        open_database(str(path))
    assert hashes(path) == before


async def test_a_damaged_file_with_a_log_is_left_alone(tmp_path: Path) -> None:
    """
    A damaged database stays as it is together with its log, so that it can be repaired by hand.
    """
    path = tmp_path / "store.db"
    await filled(path)
    with_log(path, "CREATE TABLE anything (a)", "INSERT INTO anything VALUES (1)")
    raw = bytearray(path.read_bytes())
    raw[-8192:] = b"\xa5" * 8192
    path.write_bytes(raw)
    before = hashes(path)
    with pytest.raises(UsageError, match="the database is damaged"):
        open_database(str(path))
    assert hashes(path) == before


async def test_a_log_of_a_killed_server_is_recovered(tmp_path: Path) -> None:
    """
    The inspection of a killed server's database does not block its opening, and leaves no files.
    """
    path = tmp_path / "we ird#%3f?.db"
    await filled(path)
    with_log(path, "CREATE TABLE anything (a)")
    connection = open_database(str(path))
    assert [*connection.execute("SELECT count(*) FROM anything").fetchone()] == [0]
    connection.close()
    assert files(tmp_path) == [path]


async def test_an_older_database_is_migrated(tmp_path: Path) -> None:
    """
    A database of the first version is migrated to the present one.
    """
    path = tmp_path / "store.db"
    await filled(path)
    later = [f"DROP TABLE {name}" for name in ("manual_clock", "records", "effects")]
    with_log(path, *later, "PRAGMA user_version = 1")
    connection = open_database(str(path))
    assert [*connection.execute("PRAGMA user_version").fetchone()] == [len(MIGRATIONS)]
    assert [*connection.execute("SELECT count(*) FROM manual_clock").fetchone()] == [0]
    connection.close()


@pytest.mark.parametrize("name", ["missing/store.db", "."])
def test_a_path_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    """
    A missing directory, or a directory instead of a file, is reported.
    """
    with pytest.raises(UsageError, match="cannot be opened"):
        open_database(str(tmp_path / name))


async def test_a_file_is_one_of_ours_from_the_start(tmp_path: Path) -> None:
    """
    The application id and the version are in the file itself, not only in its log.
    """
    path = tmp_path / "store.db"
    connection = open_database(str(path))
    header = path.read_bytes()[:100]
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(header[60:64], "big") == len(MIGRATIONS)
    connection.close()
