"""
The lock by which the workers of a parallel test run take turns.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from filelock import BaseFileLock

#: Set by pytest-xdist in each of its workers.
_WORKER: Final = "PYTEST_XDIST_TESTRUNUID"
#: Seconds until a worker says that it waits, and until it no longer waits for the others.
_SILENT: Final = 10.0
_LOCK_TIMEOUT: Final = 3_600.0
_DIGITS: Final = 16


@contextmanager
def worker_lock(*, shared: bool) -> Iterator[None]:
    """
    Wait for the other workers of a test run.

    Each would otherwise take the state changes of the others for effects of its own requests.

    Args:
        shared: Whether the handler or its state is shared; otherwise nobody waits.

    Raises:
        UsageError: The lock cannot be created.
        filelock.Timeout: Another worker has it for an hour.
    """
    if not shared or not os.environ.get(_WORKER):
        yield
        return
    from filelock import FileLock

    file = _lock_file()
    holder = file.with_suffix(".holder")
    lock = FileLock(file)
    _wait(lock, holder)
    try:
        with suppress(OSError):
            holder.write_text(f"process {os.getpid()} in {Path.cwd()}", encoding="utf-8")
        yield
    finally:
        lock.release()


def _lock_file() -> Path:
    """
    Name the lock of this user and directory, where no other user can create files.
    """
    from platformdirs import user_cache_path

    run = f"{Path.home()}\n{Path.cwd()}".encode(errors="backslashreplace")
    directory = user_cache_path("seamproof", appauthor=False) / "workers"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        what = f"the lock of parallel workers cannot be created: {problem.strerror}"
        cure = "set XDG_CACHE_HOME to a directory that can be written"
        raise UsageError(what, where=str(directory), cure=cure) from problem
    return directory / f"{hashlib.sha256(run).hexdigest()[:_DIGITS]}.lock"


def _wait(lock: BaseFileLock, holder: Path) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=min(_SILENT, _LOCK_TIMEOUT))
    except Timeout:
        name = "another worker"
        with suppress(OSError, ValueError):
            name = holder.read_text(encoding="utf-8") or name
        sys.stderr.write(f"seamproof: waits for {name}, which has {lock.lock_file}\n")
        lock.acquire(timeout=_LOCK_TIMEOUT)
