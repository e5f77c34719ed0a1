"""
The database file: opened, locked, checked and migrated.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from seamproof.errors import UsageError
from seamproof.mock_server.storage.inspection import copy_readable, find_damage
from seamproof.mock_server.storage.migrations import APPLICATION_ID, MIGRATIONS

#: The path of a database without a file.
MEMORY: Final = ":memory:"

#: The header of an SQLite file (https://www.sqlite.org/fileformat.html, 1.3): its size, and the
#: offsets of `user_version` and `application_id`.
_MAGIC: Final = b"SQLite format 3\x00"
_HEADER: Final = 100
_VERSION_AT: Final = 60
_APPLICATION_AT: Final = 68

#: Seconds to wait for another process that is about to close the file.
_LOCK_TIMEOUT: Final = 1.0

#: Pages of the write-ahead log between checkpoints: 16 MB.
_CHECKPOINT: Final = 4000


def open_database(path: str) -> sqlite3.Connection:
    """
    Open a database, lock it, and migrate it to the present schema.

    Args:
        path: Of the file, or `:memory:`.

    Raises:
        UsageError: It cannot be used. It is left as it was.
    """
    if path != MEMORY:
        _check_header(Path(path))
        _check_content(Path(path))
    connection = None
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=_LOCK_TIMEOUT
        )
        connection.row_factory = sqlite3.Row
        # A text that is damaged is shown, not an error of the statement that reads it.
        connection.text_factory = _decode
        # Held until the process ends, in whatever way: one server for one file.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        _migrate(connection, version)
        connection.execute("COMMIT")
        with suppress(OSError):
            # The inspection created the log's index, which an exclusive connection does not need.
            Path(f"{path}-shm").unlink()
        connection.execute("PRAGMA journal_mode = WAL")
        # The log is on the disk before a write is done: also a power cut loses nothing.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
    except (sqlite3.Error, UnicodeDecodeError) as problem:
        if connection is not None:
            connection.close()
        raise explain(problem, path) from problem
    return connection


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


class FileState(NamedTuple):
    """
    Which file stands at a path, and how much of it.
    """

    device: int
    inode: int
    size: int


def file_state(path: str) -> FileState | None:
    """
    Look at the file at a path; None for a database in memory, or if there is no file.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - called with each commit
    except OSError:
        return None
    return FileState(found.st_dev, found.st_ino, found.st_size)


def change_from_outside(path: str, before: FileState, now: FileState | None) -> UsageError | None:
    """
    Say what somebody else did to the file of an open database; None if nothing was done.

    SQLite only lets it grow: the server never gives pages back.
    """
    if now is None or now[:2] != before[:2]:
        return UsageError(
            "the database file was moved, replaced or deleted",
            where=path,
            cure="start the server again",
        )
    if now.size < before.size:
        return UsageError(
            "the database file was cut off by another program",
            where=path,
            expected=f"{before.size:,} bytes at least",
            found=f"{now.size:,} bytes",
            cure="put a copy of it back, or start with another file",
        )
    return None


def _check_header(path: Path) -> None:
    """
    Check the first bytes of the file, which changes nothing, before SQLite opens it.

    Raises:
        UsageError: The file is no database of seamproof, or one of a later version.
    """
    try:
        # The database contains secrets, which only its owner may read.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError as problem:
        what = f"the database cannot be opened: {problem.strerror}"
        raise UsageError(what, where=str(path), cure="use another database file") from problem
    if not header:
        return
    (version,) = struct.unpack_from(">I", header.ljust(_HEADER, b"\0"), _VERSION_AT)
    (application,) = struct.unpack_from(">I", header.ljust(_HEADER, b"\0"), _APPLICATION_AT)
    _reject_foreign(path, application if header.startswith(_MAGIC) else 0, version)


