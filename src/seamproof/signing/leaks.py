"""
Finds the right signature of a forged request, or the secret, in the response to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.signing.encodings import decoded_texts, encodings_of
from seamproof.signing.signature import HEADERS, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.signing.secret import Secret

#: What handlers sign in the place of a header that is missing.
_MISSING: Final = ("", "None", "null", "undefined")
#: White space, as it stands between numbers.
_SPACE: Final = re.compile(r"\s+")


def find_leak(sent: Iterable[tuple[str, str]], body: bytes, response: str, secret: Secret) -> str:
    """
    Find what nobody but the handler and Seam may know in the response to a forged request.

    What the request itself contains may be repeated.

    Args:
        sent: The headers of the request.
        body: Its body.
        response: Headers and body of the response, a character for each byte.
        secret: The one that the handler knows.

    Returns:
        What was found; empty if nothing was.
    """
    if not response:
        return ""
    headers = {name.lower(): value for name, value in sent}
    known = " ".join(headers.values())
    texts = [*decoded_texts(response), _SPACE.sub("", response)]
    for what, raw in _confidential(headers, body, secret):
        for text in encodings_of(raw).values():
            if text not in known and any(text in one for one in texts):
                return what
    return ""


def _confidential(
    headers: dict[str, str], body: bytes, secret: Secret
) -> Iterator[tuple[str, bytes]]:
    """
    List what may not be in a response, with a description.
    """
    yield "the secret", secret.key
    yield "the secret", secret.reveal().encode()
    message_id, timestamp, _ = (headers.get(name) for name in HEADERS)
    for absent in _MISSING if None in (message_id, timestamp) else ("",):
        yield (
            "the right signature",
            digest(
                secret.key,
                absent if message_id is None else message_id,
                absent if timestamp is None else timestamp,
                body,
            ),
        )
