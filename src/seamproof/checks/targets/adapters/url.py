"""
Handlers behind a URL, in any language.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.model.tuning import PART_PAUSE
from seamproof.checks.targets.adapters.body_parts import SPLIT, parts_of
from seamproof.checks.targets.adapters.new_connections import send_over_new_connections
from seamproof.checks.targets.adapters.response import (
    ResponseRecorder,
    receive_concurrently,
    receive_in_turn,
    timed_out,
)
from seamproof.checks.targets.base import Target, TargetContext
from seamproof.checks.targets.handler_thread import LATE, TIMEOUT
from seamproof.errors import TargetUnreachable
from seamproof.mock_server.network.address_policy import AddressPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from types import SimpleNamespace

    import aiohttp

    from seamproof.checks.model.exchange import Received, Request, Transfer

#: Bytes of a response that are read; a longer one closes the connection.
_DRAINED: Final = 65_536
#: Seconds until an idle connection is closed: fewer than servers take to close theirs.
_IDLE: Final = 2.0
#: Headers that are sent only if the request has them, although aiohttp would add them.
_AUTO_HEADERS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(slots=True)
class _Attempt:
    """
    One request on its way.

    Attributes:
        reused: Whether its connection has carried another request before.
    """

    reused: bool = False


class UrlTarget(Target):
    """
    A handler behind a URL. Redirects are not followed, proxies and cookies not used.

    A server may close an idle connection at any time. A request whose reused connection breaks
    before an answer is sent again over a new one (RFC 9112, section 9.3.1), and from then on
    each request has a connection of its own.

    Args:
        url: Where to send; checked already.
        context: What a target of any kind needs.
        allow_remote: Whether its host may lead to another machine.
    """

    kind = "url"
    in_process = False

    def __init__(self, url: str, context: TargetContext, *, allow_remote: bool = False) -> None:
        super().__init__(context)
        self._url = url
        self._reached = False
        self._reuses_connections = True
        self._policy = AddressPolicy.of(allow_remote=allow_remote)
        self._session = context.thread.run(_open(self._policy))
        self._session_without_reuse = context.thread.run(_open(self._policy, reuse=False))

    @property
    def transfers(self) -> frozenset[Transfer]:
        """
        In segments and in chunks.
        """
        return SPLIT

    def send(self, request: Request) -> Received:
        """
        Send a request and wait for the response.

        Raises:
            TargetUnreachable: Nothing answers at the URL, and nothing ever has.
        """
        try:
            return self.context.thread.run(self._answer(request)).received()
        except TimeoutError as late:
            return timed_out(self.context, str(late))

    def send_each(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Send several requests, over a few connections.

        Raises:
            TargetUnreachable: Nothing answers at the URL, and nothing ever has.
        """
        if at_once == 1:
            return super().send_each(requests)
        return receive_in_turn(self.context, self._answer, requests, at_once)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time, each over a connection of its own.

        Raises:
            TargetUnreachable: Nothing answers at the URL, and nothing ever has.
        """
        return receive_concurrently(self.context, self._answer, requests)

    def send_over_new_connections(
        self, requests: Sequence[Request]
    ) -> list[tuple[Received, int | None]]:
        """
        Send requests over new connections, which several worker processes may answer.
        """
        return send_over_new_connections(self._url, requests, self.context, self._policy)

    def close(self) -> None:
        """
        Close the connections.
        """
        for session in (self._session, self._session_without_reuse):
            self.context.thread.run(session.close())

    async def _answer(self, request: Request) -> ResponseRecorder:
        from aiohttp import (
            ClientConnectorError,
            ClientError,
            ClientOSError,
            ServerDisconnectedError,
        )

        from seamproof.mock_server.network.transport import explain

        answer = ResponseRecorder(self.context, request)
        attempt = _Attempt()
        try:
            try:
                await self._exchange(request, answer, attempt)
            except (ClientOSError, ServerDisconnectedError):
                if not attempt.reused or answer.headers:
                    raise
                self._reuses_connections = False
                answer = ResponseRecorder(self.context, request)
                await self._exchange(request, answer, attempt)
        except TimeoutError:
            answer.status, answer.reason = None, LATE
        except ClientConnectorError as problem:
            if not self._reached:
                what, cure = "nothing answers at the target", "is the handler running?"
                found = _explain(problem)
                raise TargetUnreachable(what, where=self._url, found=found, cure=cure) from problem
            answer.reason = f"no connection: {_explain(problem)}"
        except (ClientError, OSError, ValueError) as problem:
            answer.status = None
            answer.reason = explain(problem)
            answer.is_hung_up = isinstance(problem, (ClientOSError, ServerDisconnectedError))
        answer.end()
        return answer

    async def _exchange(
        self, request: Request, answer: ResponseRecorder, attempt: _Attempt
    ) -> None:
        from multidict import CIMultiDict

        reuses = self._reuses_connections
        headers = CIMultiDict(request.headers)
        if request.transfer not in ("whole", "chunked"):
            # Without its length aiohttp sends a body of several parts in chunks.
            headers["Content-Length"] = str(len(request.body))
        async with (self._session if reuses else self._session_without_reuse).request(
            request.method,
            self._url,
            data=request.body if request.transfer == "whole" else _parts(request),
            headers=headers,
            allow_redirects=False,
            trace_request_ctx=attempt,
        ) as response:
            self._reached = True
            await _read(response, answer)


async def _parts(request: Request) -> AsyncIterator[bytes]:
    for number, part in enumerate(parts_of(request.body, request.transfer)):
        if number:
            await asyncio.sleep(PART_PAUSE)
        yield part


async def _open(policy: AddressPolicy, *, reuse: bool = True) -> aiohttp.ClientSession:
    import aiohttp

    from seamproof.mock_server.network.resolver import PolicyResolver
    from seamproof.mock_server.network.response_limits import LimitedConnector
    from seamproof.mock_server.network.transport import open_session

    options: dict[str, Any] = {"keepalive_timeout": _IDLE} if reuse else {"force_close": True}
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_reuse)
    connector = LimitedConnector(limit=0, resolver=PolicyResolver(policy), **options)
    return open_session(connector, timeout=TIMEOUT, skip_auto_headers=_AUTO_HEADERS, trace=trace)


async def _note_reuse(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.reused = True


def _explain(problem: aiohttp.ClientConnectorError) -> str:
    """
    Describe in the words of the system why there is no connection.
    """
    number = problem.errno or 0
    # asyncio puts the address where the system's words are expected.
    words = os.strerror(number) if number > 0 else problem.strerror or str(problem.os_error)
    return words.lower()


async def _read(response: Any, answer: ResponseRecorder) -> None:  # noqa: ANN401 - named only late
    answer.headers = list(response.headers.items())
    taken = 0
    async for chunk in response.content.iter_any():
        answer.add(chunk)
        taken += len(chunk)
        if taken > _DRAINED:
            response.close()
            break
    answer.status = response.status
