"""
Checks of every request before it is routed: Host, origin, API key, size.
"""

from __future__ import annotations

import hmac
import logging
import socket
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from seamproof.mock_server.api.errors import Refusal, respond
from seamproof.mock_server.network.address_policy import parse_address

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from seamproof.mock_server.api.context import Rules, ServerContext

#: The largest body of a request, in bytes.
MAX_BODY: Final = 1_000_000

#: Bytes of a body that are read when it is too large, so that its sender gets the response
#: instead of a connection that is reset.
_DRAINED: Final = 64 * MAX_BODY

REQUEST_ID: Final = "seam-request-id"
KEY_PREFIX: Final = "seam_"

_LOG: Final = logging.getLogger(__name__)
_LOOPBACK_NAME: Final = "localhost"

#: The values of `Sec-Fetch-Site` of a request that no other site has caused.
_OWN_SITE: Final = frozenset({"same-origin", "none"})


class Guards:
    """
    Passes a request on to the application or refuses it, and gives each response an id.

    Args:
        app: The application behind the guards.
        context: What the application needs of the server, and the rules of the guards.
    """

    def __init__(self, app: ASGIApp, context: ServerContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Guard one request.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        # A response to HEAD is that to GET, of which the server leaves out the body.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        context = replace(self._context, request_id=request_id)
        scope = {**scope, "method": method, "seamproof": context}
        finished = False

        async def send_with_id(message: Message) -> None:
            nonlocal finished
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            finished = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        headers = Headers(scope=scope)
        try:
            check_origin(scope["path"], headers, context.rules)
            body = await _read_body(receive, headers)
        except Refusal as refusal:
            response = await respond(Request(scope), refusal)
            await response(scope, receive, send_with_id)
            return
        if body is None:
            return
        try:
            await self._app(scope, _replay(body, receive), send_with_id)
        except Exception:
            # A bug of the server: the log shows it, the response does not.
            _LOG.exception("request %s failed", request_id)
            if not finished:
                raise


def check_origin(path: str, headers: Headers, rules: Rules) -> None:
    """
    Check where a request comes from, and its API key.

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
    Whether a Host header names this server.

    A web page whose name resolves to this machine (DNS rebinding) sends that name in the header,
    so only the server's own names are accepted. An address cannot be rebound, so a server that is
    not on loopback accepts any address. The hosts of --allow-host do not matter here.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name == _LOOPBACK_NAME:
        return True
    address = parse_address(name)
    if address is not None and address.is_loopback:
        return True
    own_names = {rules.host.lower(), socket.gethostname().lower()}
    return not is_loopback(rules.host) and (address is not None or name in own_names)


def is_own_site(headers: Headers) -> bool:
    """
    Whether a request comes from no web page of another site. Programs send neither header.
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
    Whether a request has the key that its path requires.
    """
    if path == "/health":
        return True
    if rules.api_key is None and f"{path}/".startswith("/mock/"):
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
    Whether a server that is bound to a host can be reached from this machine only.
    """
    address = parse_address(host)
    return host == _LOOPBACK_NAME if address is None else address.is_loopback


async def _read_body(receive: Receive, headers: Headers) -> bytes | None:
    """
    Read a whole body.

    Returns:
        The body, or None when the client has disconnected.

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
        length = headers.get("content-length", "")
        found = f"{length} bytes" if length.isdecimal() else "a larger one"
        what = f"A body may have up to {MAX_BODY:,} bytes; this is {found}."
        raise Refusal(413, what, headers={"connection": "close"})
    return b"".join(kept)


def _replay(body: bytes, receive: Receive) -> Receive:
    """
    Pass on a body that has been read already, then any further message.
    """
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
