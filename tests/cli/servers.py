"""
`seamproof serve` as a real process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIN: Final = [sys.executable, "-c", "from seamproof.cli import main; main()"]
_WAIT: Final = 120


class Served:
    """
    A server that runs, and the JSON lines that it writes.
    """

    def __init__(self, process: subprocess.Popen[str], opening: str = "serving") -> None:
        assert process.stdout
        self.process = process
        self._lines: IO[str] = process.stdout
        self.start: dict[str, Any] = self.line(opening)

    @property
    def url(self) -> str:
        """
        Where it listens.
        """
        url: str = self.start["url"]
        return url

    def line(self, kind: str) -> dict[str, Any]:
        """
        Read on to the next line of a kind.
        """
        for text in self._lines:
            entry = json.loads(text)
            if kind in entry:
                found: dict[str, Any] = entry[kind]
                return found
        assert self.process.stderr
        raise AssertionError(self.process.stderr.read())

    def stop(self, name: signal.Signals = signal.SIGTERM, *, status: int = 0) -> dict[str, Any]:
        """
        End it as asked, and give the summary.
        """
        self.process.send_signal(name)
        summary = self.line("summary")
        assert self.process.wait(_WAIT) == status
        assert self.process.stderr
        assert self.process.stderr.read() == ""
        return summary


@contextmanager
def served(
    *words: str, command: str = "serve", opening: str = "serving", **variables: str
) -> Iterator[Served]:
    """
    Serve on a free port for as long as the block lasts.
    """
    with subprocess.Popen(
        [*MAIN, command, "--port", "0", "--format", "json", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**clean(), **variables},
        text=True,
    ) as process:
        try:
            yield Served(process, opening)
        finally:
            process.kill()


def clean() -> dict[str, str]:
    """
    Make an environment without what the commands read from it.
    """
    read = ("SEAMPROOF_", "SEAM_WEBHOOK_SECRET", "XDG_DATA_HOME")
    return {name: text for name, text in os.environ.items() if not name.startswith(read)}
