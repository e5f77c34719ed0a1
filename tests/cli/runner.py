"""
Running the command line in this process, streams and exit status caught.
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Protocol

import pytest

from seamproof.cli import main


@dataclass(frozen=True)
class Done:
    """
    What a command left behind.
    """

    status: int
    stdout: str
    stderr: str


class Run(Protocol):
    """
    Runs a command.
    """

    def __call__(self, *words: str, stdin: str | bytes = "") -> Done:
        """
        Run the words as a shell would pass them.
        """


def run(monkeypatch: pytest.MonkeyPatch, *words: str, stdin: str | bytes = "") -> Done:
    """
    Run a command with the standard streams of a real process.
    """
    raw = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["seamproof", *words])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), "utf-8"))
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    return Done(
        code if isinstance(code, int) else 0 if code is None else 1,
        _text(out),
        _text(err),
    )


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
