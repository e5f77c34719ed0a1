"""
A thread with an event loop of its own, in which the mock server runs beside a test.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seamproof.mock_server.hosting.server import listen, running

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from seamproof.mock_server.hosting.server import Running
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.settings import ServerSettings

T = TypeVar("T")

#: Seconds that attempts under way are given when a test ends: nobody carries on with them.
_GRACE: Final = 1.0


class ServerThread:
    """
    The thread, and the event loop in it, that the server runs in.

    Args:
        settings: Of the service.
        clock: What its schedule runs on.
        host: The address to bind to.
        port: 0 for a free one.
        api_key: The one key that passes, if there is one.
    """

    def __init__(
        self, settings: ServerSettings, clock: Clock, host: str, port: int, api_key: str | None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._host = host
        self._port = port
        self._api_key = api_key
        self._ready: Future[tuple[asyncio.AbstractEventLoop, Running]] = Future()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="seamproof", daemon=True)

    @property
    def running(self) -> Running:
        """
        The server, once it runs.
        """
        return self._ready.result()[1]

    def start(self) -> None:
        """
        Start, and come back when the server answers. Raises what keeps it from starting.
        """
        self._thread.start()
        self._ready.result()

    def stop(self) -> None:
        """
        Stop, and come back when all is closed.
        """
        loop, _ = self._ready.result()
        loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """
        Have something done in the server's loop, and wait for it.
        """
        loop, _ = self._ready.result()
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as problem:  # noqa: BLE001 - it is raised in the thread that waits
            if not self._ready.done():
                self._ready.set_exception(problem)

    async def _serve(self) -> None:
        listener = listen(self._host, self._port)
        async with running(
            self._settings,
            self._clock,
            listener,
            host=self._host,
            api_key=self._api_key,
            grace=_GRACE,
        ) as server:
            self._ready.set_result((asyncio.get_running_loop(), server))
            await self._ended.wait()
