"""
The operations of a mock server, for code that awaits them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from seamproof.mock_server.hosting.operations import IDLE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.hosting.operations import ServerOperations
    from seamproof.mock_server.hosting.world.world_access import WorldAccess
    from seamproof.mock_server.model.call_log import ApiCall
    from seamproof.mock_server.model.records import Endpoint, FaultSpec, MessageDetail
    from seamproof.signing import Secret


class AsyncMockServer:
    """
    A mock server that runs, for asynchronous code. Its methods are those of `MockServer`.

    Args:
        server: The server, which runs already.
    """

    def __init__(self, server: ServerOperations) -> None:
        self._server = server

    def __repr__(self) -> str:
        return repr(self._server)

    @property
    def world(self) -> WorldAccess:
        """
        The resources that the server keeps. Reading and changing them takes no time to await.
        """
        return self._server.world

    @property
    def url(self) -> str:
        """
        The URL of the server: the `endpoint` of Seam's SDK.
        """
        return self._server.url

    @property
    def secret(self) -> str:
        """
        The secret of every endpoint that is registered without one.
        """
        return self._server.secret

    @property
    def messages(self) -> list[MessageDetail]:
        """
        Every message with every attempt, in the order in which they were emitted.

        Reading them blocks the loop; `list_messages` does not.
        """
        return self._server.messages

    @property
    def now(self) -> float:
        """
        The time of the server, in seconds since the epoch.
        """
        return self._server.now

    @property
    def calls(self) -> list[ApiCall]:
        """
        The last 10,000 calls of Seam's API that were answered, in order.
        """
        return self._server.calls

    async def list_messages(self) -> list[MessageDetail]:
        """
        Read `messages` without blocking the loop.
        """
        return await asyncio.to_thread(lambda: self._server.messages)

    async def register(
        self,
        url: str,
        *,
        event_types: Sequence[str] = ("*",),
        secret: Secret | str | None = None,
        headers: Mapping[str, str] | None = None,
        faults: Sequence[FaultSpec | str] = (),
    ) -> Endpoint:
        """
        Register an endpoint: see `MockServer.register`.
        """
        return await asyncio.to_thread(
            self._server.register,
            url,
            event_types=event_types,
            secret=secret,
            headers=headers,
            faults=faults,
        )

    async def emit(
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
        Emit events: see `MockServer.emit`.
        """
        return await asyncio.to_thread(
            self._server.emit,
            event_type,
            event=event,
            journey=journey,
            overrides=overrides,
            count=count,
            seed=seed,
            faults=faults,
        )

    async def advance(self, by: float | str) -> None:
        """
        Advance a manual clock: see `MockServer.advance`.
        """
        await asyncio.to_thread(self._server.advance, by)

    async def wait_idle(self, *, timeout: float = IDLE_TIMEOUT) -> bool:  # noqa: ASYNC109 - as the sync one has it
        """
        Wait until no attempt is in progress or due: see `MockServer.wait_idle`.
        """
        return await asyncio.to_thread(self._server.wait_idle, timeout=timeout)

    async def resend(self, message_id: str) -> None:
        """
        Make one more attempt to deliver a message: see `MockServer.resend`.
        """
        await asyncio.to_thread(self._server.resend, message_id)

    async def reset(self, *, endpoints: bool = False) -> None:
        """
        Forget every message and attempt: see `MockServer.reset`.
        """
        await asyncio.to_thread(self._server.reset, endpoints=endpoints)
