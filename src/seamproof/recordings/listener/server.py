"""
The listener in an event loop, from its start to its end.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from seamproof.errors import UsageError
from seamproof.mock_server.hosting.web_server import run_app
from seamproof.mock_server.network.address_policy import AddressPolicy, is_loopback, parse_url
from seamproof.recordings.listener.app import Listener
from seamproof.recordings.listener.forwarder import Forwarder
from seamproof.urls import without_credentials

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from seamproof.recordings.listener.app import Report
    from seamproof.recordings.listener.judge import Judge


@asynccontextmanager
async def run_listener(
    listener: socket.socket,
    host: str,
    judge: Judge,
    report: Report,
    *,
    forward_to: str | None = None,
    allow_remote: bool = False,
) -> AsyncIterator[str]:
    """
    Receive deliveries while the block lasts, and yield the listener's URL.

    Args:
        listener: The socket that it listens on. It is closed at the end.
        host: The address as it was given, for the URL.
        judge: Verifies and validates deliveries.
        report: Is called in the event loop with each delivery.
        forward_to: The URL of the handler; None to forward nothing.
        allow_remote: Whether the handler may be on another machine.

    Raises:
        UsageError: The handler is the listener itself.
    """
    with listener:
        forwarder = None
        if forward_to is not None:
            _check_loop(forward_to, listener.getsockname()[1])
            policy = AddressPolicy.of(allow_remote=allow_remote)
            forwarder = Forwarder(forward_to, policy)
        app = Listener(judge, forwarder, report)
        try:
            async with run_app(app, host, listener) as url:
                yield url
        finally:
            app.close()
            if forwarder is not None:
                await forwarder.close()


def _check_loop(url: str, port: int) -> None:
    handler = parse_url(url)
    if handler.port == port and is_loopback(handler.host or ""):
        what = "the listener would forward to itself"
        cure = "set {option} to another one"
        raise UsageError(what, where=without_credentials(url), cure=cure, option="port")
