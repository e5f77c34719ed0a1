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

from seamproof.mock_server.api import connect_webview
from seamproof.mock_server.api.errors import Refusal, respond
from seamproof.mock_server.network.address_policy import is_loopback, parse_address
from seamproof.mock_server.network.incoming import BodyTooLarge, is_own_site, read_body
from seamproof.mock_server.page.routes import is_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from seamproof.mock_server.api.context import Rules, ServerContext

REQUEST_ID: Final = "seam-request-id"
KEY_PREFIX: Final = "seam_"
#: A browser has a key of its own kind, with which it gets a client session.
PUBLISHABLE_KEY: Final = "seam-publishable-key"

_LOG: Final = logging.getLogger(__name__)
_LOOPBACK_NAME: Final = "localhost"


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
            body = await _read(receive, headers)
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
    if path == connect_webview.PATH:
        return
    if not is_own_site(headers):
        what = "A web page of another site has caused this request."
        raise Refusal(403, what, kind="cross_site_request")
    publishable = f"Bearer {headers.get(PUBLISHABLE_KEY, '')}"
    if not has_key(path, headers.get("authorization", publishable), rules):
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


def has_key(path: str, authorization: str, rules: Rules) -> bool:
    """
    Whether a request has the key that its path requires.
    """
    if path == "/health" or is_page(path):
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


async def _read(receive: Receive, headers: Headers) -> bytes | None:
    try:
        return await read_body(receive, headers)
    except BodyTooLarge as problem:
        raise Refusal(413, str(problem), headers={"connection": "close"}) from problem


def _replay(body: bytes, receive: Receive) -> Receive:
    """
    Pass on a body that has been read already, then any further message.
    """
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
