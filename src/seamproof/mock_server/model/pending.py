"""
Pending work: events before they are stored, and deliveries that wait for an attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.model.records import DeliveryKind, Message


class PreparedEvent(NamedTuple):
    """
    An event that is ready to be stored as a message.

    Attributes:
        event_id: As in the event; empty if it has none.
        event_type: As in the event.
        body: The exact bytes.
        listed_at: `created_at` of the event, by which events are listed, in seconds since
            the epoch.
        payload: The event as parsed, which changes the records that it speaks of.
    """

    event_id: str
    event_type: str
    body: bytes
    listed_at: float
    payload: JsonMapping


@dataclass(slots=True, eq=False)
class PendingDelivery:
    """
    The delivery of a message to one endpoint, while it waits for its next attempt.

    Attributes:
        number: Identifies the delivery in the database.
        message: The message to deliver.
        kind: Why it is sent.
        counts: Whether the message's status depends on it.
        attempts: How many attempts have been made.
        due_at: When the next attempt is due, in seconds since the epoch.
        faults: Names of the faults to inject.
    """

    number: int
    message: Message
    kind: DeliveryKind
    counts: bool
    attempts: int
    due_at: float
    faults: tuple[str, ...] = ()
