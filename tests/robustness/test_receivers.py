"""
Receivers that misbehave, all at once, beside one that does not: with accounting of what arrived.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import AsyncExitStack
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING, Final

import pytest

from tests.mock_server.workbench import EVENT, OK, handling, listening, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MESSAGES: Final = 30
HEAD: Final = b"HTTP/1.1 200 OK\r\n"


async def drip(writer: asyncio.StreamWriter) -> None:
    """
    Send a header for ever, byte by byte.
    """
    writer.write(HEAD)
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def reset(writer: asyncio.StreamWriter) -> None:
    """
    Reset the connection in the middle of the headers.
    """
    writer.write(HEAD)
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def endless(piece: bytes, head: bytes = b"") -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """
    Send the same bytes for ever.
    """

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece * 500)
            await writer.drain()

    return send


def once(sent: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """
    Send some bytes and hang up.
    """

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()

    return send


EVIL: Final = {
    "drip": drip,
    "reset": reset,
    "silence": lambda _: asyncio.sleep(3600),
    "interim": endless(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "hints": endless(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
    "headers": endless(b"x-a: b\r\n", HEAD),
    "one header": endless(b"a", HEAD + b"x: "),
    "body": endless(b"abc", HEAD + b"\r\n"),
    "chunks": endless(b"1\r\na\r\n", HEAD + b"transfer-encoding: chunked\r\n\r\n"),
    "chunk extension": endless(b"a", HEAD + b"transfer-encoding: chunked\r\n\r\n1;"),
    "trailers": endless(b"a: b\r\n", HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n"),
    "Latin-1": once(b"HTTP/1.1 302 Found\r\nlocation: /caf\xe9\r\nserver: \xff\xfe\r\n\r\n"),
    "garbage": once(bytes(range(256)) * 50),
    "nothing": once(b""),
    "switch": once(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n" + b"a" * 100_000),
    "smuggled": once(OK + b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n" * 100),
}


async def test_a_healthy_receiver_gets_every_message_once() -> None:
    """
    Whatever the others do, and each of their attempts can be read.
    """
    async with AsyncExitStack() as stack:
        good = await stack.enter_async_context(handling())
        urls = []
        for behave in EVIL.values():

            async def talk(
                reader: asyncio.StreamReader,
                writer: asyncio.StreamWriter,
                behave: Callable[[asyncio.StreamWriter], Awaitable[None]] = behave,
            ) -> None:
                await reader.readuntil(b"\r\n\r\n")
                await behave(writer)

            urls.append(await stack.enter_async_context(listening(talk)))
        service = await stack.enter_async_context(serving(timeout=3.0))
        for url in urls:
            await service.endpoints.create(url)
        await service.endpoints.create(good.url)
        ids = [(await service.emit(event=EVENT))[0] for _ in range(MESSAGES)]
        assert await service.wait_idle(300)
        arrived = [one.headers["svix-id"] for one in good.received]
        assert sorted(arrived) == sorted(ids)
        for one in ids:
            detail = await service.message(one)
            assert len(detail.attempts) >= len(urls)
        assert service.lifecycle.failure is None
