"""
Forwards deliveries to a handler, byte for byte, and takes its answers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from multidict import CIMultiDict
from yarl import URL

from seamproof.mock_server import TIMEOUT
from seamproof.mock_server.network.resolver import Address
from seamproof.mock_server.network.transport import Transport
from seamproof.recordings.listener.delivery import HandlerAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seamproof.mock_server.network.address_policy import AddressPolicy
    from seamproof.mock_server.network.transport import SendResult
    from seamproof.recordings.listener.delivery import ReceivedRequest

#: Bytes of an answer's body that are handed back.
MAX_ANSWER: Final = 1_000_000

#: Headers of one connection (RFC 9110, 7.6.1), and those that each connection has of its own.
_OF_CONNECTION: Final = frozenset(
    {
        *(b"connection", b"content-length", b"expect", b"host", b"keep-alive"),
        *(b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te"),
        *(b"trailer", b"transfer-encoding", b"upgrade"),
    }
)
#: The server that hands an answer back dates it itself.
_OF_SERVER: Final = _OF_CONNECTION | {b"date"}
#: Headers that aiohttp would add to a request without them.
_AUTOMATIC: Final = ("accept", "accept-encoding", "content-type", "user-agent")
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: What a header's value may contain (RFC 9110, 5.5).
_VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_STATUSES: Final = range(200, 1000)
#: Responses with these statuses have no body (RFC 9110, 6.4.1).
_EMPTY: Final = (204, 205, 304)


class Forwarder:
    """
    Sends what was received to the handler.

    Args:
        url: Of the handler. With a path, everything goes there; without one, the path of each
            request is kept.
        policy: Where requests may be sent to.
        timeout: Seconds until the headers of an answer have to be there.
    """

    def __init__(self, url: str, policy: AddressPolicy, timeout: float = TIMEOUT) -> None:
        self._address = Address.of(url, policy)
        self._keeps_path = self._address.url.raw_path in ("", "/")
        self._transport = Transport(timeout, policy, kept=MAX_ANSWER, skip_auto_headers=_AUTOMATIC)

    async def close(self) -> None:
        """
        Close every connection.
        """
        await self._transport.close()

    async def forward(self, request: ReceivedRequest) -> HandlerAnswer:
        """
        Forward a request. A failure is an answer too: 504 after a time-out, otherwise 502.
        """
        try:
            headers = self._headers(request.headers)
        except UnicodeDecodeError:
            return _refusal(400, "a header that is not UTF-8 cannot be forwarded as it is")
        address = Address(self._url(request.target), {}, self._address.refusal)
        result = await self._transport.post(address, headers, request.body)
        return _answer(result)

    def _headers(self, received: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
        pairs = [(name.decode(), value.decode()) for name, value in _lasting(received)]
        headers = CIMultiDict(pairs)
        for name, value in self._address.headers.items():
            headers.setdefault(name, value)
        return headers

    def _url(self, target: str) -> URL:
        url = self._address.url
        if not self._keeps_path or not target.startswith("/"):
            return url
        path, _, query = target.partition("?")
        return URL.build(
            scheme=url.scheme,
            host=url.host or "",
            port=url.port,
            path=path,
            query_string=query,
            encoded=True,
        )


def _lasting(
    headers: Iterable[tuple[bytes, bytes]], dropped: frozenset[bytes] = _OF_CONNECTION
) -> list[tuple[bytes, bytes]]:
    """
    Leave out the headers of the connection, also those that `Connection` names.
    """
    pairs = [(name.lower(), value.strip(b" \t")) for name, value in headers]
    named = {
        one.strip().lower()
        for name, value in pairs
        if name == b"connection"
        for one in value.split(b",")
    }
    return [
        (name, value)
        for name, value in pairs
        if name not in dropped | named and _TOKEN.fullmatch(name) and _VALUE.fullmatch(value)
    ]


def _answer(result: SendResult) -> HandlerAnswer:
    status = result.status
    if status is None:
        return _refusal(504 if result.timed_out else 502, result.reason, result.milliseconds)
    if status not in _STATUSES:
        reason = f"the handler answers with status {status}, which ends no request"
        return _refusal(502, reason, result.milliseconds)
    if status < 300 and result.reason:  # noqa: PLR2004 - 2xx: the answer broke off
        return _refusal(502, result.reason, result.milliseconds)
    cut = "" if result.whole else f"the answer is cut after {len(result.body):,} bytes"
    return HandlerAnswer(
        status,
        tuple(_lasting(result.raw_headers, _OF_SERVER)),
        b"" if status in _EMPTY else result.body,
        result.milliseconds,
        result.reason or cut,
        is_own=False,
    )


def _refusal(status: int, reason: str, milliseconds: float = 0.0) -> HandlerAnswer:
    headers = ((b"content-type", b"text/plain; charset=utf-8"),)
    body = f"seamproof: {reason}\n".encode(errors="replace")
    return HandlerAnswer(status, headers, body, milliseconds, reason)
