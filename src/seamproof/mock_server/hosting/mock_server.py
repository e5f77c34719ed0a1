"""
The mock server inside a test: on a free port of the same process, in memory.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from seamproof.errors import UsageError
from seamproof.mock_server.hosting.arguments import (
    read_clock,
    read_faults,
    read_like,
    read_optional_secret,
    read_seconds,
    read_share,
    read_url,
)
from seamproof.mock_server.hosting.async_mock_server import AsyncMockServer
from seamproof.mock_server.hosting.server import check_host
from seamproof.mock_server.hosting.server_thread import ServerThread
from seamproof.mock_server.model.retry_schedule import parse_schedule
from seamproof.mock_server.model.settings import ServerSettings
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from types import TracebackType
    from typing import Literal

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.hosting.server import Running
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.fault_spec import FaultSpec
    from seamproof.mock_server.model.records import Endpoint, MessageDetail
    from seamproof.mock_server.model.retry_schedule import Like
    from seamproof.mock_server.service.service import Service
    from seamproof.schemas import Catalogue

T = TypeVar("T")

_IDLE: Final = 10.0
_PAGE: Final = 500


class MockServer:
    """
    Seam's webhook service on a free port, for as long as a `with` block lasts.

    It runs in a thread of its own: `with` gives this object, whose methods wait; `async with`
    gives an `AsyncMockServer`, whose methods are awaited, for a handler in the same loop.

    Args:
        schedule: `seam`, `fast`, `none`, or the seconds before each retry as `5,300`.
        clock: `real`, or `manual` for one that only `advance` moves, or a clock of your own.
        jitter: The share by which delays are spread; 0 switches it off.
        seed: Decides the jitter, the faults and the samples.
        secret: What messages are signed with, unless an endpoint is given one of its own; by
            default a new one.
        database: A file, to look at it afterwards; by default it is all in memory.
        like: Which of Svix's two services to be like where they differ.
        timeout: Seconds until an attempt without an answer is given up; by default that of
            `like`.
        allow_hosts: Hosts other than this machine that may be sent to.
        gone_disables: Whether an answer of 410 disables its endpoint.
        catalogue: The contract; by default the one that comes with seamproof.
        host: The address to bind to.
        port: By default a free one.
        api_key: The one key that passes; by default any that begins with `seam_`.

    Attributes:
        url: Where the server listens: the `endpoint` of Seam's SDK.
        secret: What messages are signed with, as text.

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
        )
        self._clock = read_clock(clock)
        check_host(host, api_key)
        self._where = (host, port, api_key)
        self._secret = read_optional_secret(secret) or Secret.generate()
        self._thread: ServerThread | None = None

    def __enter__(self) -> Self:
        """
        Start the server.
        """
        if self._thread is not None:
            what = "this server runs already"
            raise UsageError(what, cure="make one for each `with`")
        thread = ServerThread(self._settings, self._clock, *self._where)
        thread.start()
        self._thread = thread
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
        if self._thread is not None:
            self._thread.stop()
            self._thread = None

    async def __aenter__(self) -> AsyncMockServer:
        """
        Start the server, without holding up the loop.
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
        Stop the server, without holding up the loop.
        """
        await asyncio.to_thread(self.__exit__, None, None, None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url if self._thread else 'not running'})"

    @property
    def url(self) -> str:
        """
        Where the server listens.
        """
        return self._running().url

    @property
    def secret(self) -> str:
        """
        What messages are signed with, unless an endpoint was given a secret of its own.
        """
        return self._secret.reveal()

    @property
    def messages(self) -> list[MessageDetail]:
        """
        Every message with every attempt, in the order in which they were emitted.
        """
        return self._call(_details(self._service))

    def register(
        self,
        url: str,
        *,
        event_types: Sequence[str] = ("*",),
        secret: Secret | str | None = None,
        headers: Mapping[str, str] | None = None,
        faults: Sequence[FaultSpec | str] = (),
    ) -> Endpoint:
        """
        Register an endpoint, as `webhooks.create` does.

        Args:
            url: The handler's.
            event_types: The types that it gets.
            secret: By default the server's own.
            headers: Sent in addition to Svix's own.
            faults: What goes wrong on the way to it, on purpose, as `duplicate:0.2`.

        Raises:
            UnknownEventType: A type is not known.
            UsageError: The URL is none.
            RemoteTarget: It is on another machine that nobody allowed.
        """
        return self._call(
            self._registered(read_url(url), event_types, secret, headers or {}, faults)
        )

    def emit(
        self,
        event_type: str | None = None,
        *,
        event: JsonMapping | bytes | None = None,
        journey: str | None = None,
        overrides: JsonMapping | None = None,
        count: int | None = None,
        seed: int | str | None = None,
        faults: Sequence[FaultSpec | str] = (),
    ) -> list[str]:
        """
        Emit events of a type or a pattern, a whole event, or a journey.

        Args:
            event_type: A glob over event types.
            event: A whole event; bytes are sent as they are.
            journey: The name of a journey.
            overrides: Values by path.
            count: How many.
            seed: The same seed makes the same events.
            faults: What goes wrong on the way, on purpose, as `duplicate:0.2`.

        Returns:
            The ids of the messages.

        Raises:
            UnknownEventType: The pattern fits none.
        """
        return self._call(
            self._service.emit(
                event_type=event_type,
                event=event,
                journey=journey,
                overrides=overrides or {},
                count=count,
                seed=seed,
                faults=read_faults(faults),
            )
        )

    def advance(self, by: float | str) -> None:
        """
        Advance a manual clock; return when all that is due by then has been attempted.

        Args:
            by: Seconds, or a duration as `35m 5s`.

        Raises:
            UsageError: The clock is the real one.
        """
        self._call(self._service.advance(read_seconds(by)))

    def wait_idle(self, *, timeout: float = _IDLE) -> bool:
        """
        Wait until nothing is under way and nothing is due.

        Returns:
            Whether that was so within the time-out, in seconds.
        """
        return self._call(self._service.wait_idle(read_seconds(timeout, "timeout")))

    def resend(self, message_id: str) -> None:
        """
        Send a message once more.

        Raises:
            NotFound: There is no such message.
        """
        self._call(self._service.resend(message_id))

    def reset(self, *, endpoints: bool = False) -> None:
        """
        Forget every message and attempt.

        Args:
            endpoints: Whether to forget the endpoints too. Otherwise those that were
                disabled are enabled.
        """
        self._call(self._service.reset(endpoints=endpoints))

    async def _registered(
        self,
        url: str,
        event_types: Sequence[str],
        secret: Secret | str | None,
        headers: Mapping[str, str],
        faults: Sequence[FaultSpec | str],
    ) -> Endpoint:
        return await self._service.endpoints.create(
            url,
            event_types=event_types,
            secret=read_optional_secret(secret) or self._secret,
            headers=headers,
            faults=read_faults(faults),
        )

    @property
    def _service(self) -> Service:
        return self._running().service

    def _running(self) -> Running:
        return self._alive().running

    def _alive(self) -> ServerThread:
        if self._thread is None:
            what = "the mock server does not run"
            raise UsageError(what, cure="use it inside of `with MockServer() as server:`")
        return self._thread

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return self._alive().call(work)


async def _details(service: Service) -> list[MessageDetail]:
    found: list[MessageDetail] = []
    before: int | None = None
    while True:
        page = await service.messages(limit=_PAGE, before=before)
        found += [await service.message(one.message.message_id) for one in page.messages]
        before = page.before
        if before is None:
            return found[::-1]
