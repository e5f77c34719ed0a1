"""
Signals that stop a server of the command line.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def stop_signals(stop: asyncio.Event) -> Iterator[None]:
    """
    Let SIGTERM and Ctrl-C stop the server; a second signal ends the process at once.
    """
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)
    before = {name: signal.getsignal(name) for name in names}

    def end(*_: object) -> None:
        for name in names:
            signal.signal(name, signal.default_int_handler)
        loop.call_soon_threadsafe(stop.set)

    for name in names:
        signal.signal(name, end)
    try:
        yield
    finally:
        for name in names:
            signal.signal(name, before[name])
