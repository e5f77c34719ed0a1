"""
Handlers behind a URL, in any language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.targets.adapters.response import (
    ResponseRecorder,
    receive_concurrently,
    timed_out,
)
from seamproof.checks.targets.base import Target, TargetContext
from seamproof.checks.targets.handler_thread import LATE, TIMEOUT
from seamproof.errors import TargetUnreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from seamproof.checks.model.exchange import Received, Request

#: Bytes of a response that are read; a longer one closes the connection.
_DRAINED: Final = 65_536
#: Seconds until an idle connection is closed: fewer than servers take to close theirs.
_IDLE: Final = 2.0
#: Headers that are sent only if the request has them, although aiohttp would add them.
_AUTO_HEADERS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class UrlTarget(Target):
    """
    A handler behind a URL. Redirects are not followed, proxies and cookies not used.

    Args:
        url: Where to send; checked already.
        context: What a target of any kind needs.
    """

    kind = "url"
    in_process = False

    def __init__(self, url: str, context: TargetContext) -> None:
        super().__init__(context)
        self._url = url
        self._reached = False
        self._session = context.thread.run(_open())

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

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time, each over a connection of its own.

        Raises:
            TargetUnreachable: Nothing answers at the URL, and nothing ever has.
        """
        return receive_concurrently(self.context, self._answer, requests)

    def close(self) -> None:
        """
        Close the connections.
        """
        self.context.thread.run(self._session.close())

    async def _answer(self, request: Request) -> ResponseRecorder:
        from aiohttp import ClientConnectorError, ClientError
        from multidict import CIMultiDict

        answer = ResponseRecorder(self.context)
        headers = CIMultiDict(request.headers)
        try:
            async with self._session.request(
                request.method,
                self._url,
                data=request.body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                self._reached = True
                await _read(response, answer)
        except TimeoutError:
            answer.status, answer.reason = None, LATE
        except ClientConnectorError as problem:
            if not self._reached:
                what, cure = "nothing answers at the target", "is the handler running?"
                found = problem.strerror or str(problem.os_error)
                raise TargetUnreachable(what, where=self._url, found=found, cure=cure) from problem
            answer.reason = f"no connection: {problem.strerror}"
        except (ClientError, OSError, ValueError) as problem:
            answer.status = None
            answer.reason = f"the connection broke: {str(problem) or type(problem).__name__}"
        answer.end()
        return answer


async def _open() -> aiohttp.ClientSession:
    import aiohttp

    from seamproof.mock_server.network.transport import open_session

    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE)
    return open_session(connector, timeout=TIMEOUT, skip_auto_headers=_AUTO_HEADERS)


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
