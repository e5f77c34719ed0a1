"""
What the checks of a run have found out so far, in named fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from seamproof.checks.model.observation import Liveness
from seamproof.checks.probe.exchanges import Exchanges
from seamproof.checks.probe.sending.answer_log import AnswerLog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.observation import Observation
    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.probe.sending.limits import Look
    from seamproof.json_types import JsonObject
    from seamproof.strategies import Presence


class Cause(NamedTuple):
    """
    What two requests that show the same bug have in common, besides their event type.

    Attributes:
        answer: The exception with its place, or the status.
        reason: What provoked it, as far as the answer shows.
        description: In what the event differs from a plain one, where the reason names no property.
    """

    answer: str
    reason: str
    description: str = ""


class PlannedForgery(NamedTuple):
    """
    A forgery that a check sends.

    Attributes:
        recipe: How it is forged.
        age: Seconds by which its timestamp lies before the clock.
        after_original: Whether the genuine delivery that it was made of comes before it.
    """

    recipe: str
    age: int = 0
    after_original: bool = False


class PropertyValue(NamedTuple):
    """
    A property with a kind of value.
    """

    name: str
    kind: str


class Vocabulary(NamedTuple):
    """
    The words of an event type.

    Attributes:
        names: Of its properties, those inside of others as well.
        words: The same, and the values of its enums.
    """

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


@dataclass
class ReportedFailures:
    """
    The failures that were reported so far; `probe.findings` reads and fills it.

    Attributes:
        causes: The event type, the cause and the severity of each failure.
        specific: The causes that name their property, for all event types.
        values: The properties with the kinds of values that were not accepted, and the severity.
        met_again: The causes that the current check met and that had been reported before it.
    """

    causes: set[tuple[str | None, Cause, Severity]] = field(default_factory=set)
    specific: set[Cause] = field(default_factory=set)
    values: dict[PropertyValue, Severity] = field(default_factory=dict)
    met_again: set[Cause] = field(default_factory=set)


class Blame(NamedTuple):
    """
    A property whose value was rejected.

    Attributes:
        request: With the value.
        received: Its response.
        name: Of the property.
        has_enum: Whether another value of its enum is accepted: then a check of its own reports it.
    """

    request: Request
    received: Received
    name: str
    has_enum: bool


@dataclass(frozen=True, slots=True)
class Repair:
    """
    How the plain event of a type was repaired.

    Attributes:
        event: The event that is accepted; None if none was found.
        blamed: What was rejected, as far as it was found.
    """

    event: JsonObject | None
    blamed: tuple[Blame, ...]


@dataclass(frozen=True, slots=True)
class PlainDelivery:
    """
    How the plain event of a type was received.

    Attributes:
        presence: Which optional properties it needs to be accepted; None if it never is.
        failed: The first request that was not accepted, and the response.
        repair: How the event was repaired, where it is accepted with no optional properties either.
    """

    presence: Presence | None
    failed: tuple[Request, Received] | None
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class SentTwice:
    """
    Messages that were delivered twice; the second delivery has changed nothing so far.

    Attributes:
        firsts: The first deliveries, of one event type each.
        state: The state after the second ones.
        sent_at: When these were sent, by `time.monotonic`.
        read_at: When the state was read.
        is_done: Whether nothing in this process was at work then, or could begin to be.
    """

    firsts: tuple[Request, ...]
    state: Snapshot
    sent_at: float
    read_at: float
    is_done: bool


@dataclass(frozen=True, slots=True)
class ServerOverlap:
    """
    What was seen of how a server handles requests that come at once.

    Attributes:
        seen: Whether it handles several at a time; None where that cannot be seen.
        alone: How long a delivery takes alone, in milliseconds.
        at_once: How long several take that are sent at once, from the first to the last answer.
    """

    seen: bool | None
    alone: float = 0.0
    at_once: float = 0.0


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
        sent_together: Forgeries with their responses, after the control of all of them; None before
            they are sent. Owned by `battery.signature.batch`.
        forgeries: The recipe and the age of each kind of forgery that was sent. Owned by
            `probe.probe`.
        leaks: The forgeries whose response has the right signature or the secret in it. Owned by
            `probe.probe`.
        reencoded_rejected: Whether the handler rejects plain text in other bytes; None while
            unknown. Owned by `probe.known_failures.reencoding`.
        examples_set_aside: Documented examples that were rejected for something that another
            check reports. Owned by `battery.payload.contract`.
        repaired_in_vain: By answer, how many event types could not be repaired. Owned by
            `probe.failures.repair`.
        vocabularies: By event type; owned by `probe.failures.reasons`.
        early_deliveries: Messages to deliver again later, each with when it was delivered, by
            `time.monotonic`. Owned by `battery.delivery.forgotten`.
        sent_twice: By the age of the first delivery, messages to look at again at the end. Owned by
            `battery.delivery.second_effects`.
        server_overlap: How a server handles requests at once; None before it was measured. Owned by
            `probe.server_overlap`.
        equal_cycles: Life cycles that end the same in the orders of a quick pass. Owned by
            `battery.delivery.order`.
        observation: What is known about the handler's state; None before the calibration. Owned
            by `checks.state`.
        exchanges: Since the handler was last known to work; owned by `probe.probe`.
        answers: To each request; owned by `probe.probe`.
        liveness: Owned by `state.liveness`.
    """

    reported: ReportedFailures = field(default_factory=ReportedFailures)
    plain_deliveries: dict[str, PlainDelivery] = field(default_factory=dict)
    proved_rejections: set[Look] = field(default_factory=set)
    sent_together: Mapping[PlannedForgery, tuple[tuple[Request, ...], Received]] | None = None
    forgeries: set[tuple[str, int]] = field(default_factory=set)
    leaks: list[tuple[Request, Received]] = field(default_factory=list)
    reencoded_rejected: bool | None = None
    examples_set_aside: list[tuple[Request, Received]] = field(default_factory=list)
    repaired_in_vain: dict[str, int] = field(default_factory=dict)
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    early_deliveries: list[tuple[Request, float]] = field(default_factory=list)
    sent_twice: dict[int, SentTwice] = field(default_factory=dict)
    server_overlap: ServerOverlap | None = None
    equal_cycles: set[str] = field(default_factory=set)
    observation: Observation | None = None
    exchanges: Exchanges = field(default_factory=Exchanges)
    answers: AnswerLog = field(default_factory=AnswerLog)
    liveness: Liveness = field(default_factory=Liveness)
