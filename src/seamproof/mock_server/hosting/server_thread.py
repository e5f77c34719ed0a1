"""
The mock server in a thread, for synchronous callers.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, TypeVar

from seamproof.mock_server.hosting.server import run_server
from seamproof.mock_server.hosting.web_server import listen
from seamproof.mock_server.network.loop_thread import run_in_thread

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.settings import ServerSettings

T = TypeVar("T")

#: Seconds until attempts in progress are given up when a test ends: nobody needs them any more.
_GRACE: Final = 1.0


class ServerThread:
    """
    A mock server that runs in a thread until it is stopped.

    Args:
        settings: Of the service.
        clock: The time that the retry schedule runs on.
        host: The address to bind to.
        port: 0 for a free one.
        api_key: The only key that is accepted, if there is one.

    Attributes:
        server: The server.

    Raises:
        SeamproofError: The server cannot start.
    """

    def __init__(
        self, settings: ServerSettings, clock: Clock, host: str, port: int, api_key: str | None
    ) -> None:
        listener = listen(host, port)
        server = run_server(settings, clock, listener, host=host, api_key=api_key, grace=_GRACE)
        self._stack = ExitStack()
        self._thread, self.server = self._stack.enter_context(run_in_thread(server, "seamproof"))

    def call(self, work: Coroutine[object, object, T]) -> T:
        """
        Run a coroutine in the loop of the server and wait for its result.
        """
        return self._thread.call(work)

    def stop(self) -> None:
        """
        Stop the server, and wait until everything is closed.
        """
        self._stack.close()
