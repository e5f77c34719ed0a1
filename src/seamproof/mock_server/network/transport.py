"""
Transport: bytes go out to an endpoint over HTTP/1.1, and an answer comes back.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import aiohttp

from seamproof.mock_server.network.outcome import reason_against
from seamproof.mock_server.network.resolver import Address, Judge, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

#: Bytes of an answer's body that are kept, and that are read at all.
KEPT: Final = 4096
_DRAINED: Final = 65_536

#: Seconds that the body of an answer is waited for once its headers are in.
_BODY: Final = 5.0

#: Seconds that an idle connection is kept. Shorter than servers keep theirs, which would
#: otherwise hang up just as the next attempt goes out.
_KEPT_ALIVE: Final = 1.0

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What came of a request.

    Attributes:
        status: The HTTP status; None when no answer came.
        headers: In lower case, several of one name joined by a comma.
        body: Its first 4 kB.
        milliseconds: Until the answer's headers were in, or until it was given up.
        reason: Why it does not count as delivered; empty when it does.
        timed_out: Whether it was given up for that.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    milliseconds: float
    reason: str
    timed_out: bool = False


class Transport:
    """
    Sends requests over one session of aiohttp.

    No redirects, no proxies, no cookies, no content coding. A connection goes to the
    very address that was judged, so that no second look at a name can lead elsewhere.

    Args:
        timeout: Seconds from the start of a request until its answer's headers are in.
        allow_hosts: Hosts other than this machine that may be sent to.
        trusted: Whose certificates are trusted; by default those that the system trusts.
    """

    def __init__(
        self,
        timeout: float,
        allow_hosts: frozenset[str],
        *,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self.timeout = timeout
        self._trusted = True if trusted is None else trusted
        self._judge = Judge(allow_hosts)
        connector = aiohttp.TCPConnector(
            limit=0,
            use_dns_cache=False,
            resolver=self._judge,
            keepalive_timeout=_KEPT_ALIVE,
            ssl=self._trusted,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("accept-encoding",),
        )

    async def connect(self, address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """
        Open a bare connection, to an address that may be sent to.

        Raises:
            OSError: It cannot be opened.
        """
        url = address.url
        if address.refusal:
            raise Refused(address.refusal)
        host, port = url.host or "", url.port or 0
        found = await self._judge.resolve(host, port, socket.AF_UNSPEC)
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
    ) -> Answer:
        """
        Post a body and wait for the answer. A failure is an answer too, not an error.

        Args:
            address: Where to.
            headers: As they are to go out, in addition to Host and Content-Length.
            body: The bytes, or pieces of them with pauses in between.
        """
        begun = perf_counter()
        if address.refusal:
            return _failure(begun, address.refusal)
        timer = _Timer(self.timeout)
        try:
            response = await self._session.post(
                address.url, data=body, headers=headers, allow_redirects=False
            )
        except asyncio.CancelledError:
            if not timer.struck:
                raise
            reason = f"no answer within {self.timeout:g} s"
            return _failure(begun, reason, timed_out=True)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the attempt has failed
            return _failure(begun, explain(problem))
        finally:
            timer.stop()
        milliseconds = (perf_counter() - begun) * 1000
        taken, broken = await _read(response)
        status = response.status
        return Answer(
            status,
            read_headers(response),
            taken,
            milliseconds,
            reason_against(status, response.headers.get("location")) or broken,
        )


class _Timer:
    """
    Cancels the task that it is made in, once, after some seconds.

    `asyncio.timeout` does the same at several times the cost.
    """

    __slots__ = ("_handle", "_task", "struck")

    def __init__(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task(loop)
        self._handle = loop.call_later(seconds, self._strike)
        self.struck = False

    def _strike(self) -> None:
        self.struck = True
        if self._task is not None:
            self._task.cancel()

    def stop(self) -> None:
        """
        Leave the task alone from now on.
        """
        self._handle.cancel()
        if self.struck and self._task is not None:
            self._task.uncancel()


def _failure(begun: float, reason: str, *, timed_out: bool = False) -> Answer:
    return Answer(None, _NOTHING, b"", (perf_counter() - begun) * 1000, reason, timed_out)


async def _read(response: aiohttp.ClientResponse) -> tuple[bytes, str]:
    """
    Read the start of an answer's body, and what little follows, to keep the connection.

    The headers have decided already: a body that stalls or never ends changes nothing.
    One that breaks off was not answered in full, which is a failure.
    """
    content = response.content
    if content.at_eof():
        response.release()
        return b"", ""
    taken, passed = b"", 0
    with suppress(TimeoutError):
        try:
            async with asyncio.timeout(_BODY):
                while passed < _DRAINED and (piece := await content.readany()):
                    passed += len(piece)
                    taken += piece[: KEPT - len(taken)]
        except (aiohttp.ClientError, OSError) as problem:
            if not isinstance(problem, TimeoutError):
                response.close()
                return taken, f"the answer broke off: {explain(problem)}"
    if content.at_eof():
        response.release()
    else:
        response.close()
    return taken, ""


def read_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """
    Take the headers of an answer, several of one name joined by a comma.
    """
    headers: dict[str, str] = {}
    for name, text in response.headers.items():
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {text}" if lower in headers else text
    return headers


def explain(problem: Exception) -> str:
    """
    Say in plain words why no answer came.
    """
    cause = getattr(problem, "os_error", problem)
    for candidate in (problem, cause, problem.__cause__, problem.__context__):
        if isinstance(candidate, Refused):
            return str(candidate)
    for kind, words in _PLAIN:
        if isinstance(problem, kind):
            return f"{words}: {_said(problem)}"
    return f"the connection broke: {_said(problem)}"


#: What kind of trouble it is, the more exact kinds first.
_PLAIN: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ClientConnectorCertificateError, "TLS failed, the certificate is not trusted"),
    (aiohttp.ClientConnectorSSLError, "TLS failed"),
    (ssl.SSLError, "TLS failed"),
    (aiohttp.ClientConnectorDNSError, "no connection, the name is not known"),
    (aiohttp.ClientConnectorError, "no connection"),
    (aiohttp.ServerDisconnectedError, "the connection broke"),
    (aiohttp.ClientPayloadError, "it is not whole"),
    (aiohttp.ClientResponseError, "the answer is no HTTP"),
    (aiohttp.InvalidURL, "the URL cannot be sent to"),
)


def _said(problem: Exception) -> str:
    if isinstance(problem, aiohttp.ClientConnectorCertificateError):
        return str(problem.certificate_error)
    if isinstance(problem, aiohttp.ServerDisconnectedError):
        return "the handler hung up without an answer"
    if isinstance(problem, aiohttp.ClientPayloadError):
        return "it ends before its length"
    if isinstance(problem, aiohttp.ClientResponseError):
        return problem.message
    return str(getattr(problem, "strerror", None) or "") or str(problem) or type(problem).__name__
