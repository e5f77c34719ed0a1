"""
A delivery that was received, and what became known of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.recordings.drift import Deviation
    from seamproof.signing import Verdict


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """
    A request as it was received.

    Attributes:
        at: When, in seconds since the epoch.
        target: Its path and its query.
        headers: In their order; names in lower case.
        body: Byte for byte.
    """

    at: float
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: str) -> str:
        """
        Return the value of a header; empty without one.
        """
        raw = name.encode()
        return next((value.decode("latin-1") for one, value in self.headers if one == raw), "")


@dataclass(frozen=True, slots=True)
class HandlerAnswer:
    """
    The answer to a delivery.

    Attributes:
        status: The HTTP status.
        headers: As they are handed back.
        body: As it is handed back.
        milliseconds: Until the headers of the handler's answer.
        reason: Why the delivery failed, or what is wrong with the answer; empty if all is well.
        is_own: Whether the listener answers, not the handler.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    milliseconds: float = 0.0
    reason: str = ""
    is_own: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    What became known of a delivery.

    Attributes:
        message_id: `svix-id`; empty without one.
        event_type: Of the event; empty if it has none.
        event_id: Of the event; empty if it has none.
        verdict: Whether it is genuine, and why not; None without a secret.
        genuine: Whether its signature is valid, however old it is; None without a secret.
        deviations: How the event deviates from the contract; empty for a forged delivery.
        saved: The new fixture; None if there is none, as for an event that has one already.
        not_saved: Why the event could not be saved; empty if nothing went wrong.
    """

    message_id: str
    event_type: str
    event_id: str
    verdict: Verdict | None
    genuine: bool | None
    deviations: tuple[Deviation, ...] = ()
    saved: Path | None = None
    not_saved: str = ""
