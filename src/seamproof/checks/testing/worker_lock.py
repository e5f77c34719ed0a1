"""
Lets one process of a test run at a time use a handler that all of them share.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

#: Set by pytest-xdist in each of its workers.
_WORKER: Final = "PYTEST_XDIST_TESTRUNUID"
#: Seconds until a worker no longer waits for the others.
_TIMEOUT: Final = 3_600.0
_DIGITS: Final = 16


def worker_lock(*, shared: bool) -> AbstractContextManager[object]:
    """
    Wait for the other workers of a test run.

    Each would otherwise take the state changes of the others for effects of its own requests.

    Args:
        shared: Whether the handler or its state is shared; otherwise nobody waits.
    """
    if not shared or not os.environ.get(_WORKER):
        return nullcontext()
    from filelock import FileLock

    run = f"{Path.home()}\n{Path.cwd()}".encode(errors="backslashreplace")
    file = f"seamproof-{hashlib.sha256(run).hexdigest()[:_DIGITS]}.lock"
    return FileLock(Path(tempfile.gettempdir()) / file, timeout=_TIMEOUT)
