"""
File descriptors of this process: how many there may be, and whether they are used up.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import suppress
from errno import EMFILE, ENFILE, ENOBUFS, ENOMEM
from typing import Final

#: Errors of this machine, not of the one that is connected to.
_OWN_FAULTS: Final = frozenset({EMFILE, ENFILE, ENOBUFS, ENOMEM})

#: More than this many descriptors are never asked for: some systems refuse a higher limit.
_WANTED: Final = 65_536
#: The limit that is assumed where a system has none.
_USUAL: Final = 512


#: Seconds between two reports.
_QUIET: Final = 60.0


class _Seldom(logging.Filter):
    """
    Lets one record a minute pass.
    """

    _next = 0.0

    def filter(self, _: logging.LogRecord) -> bool:
        """
        Whether the last record is a minute old.
        """
        now = time.monotonic()
        passes = now >= self._next
        if passes:
            self._next = now + _QUIET
        return passes


_LOG: Final = logging.getLogger(__name__)
_LOG.addFilter(_Seldom())


def report_shortage() -> None:
    """
    Report, once a minute at most, that there are no more descriptors.
    """
    _LOG.warning(
        "seamproof: no more file descriptors (the limit is %d); connections wait until there are "
        "some again",
        limit(),
    )


def raise_limit() -> None:
    """
    Raise the soft limit of this process to the hard one, as far as that is allowed.
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def limit() -> int:
    """
    Read how many descriptors this process may have.
    """
    if sys.platform == "win32":
        return _USUAL
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _WANTED if soft == resource.RLIM_INFINITY else soft


def is_own_fault(problem: BaseException | None) -> bool:
    """
    Whether an error says that this machine has no more descriptors or memory for a connection.
    """
    cause = getattr(problem, "os_error", problem)
    if not isinstance(cause, OSError):
        return False
    if cause.errno in _OWN_FAULTS:
        return True
    # The resolver reads files; without a descriptor it reports an unknown name.
    return _is_of_resolver(cause) and not _can_open()


def _is_of_resolver(problem: OSError) -> bool:
    import socket

    return isinstance(problem, socket.gaierror)


def _can_open() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return False
    return True
