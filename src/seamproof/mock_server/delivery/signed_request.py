"""
Signed requests: the headers and the body of an attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seamproof.signing import signature_header

if TYPE_CHECKING:
    from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
    from seamproof.mock_server.faults.catalogue import Transmission


class SignedRequest(NamedTuple):
    """
    The request of an attempt.

    Attributes:
        headers: Svix's headers and those of the endpoint.
        body: The bytes to send.
        recorded_headers: The headers as JSON, with hidden credentials.
        fault: Names of the injected faults, separated by commas.
        transmission: How it is sent.
    """

    headers: dict[str, str]
    body: bytes
    recorded_headers: str
    fault: str = ""
    transmission: Transmission = "whole"


def sign_request(
    queue: EndpointQueue, message_id: str, body: bytes, *, now: float, timestamp: int
) -> SignedRequest:
    """
    Sign a message for an attempt, as Svix does.

    Args:
        queue: Of the endpoint.
        message_id: `svix-id`.
        body: Of the message.
        now: The clock's time, which decides which secrets sign, in seconds since the epoch.
        timestamp: `svix-timestamp`, whole seconds since the epoch.
    """
    keys = [secret.key for secret in queue.secrets(now)]
    signature = signature_header(keys, message_id, timestamp, body)
    headers = {
        "svix-id": message_id,
        "svix-timestamp": str(timestamp),
        "svix-signature": signature,
        **queue.headers,
    }
    # None of the three contains a character that JSON escapes.
    recorded = (
        f'{{"svix-id": "{message_id}", "svix-timestamp": "{timestamp}",'
        f' "svix-signature": "{signature}", {queue.recorded_headers}'
    )
    return SignedRequest(headers, body, recorded)
