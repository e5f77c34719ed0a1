"""
Requests for a whole response, limited in time and size: those for state, and of the command line.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.network.resolver import PolicyResolver
from seamproof.mock_server.network.response_limits import LimitedConnector
from seamproof.mock_server.network.transport import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yarl import URL

    from seamproof.mock_server.network.address_policy import AddressPolicy

#: Seconds for a connection to be closed once the time is over.
_GRACE: Final = 5.0


class ResponseTooLarge(ValueError):
    """
    A response has more bytes than are read.
    """


@dataclass(frozen=True, slots=True)
class WholeRequest:
    """
    A request, and the limits of its response.

    Attributes:
        timeout: Seconds for all of it, from the resolution of the name to the last byte.
        max_bytes: Bytes that the body of the response may have.
        connect_timeout: Seconds until the connection is open.
    """

    method: str
    url: URL | str
    timeout: float
    max_bytes: int
    headers: Mapping[str, str]
    body: bytes | None = None
    connect_timeout: float | None = None


def fetch(request: WholeRequest, policy: AddressPolicy) -> tuple[int, bytes]:
    """
    Send a request in a thread of its own, and return the status and the body of the response.

    The name is resolved once for the connection, and only an address that is allowed is used.

    Raises:
        TimeoutError: The response is not whole in time.
        ResponseTooLarge: It has too many bytes.
        aiohttp.ClientError: There is none, or it is not HTTP.
        OSError: There is no connection.
        ValueError: The URL or a header cannot be sent.
    """
    results: SimpleQueue[tuple[int, bytes] | Exception] = SimpleQueue()

    def run() -> None:
        try:
            results.put(asyncio.run(_fetch(request, policy)))
        except Exception as problem:  # noqa: BLE001 - it is raised again
            results.put(problem)

    # A name that is being resolved cannot be interrupted: the thread is left behind.
    Thread(target=run, name="seamproof-fetch", daemon=True).start()
    try:
        result = results.get(timeout=request.timeout + _GRACE)
    except Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result


async def _fetch(request: WholeRequest, policy: AddressPolicy) -> tuple[int, bytes]:
    connector = LimitedConnector(resolver=PolicyResolver(policy), force_close=True)
    session = open_session(
        connector, timeout=request.timeout, connect_timeout=request.connect_timeout
    )
    content = bytearray()
    async with (
        session,
        session.request(
            request.method,
            request.url,
            data=request.body,
            # Nothing is decompressed here.
            headers={"accept-encoding": "identity", **request.headers},
            allow_redirects=False,
        ) as response,
    ):
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > request.max_bytes:
                response.close()
                message = f"more than {request.max_bytes:,} bytes"
                raise ResponseTooLarge(message)
    return response.status, bytes(content)
