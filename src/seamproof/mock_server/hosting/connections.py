"""
The connections that a web server accepts: a limited number, so that descriptors are left.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from seamproof.mock_server.network.descriptors import is_own_fault, limit, report_shortage

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

#: The share of the file descriptors that connections from outside may take, and the most of them.
_SHARE: Final = 2
_MOST: Final = 4096


def max_connections() -> int:
    """
    Return how many connections may be open at once.
    """
    return min(limit() // _SHARE, _MOST)


class BoundedProtocol(H11Protocol):
    """
    Speaks HTTP/1.1. A connection too many closes the one that has been idle for longest.
    """

    _opened = 0.0
    #: How many may be open at once.
    bound = _MOST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """
        Accept a connection.
        """
        self._opened = time.monotonic()
        super().connection_made(transport)
        if len(self.connections) > self.bound:
            oldest = min(self.connections, key=_age_of_idle)
            oldest.transport.abort()
            self.connections.discard(oldest)


def _age_of_idle(connection: Any) -> tuple[bool, float]:  # noqa: ANN401 - of any protocol
    cycle = connection.cycle
    return cycle is not None and not cycle.response_complete, connection._opened  # noqa: SLF001


def handle_loop_errors(loop: asyncio.AbstractEventLoop) -> None:
    """
    Report in one line that no connection can be accepted; asyncio prints a traceback for each.
    """
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        if is_own_fault(context.get("exception")):
            report_shortage()
        elif before is not None:
            before(loop, dict(context))
        else:
            loop.default_exception_handler(dict(context))

    loop.set_exception_handler(handle)