def _check_content(path: Path) -> None:
    """
    Check the database together with its log, before it is opened for writing.

    Closing the last writable connection merges the log into the file. A read-only one
    cannot, so that a rejected database and its log stay as they are.

    Raises:
        UsageError: The database is damaged, not seamproof's, of a later version, or in use.
    """
    if not path.stat().st_size:
        return
    location = f"{path.absolute().as_uri()}?{_inspection_mode(path)}"
    try:
        with closing(sqlite3.connect(location, timeout=_LOCK_TIMEOUT, uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            _reject_foreign(path, application, version)
            for (problem,) in connection.execute("PRAGMA quick_check(1)"):
                if problem != "ok":
                    what = f"malformed: {problem}"
                    raise sqlite3.DatabaseError(what)
            if damage := find_damage(connection, version):
                what, cure = _DAMAGED
                raise UsageError(what, where=str(path), found=damage, cure=cure)
    except (sqlite3.Error, UnicodeDecodeError) as problem:
        # SQLite quotes damaged names in its messages, which Python then cannot decode.
        raise explain(problem, str(path)) from problem


def salvage(path: Path, new: Path) -> dict[str, tuple[int, int]]:
    """
    Copy what can be read of a damaged database into a new file; the old one stays as it is.

    Returns:
        By table, how many rows were copied, and how many could not be.

    Raises:
        UsageError: The file is no database of seamproof, or the new one exists already.
    """
    if new.exists():
        what = "the file exists already"
        raise UsageError(what, where=str(new), cure="name a new one")
    if not path.is_file():
        what = "there is no such database"
        raise UsageError(what, where=str(path))
    location = f"{path.absolute().as_uri()}?{_inspection_mode(path)}"
    try:
        with closing(sqlite3.connect(location, timeout=_LOCK_TIMEOUT, uri=True)) as source:
            (version,) = source.execute("PRAGMA user_version").fetchone()
            (application,) = source.execute("PRAGMA application_id").fetchone()
            _reject_foreign(path, application, version)
            with closing(open_database(str(new))) as target:
                target.execute("BEGIN")
                counts = copy_readable(source, version, target)
                target.execute("COMMIT")
    except (sqlite3.Error, UnicodeDecodeError) as problem:
        new.unlink(missing_ok=True)
        raise explain(problem, str(path)) from problem
    return counts


def _inspection_mode(path: Path) -> str:
    """
    Choose the mode that changes least on the disk when a database is inspected.
    """
    log, journal = (path.with_name(path.name + end) for end in ("-wal", "-journal"))
    if log.exists() and log.stat().st_size:
        return "mode=ro"
    # A transaction that a crash interrupted has to be rolled back before anything is read.
    # Without a journal nothing may be created beside the file.
    return "mode=rw" if journal.exists() else "mode=ro&immutable=1"


def _reject_foreign(path: Path, application: int, version: int) -> None:
    if application != APPLICATION_ID:
        what = "the file is not a database of seamproof, or it is damaged"
        raise UsageError(what, where=str(path), cure="use another database file")
    if version > len(MIGRATIONS):
        what = "the database was written by a later version of seamproof"
        raise UsageError(
            what,
            where=str(path),
            expected=f"version {len(MIGRATIONS)} or older",
            found=f"version {version}",
            cure="upgrade seamproof, or use another database file",
        )


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """
    Migrate the database from its version to the present one, inside the open transaction.
    """
    for script in MIGRATIONS[version:]:
        for statement in script.split(";"):
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


_DAMAGED: Final = (
    "the database is damaged",
    "`seamproof serve --db FILE --salvage NEW` copies what can be read; or move the file away",
)

#: A part of SQLite's message or the name of its error, the message for users, and the cure.
_EXPLANATIONS: Final = (
    (
        "locked",
        "the database is in use by another process",
        "stop the other server, or give each server its own database file",
    ),
    ("full", "there is no room left for the database", "free some space, then start again"),
    (
        "SQLITE_IOERR_WRITE",
        "the database cannot grow: a limit on the size of files is reached, or the disk fails",
        "raise the limit (`ulimit -f`) or check the disk, then start again",
    ),
    ("readonly", "the database cannot be written to", "change its permissions"),
    ("malformed", *_DAMAGED),
    ("not a database", *_DAMAGED),
)


#: The codes of errors of the file, not of one statement (https://www.sqlite.org/rescode.html).
_FILE_ERRORS: Final = frozenset(
    (
        *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
        *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM),
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL),
    )
)
_PRIMARY_CODE: Final = 0xFF


def is_failure_of_file(problem: Exception) -> bool:
    """
    Whether the database file failed, so that nothing can be written any more.
    """
    code = getattr(problem, "sqlite_errorcode", 0) or 0
    return code & _PRIMARY_CODE in _FILE_ERRORS


def explain(problem: Exception, path: str) -> UsageError:
    """
    Explain to a user what is wrong with a database.
    """
    if isinstance(problem, UsageError):
        return problem
    text = str(problem)
    name = getattr(problem, "sqlite_errorname", "")
    for word, what, cure in _EXPLANATIONS:
        if word in text or word == name:
            return UsageError(what, where=path, found=text, cure=cure)
    what = "the database cannot be used"
    return UsageError(what, where=path, found=text, cure="use another database file")
