"""
The address of a connect webview, which people open: nobody has to log in, it completes itself.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.errors import Refusal
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.statuses import FOUND, NOT_FOUND

if TYPE_CHECKING:
    from starlette.requests import Request

    from seamproof.json_types import JsonMapping

#: It needs no API key, as at Seam.
PATH: Final = "/connect_webviews/view"
#: Seconds after which a page looks again.
_REFRESH: Final = 1
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors *",
    "referrer-policy": "no-referrer",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8">{refresh}<title>Connect webview</title>
<h1>Connect webview</h1><p>{text}</p></html>
"""
_TEXTS: Final = {
    "pending": "Nobody has to log in: this connect webview completes itself.",
    "authorized": "The login has succeeded. You can close this page.",
    "failed": "The login has failed.",
}


async def view(request: Request) -> Response:
    """
    Show how far a login is; once it has succeeded or failed, redirect to where the webview says.
    """
    given = {"connect_webview_id": request.query_params.get("connect_webview_id", "")}
    try:
        answer = await context_of(request).service.world.call("/connect_webviews/get", given)
    except CallRefused:
        what, kind = "Connect webview not found", "connect_webview_not_found"
        raise Refusal(NOT_FOUND, what, kind=kind) from None
    webview = answer["connect_webview"]
    target = _target(webview)
    if target:
        return RedirectResponse(target, FOUND, headers=_HEADERS)
    waits = webview["status"] == "pending"
    refresh = f'<meta http-equiv="refresh" content="{_REFRESH}">' if waits else ""
    text = escape(_TEXTS.get(webview["status"], webview["status"]))
    return HTMLResponse(_PAGE.format(refresh=refresh, text=text), headers=_HEADERS)


def _target(webview: JsonMapping) -> str:
    """
    Where the browser goes when the login is over; empty while it is not, and for no address.
    """
    name = {"authorized": "custom_redirect_url", "failed": "custom_redirect_failure_url"}
    url = urlsplit(str(webview.get(name.get(webview["status"], "")) or ""))
    if url.scheme not in ("http", "https"):
        return ""
    query = [*parse_qsl(url.query), ("connect_webview_id", webview["connect_webview_id"])]
    return url._replace(query=urlencode(query)).geturl()


ROUTE: Final = Route(PATH, view, methods=["GET"])
