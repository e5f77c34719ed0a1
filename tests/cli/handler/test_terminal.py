"""
Tests of what a terminal of 80 and of 120 columns shows, on a pseudo-terminal.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

HANDLER = """
import json

log = []

def handler(body, headers):
    event = json.loads(body)
    log.append(event["device_id"])
    return 204

def state():
    return log
"""
CHECK = ("check", "app:handler", "--quick", "--seed", "7", "--state", "app:state")
SELECTED = ("--select", "signature.*", "--select", "payload.required_only")
_CODE = re.compile(r"\x1b\[[0-9;]*m")


def screen(directory: Path, columns: int, *words: str) -> list[str]:
    """
    Run a command on a terminal so wide, and read its lines.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: text for name, text in os.environ.items() if name != "COLUMNS"}
    main = "from seamproof.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", main, *words],
        cwd=directory,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment,
    ):
        os.close(theirs)
        chunks = []
        try:
            while chunk := os.read(ours, 65_536):
                chunks.append(chunk)
        except OSError:
            # Linux reports the end of a pseudo-terminal as an error.
            pass
        finally:
            os.close(ours)
    return _CODE.sub("", b"".join(chunks).decode()).splitlines()


@pytest.mark.parametrize("columns", [80, pytest.param(120, marks=pytest.mark.slow)])
def test_check_with_failures(tmp_path: Path, columns: int) -> None:
    """
    Each cause is one block, the list comes last, and nothing is wider than the terminal.
    """
    (tmp_path / "app.py").write_text(HANDLER, encoding="utf-8")

    lines = screen(tmp_path, columns, *CHECK, *SELECTED)

    assert max(map(len, lines)) <= columns
    blocks = [line for line in lines if line.startswith("FAILED  ")]
    assert blocks[0].startswith("FAILED  signature.wrong_secret and ")
    assert "  The signature is not verified, or its failure is ignored." in lines
    text = " ".join(" ".join(lines).split())
    assert "The handler crashed because the optional property device_id was missing." in text
    assert "fix Read optional properties with a default: event.get" in text
    assert any(line.startswith("cases in .seamproof/cases") for line in lines[-3:])


@pytest.mark.parametrize("columns", [80, pytest.param(120, marks=pytest.mark.slow)])
@pytest.mark.parametrize("words", [("demo",), ("demo", "--broken")])
def test_the_demonstration(tmp_path: Path, columns: int, words: tuple[str, ...]) -> None:
    """
    Its verdicts fit.
    """
    lines = screen(tmp_path, columns, *words)

    assert max(map(len, lines)) <= columns
    assert any("good" in line or "FAILED  " in line for line in lines)
