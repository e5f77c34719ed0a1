"""
Signatures: HMAC-SHA256 over the message id, the timestamp and the body.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from standardwebhooks.webhooks import hmac_data

from seamproof.events import Delivery
from seamproof.signing.secret import parse_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.signing.secret import Secrets

HEADERS: Final = ("svix-id", "svix-timestamp", "svix-signature")


def digest(key: bytes, message_id: str, timestamp: int | str, body: bytes) -> bytes:
    """
    Compute a signature as bytes.
    """
    return hmac_data(key, f"{message_id}.{timestamp}.".encode(errors="surrogateescape") + body)


def signature_header(
    keys: Iterable[bytes], message_id: str, timestamp: int | str, body: bytes
) -> str:
    """
    Make the value of `svix-signature`: a signature with each key, in this order.
    """
    return " ".join(
        "v1," + base64.b64encode(digest(key, message_id, timestamp, body)).decode() for key in keys
    )


def sign(body: bytes | str, secret: Secrets, *, message_id: str, timestamp: int) -> Delivery:
    """
    Sign a body as Svix signs it.

    Args:
        body: The exact JSON text. A str is encoded as UTF-8.
        secret: One secret, or several during a rotation: the current one first,
            then the old ones. Each adds a signature, in this order.
        message_id: `msg_…`; every attempt of a message has the same.
        timestamp: Whole seconds since the epoch; each attempt has its own.

    Returns:
        The delivery with its headers: `svix-id`, `svix-timestamp`,
        `svix-signature` and `content-type`.

    Raises:
        SecretInvalid: A secret is of another form.
    """
    raw = body.encode() if isinstance(body, str) else body
    keys = [one.key for one in parse_secrets(secret)]
    values = (message_id, str(timestamp), signature_header(keys, message_id, timestamp, raw))
    headers = dict(zip(HEADERS, values, strict=True)) | {"content-type": "application/json"}
    return Delivery(message_id, timestamp, raw, headers)
