"""
A receiver in a process of its own: it takes every webhook and does as little as it can.

Written on bare sockets, so that what is measured is the sending.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_ANSWER: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Receiver:
    """
    A receiver that runs.

    Attributes:
        url: Where everything is taken.
        silent: Where nothing is ever answered.
        counting: The port that reports how many requests were received.
    """

    url: str
    silent: str
    counting: int

    def taken(self) -> int:
        """
        Ask how many requests have been taken so far.
        """
        with socket.create_connection(("127.0.0.1", self.counting)) as connection:
            return int(connection.recv(100))


class _Taking(asyncio.Protocol):
    """
    Answers each request 204 when all of it has come.
    """

    taken: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """
        Begin with nothing.
        """
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._unread = b""

    def data_received(self, data: bytes) -> None:
        """
        Answer what is whole, keep the rest.
        """
        unread = self._unread + data
        while (end := unread.find(_END)) >= 0:
            start = unread.lower().find(_LENGTH, 0, end) + len(_LENGTH)
            whole = end + len(_END) + int(unread[start : unread.find(b"\r\n", start)])
            if len(unread) < whole:
                break
            unread = unread[whole:]
            self.answer()
        self._unread = unread

    def answer(self) -> None:
        """
        Take it.
        """
        _Taking.taken += 1
        self._transport.write(_ANSWER)


class _Counting(asyncio.Protocol):
    """
    Reports to each client how many requests were received, and hangs up.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """
        Report the number.
        """
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - for the type checker
        transport.write(str(_Taking.taken).encode())
        transport.close()


class _Silent(_Taking):
    """
    Never answers.
    """

    def answer(self) -> None:
        """
        Say nothing.
        """


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    kinds: list[type[asyncio.Protocol]] = [_Taking, _Silent, _Counting]
    servers = [await loop.create_server(kind, "127.0.0.1", 0, backlog=1024) for kind in kinds]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print(*ports, flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


@contextmanager
def receiving() -> Iterator[Receiver]:
    """
    Run a receiver for as long as the block lasts.
    """
    command = [sys.executable, "-m", "benchmarks.receiver"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        try:
            taking, silent, counting = process.stdout.readline().decode().split()
            yield Receiver(
                f"http://127.0.0.1:{taking}/webhooks/seam",
                f"http://127.0.0.1:{silent}/webhooks/seam",
                int(counting),
            )
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve())
