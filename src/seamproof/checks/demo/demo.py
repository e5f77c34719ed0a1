"""
The demonstration: genuine deliveries and forged ones, and what each proves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.events import Attempt, Delivery, Event, mint_message_id
from seamproof.signing import HEADERS, Secret, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_STALE: Final = 600


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One delivery of the demonstration.

    Attributes:
        sent: What was sent, in words.
        event_type: Of which event.
        attempt: What came back.
        wanted: The statuses that a good handler answers with.
        proves: What it proves when it does.
    """

    sent: str
    event_type: str
    attempt: Attempt
    wanted: range
    proves: str

    @property
    def good(self) -> bool:
        """
        Whether the handler answered as a good one does.
        """
        return self.attempt.status in self.wanted


ACCEPTED: Final = range(200, 300)
REFUSED: Final = range(400, 500)


def demonstrate(
    events: Iterable[Event],
    secret: Secret,
    send: Callable[[Delivery], Attempt],
    *,
    now: float,
) -> Iterator[Outcome]:
    """
    Send each event signed, then the last one tampered with, stale and unsigned.

    Args:
        events: At least one.
        secret: The one that the handler knows.
        send: Sends a delivery.
        now: Seconds since the epoch.
    """
    delivery = None
    for event in events:
        delivery = sign(event.body, secret, message_id=mint_message_id(now), timestamp=int(now))
        kind = event.event_type or ""
        yield Outcome("signed", kind, send(delivery), ACCEPTED, "it is taken as it comes from Seam")
    if delivery is None:
        return
    for sent, forge, proves in FORGERIES:
        forged = forge(delivery, secret)
        yield Outcome(sent, kind, send(forged), REFUSED, proves)


def _tampered(delivery: Delivery, _: Secret) -> Delivery:
    return replace(delivery, body=delivery.body + b" ")


def _stale(delivery: Delivery, secret: Secret) -> Delivery:
    earlier = delivery.timestamp - _STALE
    return sign(delivery.body, secret, message_id=delivery.message_id, timestamp=earlier)


def _unsigned(delivery: Delivery, _: Secret) -> Delivery:
    kept = {name: value for name, value in delivery.headers.items() if name not in HEADERS}
    return replace(delivery, headers=kept)


#: What is sent, how it is made, and what a refusal proves.
FORGERIES: Final[tuple[tuple[str, Callable[[Delivery, Secret], Delivery], str], ...]] = (
    ("tampered", _tampered, "the body is covered by the signature"),
    ("stale (10 min)", _stale, "a recorded delivery cannot be replayed"),
    ("unsigned", _unsigned, "nobody but Seam is listened to"),
)
