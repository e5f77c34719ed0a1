"""
The store: one SQLite file, one thread that works on it, many changes to a commit.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import struct
import threading
from collections import deque
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seamproof.errors import UsageError
from seamproof.mock_server.storage.migrations import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MEMORY: Final = ":memory:"

_MAGIC: Final = b"SQLite format 3\x00"
_HEADER: Final = 100
_VERSION_AT: Final = 60
_APPLICATION_AT: Final = 68

#: Seconds that another process is given to let go of the file, as one that ends just now does.
_BUSY: Final = 1.0

#: Pages of the write-ahead log between checkpoints: 16 MB.
_CHECKPOINT: Final = 4000


@dataclass(slots=True)
class _Job:
    """
    Something to do with the database, and who waits for it.
    """

    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]
    writes: bool


class Store:
    """
    A database that is worked on in the order in which it is asked.

    What was asked for while a commit was under way goes into the next one
    together, and nobody is told of a change before it is safe on the disk.

    Args:
        path: Of the file, or `:memory:`.
        on_broken: Called once, in the event loop, when nothing more can be written.
    """

    def __init__(self, path: str, on_broken: Callable[[UsageError], None]) -> None:
        self.path = path
        self._on_broken = on_broken
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Semaphore(0)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="seamproof-store", daemon=True)
        self.broken: UsageError | None = None
        self.closed = False

    async def open(self) -> None:
        """
        Open the file, lock it, and give it the present shape.

        Raises:
            UsageError: It cannot be used. It is left as it was.
        """
        self._loop = asyncio.get_running_loop()
        self._connection = await asyncio.to_thread(open_database, self.path)
        self._thread.start()

    async def close(self) -> None:
        """
        Finish what was asked for and let go of the file.
        """
        if self._thread.ident is None or self._closing:
            return
        self._closing = self.closed = True
        self._wake.release()
        await asyncio.to_thread(self._thread.join)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """
        Change something. The future is done when the change is safe.

        Raises:
            UsageError: By the future: it cannot be written, nor can anything after it.
        """
        return self._add(work, writes=True)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """
        Look something up, after every change that was asked for before.
        """
        return self._add(work, writes=False)

    def _add(self, work: Callable[[sqlite3.Connection], T], *, writes: bool) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self._loop.create_future()
        if self.closed:
            what = "the server has stopped"
            future.set_exception(UsageError(what, where=self.path))
            return future
        self._jobs.append(_Job(work, future, writes))
        self._wake.release()
        return future

    def _run(self) -> None:
        """
        Work on what was asked for, until closed.
        """
        while True:
            self._wake.acquire()
            batch = []
            while self._jobs:
                batch.append(self._jobs.popleft())
            if batch:
                self._tell(self._work_on(batch))
            elif self._closing:
                self._connection.close()
                return

    def _work_on(self, batch: list[_Job]) -> list[tuple[_Job, Any, Exception | None]]:
        """
        Do the jobs of a batch in one transaction.
        """
        results: list[tuple[_Job, Any, Exception | None]] = []
        if self.broken is None:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                results = [self._do(job) for job in batch]
                self._connection.execute("COMMIT")
            except Exception as problem:  # noqa: BLE001 - whatever it is, its batch is not safe
                if self._connection.in_transaction:
                    self._connection.rollback()
                self.broken = explained(problem, self.path)
                self._loop.call_soon_threadsafe(self._on_broken, self.broken)
        if self.broken is not None:
            return [(job, None, self.broken) for job in batch]
        return results

    def _do(self, job: _Job) -> tuple[_Job, Any, Exception | None]:
        if job.writes:
            return job, job.work(self._connection), None
        try:
            return job, job.work(self._connection), None
        except Exception as problem:  # noqa: BLE001 - it belongs to who asked
            return job, None, problem

    def _tell(self, results: list[tuple[_Job, Any, Exception | None]]) -> None:
        def settle() -> None:
            for job, result, problem in results:
                if job.future.done():
                    continue
                if problem is None:
                    job.future.set_result(result)
                else:
                    job.future.set_exception(problem)

        self._loop.call_soon_threadsafe(settle)


def open_database(path: str) -> sqlite3.Connection:
    """
    Open a database, lock it, and give it the present shape.

    Args:
        path: Of the file, or `:memory:`.

    Raises:
        UsageError: It cannot be used. It is left as it was.
    """
    if path != MEMORY:
        _look_at_header(Path(path))
        _look_inside(Path(path))
    connection = None
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=_BUSY
        )
        # Held until the process ends, however it ends: one server for one file.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        _migrate(connection, version)
        connection.execute("COMMIT")
        _tidy(path)
        connection.execute("PRAGMA journal_mode = WAL")
        # The log is on the disk before anybody is told: also a power cut loses nothing.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
    except sqlite3.Error as problem:
        if connection is not None:
            connection.close()
        raise explained(problem, path) from problem
    return connection


def _look_at_header(path: Path) -> None:
    """
    Read the first bytes of the file, which changes nothing, before SQLite opens it.

    Raises:
        UsageError: It is no database, not one of ours, or one of a later version.
    """
    try:
        # Only its owner may read the secrets in it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError as problem:
        what = f"the database cannot be opened: {problem.strerror}"
        raise UsageError(what, where=str(path), cure="choose another file with --db") from problem
    if not header:
        return
    (version,) = struct.unpack_from(">I", header.ljust(_HEADER, b"\0"), _VERSION_AT)
    (application,) = struct.unpack_from(">I", header.ljust(_HEADER, b"\0"), _APPLICATION_AT)
    _refuse_foreign(path, application if header.startswith(_MAGIC) else 0, version)


def _look_inside(path: Path) -> None:
    """
    Look at the database as it is with its log, before anything opens it for writing.

    To close the last connection that may write brings the log into the file. One that
    only reads cannot do that, so that both stay as they are if the database is refused.

    Raises:
        UsageError: It is damaged, not ours, of a later version, or in use.
    """
    if not path.stat().st_size:
        return
    try:
        with closing(
            sqlite3.connect(
                f"{path.absolute().as_uri()}?{_look_mode(path)}", timeout=_BUSY, uri=True
            )
        ) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            _refuse_foreign(path, application, version)
            for (problem,) in connection.execute("PRAGMA quick_check(1)"):
                if problem != "ok":
                    what = f"malformed: {problem}"
                    raise sqlite3.DatabaseError(what)
    except sqlite3.Error as problem:
        raise explained(problem, str(path)) from problem


def _look_mode(path: Path) -> str:
    """
    Choose how to open a database so that looking at it leaves the least behind.
    """
    log, journal = (path.with_name(path.name + end) for end in ("-wal", "-journal"))
    if log.exists() and log.stat().st_size:
        return "mode=ro"
    # What a crash left half done at the very beginning has to be taken back to be read.
    # Where there is nothing beside the file, nothing is to be made there either.
    return "mode=rw" if journal.exists() else "mode=ro&immutable=1"


def _refuse_foreign(path: Path, application: int, version: int) -> None:
    """
    Refuse what is no database of ours, or one of a later version.
    """
    if application != APPLICATION_ID:
        what = "the file is no database of seamproof, or it is damaged"
        raise UsageError(what, where=str(path), cure="choose another file with --db")
    if version > len(MIGRATIONS):
        what = "the database was written by a later version of seamproof"
        raise UsageError(
            what,
            where=str(path),
            expected=f"version {len(MIGRATIONS)} or older",
            found=f"version {version}",
            cure="upgrade seamproof, or choose another file with --db",
        )


def _tidy(path: str) -> None:
    """
    Remove the index of the log that the look made. Who alone has the file needs none.
    """
    if path != MEMORY:
        with suppress(OSError):
            Path(f"{path}-shm").unlink()


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """
    Lead the database from its version to the present one, inside the open transaction.
    """
    for script in MIGRATIONS[version:]:
        for statement in script.split(";"):
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


#: What SQLite says, and what that means to a user: the sentence and the cure.
_MEANINGS: Final = (
    (
        "locked",
        "the database is in use by another process",
        "stop the other server, or give each one a file of its own with --db",
    ),
    ("full", "there is no room left for the database", "make room, then start again"),
    (
        "SQLITE_IOERR_WRITE",
        "the database cannot grow: a limit on the size of files is reached, or the disk fails",
        "lift the limit (`ulimit -f`) or look after the disk, then start again",
    ),
    ("readonly", "the database cannot be written to", "change its permissions"),
    (
        "malformed",
        "the database is damaged",
        "move the file away; the server then begins with a new one",
    ),
    (
        "not a database",
        "the database is damaged",
        "move the file away; the server then begins with a new one",
    ),
)


def explained(problem: Exception, path: str) -> UsageError:
    """
    Say in a user's words what is wrong with a database.
    """
    text = str(problem)
    name = getattr(problem, "sqlite_errorname", "")
    for word, what, cure in _MEANINGS:
        if word in text or word == name:
            return UsageError(what, where=path, found=text, cure=cure)
    what = "the database cannot be used"
    return UsageError(what, where=path, found=text, cure="choose another file with --db")
