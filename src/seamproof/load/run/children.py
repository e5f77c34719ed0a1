"""
Worker processes of a run with `--processes`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from seamproof.environment import CATALOG_VARIABLE, SECRET_VARIABLE

if TYPE_CHECKING:
    from seamproof.load.run.options import LoadOptions

#: Set for a worker process that ends with the process that started it.
PARENT_VARIABLE: Final = "SEAMPROOF_LOAD_PARENT"
#: Seconds for processes to end by themselves.
_LEAVE: Final = 5.0


class Children:
    """
    Worker processes on this machine, which end with this one.

    Args:
        options: Of the run.
        port: Of the master.
    """

    def __init__(self, options: LoadOptions, port: int) -> None:
        words = ["load", "--worker-of", f"127.0.0.1:{port}"]
        words += ["--allow-remote"] if options.allow_remote else []
        environment = {
            **os.environ,
            SECRET_VARIABLE: " ".join(one.reveal() for one in options.secrets),
            PARENT_VARIABLE: str(os.getpid()),
            **({CATALOG_VARIABLE: options.catalogue} if options.catalogue else {}),
        }
        start = "from seamproof.cli import main; main()"
        self._processes = [
            # In a session of its own: Ctrl-C is for the master, which lets its workers end.
            subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-c", start, *words, options.url],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            for _ in range(options.processes)
        ]

    def ended(self, pid: int | None) -> bool:
        """
        Whether a process has ended; without an id, whether any of them has.
        """
        return any(one.poll() is not None for one in self._processes if pid in (None, one.pid))

    def end(self) -> None:
        """
        Wait for the processes, and kill those that do not end.
        """
        until = time.monotonic() + _LEAVE
        for process in self._processes:
            try:
                process.wait(max(until - time.monotonic(), 0.01))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
