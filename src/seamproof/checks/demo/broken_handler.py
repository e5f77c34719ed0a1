"""
A webhook handler with two common bugs, for `seamproof demo --broken`.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from seamproof.json_types import parse_json
from seamproof.signing import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

unlocked: list[str] = []


def handler(body: bytes, headers: Mapping[str, str]) -> int:
    """
    Note which devices were unlocked, and how.
    """
    if not verify(body, headers, os.environ["SEAM_WEBHOOK_SECRET"], now=time.time()):
        return 401
    event = parse_json(body)
    if event["event_type"] == "lock.unlocked":
        # Two bugs: a redelivery is noted again, and the optional device_id may be missing.
        unlocked.append(event["device_id"])
    return 204


def state() -> dict[str, list[str]]:
    """
    Return what the handler has noted.
    """
    return {"unlocked": unlocked}
