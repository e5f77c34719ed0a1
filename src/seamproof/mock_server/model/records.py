"""
Records of the mock server: endpoints, messages, deliveries and attempts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from seamproof.urls import without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.signing import Secret

#: The state of a delivery. `stopped`: its endpoint was disabled or removed before it succeeded.
DeliveryState: TypeAlias = Literal["pending", "delivered", "failed", "stopped"]

#: The status of a message over all its deliveries; `unmatched`: no endpoint subscribes to it.
MessageStatus: TypeAlias = Literal["pending", "delivered", "failed", "stopped", "unmatched"]

#: Why a message is sent: by the schedule, by request, or as the copy that a fault makes.
DeliveryKind: TypeAlias = Literal["schedule", "resend", "recover", "copy"]


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """
    A fault that was requested for an endpoint or for an emission.

    Attributes:
        name: One of `faults.catalogue.FAULTS`.
        probability: The share of the messages that it applies to.
        count: How many messages it applies to at most; None for no limit.
        seed: Decides which ones; None for the service's own seed.
    """

    name: str
    probability: float = 1.0
    count: int | None = None
    seed: int | str | None = None


@dataclass(frozen=True, slots=True)
class OldSecret:
    """
    A rotated secret, which still signs until its grace period ends.

    Attributes:
        secret: The secret.
        until: When it stops signing, in seconds since the epoch.
    """

    secret: Secret
    until: float


class Health(NamedTuple):
    """
    An endpoint's recent failures, by which it is disabled after five days.

    Attributes:
        failures: When attempts failed during the last 24 hours, thinned out.
        since: When the five days began; None while they have not.
    """

    failures: tuple[float, ...] = ()
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """
    An endpoint that messages are delivered to: a webhook of Seam's API.

    Attributes:
        webhook_id: A UUID.
        url: As it was registered, including a password. `shown_url` has none.
        event_types: The types that it subscribes to; `*` stands for all.
        secret: Signs its messages.
        old_secrets: Rotated secrets whose grace period may still last, the newest first.
        headers: Sent in addition to Svix's own.
        faults: Injected into its deliveries.
        created_at: In seconds since the epoch.
        disabled: Why it is disabled; empty while it is enabled.
        health: Its recent failures.
    """

    webhook_id: str
    url: str = field(repr=False)
    event_types: tuple[str, ...]
    secret: Secret
    created_at: float
    old_secrets: tuple[OldSecret, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    faults: tuple[FaultSpec, ...] = ()
    disabled: str = ""
    health: Health = field(default_factory=Health)

    @property
    def shown_url(self) -> str:
        """
        The URL without the user's name and password.
        """
        return without_credentials(self.url)

    def subscribes_to(self, event_type: str) -> bool:
        """
        Whether the endpoint subscribes to a type.
        """
        return "*" in self.event_types or event_type in self.event_types


class Message(NamedTuple):
    """
    An accepted event, with its exact bytes.

    Attributes:
        number: Identifies its entry in the stream; rises with every message and attempt.
        message_id: `msg_…`, the same for every attempt.
        event_id: As in the event; empty if it has none.
        event_type: As in the event.
        body: The bytes that are signed and sent.
        created_at: When it was accepted, in seconds since the epoch.
        listed_at: `created_at` of the event, or when it was accepted if the event has none.
        faults: The faults that were requested with it.
    """

    number: int
    message_id: str
    event_id: str
    event_type: str
    body: bytes
    created_at: float
    listed_at: float
    faults: tuple[FaultSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageDelivery:
    """
    The delivery of a message to one endpoint.

    Attributes:
        number: Identifies the delivery in the database.
        message_id: Of the message.
        webhook_id: Of the endpoint.
        kind: Why it is sent.
        state: Whether it is pending, or how it ended.
        attempts: How many attempts have been made.
        due_at: When the next attempt is due, in seconds since the epoch; None if none is.
    """

    number: int
    message_id: str
    webhook_id: str
    kind: DeliveryKind
    state: DeliveryState
    attempts: int
    due_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """
    An attempt, with its request and its response. Passwords in it are masked.

    Attributes:
        number: Identifies its entry in the stream; rises with every message and attempt.
        message_id: Of the message.
        event_type: Of the message.
        webhook_id: Of the endpoint.
        url: Of the endpoint, without a password.
        kind: Why the message was sent.
        ordinal: Counts the attempts of a delivery, from 1.
        at: When it was made, in seconds since the epoch.
        request_headers: As sent.
        request_body: As sent.
        status: The HTTP status; None without a response.
        response_headers: As received; values of one name are joined by a comma.
        response_body: Its first 4 kB.
        milliseconds: Until the response's headers were received.
        reason: Why the attempt failed; empty if it succeeded.
        fault: Names of the injected faults, separated by commas.
        next_at: When the next attempt is due; None if none is.
    """

    number: int
    message_id: str
    event_type: str
    webhook_id: str
    url: str
    kind: DeliveryKind
    ordinal: int
    at: float
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int | None
    response_headers: Mapping[str, str]
    response_body: bytes
    milliseconds: float
    reason: str
    fault: str
    next_at: float | None

    @property
    def delivered(self) -> bool:
        """
        Whether the attempt succeeded: a status of 200-299.
        """
        return not self.reason


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """
    A message and its deliveries.

    Attributes:
        message: The message.
        status: Over all its deliveries.
        sendings: Its deliveries: one for each endpoint, and one for each resend.
    """

    message: Message
    status: MessageStatus
    sendings: tuple[MessageDelivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """
    Which messages a list has: those that fit all fields that are not None.

    Attributes:
        status: With this status.
        event_type: Of a type that fits this pattern.
        endpoint: Sent to the endpoint with this webhook_id, which may have been removed.
        text: With this text in the body, in upper or lower case.
        since: Accepted at this time or later, in seconds since the epoch.
        until: Accepted before this time.
    """

    status: MessageStatus | None = None
    event_type: str | None = None
    endpoint: str | None = None
    text: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """
    The attempts of an endpoint within an interval.

    Attributes:
        at: When the interval begins, in seconds since the epoch.
        delivered: How many attempts succeeded.
        failed: How many failed.
        median: The median of their milliseconds.
        p95: The milliseconds that 95 % of them did not exceed.
    """

    at: float
    delivered: int
    failed: int
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class EndpointStatistics:
    """
    How the attempts of an endpoint went.

    Attributes:
        consecutive_failures: How many attempts have failed since the last success.
        interval: The length of an interval in seconds.
        intervals: Those that have attempts, the oldest first.
    """

    consecutive_failures: int
    interval: float
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class MessagePage:
    """
    A page of messages, the newest first.

    Attributes:
        messages: Of the page.
        before: The parameter `before` of the next page; None on the last one.
    """

    messages: tuple[MessageSummary, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class MessageDetail(MessageSummary):
    """
    A message with its deliveries and its attempts.

    Attributes:
        attempts: All of them, the oldest first.
    """

    attempts: tuple[AttemptRecord, ...]


#: An entry of the stream. Its number rises from entry to entry; a client resumes after it.
StreamEntry: TypeAlias = Message | AttemptRecord
