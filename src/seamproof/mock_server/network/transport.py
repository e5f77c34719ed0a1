"""
The HTTP/1.1 transport: sends a request to an endpoint and reads the response.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

import aiohttp

from seamproof.formats import clean_text
from seamproof.mock_server.network.descriptors import is_own_fault, report_shortage
from seamproof.mock_server.network.outcome import reason_against
from seamproof.mock_server.network.resolver import AddressRefused, PolicyResolver
from seamproof.mock_server.network.response_limits import LimitedConnector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from seamproof.mock_server.network.address_policy import AddressPolicy
    from seamproof.mock_server.network.resolver import Address

#: Bytes of a response's body that are recorded, and that are read at most.
KEPT: Final = 4096
_DRAINED: Final = 65_536

#: Bytes of a header of a response, which may hold a long policy or cookie.
_MAX_FIELD: Final = 65_536

#: Characters of a parser's message that a reason quotes.
_QUOTED: Final = 120

#: Seconds to wait for the body of a response after its headers.
_BODY: Final = 5.0

#: Seconds until an idle connection is closed. Servers close theirs later; otherwise one could
#: close a connection just as the next attempt is sent.
_KEEP_ALIVE: Final = 1.0

#: Seconds until a request is tried again for which this machine had no file descriptor.
_OWN_FAULT_PAUSE: Final = 0.5


class SendResult(NamedTuple):
    """
    The result of a request.

    Attributes:
        status: The HTTP status; None without a response.
        headers: In lower case, several of one name joined by a comma.
        body: Its first 4 kB, or as much as the transport keeps.
        milliseconds: Until the headers of the response, or until the failure.
        reason: Why it does not count as delivered; empty when it does.
        timed_out: Whether the failure is a time-out.
        raw_headers: The headers as they were received.
        whole: Whether the body is complete.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    milliseconds: float
    reason: str
    timed_out: bool = False
    raw_headers: Sequence[tuple[bytes, bytes]] = ()
    whole: bool = True


def open_session(
    connector: aiohttp.BaseConnector,
    *,
    timeout: float | None = None,
    connect_timeout: float | None = None,
    skip_auto_headers: Sequence[str] = (),
    trace: aiohttp.TraceConfig | None = None,
) -> aiohttp.ClientSession:
    """
    Open a session without cookies, proxies of the environment and decompression.

    Args:
        connector: Opens its connections.
        timeout: Seconds for a whole request; None for no limit.
        connect_timeout: Seconds until its connection is open; None for no limit.
        skip_auto_headers: Headers that are sent only if a request has them.
        trace: Observes its connections.
    """
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=timeout, connect=connect_timeout),
        skip_auto_headers=skip_auto_headers,
        trace_configs=None if trace is None else [trace],
        max_line_size=_MAX_FIELD,
        max_field_size=_MAX_FIELD,
    )


class Transport:
    """
    Sends requests over one session of aiohttp, without following redirects.

    Args:
        timeout: Seconds from the start of a request until the headers of its response.
        policy: Where it may send to. It is applied to the address of every connection.
        trusted: Whose certificates are trusted; by default those that the system trusts.
        trace: Observes its connections.
        kept: Bytes of a response's body that are kept.
        skip_auto_headers: Headers that are sent only if a request has them.
    """

    def __init__(
        self,
        timeout: float,
        policy: AddressPolicy,
        *,
        trusted: ssl.SSLContext | None = None,
        trace: aiohttp.TraceConfig | None = None,
        kept: int = KEPT,
        skip_auto_headers: Sequence[str] = ("accept-encoding",),
    ) -> None:
        self.timeout = timeout
        self._kept = kept
        self._trusted = True if trusted is None else trusted
        self._resolver = PolicyResolver(policy)
        connector = LimitedConnector(
            limit=0,
            use_dns_cache=False,
            resolver=self._resolver,
            keepalive_timeout=_KEEP_ALIVE,
            ssl=self._trusted,
        )
        self._session = open_session(connector, skip_auto_headers=skip_auto_headers, trace=trace)

    async def connect(self, address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """
        Open a plain connection to an address that the policy allows.

        Raises:
            OSError: It cannot be opened.
        """
        url = address.url
        if address.refusal:
            raise AddressRefused(address.refusal)
        host, port = url.host or "", url.port or 0
        found = await self._resolver.resolve(host, port, socket.AF_UNSPEC)
        where = found[0]["host"]
        if url.scheme != "https":
            return await asyncio.open_connection(where, port)
        return await asyncio.open_connection(where, port, ssl=self._trusted, server_hostname=host)

    async def close(self) -> None:
        """
        Close every connection.
        """
        await self._session.close()

    async def post(
        self,
        address: Address,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes],
    ) -> SendResult:
        """
        Post a body and wait for the response. A failure is a result too, not an error.

        Where this machine cannot open a connection, that is no failure of the receiver: the
        request is sent as soon as it can.

        Args:
            address: Where to send to.
            headers: In addition to Host and Content-Length.
            body: The bytes, or pieces of them with pauses in between.
        """
        while True:
            try:
                return await self._post(address, headers, body)
            except _OwnFault:
                report_shortage()
                await asyncio.sleep(_OWN_FAULT_PAUSE)

    async def _post(
        self, address: Address, headers: Mapping[str, str], body: bytes | AsyncIterator[bytes]
    ) -> SendResult:
        begun = perf_counter()
        if address.refusal:
            return _failure(begun, address.refusal)
        timer = _Timer(self.timeout)
        try:
            response = await self._session.post(
                address.url, data=body, headers=headers, allow_redirects=False
            )
        except asyncio.CancelledError:
            if not timer.expired:
                raise
            reason = f"no answer within {self.timeout:g} s"
            return _failure(begun, reason, timed_out=True)
        except Exception as problem:
            if is_own_fault(problem):
                raise _OwnFault from problem
            return _failure(begun, explain(problem))
        finally:
            timer.stop()
        milliseconds = (perf_counter() - begun) * 1000
        start, broken, whole = await _read(response, self._kept)
        status, received = response.status, read_headers(response)
        reason = reason_against(status, received.get("location")) or broken
        return SendResult(
            status,
            received,
            start,
            milliseconds,
            reason,
            raw_headers=response.raw_headers,
            whole=whole,
        )


