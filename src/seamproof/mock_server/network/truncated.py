"""
Truncated requests, which no HTTP client can send: they end in the middle of the body.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.network.transport import KEPT, SendResult, explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.mock_server.network.resolver import Address
    from seamproof.mock_server.network.transport import Transport

#: Seconds to wait for a response to half a request.
_WAIT: Final = 2.0

#: `SO_LINGER` on, with a time of 0: closing then resets the connection.
_RESET: Final = struct.pack("ii", 1, 0)


async def send_truncated(
    transport: Transport,
    address: Address,
    headers: Mapping[str, str],
    body: bytes,
    *,
    reset: bool,
) -> SendResult:
    """
    Send a request up to the middle of its body.

    Args:
        transport: Opens the connection.
        address: Where to send to.
        headers: In addition to Host and Content-Length.
        body: Of which half is sent.
        reset: Whether to reset the connection then. Otherwise it is closed regularly, after
            waiting for a response.

    Returns:
        A failure in any case, with the status if there was a response.
    """
    begun = perf_counter()
    reason = f"the {'connection was reset' if reset else 'request ended'} in mid-body, on purpose"
    status = None
    try:
        async with asyncio.timeout(transport.timeout):
            status = await _exchange(
                transport, address, _encode_half(address, headers, body), reset=reset
            )
    except TimeoutError:
        reason = f"no connection within {transport.timeout:g} s"
    except (OSError, ValueError) as problem:
        reason = explain(problem)
    return SendResult(status, {}, b"", (perf_counter() - begun) * 1000, reason)


def _encode_half(address: Address, headers: Mapping[str, str], body: bytes) -> bytes:
    url = address.url
    host = url.raw_authority
    lines = [f"POST {url.raw_path_qs} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body[: len(body) // 2]


async def _exchange(
    transport: Transport, address: Address, half: bytes, *, reset: bool
) -> int | None:
    reader, writer = await transport.connect(address)
    try:
        writer.write(half)
        await writer.drain()
        if reset:
            peer: socket.socket = writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
            return None
        if writer.can_write_eof():
            writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT):
                found = re.match(rb"HTTP/1\.[01] (\d{3})", await reader.read(KEPT))
                return int(found[1]) if found else None
        return None
    finally:
        writer.close()
        with suppress(OSError, ConnectionError):
            await writer.wait_closed()
