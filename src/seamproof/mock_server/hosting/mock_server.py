"""
The mock server inside a test: in a thread of the same process, on a free port, in memory.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from seamproof.errors import UsageError
from seamproof.mock_server.hosting.arguments import (
    read_clock,
    read_like,
    read_optional_secret,
    read_seconds,
    read_share,
)
from seamproof.mock_server.hosting.async_mock_server import AsyncMockServer
from seamproof.mock_server.hosting.operations import ServerOperations
from seamproof.mock_server.hosting.server import check_host, run_server
from seamproof.mock_server.hosting.web_server import listen
from seamproof.mock_server.model.retry_schedule import parse_schedule
from seamproof.mock_server.model.settings import ServerSettings
from seamproof.mock_server.network.loop_thread import run_in_thread
from seamproof.mock_server.world.seeds.world_file import load_world
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Literal

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.retry_schedule import Like
    from seamproof.schemas import Catalogue

#: Seconds until attempts in progress are given up when a test ends: nobody needs them any more.
_GRACE: Final = 1.0


class MockServer(ServerOperations):
    """
    Seam's webhook service on a free port, for as long as a `with` block lasts.

    It runs in a separate thread. `with` returns this object, whose methods block; `async with`
    returns an `AsyncMockServer`, whose methods are awaited, for a handler in the same loop.

    Args:
        schedule: `seam`, `fast`, `none`, or the seconds before each retry as `5,300`.
        clock: `real`, or `manual` for one that only `advance` moves, or your own clock.
        jitter: The largest relative change of a delay, at random; 0 for none.
        seed: Decides the jitter, the faults and the samples.
        secret: Of every endpoint that is registered without one; by default a new one.
        database: A file that remains afterwards; by default everything is in memory.
        like: Which of Svix's two services to behave like where they differ.
        timeout: Seconds until an attempt without a response is given up; by default that of
            `like`.
        allow_hosts: Hosts other than this machine that events may be sent to.
        gone_disables: Whether a response of 410 disables its endpoint.
        catalogue: The contract; by default the one that comes with seamproof.
        world: The resources to begin with: the name of a ready world (`hotel`, `short_stay`,
            `office`), the path of a file, or what such a file holds. None by default.
        host: The address to bind to.
        port: By default a free one.
        api_key: The only key that is accepted; by default any that begins with `seam_`.

    Raises:
        UsageError: An argument cannot be used as given.
    """

    def __init__(  # noqa: PLR0913 - each has a default and a name
        self,
        *,
        schedule: str = "seam",
        clock: Literal["real", "manual"] | Clock = "real",
        jitter: float = 0.2,
        seed: int | str | None = None,
        secret: Secret | str | None = None,
        database: str = ":memory:",
        like: Like = "cloud",
        timeout: float | None = None,
        allow_hosts: Sequence[str] = (),
        gone_disables: bool = False,
        catalogue: Catalogue | None = None,
        world: str | PathLike[str] | JsonMapping | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
    ) -> None:
        self._settings = ServerSettings(
            database=database,
            like=read_like(like),
            schedule=parse_schedule(schedule),
            jitter=read_share(jitter),
            seed=seed,
            timeout=None if timeout is None else read_seconds(timeout, "timeout"),
            allow_hosts=frozenset(one.lower() for one in allow_hosts),
            gone_disables=gone_disables,
            catalogue=catalogue,
            world=load_world(world),
        )
        self._clock = read_clock(clock)
        check_host(host, api_key)
        self._host, self._port, self._api_key = host, port, api_key
        self._stack = ExitStack()
        super().__init__(read_optional_secret(secret) or Secret.generate())

    def __enter__(self) -> Self:
        """
        Start the server.
        """
        if self._running is not None:
            what = "this server runs already"
            raise UsageError(what, cure="create one for each `with`")
        server = run_server(
            self._settings,
            self._clock,
            listen(self._host, self._port),
            host=self._host,
            api_key=self._api_key,
            grace=_GRACE,
        )
        self._running = self._stack.enter_context(run_in_thread(server, "seamproof"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        Stop the server.
        """
        self._stack.close()
        self._running = None

    async def __aenter__(self) -> AsyncMockServer:
        """
        Start the server without blocking the loop.
        """
        await asyncio.to_thread(self.__enter__)
        return AsyncMockServer(self)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        Stop the server without blocking the loop.
        """
        await asyncio.to_thread(self.__exit__, None, None, None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url if self._running else 'not running'})"
