"""
Lines that a thread prints: nobody has to read them.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from seamproof.cli.support.server import line_writer
from seamproof.cli.support.server.line_writer import LineWriter

if TYPE_CHECKING:
    import pytest


def test_lines_that_nobody_reads_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Printing never waits; once somebody reads again, a line says how many were dropped.
    """
    reading, writing = os.pipe()
    line = "x" * 100_000  # more than a pipe holds
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        monkeypatch.setattr(line_writer, "_WAITING", 2)
        writer = LineWriter()
        for _ in range(6):
            writer.print(line)
        dropped = writer.dropped
        taken = [reader.readline() for _ in range(6 - dropped)]
        writer.print("the last one")
        rest = [reader.readline(), reader.readline()]
        assert writer.close(60)

    assert dropped >= 3
    assert set(taken) == {f"{line}\n"}
    assert rest == [f"({dropped} lines were dropped: nobody read them)\n", "the last one\n"]


def test_a_reader_that_goes_away_after_the_end_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The loop that would be stopped is closed already: the thread ends, and nothing is raised in it.
    """
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        writer = LineWriter()

        async def watch() -> None:
            writer.stop_when_closed(asyncio.Event())

        asyncio.run(watch())
        writer.print("nobody reads this")
        assert writer.close(60)
