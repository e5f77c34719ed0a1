"""
Rows as they are written to the database: the names of the fields are those of the columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.mock_server.model.records import Message

if TYPE_CHECKING:
    from seamproof.mock_server.model.pending import PendingDelivery
    from seamproof.mock_server.model.records import DeliveryKind, DeliveryState

#: The attributes of a message that are columns of the same name, which are all but its faults.
MESSAGE_COLUMNS: Final = tuple(name for name in Message._fields if name != "faults")


class DeliveryRow(NamedTuple):
    """
    A row of the table `sendings`: the delivery of a message to an endpoint.

    Attributes:
        message: Number of the message.
        endpoint: Number of the endpoint.
        due_at: When the next attempt is due; None unless the delivery is pending.
        faults: Names of the faults to inject, separated by commas.
    """

    number: int
    message: int
    endpoint: int
    kind: DeliveryKind
    counts: bool
    state: DeliveryState
    attempts: int
    due_at: float | None
    faults: str

    @classmethod
    def of(
        cls,
        delivery: PendingDelivery,
        endpoint: int,
        *,
        state: DeliveryState = "pending",
        due_at: float | None,
    ) -> DeliveryRow:
        """
        Make the row of a delivery in its present state.
        """
        return cls(
            number=delivery.number,
            message=delivery.message.number,
            endpoint=endpoint,
            kind=delivery.kind,
            counts=delivery.counts,
            state=state,
            attempts=delivery.attempts,
            due_at=due_at,
            faults=",".join(delivery.faults),
        )


class AttemptRow(NamedTuple):
    """
    A row of the table `attempts`, without its number, which is assigned as it is written.

    Attributes:
        message: Number of the message.
        endpoint: Number of the endpoint.
        request_headers: As JSON.
        request_body: None if it is the body of the message.
        response_headers: As JSON.
    """

    message: int
    endpoint: int
    url: str
    kind: DeliveryKind
    ordinal: int
    at: float
    request_headers: str
    request_body: bytes | None
    status: int | None
    response_headers: str
    response_body: bytes
    milliseconds: float
    reason: str
    fault: str
    next_at: float | None
