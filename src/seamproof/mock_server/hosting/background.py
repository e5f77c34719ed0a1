"""
Serving an application on a free loopback port for as long as it is needed.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from seamproof.errors import TargetUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

_START: Final = 10.0
_STEP: Final = 0.01

#: Seconds that a request still under way is given when the serving ends.
_STOP: Final = 1


@contextmanager
def serving(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """
    Run an ASGI application in a thread and yield its URL.

    Args:
        app: The application.
        host: The address to bind to.
        port: The port to bind to; by default a free one.

    Raises:
        TargetUnreachable: The port is taken, or the application does not start.
    """
    import uvicorn

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            what = f"the port cannot be used: {problem.strerror}"
            raise TargetUnreachable(what, where=f"{host}:{port}") from problem
        config = uvicorn.Config(
            app,
            log_level="critical",
            lifespan="auto",
            ws="none",
            timeout_graceful_shutdown=_STOP,
        )
        server = uvicorn.Server(config)

        def run() -> None:
            with suppress(SystemExit):  # uvicorn's word for an application that does not start
                server.run([listener])

        thread = threading.Thread(target=run, daemon=True)
        try:
            thread.start()
            _wait(server, thread)
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            if thread.ident is not None:
                thread.join()


def _wait(server: object, thread: threading.Thread) -> None:
    until = time.monotonic() + _START
    while not getattr(server, "started", False):
        if not thread.is_alive() or time.monotonic() > until:
            what = "the application does not start"
            raise TargetUnreachable(what)
        time.sleep(_STEP)
