"""
The likely mistake when the plain genuine delivery is not accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.statuses import REDIRECT, SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.model.exchange import Received

_LIKELY_KEY: Final = "likely the secret differs from the handler's"
#: By status, what it usually means for a webhook.
_BY_STATUS: Final[Mapping[int, str]] = {
    400: f"{_LIKELY_KEY}, or the handler does not verify the raw body",
    401: f"{_LIKELY_KEY}, or the path requires a login",
    403: f"{_LIKELY_KEY}, or CSRF protection is on for the path",
    404: "likely the path is wrong: give the path of the webhook, or the whole URL",
    405: "likely the path is wrong, or it does not accept POST",
    413: "the handler, or a proxy before it, limits the size of a body",
    415: "the handler does not accept application/json",
    422: "likely the handler's model of the event is stricter than the contract",
    429: "the handler limits the rate of requests",
}


def hint_for(received: Received) -> str:
    """
    Name the likely mistake, from the response to a genuine delivery; empty if there is none.
    """
    if received.escaped is not None:
        return f"the handler raised {received.escaped.kind} at {received.escaped.place}"
    if received.status is None:
        return received.reason
    if received.status in REDIRECT:
        return _redirect(received)
    if b"csrf" in received.body.lower():
        return "CSRF protection is on for the path: exempt it"
    if received.status in SERVER_ERROR:
        return "the handler itself fails: see its log"
    return _BY_STATUS.get(received.status, "")


def _redirect(received: Received) -> str:
    location = received.headers.get("location", "")
    path = location.partition("://")[2].partition("/")[2] or location
    if location.startswith("https://"):
        mistake = "likely the URL has to begin with https"
    elif "login" in path or "signin" in path or "auth" in path:
        mistake = "likely the path requires a login"
    elif path.partition("?")[0].endswith("/"):
        mistake = "likely the path lacks its trailing slash"
    else:
        mistake = "likely the path has a superfluous trailing slash, or is wrong"
    return f"{mistake}: it redirects to {location}, and redirects are not followed"
