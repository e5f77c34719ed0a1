"""
What the response to a genuine delivery alone shows about why it is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.statuses import REDIRECT, SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.model.exchange import Received

LIKELY_KEY: Final = "likely the secret differs from the handler's"
#: By status, what it usually means for a webhook.
_BY_STATUS: Final[Mapping[int, str]] = {
    400: f"{LIKELY_KEY}, or the handler does not verify the raw body",
    401: f"{LIKELY_KEY}, or the path requires a login",
    403: f"{LIKELY_KEY}, or CSRF protection is on for the path",
    404: "likely the path is wrong: give the path of the webhook, or the whole URL",
    405: "likely the path is wrong, or it does not accept POST",
    413: "the handler, or a proxy before it, limits the size of a body",
    415: "the handler does not accept application/json",
    422: "likely the handler's model of the event is stricter than the contract",
    429: "the handler limits the rate of requests",
}

_CSRF: Final = "CSRF protection is on for the path: exempt it"
_LOGIN: Final = "the path requires a login"


class _Sign(NamedTuple):
    """
    What shows in a response that something before the handler has refused the request.

    Attributes:
        where: `status`, `body` or the name of a header.
        pattern: Of the text there, in any case.
        meaning: What it says.
    """

    where: str
    pattern: str
    meaning: str


_SIGNS: Final = (
    _Sign("body", r"csrf|authenticity.?token|cross.site request forgery", _CSRF),
    _Sign("status", r"419", _CSRF),
    _Sign("www-authenticate", r"basic|bearer|digest|negotiate|token|jwt", _LOGIN),
    _Sign("body", r"""type=["']?password|<title>[^<]*(log ?in|sign ?in)""", _LOGIN),
    _Sign("body", r"not authenticated|authentication credentials were not provided", _LOGIN),
    _Sign("body", r"(log ?in|sign ?in|login|authentication) (is )?required", _LOGIN),
    _Sign(
        "body",
        r"(missing|invalid|no|expired) (access|bearer|session|api|jwt)[ -]?(token|key)",
        _LOGIN,
    ),
    _Sign("body", r"(too many requests|rate limit)", "the handler limits the rate of requests"),
)


def refused_before(received: Received) -> str:
    """
    Name what has refused a request before the handler saw it; empty if nothing shows that.
    """
    if received.status in REDIRECT:
        return _redirect(received)
    texts = {
        "status": str(received.status),
        "body": received.body.decode(errors="replace"),
        **received.headers,
    }
    for sign in _SIGNS:
        if re.search(sign.pattern, texts.get(sign.where, ""), re.IGNORECASE):
            return sign.meaning
    return ""


def hint_for(received: Received) -> str:
    """
    Name the likely mistake, from the response to a genuine delivery; empty if there is none.
    """
    if received.escaped is not None:
        return f"the handler raised {received.escaped.kind} at {received.escaped.place}"
    if received.status is None:
        return received.reason
    if meaning := refused_before(received):
        return meaning
    if received.status in SERVER_ERROR:
        return "the handler itself fails: see its log"
    return _BY_STATUS.get(received.status, "")


def _redirect(received: Received) -> str:
    location = received.headers.get("location", "")
    path = location.partition("://")[2].partition("/")[2] or location
    if re.search(r"log-?in|sign-?in|auth|sso", path, re.IGNORECASE):
        mistake = "likely the path requires a login"
    elif location.startswith("https://"):
        mistake = "likely the URL has to begin with https"
    elif path.partition("?")[0].endswith("/"):
        mistake = "likely the path lacks its trailing slash"
    else:
        mistake = "likely the path has a superfluous trailing slash, or is wrong"
    return f"{mistake}: it redirects to {location}, and redirects are not followed"
