"""
Signing: a body becomes a delivery.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from standardwebhooks.webhooks import hmac_data

from seamproof.events import Delivery
from seamproof.signing.secret import read_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.signing.secret import Secrets

HEADERS: Final = ("svix-id", "svix-timestamp", "svix-signature")


def digest(key: bytes, message_id: str, timestamp: int | str, body: bytes) -> bytes:
    """
    Compute the signature's bytes: HMAC-SHA256 over id, timestamp and body.
    """
    return hmac_data(key, f"{message_id}.{timestamp}.".encode(errors="surrogateescape") + body)


def signature_header(
    keys: Iterable[bytes], message_id: str, timestamp: int | str, body: bytes
) -> str:
    """
    Make the value of `svix-signature`: a signature by each key, in that order.
    """
    return " ".join(
        "v1," + base64.b64encode(digest(key, message_id, timestamp, body)).decode() for key in keys
    )


def sign(body: bytes | str, secret: Secrets, *, message_id: str, timestamp: int) -> Delivery:
    """
    Sign a body as Svix signs it.

    Args:
        body: The exact JSON text. A str is taken as UTF-8.
        secret: One secret, or several while a rotation lasts: the current one
            first, then the old ones. Each adds a signature, in that order.
        message_id: `msg_…`: the same for every attempt of a message.
        timestamp: Whole seconds since the epoch, taken anew for each attempt.

    Returns:
        The delivery with its headers: `svix-id`, `svix-timestamp`,
        `svix-signature` and `content-type`.

    Raises:
        SecretInvalid: A secret is not of the right form.
    """
    raw = body.encode() if isinstance(body, str) else body
    keys = [one.key for one in read_secrets(secret)]
    values = (message_id, str(timestamp), signature_header(keys, message_id, timestamp, raw))
    headers = dict(zip(HEADERS, values, strict=True)) | {"content-type": "application/json"}
    return Delivery(message_id, timestamp, raw, headers)
