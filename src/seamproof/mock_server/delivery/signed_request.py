"""
Requests: what goes out for a sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.signing import signature_header

if TYPE_CHECKING:
    from seamproof.mock_server.delivery.endpoint_queue import Item, Lane


@dataclass(frozen=True, slots=True)
class Request:
    """
    What goes out.

    Attributes:
        headers: All of Svix's and the endpoint's own.
        body: The bytes.
        shown: The headers as JSON, secrets hidden.
        fault: Names of the faults at work, separated by commas.
    """

    headers: dict[str, str]
    body: bytes
    shown: str
    fault: str = ""


def plain_request(lane: Lane, item: Item, at: float, timestamp: int) -> Request:
    """
    Sign a message as Svix does, anew for this attempt.

    Args:
        lane: Where to.
        item: What.
        at: The clock's time, which decides with which secrets.
        timestamp: `svix-timestamp`, whole seconds since the epoch.
    """
    signature = signature_header(lane.keys(at), item.message_id, timestamp, item.body)
    headers = {
        "svix-id": item.message_id,
        "svix-timestamp": str(timestamp),
        "svix-signature": signature,
        **lane.headers,
    }
    # None of the three holds a character that JSON escapes.
    shown = (
        f'{{"svix-id": "{item.message_id}", "svix-timestamp": "{timestamp}",'
        f' "svix-signature": "{signature}", {lane.shown}'
    )
    return Request(headers, item.body, shown)
