"""
What the checks of a run have found out so far, in named fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seamproof.checks.model.observation import Liveness
from seamproof.checks.probe.exchanges import Exchanges

if TYPE_CHECKING:
    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.observation import Observation
    from seamproof.strategies import Presence


@dataclass
class ReportedFailures:
    """
    The failures that were reported so far; `probe.findings` reads and fills it.

    Attributes:
        causes: The event type, the cause and the severity of each failure.
        places: The causes that are exceptions: kind and place.
        properties: By event type, the properties that its failures are about, where only a
            status was seen.
    """

    causes: set[tuple[str | None, str, Severity]] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    properties: dict[str | None, set[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlainDelivery:
    """
    How the plain event of a type was received.

    Attributes:
        presence: Which optional properties it needs to be accepted; None if it never is.
        failed: The first request that was not accepted, and the response.
    """

    presence: Presence | None
    failed: tuple[Request, Received] | None


@dataclass
class RunState:
    """
    What one check found out and others use. Each field has one owner, which alone sets it.

    Attributes:
        reported: Owned by `probe.findings`.
        plain_deliveries: By event type; owned by `probe.presence`.
        proved_rejections: The responses with which the handler rejects requests, each as a
            status and a text without figures, that are proved to be no limiter's. Owned by
            `probe.control`.
        forgeries: The recipe and the age of each kind of forgery that was sent. Owned by
            `probe.probe`.
        leaks: The forgeries whose response has the right signature or the secret in it. Owned by
            `probe.probe`.
        reencoded_rejected: Whether the handler rejects plain text in other bytes; None while
            unknown. Owned by `battery.payload.unicode`.
        examples_set_aside: Documented examples that were rejected for something that another
            check reports. Owned by `battery.payload.contract`.
        fuzz_causes: The causes that fuzzing has found. Owned by `battery.payload.fuzz`.
        observation: What is known about the handler's state; None before the calibration. Owned
            by `checks.state`.
        exchanges: Since the handler was last known to work; owned by `probe.probe`.
        liveness: Owned by `state.liveness`.
    """

    reported: ReportedFailures = field(default_factory=ReportedFailures)
    plain_deliveries: dict[str, PlainDelivery] = field(default_factory=dict)
    proved_rejections: set[tuple[int | None, bytes]] = field(default_factory=set)
    forgeries: set[tuple[str, int]] = field(default_factory=set)
    leaks: list[tuple[Request, Received]] = field(default_factory=list)
    reencoded_rejected: bool | None = None
    examples_set_aside: list[tuple[Request, Received]] = field(default_factory=list)
    fuzz_causes: set[str] = field(default_factory=set)
    observation: Observation | None = None
    exchanges: Exchanges = field(default_factory=Exchanges)
    liveness: Liveness = field(default_factory=Liveness)
