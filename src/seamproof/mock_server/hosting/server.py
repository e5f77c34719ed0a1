"""
Running the mock server inside an event loop, for the command line and for tests alike.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn

from seamproof.errors import TargetUnreachable, UsageError
from seamproof.mock_server.api.app import create_app
from seamproof.mock_server.api.guards import Rules, is_loopback
from seamproof.mock_server.service.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.settings import ServerSettings

#: Seconds that requests still under way are given when the server stops, and then attempts.
_REQUESTS: Final = 1
GRACE: Final = 5.0
#: Seconds after which an idle connection is closed. Longer than clients keep theirs, so that
#: none is closed at the very moment of being used again.
_KEEP_ALIVE: Final = 75


class Running:
    """
    A server that runs.

    Attributes:
        service: What it serves.
        url: Where.
    """

    def __init__(self, service: Service, url: str) -> None:
        self.service = service
        self.url = url


class _Server(uvicorn.Server):
    """
    A server whose signals are its caller's business, and whose streams end when it does.
    """

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """
        Leave the signals alone: uvicorn would raise them again once it has stopped.
        """
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """
        Start, and tell when that is done.
        """
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """
        Stop, the streams first: they have no end of their own.
        """
        self._closing.set()
        await super().shutdown(sockets)


def check_host(host: str, api_key: str | None) -> None:
    """
    Demand a key of a server that others can reach.

    Raises:
        UsageError: The host is not on loopback and there is no key, or the key is empty.
    """
    if api_key is not None and not api_key.strip():
        what = "an empty API key keeps nobody out"
        raise UsageError(what, expected="seam_… and something hard to guess")
    if api_key is None and not is_loopback(host):
        what = "a server that other machines can reach demands an API key"
        cure = "give --api-key, or bind to 127.0.0.1"
        raise UsageError(what, where=f"--host {host}", cure=cure)


#: The system's own functions take a larger one for what is left of it.
_PORTS: Final = range(65536)


def listen(host: str, port: int) -> socket.socket:
    """
    Take a port.

    Args:
        host: An address of this machine, or a name of one.
        port: 0 for a free one.

    Raises:
        UsageError: There is no such port.
        TargetUnreachable: The port is taken or the host is not this machine.
    """
    if port not in _PORTS:
        what = "there is no such port"
        raise UsageError(what, where=f"{host}:{port}", expected="0 to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as problem:
        what = f"the port cannot be used: {problem.strerror}"
        raise TargetUnreachable(what, where=f"{host}:{port}") from problem
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as problem:
        listener.close()
        what = f"the port cannot be used: {problem.strerror}"
        cure = "give another --port; 0 takes a free one"
        raise TargetUnreachable(what, where=f"{host}:{port}", cure=cure) from problem
    return listener


@asynccontextmanager
async def running(
    settings: ServerSettings,
    clock: Clock,
    listener: socket.socket,
    *,
    host: str = "127.0.0.1",
    api_key: str | None = None,
    grace: float = GRACE,
) -> AsyncIterator[Running]:
    """
    Run the server for as long as the block lasts; then finish what is under way.

    Args:
        settings: Of the service.
        clock: What its schedule runs on.
        listener: The port that it listens on. It is closed at the end.
        host: The address as it was given, for the URL and the guards.
        api_key: The one key that passes; without one, any that begins with `seam_`.
        grace: Seconds that attempts under way are given at the end.

    Raises:
        UsageError: The database cannot be used.
    """
    service = Service(settings, clock)
    with listener:
        await service.start()
        try:
            closing = asyncio.Event()
            rules = Rules(host=host, api_key=api_key)
            server = _Server(_config(create_app(service, rules, closing)), closing)
            serving = asyncio.create_task(server.serve([listener]))
            serving.add_done_callback(lambda _: server.ready.set())
            try:
                await server.ready.wait()
                yield Running(service, _url(host, listener))
            finally:
                server.should_exit = True
                await serving
        finally:
            await service.stop(grace)


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type] # an ASGI application, in Starlette's own types
        access_log=False,
        http="h11",
        lifespan="off",
        log_level="critical",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_REQUESTS,
        timeout_keep_alive=_KEEP_ALIVE,
        ws="none",
    )


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
    shown = anywhere.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
