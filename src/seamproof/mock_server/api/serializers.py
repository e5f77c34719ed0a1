"""
Conversion of records to the JSON that `/mock` and the command line show. It contains no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.formats import format_timestamp
from seamproof.mock_server.api.response_models import (
    AttemptView,
    ClockView,
    DeliveryView,
    DetailView,
    EndpointView,
    MessageView,
    RequestView,
    ResponseView,
    SummaryView,
)

if TYPE_CHECKING:
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import (
        AttemptRecord,
        Endpoint,
        Message,
        MessageDelivery,
        MessageDetail,
        MessageSummary,
        StreamEntry,
    )


def clock_view(clock: Clock) -> ClockView:
    """
    Serialise a clock.
    """
    now = clock.now()
    return ClockView(manual=clock.manual, now=format_timestamp(now), timestamp=now)


def endpoint_view(endpoint: Endpoint, now: float) -> EndpointView:
    """
    Serialise an endpoint, without its secret, and of its headers only the names.

    Args:
        endpoint: The endpoint.
        now: The present in seconds since the epoch; it decides which old secrets still sign.
    """
    return EndpointView(
        webhook_id=endpoint.webhook_id,
        url=endpoint.shown_url,
        event_types=list(endpoint.event_types),
        header_names=sorted(endpoint.headers),
        faults=[one.name for one in endpoint.faults],
        secrets=1 + sum(one.until > now for one in endpoint.old_secrets),
        disabled=endpoint.disabled,
        created_at=format_timestamp(endpoint.created_at),
    )


def message_view(message: Message) -> MessageView:
    """
    Serialise a message by itself.
    """
    return MessageView(
        message_id=message.message_id,
        event_id=message.event_id,
        event_type=message.event_type,
        created_at=format_timestamp(message.created_at),
        size=len(message.body),
        faults=[one.name for one in message.faults],
    )


def summary_view(summary: MessageSummary | MessageDetail) -> SummaryView:
    """
    Serialise a message as a list shows it.
    """
    return SummaryView(
        **dict(message_view(summary.message)),
        status=summary.status,
        sendings=[_delivery_view(one) for one in summary.sendings],
    )


def detail_view(detail: MessageDetail) -> DetailView:
    """
    Serialise a message with its body and every attempt.
    """
    return DetailView(
        **dict(summary_view(detail)),
        body=_decode(detail.message.body),
        attempts=[attempt_view(one) for one in detail.attempts],
    )


def attempt_view(attempt: AttemptRecord) -> AttemptView:
    """
    Serialise an attempt.
    """
    response = None
    if attempt.status is not None:
        response = ResponseView(
            status=attempt.status,
            headers=dict(attempt.response_headers),
            body=_decode(attempt.response_body),
        )
    return AttemptView(
        message_id=attempt.message_id,
        event_type=attempt.event_type,
        webhook_id=attempt.webhook_id,
        url=attempt.url,
        kind=attempt.kind,
        ordinal=attempt.ordinal,
        at=format_timestamp(attempt.at),
        request=RequestView(
            headers=dict(attempt.request_headers), body=_decode(attempt.request_body)
        ),
        response=response,
        milliseconds=round(attempt.milliseconds, 3),
        delivered=attempt.delivered,
        reason=attempt.reason,
        fault=attempt.fault,
        next_attempt_at=_format_optional(attempt.next_at),
    )


def entry_view(entry: StreamEntry) -> AttemptView | MessageView:
    """
    Serialise an entry of the stream.
    """
    if entry.attempt is not None:
        return attempt_view(entry.attempt)
    assert entry.message is not None  # noqa: S101 - an entry is one of the two
    return message_view(entry.message)


def _delivery_view(delivery: MessageDelivery) -> DeliveryView:
    return DeliveryView(
        webhook_id=delivery.webhook_id,
        kind=delivery.kind,
        state=delivery.state,
        attempts=delivery.attempts,
        next_attempt_at=_format_optional(delivery.due_at),
    )


def _format_optional(seconds: float | None) -> str | None:
    return None if seconds is None else format_timestamp(seconds)


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
