"""
`seamproof check --start`: a server that runs as long as the checks.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final

from yarl import URL

from seamproof.checks.targets.handler_output import reading_log
from seamproof.errors import TargetUnreachable, UsageError
from seamproof.signing.project_key import DIRECTORY
from seamproof.urls import EXAMPLE_URL, is_url, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Seconds until the server has to listen, and to end after it was asked to.
_START: Final = 60.0
_END: Final = 10.0
_POLL: Final = 0.05
#: How many of its last lines are shown if it does not start.
_LINES: Final = 20
LOG: Final = DIRECTORY / "server.log"


@contextmanager
def started_server(command: str, url: object, environment: Mapping[str, str]) -> Iterator[None]:
    """
    Start a server by a command of the shell, wait until it listens, and end it.

    Args:
        command: Of the shell; what it prints is written to `.seamproof/server.log`.
        url: Where it will listen.
        environment: Variables that it gets besides those of this process.

    Raises:
        UsageError: The target is no URL, or something already listens there.
        TargetUnreachable: The server ends, or does not listen in time.
    """
    if not is_url(url):
        what, expected = "--start goes with a target that is a URL", EXAMPLE_URL
        raise UsageError(what, expected=expected, found=str(url))
    where = without_credentials(url)
    if _listens(url):
        what, cure = "something already listens there", "end it, or leave --start out"
        raise UsageError(what, where=where, cure=cure)
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as log:
        process = _start(command, environment, log)
        try:
            _wait(process, url, where)
            with reading_log(LOG):
                yield
        finally:
            _end(process)
            _wait_until_closed(url)


def _start(command: str, environment: Mapping[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S602 - the command is the user's own
        command,
        shell=True,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], url: str, where: str) -> None:
    until = time.monotonic() + _START
    while not _listens(url):
        status = process.poll()
        if status is None and time.monotonic() < until:
            time.sleep(_POLL)
            continue
        ended = f"it ended with status {status}"
        reason = f"nothing listens after {_START:.0f} s" if status is None else ended
        what = f"the server that --start names does not start: {reason}"
        raise TargetUnreachable(what, where=where, found=_last_lines(LOG), cure=f"see {LOG}")


def _listens(url: str) -> bool:
    address = URL(url)
    with suppress(OSError):
        socket.create_connection((address.host, address.port), timeout=1).close()
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """
    End the server with all processes that it has started.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END)
            break
    # Workers that outlive the first process.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _wait_until_closed(url: str) -> None:
    """
    Wait until nothing listens any more.

    The shell alone is a child of this process; that it ended does not say that the server did.
    """
    until = time.monotonic() + _END
    while _listens(url) and time.monotonic() < until:
        time.sleep(_POLL)


def _last_lines(path: Path) -> str:
    with suppress(OSError):
        lines = path.read_text("utf-8", "replace").splitlines()[-_LINES:]
        return "\n    ".join(lines)
    return ""
