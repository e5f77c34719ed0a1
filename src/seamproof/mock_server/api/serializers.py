"""
Conversion of records to the JSON that `/mock` and the command line show. It contains no secret.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

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
from seamproof.mock_server.service.explanations import disables_at

if TYPE_CHECKING:
    from seamproof.mock_server.model.records import (
        AttemptRecord,
        Endpoint,
        Message,
        MessageDetail,
        MessageSummary,
    )
    from seamproof.mock_server.service.service import Service


def clock_view(service: Service) -> ClockView:
    """
    Serialise the clock of a service.
    """
    now, due = service.clock.now(), service.lifecycle.scheduler.next_due
    return ClockView(
        manual=service.clock.manual,
        now=now,
        timestamp=now,
        next_attempt_at=None if math.isinf(due) else due,
    )


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
        created_at=endpoint.created_at,
        disables_at=disables_at(endpoint),
    )


def message_view(message: Message) -> MessageView:
    """
    Serialise a message by itself.
    """
    return MessageView(
        message_id=message.message_id,
        event_id=message.event_id,
        event_type=message.event_type,
        created_at=message.created_at,
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
        sendings=[DeliveryView.model_validate(one) for one in summary.sendings],
    )


def detail_view(detail: MessageDetail) -> DetailView:
    """
    Serialise a message with its body and every attempt.
    """
    return DetailView(
        **dict(summary_view(detail)),
        body=detail.message.body,
        attempts=[attempt_view(one) for one in detail.attempts],
    )


def attempt_view(attempt: AttemptRecord) -> AttemptView:
    """
    Serialise an attempt.
    """
    answered = attempt.status is not None
    return AttemptView(
        message_id=attempt.message_id,
        event_type=attempt.event_type,
        webhook_id=attempt.webhook_id,
        url=attempt.url,
        kind=attempt.kind,
        ordinal=attempt.ordinal,
        at=attempt.at,
        request=RequestView.model_validate(attempt),
        response=ResponseView.model_validate(attempt) if answered else None,
        milliseconds=round(attempt.milliseconds, 3),
        delivered=attempt.delivered,
        reason=attempt.reason,
        fault=attempt.fault,
        next_attempt_at=attempt.next_at,
    )
