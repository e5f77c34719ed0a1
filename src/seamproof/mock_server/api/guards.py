"""
Guards: who may speak to the server, and how much. They stand in front of every route.
"""

from __future__ import annotations

import hmac
import logging
import socket
import uuid
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from seamproof.mock_server.api.errors import TYPES, Refusal, answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bytes of a request's body that are taken.
MAX_BODY: Final = 1_000_000

#: Bytes of a body that is too large which are still read, so that its sender comes to read
#: the answer instead of finding the connection reset.
_DRAINED: Final = 64 * MAX_BODY

REQUEST_ID: Final = "seam-request-id"
KEY_PREFIX: Final = "seam_"

_LOG: Final = logging.getLogger(__name__)
_LOOPBACK_NAME: Final = "localhost"

#: What `Sec-Fetch-Site` says of a request that no other site has caused.
_OWN_SITE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    What the guards go by.

    Attributes:
        host: The address that the server is bound to.
        api_key: The one key that passes, demanded everywhere but at `/health`. Without one, any
            key that begins with `seam_` passes at Seam's API, and `/mock` asks for none.
    """

    host: str = "127.0.0.1"
    api_key: str | None = None


class Guards:
    """
    Lets a request through, or answers it; gives every answer its request id.

    Args:
        app: What stands behind the guards.
        rules: What they go by.
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Guard one request.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        started = False

        async def marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            judge(scope["path"], Headers(scope=scope), self._rules)
            body = await _read(receive, Headers(scope=scope))
            if body is not None:
                # The router raises what it refuses only inside of an application.
                await self._app({**scope, "app": self}, _replay(body, receive), marked)
        except (Refusal, HTTPException) as problem:
            if started:
                raise
            await answer(_refusal(problem, scope), request_id)(scope, receive, marked)
        except Exception:
            # A fault of ours, whatever the request was: it is logged, and not told outside.
            _LOG.exception("request %s failed", request_id)
            if started:
                raise
            fault = Refusal(500, "The mock server failed; its log says why.")
            await answer(fault, request_id)(scope, receive, marked)


def _refusal(problem: Refusal | HTTPException, scope: Scope) -> Refusal:
    """
    Turn what the router refuses into a refusal of our own form.
    """
    if isinstance(problem, Refusal):
        return problem
    status = problem.status_code if problem.status_code in TYPES else 400
    message = f"{problem.detail}: {scope['method']} {scope['path']}"
    return Refusal(status, message, headers=problem.headers)


def judge(path: str, headers: Headers, rules: Rules) -> None:
    """
    Look at where a request comes from and whether it has a key.

    Raises:
        Refusal: 403 for a foreign Host or another site's request, 401 without a key.
    """
    if not is_own_host(headers.get("host", ""), rules):
        what = "The Host header names another server."
        cure = "Use the address that the server is bound to, or the name that --host gave it."
        raise Refusal(403, f"{what} {cure}", kind="foreign_host")
    if not is_own_site(headers):
        what = "A web page of another site has caused this request."
        raise Refusal(403, what, kind="cross_site_request")
    if not has_key(path, headers.get("authorization", ""), rules):
        challenge = {"www-authenticate": "Bearer"}
        raise Refusal(401, "Unauthorized", headers=challenge)


def is_own_host(host: str, rules: Rules) -> bool:
    """
    Whether a Host header means this server.

    A page whose name has been pointed at this machine (DNS rebinding) cannot help giving its
    name. An address can be no such name, so that beyond loopback any address passes. Where
    events may be sent to (--allow-host) has no say in it.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name == _LOOPBACK_NAME:
        return True
    address = _address(name)
    if address is None:
        return not is_loopback(rules.host) and name in _own_names(rules.host)
    return address.is_loopback or not is_loopback(rules.host)


def is_own_site(headers: Headers) -> bool:
    """
    Whether no page of another site stands behind a request. Programs send neither header.
    """
    if headers.get("sec-fetch-site", "none").strip().lower() not in _OWN_SITE:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False


def has_key(path: str, authorization: str, rules: Rules) -> bool:
    """
    Whether a request has the key that its path demands.
    """
    if path == "/health":
        return True
    if rules.api_key is None and _is_control(path):
        return True
    scheme, _, key = authorization.strip().partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer":
        return False
    if rules.api_key is None:
        return key.startswith(KEY_PREFIX)
    return hmac.compare_digest(key.encode(), rules.api_key.encode())


def is_loopback(host: str) -> bool:
    """
    Whether a host that a server is bound to can be reached from this machine alone.
    """
    address = _address(host)
    return host == _LOOPBACK_NAME if address is None else address.is_loopback


def _is_control(path: str) -> bool:
    return path == "/mock" or path.startswith("/mock/")


def _own_names(host: str) -> set[str]:
    return {host.lower(), socket.gethostname().lower()}


def _address(host: str) -> Any:  # noqa: ANN401 - an address of either version
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


async def _read(receive: Receive, headers: Headers) -> bytes | None:
    """
    Read a body whole.

    Returns:
        The body, or None when the client has gone.

    Raises:
        Refusal: 413 for a body over the limit.
    """
    kept, size = [], 0
    more = True
    while more and size <= _DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY:
            kept.append(chunk)
        more = message.get("more_body", False)
    if size > MAX_BODY:
        told = headers.get("content-length", "")
        found = f"{told} bytes" if told.isdecimal() else "a larger one"
        what = f"A body may have up to {MAX_BODY:,} bytes; this is {found}."
        raise Refusal(413, what, headers={"connection": "close"})
    return b"".join(kept)


def _replay(body: bytes, receive: Receive) -> Receive:
    """
    Hand a body on that has been read already, then whatever else comes.
    """
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
