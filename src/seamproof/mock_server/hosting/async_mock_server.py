"""
The mock server inside a test that awaits: the same server, seen from a running event loop.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.hosting.mock_server import MockServer
    from seamproof.mock_server.model.fault_spec import FaultSpec
    from seamproof.mock_server.model.records import Endpoint, MessageDetail
    from seamproof.signing import Secret

_IDLE: Final = 10.0


class AsyncMockServer:
    """
    A mock server that runs, for code that awaits. Its methods are those of `MockServer`.

    Args:
        server: The server, running.
    """

    def __init__(self, server: MockServer) -> None:
        self._server = server

    def __repr__(self) -> str:
        return repr(self._server)

    @property
    def url(self) -> str:
        """
        Where the server listens.
        """
        return self._server.url

    @property
    def secret(self) -> str:
        """
        What messages are signed with, unless an endpoint was given a secret of its own.
        """
        return self._server.secret

    @property
    def messages(self) -> list[MessageDetail]:
        """
        Every message with every attempt, in the order in which they were emitted.

        Reading them holds the loop up; `list_messages` does not.
        """
        return self._server.messages

    async def list_messages(self) -> list[MessageDetail]:
        """
        Read `messages`, without holding up the loop.
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

    async def wait_idle(self, *, timeout: float = _IDLE) -> bool:  # noqa: ASYNC109 - as the sync one has it
        """
        Wait until nothing is under way and nothing is due: see `MockServer.wait_idle`.
        """
        return await asyncio.to_thread(self._server.wait_idle, timeout=timeout)

    async def resend(self, message_id: str) -> None:
        """
        Send a message once more: see `MockServer.resend`.
        """
        await asyncio.to_thread(self._server.resend, message_id)

    async def reset(self, *, endpoints: bool = False) -> None:
        """
        Forget every message and attempt: see `MockServer.reset`.
        """
        await asyncio.to_thread(self._server.reset, endpoints=endpoints)
