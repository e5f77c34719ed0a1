"""
Whether a response counts as delivered, and the usual cause if it does not.
"""

from __future__ import annotations

from typing import Final

from seamproof.statuses import REDIRECT, SERVER_ERROR, SUCCESS

#: What a status other than 2xx usually means for a webhook.
_HINTS: Final = {
    301: "a trailing slash or https is likely what the path lacks",
    302: "a login page is likely in the way",
    307: "a trailing slash or https is likely what the path lacks",
    308: "a trailing slash or https is likely what the path lacks",
    400: "the handler refuses the request: is its secret the same?",
    401: "the handler refuses the request: is its secret the same?",
    403: "the handler refuses the request: is its secret the same, is CSRF protection off here?",
    404: "nothing is at this path",
    405: "the path does not take POST",
    413: "the handler limits the size of a body",
}


def reason_against(status: int, location: str | None) -> str:
    """
    Explain why a response does not count as delivered; empty for 200-299.

    Args:
        status: The HTTP status.
        location: Where a redirect leads.
    """
    if status in SUCCESS:
        return ""
    what = f"answered {status}, expected 200-299"
    if status in REDIRECT and location is not None:
        what += f"; redirects to {location} are not followed"
    hint = "the handler fails" if status >= SERVER_ERROR.start else _HINTS.get(status, "")
    return f"{what}; {hint}" if hint else what
