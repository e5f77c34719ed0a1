"""
A good handler as a plain function, with the verification written by hand.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from typing import TYPE_CHECKING, Any

from tests.integration.handlers.records import Records, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 300
records = Records()


def handler(body: bytes, headers: Mapping[str, str]) -> int:
    """
    Verify the bytes as they came, then act on the event; returns a status.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    if not is_genuine(body, lower, time.time()):
        return 401
    try:
        event = json.loads(body)
    except ValueError:
        return 400
    if not isinstance(event, dict):
        return 400
    try:
        records.handle(lower["svix-id"], event)
    except UnavailableError:
        return 503
    return 200


def is_genuine(body: bytes, headers: Mapping[str, str], now: float) -> bool:
    """
    Whether one of the signatures is right, and made within five minutes of now.
    """
    message_id, stamp = headers.get("svix-id"), headers.get("svix-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit()):
        return False
    if abs(now - int(stamp)) > TOLERANCE:
        return False
    secret = os.environ["SEAM_WEBHOOK_SECRET"].removeprefix("whsec_")
    signed = f"{message_id}.{stamp}.".encode() + body
    right = base64.b64encode(hmac.new(base64.b64decode(secret), signed, hashlib.sha256).digest())
    claimed = headers.get("svix-signature", "").encode().split()
    return any(hmac.compare_digest(one, b"v1," + right) for one in claimed)


async def asynchronous(body: bytes, headers: Mapping[str, str]) -> int:
    """
    Do the same without blocking anybody.
    """
    return handler(body, headers)


def state() -> dict[str, Any]:
    """
    Show what the handler keeps.
    """
    return records.state()


def set_broken(broken: bool) -> None:
    """
    Make the database fail, or work again.
    """
    records.set_broken(broken=broken)
