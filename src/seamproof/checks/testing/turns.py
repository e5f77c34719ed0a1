"""
Turns: among the processes of one test run, one at a time.

Several that send to one handler, or look at one state, would take each other's effects for
the handler's own.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Set by pytest-xdist in each of its workers, to the same in all of a run.
_RUN: Final = "PYTEST_XDIST_TESTRUNUID"
#: Seconds for which a turn is waited for.
_PATIENCE: Final = 3_600.0
_DIGITS: Final = 16


@contextmanager
def taking_turns(*, shared: bool) -> Iterator[None]:
    """
    Wait until no other process of this test run is within such a block.

    Args:
        shared: Whether there is anything to take turns at; otherwise nobody waits.
    """
    if not shared or not os.environ.get(_RUN):
        yield
        return
    told = f"{Path.home()}\n{Path.cwd()}".encode(errors="backslashreplace")
    file = f"seamproof-{hashlib.sha256(told).hexdigest()[:_DIGITS]}.lock"
    path = Path(tempfile.gettempdir()) / file
    # An exclusive transaction ends with its process, however that ends, and on any system.
    with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield
