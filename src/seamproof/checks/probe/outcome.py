"""
What a response says: rejected, or a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.statuses import CLIENT_ERROR, SERVER_ERROR

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Received


def is_rejected(received: Received) -> bool:
    """
    Whether the handler rejected the request: 4xx.
    """
    return received.status in CLIENT_ERROR


def is_crash(received: Received) -> bool:
    """
    Whether the handler itself failed: an escaped exception, 5xx, or no response at all.
    """
    silent = received.status is None
    return silent or received.escaped is not None or received.status in SERVER_ERROR
