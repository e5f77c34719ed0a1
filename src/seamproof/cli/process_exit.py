"""
The end of the process: with the status of the command, whatever a handler left behind.

A handler in this process may have registered functions for the exit, or started threads that do not
end. They run, but neither change the status nor hold the process up.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds for exit functions and threads.
_PATIENCE: Final = 20.0


def exit_with(status: int) -> NoReturn:
    """
    Exit the process with a status.
    """
    owner, leave = os.getpid(), os._exit

    def end(given: int) -> NoReturn:
        # A process that was forked from this one ends as it likes.
        leave(status if os.getpid() == owner else given)

    vars(os)["_exit"] = end
    timer = threading.Timer(_PATIENCE, _give_up, (status, leave))
    timer.name, timer.daemon = "seamproof-exit", True
    timer.start()
    sys.exit(status)


def _give_up(status: int, leave: Callable[[int], NoReturn]) -> None:
    try:
        sys.stderr.write("seamproof: exit functions or threads of the handler do not end\n")
        sys.stderr.flush()
    finally:
        leave(status)
