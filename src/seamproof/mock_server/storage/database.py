"""
Database: one SQLite file, one thread that uses it, and many changes in one commit.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from seamproof.errors import UsageError
from seamproof.mock_server.storage.database_file import (
    change_from_outside,
    explain,
    file_state,
    is_failure_of_file,
    open_database,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(slots=True)
class _Job:
    """
    A read or a write, and the future that waits for it.

    Attributes:
        work: What to do with the database.
        future: Gets the result or the problem.
        writes: Whether it changes the database.
        result: What `work` returned.
        problem: Why there is no result.
    """

    work: Callable[[sqlite3.Connection], object]
    future: asyncio.Future[Any]
    writes: bool
    result: object = None
    problem: Exception | None = None


class Database:
    """
    A database that runs reads and writes in their order, in a thread of its own.

    The writes that arrive during a commit share the next one. A write is done once it is
    safe on the disk.

    Args:
        path: Of the file, or `:memory:`.
        on_failure: Called once, in the event loop, when the file fails: no write can follow.

    Attributes:
        failure: Why nothing can be written any more; None while it can.
        closed: Whether `close` was called.
    """

    def __init__(self, path: str, on_failure: Callable[[UsageError], None]) -> None:
        self.path = path
        self._on_failure = on_failure
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name="seamproof-database", daemon=True)
        self.failure: UsageError | None = None
        self.closed = False

    async def open(self) -> None:
        """
        Open the file, lock it, and migrate it to the present schema.

        Raises:
            UsageError: It cannot be used. It is left as it was.
        """
        self._loop = asyncio.get_running_loop()
        self._connection = await asyncio.to_thread(open_database, self.path)
        self._file = file_state(self.path)
        self._thread.start()

    async def close(self) -> None:
        """
        Finish the pending reads and writes and close the file.
        """
        if self._thread.ident is None or self.closed:
            return
        self.closed = True
        self._wake.release()
        await asyncio.to_thread(self._thread.join)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """
        Change the database. The future is done when the change is safe.

        Raises:
            UsageError: By the future: the write failed, or an earlier one did.
        """
        return self._add(work, writes=True)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """
        Read the database after every earlier change.
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
        Run reads and writes until closed.
        """
        while True:
            self._wake.acquire()
            batch = []
            while self._jobs:
                batch.append(self._jobs.popleft())
            if batch:
                self._run_batch(batch)
                self._loop.call_soon_threadsafe(_resolve, batch)
            elif self.closed:
                self._connection.close()
                return

    def _run_batch(self, batch: list[_Job]) -> None:
        """
        Run the jobs of a batch in one transaction.
        """
        if self.failure is None:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for job in batch:
                    self._run_job(job)
                # Before, as a commit may fill the file up again; and after, so that nothing is
                # promised of a file that is gone.
                self._check_file()
                self._connection.execute("COMMIT")
                self._check_file()
            except Exception as problem:  # noqa: BLE001 - any failure leaves the batch unwritten
                if self._connection.in_transaction:
                    self._connection.rollback()
                failure = self.failure = explain(problem, self.path)
                self._loop.call_soon_threadsafe(self._on_failure, failure)
        if self.failure is not None:
            for job in batch:
                job.problem = self.failure

    def _check_file(self) -> None:
        if self._file is None:
            return
        now = file_state(self.path)
        problem = change_from_outside(self.path, self._file, now)
        if problem is not None:
            raise problem
        self._file = now

    def _run_job(self, job: _Job) -> None:
        """
        Run a job; a failure undoes its own changes alone, unless the file itself fails.
        """
        if job.writes:
            self._connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._connection)
        except Exception as problem:
            if job.writes and is_failure_of_file(problem):
                raise
            if job.writes:
                self._connection.execute("ROLLBACK TO job")
            job.problem = problem
        if job.writes:
            self._connection.execute("RELEASE job")


def _resolve(batch: list[_Job]) -> None:
    for job in batch:
        if job.future.done():
            continue
        if job.problem is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.problem)
