"""
What is likely wrong when not even a plain genuine delivery is accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.statuses import REDIRECT, SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.model.exchange import Received

_OTHER_KEY: Final = "likely the secret is another one than the handler's"
#: By status, what it usually means for a webhook.
_HINTS: Final[Mapping[int, str]] = {
    400: f"{_OTHER_KEY}, or the body is not verified as it came in",
    401: f"{_OTHER_KEY}, or the path asks for a login",
    403: f"{_OTHER_KEY}, or CSRF protection is on for the path",
    404: "likely the path is another one: give --path, or the whole URL",
    405: "likely the path is another one, or it does not take POST",
    413: "the handler, or what stands before it, limits the size of a body",
    415: "the handler does not take application/json",
    422: "likely the handler's model of the event is stricter than the contract",
    429: "the handler limits the rate of requests",
}


def likely(received: Received) -> str:
    """
    Say what is likely wrong, by the answer to a genuine delivery.
    """
    if received.escaped is not None:
        return f"the handler raised {received.escaped.kind} at {received.escaped.place}"
    if received.status is None:
        return received.reason
    if received.status in REDIRECT:
        return _redirect(received)
    if b"csrf" in received.body.lower():
        return "CSRF protection is on for the path: exempt it"
    if received.status >= SERVER_ERROR.start:
        return "the handler fails by itself: its log tells more"
    return _HINTS.get(received.status, "")


def _redirect(received: Received) -> str:
    place = received.headers.get("location", "")
    path = place.partition("://")[2].partition("/")[2] or place
    if place.startswith("https://"):
        how = "likely the URL has to begin with https"
    elif "login" in path or "signin" in path or "auth" in path:
        how = "likely the path asks for a login"
    elif path.partition("?")[0].endswith("/"):
        how = "likely the path lacks its trailing slash"
    else:
        how = "likely the path has a trailing slash too many, or is another one"
    return f"{how}: it redirects to {place}, and redirects are not followed"
