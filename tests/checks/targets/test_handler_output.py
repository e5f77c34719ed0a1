"""
Tests of the recorder of what a handler prints.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from seamproof.checks.model.exchange import Received
from seamproof.checks.targets.handler_output import recording, with_output

if TYPE_CHECKING:
    import pytest


def test_what_is_printed_while_a_request_is_handled_is_added() -> None:
    """
    Standard output, standard error, logs and raw bytes; nothing of what was printed before.
    """

    def handle() -> list[Received]:
        print("printed")  # noqa: T201 - as handlers do
        sys.stderr.write("an error ☂\n")
        handler.emit(logging.LogRecord("a", 30, "f", 1, "logged", None, None))
        sys.stdout.buffer.write(b"\xff\n")
        return [Received(status=204), Received(status=204)]

    with recording() as (tail, _):
        handler = logging.StreamHandler()
        print("before")  # noqa: T201 - as handlers do
        first, second = with_output(handle)

    assert first.printed == second.printed == "printed\nan error ☂\nlogged\n\\xff\n"
    assert tail.lines == 5


def test_nothing_is_added_where_nothing_is_recorded() -> None:
    """
    Such as in a test of pytest, which keeps the output itself.
    """
    (received,) = with_output(lambda: [Received(status=204)])

    assert received.printed == ""


def test_the_end_of_a_long_output_is_kept() -> None:
    """
    A handler that logs without end fills no memory.
    """
    with recording() as (tail, _):
        for number in range(10_000):
            print(f"line {number}")  # noqa: T201 - as handlers do

    assert tail.lines == 10_000
    assert len(tail.since(0)) == 16_000
    assert tail.since(0).endswith("line 9999\n")


def test_the_command_can_print(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The real streams are there for its own output, and after the run.
    """
    with recording() as (tail, real_streams):
        with real_streams():
            print("shown")  # noqa: T201 - as the command does
        print("kept")  # noqa: T201 - as handlers do
    print("after")  # noqa: T201 - as the command does

    assert capsys.readouterr().out == "shown\nafter\n"
    assert tail.since(0) == "kept\n"


def test_a_subprocess_of_a_handler_gets_a_real_stream(capfd: pytest.CaptureFixture[str]) -> None:
    """
    It needs a file descriptor.
    """
    with recording():
        subprocess.run([sys.executable, "-c", "print('child')"], stdout=sys.stderr, check=True)

    assert "child" in capfd.readouterr().err
