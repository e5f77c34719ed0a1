"""
Output of commands: colours, counts, text that is safe to print.
"""

from __future__ import annotations

import math
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from seamproof.json_types import Json

#: Seconds between two updates of a progress line.
_INTERVAL: Final = 0.2


def colours(stream: TextIO) -> bool:
    """
    Whether colour codes may be written to a stream (https://no-color.org).
    """
    return stream.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, colour: str) -> str:
    """
    Colour a text for standard output, if that is a terminal that shows colours.
    """
    return click.style(text, fg=colour) if colours(sys.stdout) else text


def plural(count: int, noun: str) -> str:
    """
    Write a count with its noun.
    """
    several = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else several}"


def safe(value: Json) -> Json:
    """
    Make a value of a user's file safe to print, as text or as JSON.

    Lone surrogates cannot be encoded, NaN is not JSON, and a terminal or a log would
    act on control characters.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {safe(name): safe(member) for name, member in value.items()}
    return [safe(member) for member in value] if isinstance(value, list | tuple) else value


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """
    Go on where the reader of standard output goes away, as `head` does: the verdict still counts.
    """
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Progress:
    """
    A counter on standard error, if that is a terminal.

    Args:
        noun: What is counted.
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._shown = sys.stderr.isatty()
        self._last = time.monotonic()
        self._written = False

    def count(self, done: int) -> None:
        """
        Show how many are done, a few times a second.
        """
        if self._shown and time.monotonic() - self._last > _INTERVAL:
            self._last = time.monotonic()
            self._written = True
            click.echo(f"\r{plural(done, self._noun)} ", nl=False, err=True)

    def clear(self) -> None:
        """
        Erase the line.
        """
        if self._written:
            click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
            self._written = False
