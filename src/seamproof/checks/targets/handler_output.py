"""
Records what a handler in this process prints and logs, and adds it to the responses.
"""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from seamproof.checks.model.exchange import Escaped, LoggedException
from seamproof.checks.targets.tracebacks import is_user_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO, TextIO

    from seamproof.checks.model.exchange import Received, Request

#: What a server prints that the command has started.
_server_log: Final[ContextVar[Path | None]] = ContextVar("server_log", default=None)
_TRACEBACK: Final = re.compile(
    r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?P<error>\w[\w.]*(?::.*)?)"
)
_FRAME: Final = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
#: Bytes of the output that are kept, counted from its end.
_KEPT: Final = 16_000


class OutputTail(io.RawIOBase):
    """
    Keeps the end of what is written to it, and counts the lines.

    Args:
        stream: The one in whose place it stands: a subprocess gets its file descriptor.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lock = threading.Lock()
        self._tail = b""
        self.size = 0
        self.lines = 0

    def writable(self) -> bool:
        """
        It is written to.
        """
        return True

    def fileno(self) -> int:
        """
        Return the file descriptor of the stream in whose place it stands.
        """
        return self._stream.fileno()

    def write(self, data: object) -> int:
        """
        Keep bytes.
        """
        written = bytes(data)  # type: ignore[call-overload]  # a buffer, as io passes it
        with self._lock:
            self.size += len(written)
            self.lines += written.count(b"\n")
            self._tail = (self._tail + written)[-_KEPT:]
        return len(written)

    def since(self, size: int) -> str:
        """
        Return the end of what was written since it had a size.
        """
        with self._lock:
            new = self.size - size
            written = self._tail[-new:] if new else b""
        return written.decode("utf-8", "backslashreplace")


class RecordedOutput(io.TextIOWrapper):
    """
    A text stream that a handler prints to.
    """

    def __init__(self, stream: TextIO) -> None:
        self.tail = OutputTail(stream)
        raw = cast("BinaryIO", self.tail)
        super().__init__(raw, "utf-8", "backslashreplace", write_through=True)


class _RealStream:
    """
    A stream of the process, which stays usable when a handler closes it or its descriptor.

    What is opened next may get the number of a descriptor that was closed: a duplicate is used.

    Args:
        stream: Standard output or standard error.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._duplicate: TextIO | None = None
        # A stream in memory has no descriptor; there may be no stream at all.
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
            self._descriptor = stream.fileno()
            self._duplicate = os.fdopen(
                os.dup(self._descriptor),
                "w",
                buffering=1,
                encoding=stream.encoding,
                errors=stream.errors,
            )

    def current(self) -> TextIO:
        """
        Return what to write to while the handler runs.
        """
        with suppress(OSError, ValueError):
            if self._duplicate is not None:
                os.fstat(self._duplicate.fileno())
                return self._duplicate
        return self._stream

    def restore(self) -> TextIO:
        """
        Return what to write to from now on, on the descriptor that the stream had.
        """
        duplicate = self._duplicate
        if duplicate is None or self.current() is self._stream:
            return self._stream
        duplicate.flush()
        try:
            is_same = os.path.sameopenfile(self._descriptor, duplicate.fileno())
        except OSError:
            is_same = False
        if not is_same:
            os.dup2(duplicate.fileno(), self._descriptor)
        if self._stream.closed:
            return duplicate
        duplicate.close()
        return self._stream


@contextmanager
def recording() -> Iterator[tuple[OutputTail, Callable[[], AbstractContextManager[object]]]]:
    """
    Record what is printed to standard output and standard error.

    Yields:
        What was printed; and a context manager that leads to the real streams again.
    """
    stdout, stderr = _RealStream(sys.stdout), _RealStream(sys.stderr)
    recorded = RecordedOutput(sys.stderr)

    @contextmanager
    def real_streams() -> Iterator[None]:
        with redirect_stdout(stdout.current()), redirect_stderr(stderr.current()):
            yield

    try:
        with redirect_stdout(recorded), redirect_stderr(recorded):
            yield recorded.tail, real_streams
    finally:
        sys.stdout, sys.stderr = stdout.restore(), stderr.restore()


@contextmanager
def reading_log(path: Path) -> Iterator[None]:
    """
    Take what a server adds to a file for what the handler prints.
    """
    token = _server_log.set(path)
    try:
        yield
    finally:
        _server_log.reset(token)


def _with_log(path: Path, send: Callable[[], list[Received]]) -> list[Received]:
    before = path.stat().st_size
    responses = send()
    with path.open("rb") as log:
        log.seek(max(before, path.stat().st_size - _KEPT))
        printed = log.read().decode("utf-8", "backslashreplace")
    return [replace(one, printed=printed) for one in responses] if printed else responses


def logged_in(
    target: object, request: Request, received: Received, *, may_print: bool
) -> list[LoggedException]:
    """
    List the exceptions that the handler has logged since the last request, or else printed.

    Args:
        target: That the request was sent to.
        request: The last one.
        received: Its response.
        may_print: Whether a traceback in the output counts; it does not say of which request it is.
    """
    background = getattr(target, "background", None)
    logged: list[LoggedException] = background.take_logged() if background else []
    if not logged and may_print and (printed := traceback_in(received.printed)):
        return [LoggedException(escaped=printed, request=request, is_certain=False)]
    return logged


def traceback_in(printed: str) -> Escaped | None:
    """
    Read the last traceback in what was printed.
    """
    found = [*_TRACEBACK.finditer(printed)]
    if not found:
        return None
    trace = found[-1][0]
    kind, _, message = found[-1]["error"].partition(":")
    files = [(one["file"], one["line"]) for one in _FRAME.finditer(trace)]
    own = [one for one in files if is_user_code(one[0])] or files
    place = ":".join(own[-1]) if own else ""
    return Escaped(kind=kind, message=message.strip(), place=place, trace=trace)


def with_output(send: Callable[[], list[Received]]) -> list[Received]:
    """
    Send requests, and add to each response what was printed meanwhile, if that is recorded.
    """
    recorded, server_log = sys.stderr, _server_log.get()
    if server_log is not None:
        return _with_log(server_log, send)
    if not isinstance(recorded, RecordedOutput):
        return send()
    before = recorded.tail.size
    responses = send()
    printed = recorded.tail.since(before)
    return [replace(one, printed=printed) for one in responses] if printed else responses
