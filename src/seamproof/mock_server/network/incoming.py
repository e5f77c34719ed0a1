"""
Requests that come in: their bodies, and whether a web page of another site has caused them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Receive

#: The largest body of a request, in bytes.
MAX_BODY: Final = 1_000_000

#: Bytes of a body that are read when it is too large, so that its sender gets the response
#: instead of a connection that is reset.
_DRAINED: Final = 64 * MAX_BODY

#: The values of `Sec-Fetch-Site` of a request that no other site has caused.
_OWN_SITE: Final = frozenset({"same-origin", "none"})


class BodyTooLarge(Exception):
    """
    A body over the limit; the message says how large it is.
    """


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


async def read_body(receive: Receive, headers: Headers) -> bytes | None:
    """
    Read a whole body.

    Returns:
        The body, or None when the client has disconnected.

    Raises:
        BodyTooLarge: It is over the limit.
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
        raise BodyTooLarge(what)
    return b"".join(kept)
