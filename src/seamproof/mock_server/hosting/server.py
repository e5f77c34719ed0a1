"""
The mock server in an event loop, from its start to its graceful stop.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.mock_server.api.app import create_app
from seamproof.mock_server.api.context import Rules, ServerContext
from seamproof.mock_server.hosting.web_server import run_app
from seamproof.mock_server.network.address_policy import is_loopback
from seamproof.mock_server.service.service import Service

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable

    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.settings import ServerSettings

#: Seconds until attempts in progress are given up when the server stops.
GRACE: Final = 5.0


@dataclass(frozen=True, slots=True)
class RunningServer:
    """
    A server that runs.

    Attributes:
        service: The service behind its APIs.
        url: Of the server.
    """

    service: Service
    url: str


def check_host(host: str, api_key: str | None) -> None:
    """
    Require a key for a server that other machines can reach.

    Raises:
        UsageError: The host is not loopback and there is no key, or the key is empty.
    """
    if api_key is not None and not api_key.strip():
        what = "the API key is empty"
        raise UsageError(what, expected="seam_… and something hard to guess")
    if api_key is not None and not api_key.isascii():
        what = "the API key has characters that no header can contain"
        raise UsageError(what, expected="letters, digits and punctuation of ASCII")
    if api_key is None and not is_loopback(host):
        what = "a server that other machines can reach demands an API key"
        cure = "set {option}, or bind to 127.0.0.1"
        raise UsageError(what, where=host, cure=cure, option="api_key")


@asynccontextmanager
async def run_server(
    settings: ServerSettings,
    clock: Clock,
    listener: socket.socket,
    *,
    host: str,
    api_key: str | None,
    grace: float = GRACE,
    prepare: Callable[[Service], Awaitable[None]] | None = None,
) -> AsyncIterator[RunningServer]:
    """
    Run the mock server while the block lasts; then finish the attempts in progress.

    Args:
        settings: Of the service.
        clock: The time that the retry schedule runs on.
        listener: The socket that it listens on. It is closed at the end.
        host: The address as it was given, for the URL and the guards.
        api_key: The only key that is accepted; without one, any that begins with `seam_`.
        grace: Seconds until the attempts in progress are given up at the end.
        prepare: Is called with the service before the first request is accepted.

    Raises:
        UsageError: The database cannot be used.
    """
    service = Service(settings, clock)
    with listener:
        await service.lifecycle.start()
        try:
            if prepare is not None:
                await prepare(service)
            closing = asyncio.Event()
            context = ServerContext(service, closing, Rules(host=host, api_key=api_key))
            async with run_app(create_app(context), host, listener, closing=closing) as url:
                yield RunningServer(service, url)
        finally:
            await service.lifecycle.stop(grace)
