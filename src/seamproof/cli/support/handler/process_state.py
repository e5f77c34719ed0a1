"""
What a handler in this process may change for the whole process, put back after a run.

The report of a run is written where the user started it, with the rights, signals and limits from
then, and its status is that of the command, whatever the handler registered for the exit.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Signals that the command line, or Python itself, handles.
_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE", "SIGCHLD", "SIGALRM")

#: How a setting is read, and how it is set.
_SETTINGS: Final[tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...]] = (
    (os.getcwd, os.chdir),
    (lambda: _read_umask(), os.umask),  # noqa: PLW0108 - it is defined below
    (socket.getdefaulttimeout, socket.setdefaulttimeout),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
    (threading.gettrace, threading.settrace),
    (threading.getprofile, threading.setprofile),
    (lambda: [*sys.path], lambda before: sys.path.__setitem__(slice(None), before)),
    (lambda: [*sys.meta_path], lambda before: sys.meta_path.__setitem__(slice(None), before)),
    (gc.isenabled, lambda is_enabled: gc.enable() if is_enabled else gc.disable()),
    (lambda: logging.root.manager.disable, logging.disable),
    *(
        (partial(signal.getsignal, number), partial(signal.signal, number))
        for number in (getattr(signal, name, None) for name in _SIGNALS)
        if number is not None
    ),
)


@contextmanager
def kept_process_state() -> Iterator[Callable[[], None]]:
    """
    Put the settings of the process back when the block ends.

    Yields:
        A function that puts them back before.
    """
    before: list[tuple[Callable[[], Any], Callable[[Any], object], Any]] = []
    for read, write in _SETTINGS:
        with suppress(OSError):  # a working directory that was deleted
            before.append((read, write, read()))

    def restore() -> None:
        for read, write, value in before:
            # Signals can be set in the main thread only, and only handlers that Python knows.
            with suppress(OSError, ValueError, TypeError, RecursionError):
                if _differs(read, value):
                    write(value)

    try:
        yield restore
    finally:
        restore()


def _differs(read: Callable[[], Any], value: object) -> bool:
    try:
        return bool(read() != value)
    except OSError:
        return True


def _read_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
