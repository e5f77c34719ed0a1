"""
Sending over geventhttpclient: one signed attempt, its status, and its reason in Seam's terms.

Only a process that runs Locust imports this module.
"""

from __future__ import annotations

import base64
import errno
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import gevent.ssl
from geventhttpclient.client import HTTPClient
from geventhttpclient.header import Headers
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError

from seamproof.errors import TargetUnreachable
from seamproof.mock_server.model.retry_schedule import TIMEOUTS, read_retry_after
from seamproof.mock_server.network.address_policy import check_target, parse_address, parse_url
from seamproof.mock_server.network.outcome import reason_against
from seamproof.signing.secret import parse_secrets
from seamproof.signing.signature import HEADERS, signature_header
from seamproof.statuses import SUCCESS
from seamproof.version import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.signing import Secret

#: Seconds until an attempt without a response fails.
TIMEOUT: Final = TIMEOUTS["cloud"]
#: Connections of one worker; further attempts wait for one.
CONNECTIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """
    The result of an attempt.

    Attributes:
        status: The HTTP status; 0 if there was no response.
        reason: Why it does not count as delivered; empty if it does.
        seconds: From the start of the attempt to the end of the response.
        length: Bytes of the body of the response.
        timed_out: Whether the response did not come within Seam's time-out.
        reached: Whether a connection to the handler was opened.
        retry_after: Seconds after which the handler requests a retry, if it does.
    """

    status: int
    reason: str
    seconds: float
    length: int = 0
    timed_out: bool = False
    reached: bool = True
    retry_after: float | None = None


class NotDelivered(Exception):
    """
    An attempt that Seam counts as failed; Locust lists it by its text.
    """


class SignedSender:
    """
    Signs messages at the moment of sending, and posts them to a handler.

    Connections are kept open. Redirects are not followed, cookies not kept, as Seam does.

    Args:
        url: The handler.
        secrets: Of the handler; during a rotation several, the current one first.
        allow_remote: Whether the user allows another machine.
        timeout: Seconds until an attempt without a response fails.
        connections: The most that are open at a time.

    Raises:
        UsageError: A webhook cannot be sent to this URL.
        RemoteTarget: It leads to another machine, which is not allowed.
    """

    def __init__(
        self,
        url: str,
        secrets: Sequence[Secret],
        *,
        allow_remote: bool = False,
        timeout: float = TIMEOUT,
        connections: int = CONNECTIONS,
    ) -> None:
        check_target(url, allow_remote=allow_remote)
        parsed = parse_url(url)
        host, port = parsed.host or "", parsed.port
        self.timeout = timeout
        self._keys = [one.key for one in parse_secrets(secrets)]
        self._path = parsed.raw_path_qs
        # A name that is allowed as a name of this machine must not lead elsewhere later.
        address = host if allow_remote else _loopback_address(host)
        named = f"[{host}]" if ":" in host else host
        default = parsed.is_default_port()
        headers = {"Host": named if default else f"{named}:{port}", "User-Agent": USER_AGENT}
        if parsed.user is not None:
            given = f"{parsed.user}:{parsed.password or ''}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(given).decode()}"
        self._client = HTTPClient(
            address,
            port,
            headers=Headers(headers),
            connection_timeout=timeout,
            network_timeout=timeout,
            concurrency=connections,
            ssl=parsed.scheme == "https",
            # A handler under load on this machine has a certificate of its own making.
            ssl_options={"server_hostname": host} if parsed.scheme == "https" else None,
            ssl_context_factory=gevent.ssl.create_default_context if allow_remote else _unverified,
        )

    def send(self, message_id: str, body: bytes) -> Sent:
        """
        Sign and send one attempt, and wait for the response.
        """
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            HEADERS[0]: message_id,
            HEADERS[1]: str(timestamp),
            HEADERS[2]: signature_header(self._keys, message_id, timestamp, body),
        }
        started = time.perf_counter()
        try:
            response = self._client.request("POST", self._path, body, headers)
            try:
                length = len(response.read())
            finally:
                response.release()
        except (OSError, HTTPConnectionClosed, HTTPParseError) as problem:
            return _failed(problem, time.perf_counter() - started, self.timeout)
        seconds = time.perf_counter() - started
        status = int(response.status_code)
        if seconds > self.timeout:
            return Sent(status, _too_late(self.timeout), seconds, length, timed_out=True)
        if status in SUCCESS:
            return Sent(status, "", seconds, length)
        retry_after = read_retry_after(_text(response.get("retry-after")) or "", time.time())
        reason = reason_against(status, _text(response.get("location")))
        return Sent(status, reason, seconds, length, retry_after=retry_after)

    def close(self) -> None:
        """
        Close the connections.
        """
        self._client.close()


def _unverified() -> gevent.ssl.SSLContext:
    context = gevent.ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = gevent.ssl.CERT_NONE
    return context


def _loopback_address(host: str) -> str:
    """
    Resolve a name of this machine once.

    Raises:
        TargetUnreachable: It has no address.
    """
    import socket

    if parse_address(host) is not None:
        return host
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as problem:
        what = f"the host has no address: {problem}"
        raise TargetUnreachable(what, where=host) from problem
    # Servers for development bind to 127.0.0.1, which is what `localhost` means to them.
    ordered = sorted(found, key=lambda one: one[0] != socket.AF_INET)
    return str(ordered[0][4][0])


def _text(values: str | list[str] | None) -> str | None:
    """
    Return the value of a header, the first if it is there several times.
    """
    return values[0] if isinstance(values, list) else values


def _too_late(timeout: float) -> str:
    return f"no response within {timeout:g} s, Seam's time-out"


def _failed(problem: Exception, seconds: float, timeout: float) -> Sent:
    number = getattr(problem, "errno", None)
    if isinstance(problem, TimeoutError) or seconds >= timeout:
        return Sent(0, _too_late(timeout), seconds, timed_out=True)
    if number in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH):
        return Sent(0, "nothing answers: the connection is refused", seconds, reached=False)
    if isinstance(problem, HTTPConnectionClosed) or number in (errno.ECONNRESET, errno.EPIPE):
        return Sent(0, "the connection was closed without a response", seconds)
    if isinstance(problem, HTTPParseError):
        return Sent(0, "the response is not HTTP", seconds)
    text = f"the request failed: {type(problem).__name__}: {getattr(problem, 'strerror', problem)}"
    return Sent(0, text, seconds, reached=False)
