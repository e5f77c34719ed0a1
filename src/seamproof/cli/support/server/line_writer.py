"""
Prints lines from a thread of its own, so that a reader that does not read stops nothing else.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
from contextlib import suppress
from functools import partial
from io import UnsupportedOperation
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: How many lines wait for a reader; more are dropped.
_WAITING: Final = 10_000


class LineWriter:
    """
    Prints lines to standard output, in their order; drops lines while nobody reads.

    Attributes:
        dropped: How many lines were dropped in all.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._on_closed: Callable[[], object] = bool
        self._lines: queue.Queue[str | None] = queue.Queue(_WAITING)
        self._unreported = 0
        self._thread = threading.Thread(target=self._run, name="seamproof-output", daemon=True)
        self._thread.start()

    def print(self, line: str) -> None:
        """
        Print a line soon.
        """
        try:
            if self._unreported:
                self._lines.put_nowait(
                    f"({self._unreported:,} lines were dropped: nobody read them)"
                )
                self._unreported = 0
            self._lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1
            self._unreported += 1

    def stop_when_closed(self, stop: asyncio.Event) -> None:
        """
        Set an event of the running loop when the reader has closed the pipe.
        """
        self._on_closed = partial(asyncio.get_running_loop().call_soon_threadsafe, stop.set)

    def close(self, patience: float) -> bool:
        """
        Print the lines that wait, for at most some seconds; return whether all were printed.
        """
        try:
            self._lines.put(None, timeout=patience)
        except queue.Full:
            return False
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                _write(f"{line}\n")
            except OSError:
                # A loop that is closed has nothing left to stop.
                with suppress(RuntimeError):
                    self._on_closed()
                return


def _write(text: str) -> None:
    """
    Write to standard output past its buffer: a buffer that is never emptied blocks the exit.
    """
    sys.stdout.flush()
    try:
        descriptor = sys.stdout.fileno()
    except (UnsupportedOperation, AttributeError):
        sys.stdout.write(text)
        return
    raw = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    while raw:
        raw = raw[os.write(descriptor, raw) :]
