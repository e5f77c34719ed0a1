"""
A real receiver: it listens on a socket and keeps what arrives.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from seamproof.mock_server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


@dataclass(frozen=True)
class Received:
    """
    A request that arrived.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """
    Where the receiver listens, and what has arrived so far.

    Posting to `/status/404` is answered 404; a redirect leads to `/elsewhere`.
    To `/silence` there is no answer for as long as the sender waits for one.
    Anything else is answered 204.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)

    @property
    def bodies(self) -> list[bytes]:
        """
        The bodies, in the order in which they arrived.
        """
        return [one.body for one in self.received]

    async def answer(self, request: Request) -> Response:
        """
        Keep a request and answer it as its path asks.
        """
        path = request.url.path
        body = await request.body()
        self.received.append(Received(request.method, path, dict(request.headers), body))
        if path == "/silence":
            await request.receive()  # comes when the sender hangs up
        status = int(path.removeprefix("/status/")) if path.startswith("/status/") else 204
        headers = {"location": "/elsewhere"} if 300 <= status < 400 else {}
        return Response(status_code=status, headers=headers)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """
    Receive for as long as the block lasts.
    """
    receiver = Receiver()
    with serving(
        Starlette(routes=[Route("/{path:path}", receiver.answer, methods=["POST"])])
    ) as url:
        receiver.url = url
        yield receiver