class _OwnFault(Exception):
    """
    A connection that this machine cannot open.
    """


class _Timer:
    """
    Cancels the current task once, after some seconds.

    `asyncio.timeout` does the same at several times the cost.
    """

    __slots__ = ("_handle", "_task", "expired")

    def __init__(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task(loop)
        self._handle = loop.call_later(seconds, self._expire)
        self.expired = False

    def _expire(self) -> None:
        self.expired = True
        if self._task is not None:
            self._task.cancel()

    def stop(self) -> None:
        """
        Stop the timer.
        """
        self._handle.cancel()
        if self.expired and self._task is not None:
            self._task.uncancel()


def _failure(begun: float, reason: str, *, timed_out: bool = False) -> SendResult:
    return SendResult(None, {}, b"", (perf_counter() - begun) * 1000, reason, timed_out)


async def _read(response: aiohttp.ClientResponse, kept: int) -> tuple[bytes, str, bool]:
    """
    Read the start of a response's body, and a little more, so that the connection can be reused.

    The status alone decides: a body that stalls or never ends changes nothing. A body that breaks
    off is a failure, because the response is incomplete.

    Returns:
        The start of the body, why the response is incomplete (empty if it is complete), and
        whether the start is the whole body.
    """
    content = response.content
    if content.at_eof():
        response.release()
        return b"", "", True
    start, size = bytearray(), 0
    with suppress(TimeoutError):
        try:
            async with asyncio.timeout(_BODY):
                while size < max(_DRAINED, kept + 1) and (piece := await content.readany()):
                    size += len(piece)
                    start += piece[: kept - len(start)]
        except (aiohttp.ClientError, OSError) as problem:
            if not isinstance(problem, TimeoutError):
                response.close()
                return bytes(start), f"the answer broke off: {explain(problem)}", False
    whole = content.at_eof()
    if whole:
        response.release()
    else:
        response.close()
    return bytes(start), "", whole and size <= kept


def read_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """
    Read the headers of a response, several of one name joined by a comma.
    """
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        lower, text = clean_text(name.lower()), clean_text(value)
        headers[lower] = f"{headers[lower]}, {text}" if lower in headers else text
    return headers


def explain(problem: Exception) -> str:
    """
    Explain in plain words why there is no response.
    """
    cause = getattr(problem, "os_error", problem)
    for candidate in (problem, cause, problem.__cause__, problem.__context__):
        if isinstance(candidate, AddressRefused):
            return str(candidate)
    return clean_text(_describe(problem))


def _describe(problem: Exception) -> str:
    match problem:
        case aiohttp.ClientConnectorCertificateError():
            return f"TLS failed, the certificate is not trusted: {problem.certificate_error}"
        case aiohttp.ServerDisconnectedError():
            return "the connection broke: the handler hung up without an answer"
        case aiohttp.ClientPayloadError():
            return "it is not whole: it ends before its length"
        case aiohttp.ClientResponseError():
            message = problem.message.strip().partition("\n")[0].rstrip(":")
            return f"the answer is not HTTP: {message[:_QUOTED]}"
        case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            words = "TLS failed"
        case aiohttp.ClientConnectorDNSError():
            words = "no connection, the name is not known"
        case aiohttp.ClientConnectorError():
            words = "no connection"
        case aiohttp.InvalidURL():
            words = "the URL cannot be sent to"
        case _:
            words = "the connection broke"
    number = getattr(problem, "errno", None) or 0
    # asyncio puts the address where the system's own words are expected.
    detail = f"[Errno {number}] {os.strerror(number)}" if number > 0 else ""
    detail = detail or getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
    return f"{words}: {detail}"
