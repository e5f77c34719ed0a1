"""
What the mock server keeps: endpoints, messages, sendings and attempts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.urls import without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.model.fault_spec import FaultSpec
    from seamproof.signing import Secret

#: How a sending stands. `stopped`: its endpoint was disabled or removed before it came through.
DeliveryState: TypeAlias = Literal["pending", "delivered", "failed", "stopped"]

#: How a message stands, over all its sendings; `unmatched`: no endpoint wanted it.
MessageStatus: TypeAlias = Literal["pending", "delivered", "failed", "stopped", "unmatched"]

#: Why something is sent: by the schedule, because it was asked for, or as a fault's copy.
DeliveryKind: TypeAlias = Literal["schedule", "resend", "recover", "copy"]

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OldSecret:
    """
    A secret that was rotated away and still signs until its grace period ends.

    Attributes:
        secret: The secret.
        until: When it stops signing, in seconds since the epoch.
    """

    secret: Secret
    until: float


@dataclass(frozen=True, slots=True)
class Health:
    """
    What is remembered of an endpoint's failures, to disable it after five days of them.

    Attributes:
        failures: When it failed during the last 24 hours, thinned out.
        since: When the five days began to count; None while they do not.
    """

    failures: tuple[float, ...] = ()
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """
    Where messages go. A webhook of Seam's API is an endpoint.

    Attributes:
        webhook_id: A UUID.
        url: As it was given, with the password if it has one. `shown_url` is for people.
        event_types: The types that it gets; `*` stands for all.
        secret: What its messages are signed with.
        old_secrets: Those of rotations whose grace period may still last, the newest first.
        headers: Sent in addition to Svix's own.
        faults: What goes wrong on the way to it, on purpose.
        created_at: In seconds since the epoch.
        disabled: Why it gets nothing at present; empty while it gets messages.
        health: Its failures of late.
    """

    webhook_id: str
    url: str = field(repr=False)
    event_types: tuple[str, ...]
    secret: Secret
    created_at: float
    old_secrets: tuple[OldSecret, ...] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE, repr=False)
    faults: tuple[FaultSpec, ...] = ()
    disabled: str = ""
    health: Health = field(default_factory=Health)

    @property
    def shown_url(self) -> str:
        """
        The URL without the user's name and password.
        """
        return without_credentials(self.url)

    def wants(self, event_type: str) -> bool:
        """
        Whether messages of a type go to this endpoint.
        """
        return "*" in self.event_types or event_type in self.event_types


@dataclass(frozen=True, slots=True)
class Message:
    """
    An event that was taken in, and the exact bytes of it.

    Attributes:
        number: Rises with every message and attempt; the id of its entry in the stream.
        message_id: `msg_…`, the same for every attempt.
        event_id: As in the event; empty if it has none.
        event_type: As in the event.
        body: What is signed and sent.
        created_at: When it was taken in, in seconds since the epoch.
        faults: Those asked for with it.
    """

    number: int
    message_id: str
    event_id: str
    event_type: str
    body: bytes
    created_at: float
    faults: tuple[FaultSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageDelivery:
    """
    One message on its way to one endpoint.

    Attributes:
        number: Of the sending.
        message_id: What is sent.
        webhook_id: To which endpoint.
        kind: Why.
        state: How it stands.
        attempts: How many there have been.
        due_at: When the next attempt is due, in seconds since the epoch; None if there is none.
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
    An attempt, with all that went out and came back. Passwords in it are masked.

    Attributes:
        number: Rises with every message and attempt; the id of its entry in the stream.
        message_id: What was sent.
        event_type: Of which type it was.
        webhook_id: To which endpoint.
        url: Where to, without a password.
        kind: Why it was sent.
        ordinal: The how manieth attempt of its sending it was, from 1.
        at: When, in seconds since the epoch.
        request_headers: As they went out.
        request_body: As it went out.
        status: The HTTP status; None when no answer came.
        response_headers: As they came in, several of one name joined by a comma.
        response_body: Its first 4 kB.
        milliseconds: Until the answer's headers were in.
        reason: Why it does not count as delivered; empty when it does.
        fault: Names of the faults that were at work, separated by commas.
        next_at: When the next attempt is due; None if there is none.
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
        Whether it counts as a success: 200-299 and nothing else.
        """
        return not self.reason


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """
    A message in a list.

    Attributes:
        message: What was taken in.
        status: How it stands over all its sendings.
        sendings: One for each endpoint that it goes to, and for each resend.
    """

    message: Message
    status: MessageStatus
    sendings: tuple[MessageDelivery, ...]


@dataclass(frozen=True, slots=True)
class MessagePage:
    """
    Some messages, the newest first.

    Attributes:
        messages: Those of the page.
        before: What to pass on as `before` to get the next page; None on the last one.
    """

    messages: tuple[MessageSummary, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """
    A message and everything that became of it.

    Attributes:
        message: What was taken in.
        status: How it stands over all its sendings.
        sendings: One for each endpoint that it goes to, and for each resend.
        attempts: All of them, the first one first.
    """

    message: Message
    status: MessageStatus
    sendings: tuple[MessageDelivery, ...]
    attempts: tuple[AttemptRecord, ...]


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """
    Something that happened: a message was taken in, or an attempt was made.

    Attributes:
        number: Rises from entry to entry; where to carry on after a break.
        kind: Which of the two.
        message: The message, if it is one.
        attempt: The attempt, if it is one.
    """

    number: int
    kind: Literal["message", "attempt"]
    message: Message | None = None
    attempt: AttemptRecord | None = None


def as_event(message: Message) -> JsonObject:
    """
    Read the event of a message.
    """
    import json

    event: JsonObject = json.loads(message.body)
    return event
