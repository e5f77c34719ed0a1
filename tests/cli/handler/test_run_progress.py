"""
Tests of the progress of a run, on a pseudo-terminal.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from seamproof.cli.support.handler.run_progress import progress_text

if TYPE_CHECKING:
    from pathlib import Path

pty = pytest.importorskip("pty")

HANDLER = """
import time

def handler(body, headers):
    time.sleep(0.05)
    return 204
"""


def test_the_text_of_the_progress() -> None:
    """
    Checks, the current one, deliveries, minutes and seconds.
    """
    assert progress_text(28, 50, "delivery.out_of_order", 1_204, 12.7) == (
        "[28/50] delivery.out_of_order · 1,204 deliveries · 0:12"
    )
    assert progress_text(0, 1, "", 1, 75.0) == "[0/1] · 1 delivery · 1:15"


@pytest.mark.slow
def test_a_terminal_shows_the_progress(tmp_path: Path) -> None:
    """
    It is on standard error, and erased before results are printed.
    """
    (tmp_path / "app.py").write_text(HANDLER, encoding="utf-8")
    ours, theirs = pty.openpty()
    words = ("check", "app:handler", "--select", "signature.*", "--quick")
    with subprocess.Popen(
        [sys.executable, "-c", "from seamproof.cli import main; main()", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        stdout, shown = process.communicate(timeout=120)[0], _read(ours)

    assert "] signature." in shown
    assert "deliveries · 0:0" in shown
    assert b"deliveries \xc2\xb7 0:0" not in stdout


def _read(terminal: int) -> str:
    chunks = []
    try:
        while chunk := os.read(terminal, 65_536):
            chunks.append(chunk)
    except OSError:
        # Linux reports the end of a pseudo-terminal as an error.
        pass
    finally:
        os.close(terminal)
    return b"".join(chunks).decode()
