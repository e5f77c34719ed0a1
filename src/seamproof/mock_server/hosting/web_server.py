"""
A web server for ASGI applications, in an event loop or in a thread.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Final

import uvicorn

from seamproof.errors import TargetUnreachable, UsageError
from seamproof.mock_server.hosting.connections import (
    BoundedProtocol,
    handle_loop_errors,
    max_connections,
)
from seamproof.mock_server.network.loop_thread import run_in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import Literal

    from starlette.types import ASGIApp

#: Seconds until requests in progress are given up when the server stops.
_GRACE: Final = 1
#: Seconds until an idle connection is closed. Clients close theirs earlier; otherwise one could
#: be closed just as a client uses it again.
_KEEP_ALIVE: Final = 75

#: The functions of the system take a larger number modulo 65536.
_PORTS: Final = range(65536)


def listen(host: str, port: int) -> socket.socket:
    """
    Bind a socket to a port.

    Args:
        host: An address of this machine, or a name of one.
        port: 0 for a free one.

    Raises:
        UsageError: There is no such port.
        TargetUnreachable: The port is in use or the host is not this machine.
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
        cure = "set {option} to another one; 0 takes a free one"
        raise TargetUnreachable(what, where=f"{host}:{port}", cure=cure, option="port") from problem
    return listener


class _Uvicorn(uvicorn.Server):
    """
    A web server that leaves signals to its caller, and ends the streams when it stops.

    Args:
        config: Of uvicorn.
        closing: Ends the streams once it is set.
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
        Start, and note when that is done.
        """
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """
        Stop, the streams first: they never end by themselves.
        """
        self._closing.set()
        await super().shutdown(sockets)


@asynccontextmanager
async def run_app(
    app: ASGIApp,
    host: str,
    listener: socket.socket,
    *,
    closing: asyncio.Event | None = None,
    lifespan: Literal["auto", "off"] = "off",
) -> AsyncIterator[str]:
    """
    Serve an ASGI application while the block lasts, and yield its URL.

    Args:
        app: The application.
        host: The address as it was given, for the URL.
        listener: The socket that it listens on.
        closing: Ends the streams once it is set.
        lifespan: Whether the application is notified of its start and its end.

    Raises:
        TargetUnreachable: The application does not start.
    """
    config = uvicorn.Config(
        app,
        access_log=False,
        http=type("_Protocol", (BoundedProtocol,), {"bound": max_connections()}),
        lifespan=lifespan,
        log_level="critical",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_KEEP_ALIVE,
        ws="none",
    )
    handle_loop_errors(asyncio.get_running_loop())
    server = _Uvicorn(config, closing or asyncio.Event())
    serving = asyncio.create_task(_serve(server, listener))
    serving.add_done_callback(lambda _: server.ready.set())
    try:
        await server.ready.wait()
        if not server.started:
            what = "the application does not start"
            raise TargetUnreachable(what)
        yield _url(host, listener)
    finally:
        server.should_exit = True
        await serving


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    # How uvicorn reports an application that does not start; it would end the loop.
    with suppress(SystemExit):
        await server.serve([listener])


@contextmanager
def serving(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """
    Serve an ASGI application in a thread while the block lasts, and yield its URL.

    Args:
        app: The application.
        host: The address to bind to.
        port: The port to bind to; by default a free one.

    Raises:
        TargetUnreachable: The port is in use, or the application does not start.
    """
    with (
        listen(host, port) as listener,
        run_in_thread(run_app(app, host, listener, lifespan="auto"), "seamproof-web") as (_, url),
    ):
        yield url


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
    shown = anywhere.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
