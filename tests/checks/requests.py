"""
Requests for tests of targets.
"""

from __future__ import annotations

import json
import textwrap
import time
from typing import TYPE_CHECKING, Any

from seamproof.checks.model.exchange import Request
from seamproof.signing import Secret, sign

if TYPE_CHECKING:
    from pathlib import Path

SECRET = Secret.generate(b"the secret of tests".ljust)


def request(
    body: bytes = b"{}", *, method: str = "POST", headers: tuple[tuple[str, str], ...] = ()
) -> Request:
    """
    Make a request that nobody signed.
    """
    return Request(headers=headers, body=body, method=method)


def signed(
    payload: object, message_id: str = "msg_1", *, secret: Secret = SECRET, ago: int = 0
) -> Request:
    """
    Make a genuine request.
    """
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    delivery = sign(body, secret, message_id=message_id, timestamp=int(time.time()) - ago)
    headers = (*delivery.headers.items(), ("Content-Type", "application/json"))
    return Request(headers=headers, body=body)


def event(event_type: str, **properties: Any) -> dict[str, Any]:
    """
    Make an event that is small and good enough.
    """
    standing = {"event_id": "e", "workspace_id": "w", "occurred_at": "2026-01-01T00:00:00.000Z"}
    return {**standing, "event_type": event_type, **properties}


def write(directory: Path, name: str, text: str) -> None:
    """
    Write a module, its text indented as a test likes.
    """
    (directory / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
