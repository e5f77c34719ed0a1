"""
The progress of a run, on one line of standard error if that is a terminal.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from seamproof.cli.support.output import plural

if TYPE_CHECKING:
    from seamproof.checks.runner.runner import Run

#: Seconds between two updates.
_INTERVAL: Final = 0.2


def progress_text(done: int, total: int, check: str, deliveries: int, seconds: float) -> str:
    """
    Write `[28/50] delivery.out_of_order · 1,204 deliveries · 0:12`.
    """
    minutes, rest = divmod(int(seconds), 60)
    name = f" {check}" if check else ""
    return f"[{done}/{total}]{name} · {plural(deliveries, 'delivery')} · {minutes}:{rest:02}"


class RunProgress:
    """
    Writes the progress of a run again and again, in a thread of its own.

    Args:
        total: How many checks are selected.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._stream = sys.stderr
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._written = 0
        self._thread: threading.Thread | None = None

    def start(self, run: Run) -> None:
        """
        Begin to write, if standard error is a terminal.
        """
        if self._stream.isatty():
            self._thread = threading.Thread(
                target=self._write_each, args=(run,), name="seamproof-progress", daemon=True
            )
            self._thread.start()

    def _write_each(self, run: Run) -> None:
        while not self._ended.wait(_INTERVAL):
            text = progress_text(
                len(run.results),
                self._total,
                run.current,
                run.probe.sent,
                time.monotonic() - self._began,
            )
            text = text[: shutil.get_terminal_size().columns - 1]
            with self._lock:
                if not self._ended.is_set():
                    self._stream.write(f"\r{text:<{self._written}}")
                    self._stream.flush()
                    self._written = len(text)

    def clear(self) -> None:
        """
        Erase the line.
        """
        with self._lock:
            if self._written:
                self._stream.write(f"\r{' ' * self._written}\r")
                self._stream.flush()
                self._written = 0

    def end(self) -> None:
        """
        Erase the line, and write no more.
        """
        self._ended.set()
        self.clear()
