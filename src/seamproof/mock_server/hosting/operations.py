"""
The operations of a mock server that runs in a thread, for code that waits for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from seamproof.errors import UsageError
from seamproof.mock_server.hosting.arguments import (
    read_faults,
    read_optional_secret,
    read_seconds,
    read_url,
)
from seamproof.mock_server.hosting.world.world_access import WorldAccess, in_turn

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.hosting.server import RunningServer
    from seamproof.mock_server.model.call_log import ApiCall, CallLog
    from seamproof.mock_server.model.records import Endpoint, FaultSpec, MessageDetail
    from seamproof.mock_server.network.loop_thread import LoopThread
    from seamproof.mock_server.service.service import Service
    from seamproof.signing import Secret

T = TypeVar("T")

#: Seconds that `wait_idle` waits by default.
IDLE_TIMEOUT: Final = 10.0
_PAGE: Final = 500


class ServerOperations:
    """
    What a test does with a mock server while it runs.

    Args:
        secret: Of every endpoint that is registered without one.
    """

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._running: tuple[LoopThread, RunningServer] | None = None

    @property
    def url(self) -> str:
        """
        The URL of the server: the `endpoint` of Seam's SDK.
        """
        return self._require_running()[1].url

    @property
    def secret(self) -> str:
        """
        The secret of every endpoint that is registered without one.
        """
        return self._secret.reveal()

    @property
    def now(self) -> float:
        """
        The time of the server, in seconds since the epoch: with a manual clock not that of others.
        """
        return self._service.clock.now()

    @property
    def messages(self) -> list[MessageDetail]:
        """
        Every message with every attempt, in the order in which they were emitted.
        """
        return self._call(_read_details(self._service))

    @property
    def world(self) -> WorldAccess:
        """
        The resources that the server keeps: devices, access codes, accounts and so on.
        """
        return WorldAccess(
            lambda work: self._call(in_turn(self._service, work)),
            lambda path, given: self._call(self._service.world.call(path, given, self.url)),
            lambda: self._call(self._service.world.cancel_later()),
        )

    @property
    def calls(self) -> list[ApiCall]:
        """
        The last 10,000 calls of Seam's API that were answered, in order.
        """
        return self.call_log.since()

    @property
    def call_log(self) -> CallLog:
        """
        How many calls were answered, and the last of them.
        """
        return self._service.calls

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
            faults: Faults of the deliveries to it, as `duplicate:0.2`.

        Raises:
            UnknownEventType: A type is unknown.
            UsageError: A webhook cannot be sent to this URL.
            RemoteTarget: The URL leads to another machine that is not allowed.
        """
        return self._call(
            self._service.endpoints.create(
                read_url(url),
                event_types=event_types,
                secret=read_optional_secret(secret) or self._secret,
                headers=headers or {},
                faults=read_faults(faults),
            )
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
            count: How many events.
            seed: The same seed gives the same events.
            faults: Faults of their deliveries, as `duplicate:0.2`.

        Returns:
            The ids of the messages.

        Raises:
            UnknownEventType: The pattern matches no type.
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
        Advance a manual clock, and make every attempt that is due by then.

        Args:
            by: Seconds, or a duration as `35m 5s`.

        Raises:
            UsageError: The clock is the real one.
        """
        self._call(self._service.advance(read_seconds(by)))

    def wait_idle(self, *, timeout: float = IDLE_TIMEOUT) -> bool:
        """
        Wait until no attempt is in progress or due.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether that happened within the time-out.
        """
        return self._call(self._service.wait_idle(read_seconds(timeout, "timeout")))

    def resend(self, message_id: str) -> None:
        """
        Make one more attempt to deliver a message.

        Raises:
            NotFound: There is no such message.
        """
        self._call(self._service.redelivery.resend(message_id))

    def reset(self, *, endpoints: bool = False) -> None:
        """
        Forget every message and attempt.

        Args:
            endpoints: Whether to forget the endpoints too. Otherwise those that were
                disabled are enabled.
        """
        self._call(self._service.reset(endpoints=endpoints))

    @property
    def _service(self) -> Service:
        return self._require_running()[1].service

    def _require_running(self) -> tuple[LoopThread, RunningServer]:
        if self._running is None:
            what = "the mock server does not run"
            raise UsageError(what, cure="use it inside of `with MockServer() as server:`")
        return self._running

    def _call(self, work: Coroutine[object, object, T]) -> T:
        return self._require_running()[0].call(work)


async def _read_details(service: Service) -> list[MessageDetail]:
    found: list[MessageDetail] = []
    before: int | None = None
    while True:
        page = await service.messages(limit=_PAGE, before=before)
        found += [await service.message(one.message.message_id) for one in page.messages]
        before = page.before
        if before is None:
            return found[::-1]
