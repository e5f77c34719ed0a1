"""
A service at work in the test's own event loop, and a handler that answers as a test wants.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from seamproof.mock_server.model.clocks import ManualClock
from seamproof.mock_server.model.settings import ServerSettings
from seamproof.mock_server.service.service import Service

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import AttemptRecord

START: Final = 1_800_000_000.0

#: What is answered unless a test says otherwise.
OK: Final = b"HTTP/1.1 204 No Content\r\n\r\n"

EVENT: Final = (
    b'{"event_type": "device.connected",\t"event_id": "e-1", "price": 1.50, "n": "\xc3\xa9"}'
)


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """
    Write an answer.
    """
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Request:
    """
    A request as it came in.

    Attributes:
        line: Its first line.
        names: The names of its headers, as they were written.
        headers: Its headers, by name in lower case.
        body: All of its body that came.
        whole: Whether that is as much as it should have been.
    """

    line: str
    names: tuple[str, ...]
    headers: dict[str, str]
    body: bytes
    whole: bool


@dataclass
class Handler:
    """
    Takes requests over real sockets and answers each with the bytes that a test chose.

    Attributes:
        answer: Writes the answer to a request, or None to hang up without one.
        received: What came in.
        at_once: The most requests that were under way at the same time.
    """

    answer: Callable[[Request], Awaitable[bytes | None]] | bytes | None = OK
    received: list[Request] = field(default_factory=list)
    at_once: int = 0
    url: str = ""
    _open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        Take the requests of one connection.
        """
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self._open += 1
            self.at_once = max(self.at_once, self._open)
            try:
                sent = await self._respond(head, reader)
            finally:
                self._open -= 1
            if sent is None:
                return
            writer.write(sent)
            await writer.drain()

    async def _respond(self, head: str, reader: asyncio.StreamReader) -> bytes | None:
        line, *rest = head.rstrip().split("\r\n")
        pairs = [one.split(": ", 1) for one in rest]
        headers = {name.lower(): text for name, text in pairs}
        length = int(headers.get("content-length", 0))
        try:
            body, whole = await reader.readexactly(length), True
        except asyncio.IncompleteReadError as problem:
            body, whole = problem.partial, False
        request = Request(line, tuple(name for name, _ in pairs), headers, body, whole)
        self.received.append(request)
        return await self.answer(request) if callable(self.answer) else self.answer


@asynccontextmanager
async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """
    Talk to whoever connects, on a free port, for as long as the block lasts.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def talked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await talk(reader, writer)
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(talked(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{'https' if tls else 'http'}://{host}:{port}/webhooks/seam"
    finally:
        server.close()
        for task in [*tasks]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def handling(
    answers: Callable[[Request], Awaitable[bytes | None]] | bytes | None = OK,
) -> AsyncIterator[Handler]:
    """
    Handle requests on a free port for as long as the block lasts.
    """
    handler = Handler(answers)
    async with listening(handler.serve) as handler.url:
        yield handler


@asynccontextmanager
async def serving(clock: Clock | None = None, **settings: Any) -> AsyncIterator[Service]:
    """
    Run a service, by default on a manual clock, without jitter and with a short time-out.

    It signs with the time of the clock, so that tests know what to expect.
    """
    clock = clock or ManualClock(START)
    given: dict[str, Any] = {"jitter": 0.0, "timeout": 60.0, "seed": "tests", "signing": clock.now}
    service = Service(ServerSettings(**given | settings), clock)
    await service.lifecycle.start()
    try:
        yield service
    finally:
        await service.lifecycle.stop(grace=0.1)


async def attempts(service: Service, message_id: str) -> tuple[AttemptRecord, ...]:
    """
    Wait until nothing is due, and read the attempts of a message.
    """
    assert await service.wait_idle(60)
    return (await service.message(message_id)).attempts


async def attempt(service: Service, message_id: str) -> AttemptRecord:
    """
    Wait until nothing is due, and read the only attempt of a message.
    """
    (only,) = await attempts(service, message_id)
    return only
