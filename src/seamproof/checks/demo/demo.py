"""
The demonstration: sends genuine and forged deliveries and says what each of them proves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.events import Attempt, Delivery, Event, mint_message_id
from seamproof.signing import Secret, sign
from seamproof.signing.forgeries import VARIANTS
from seamproof.statuses import CLIENT_ERROR, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One delivery of the demonstration.

    Attributes:
        sent: How the delivery was signed: `signed`, or the name of a forgery.
        event_type: Of its event.
        attempt: The attempt with its response.
        wanted: The statuses of a correct handler.
        proves: What such a status proves.
    """

    sent: str
    event_type: str
    attempt: Attempt
    wanted: range
    proves: str

    @property
    def good(self) -> bool:
        """
        Whether the handler responded as a correct one does.
        """
        return self.attempt.status in self.wanted


def demonstrate(
    events: Iterable[Event],
    secret: Secret,
    send: Callable[[Delivery], Attempt],
    *,
    now: float,
) -> Iterator[Outcome]:
    """
    Send each event signed, then the last one tampered, stale and unsigned.

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
        yield Outcome("signed", kind, send(delivery), SUCCESS, "a genuine delivery is accepted")
    if delivery is None:
        return
    for sent, variant, proves in FORGERIES:
        forged = VARIANTS[variant].of(delivery, secret)
        yield Outcome(sent, kind, send(forged), CLIENT_ERROR, proves)


#: The name of a forgery in the output, its row in `VARIANTS`, and what a rejection proves.
FORGERIES: Final[tuple[tuple[str, str, str], ...]] = (
    ("tampered", "tampered_body", "the body is covered by the signature"),
    ("stale (10 min)", "stale", "a recorded delivery cannot be replayed"),
    ("unsigned", "unsigned", "an unsigned request is rejected"),
)
