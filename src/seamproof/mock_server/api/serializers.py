"""
Views: records as the JSON that `/mock` and the command line show. No secret is in any of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.formats import format_timestamp

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject
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


def moment(seconds: float | None) -> str | None:
    """
    Write seconds since the epoch as ISO 8601, in UTC and to the millisecond.
    """
    return None if seconds is None else format_timestamp(seconds)


def clock_view(clock: Clock) -> JsonObject:
    """
    Show a clock.
    """
    return {"manual": clock.manual, "now": moment(clock.now()), "timestamp": clock.now()}


def endpoint_view(endpoint: Endpoint, now: float) -> JsonObject:
    """
    Show an endpoint. Its secret is shown by Seam's API only, its headers by name.

    Args:
        endpoint: The endpoint.
        now: The present, which tells which of its old secrets still sign.
    """
    return {
        "webhook_id": endpoint.webhook_id,
        "url": endpoint.shown_url,
        "event_types": list(endpoint.event_types),
        "header_names": sorted(endpoint.headers),
        "faults": [one.name for one in endpoint.faults],
        "secrets": 1 + sum(one.until > now for one in endpoint.old_secrets),
        "disabled": endpoint.disabled,
        "created_at": moment(endpoint.created_at),
    }


def message_view(message: Message) -> JsonObject:
    """
    Show a message by itself.
    """
    return {
        "message_id": message.message_id,
        "event_id": message.event_id,
        "event_type": message.event_type,
        "created_at": moment(message.created_at),
        "size": len(message.body),
        "faults": [one.name for one in message.faults],
    }


def summary_view(summary: MessageSummary | MessageDetail) -> JsonObject:
    """
    Show a message as a list shows it.
    """
    return {
        **message_view(summary.message),
        "status": summary.status,
        "sendings": [_sending_view(one) for one in summary.sendings],
    }


def detail_view(detail: MessageDetail) -> JsonObject:
    """
    Show a message with its body and every attempt.
    """
    return {
        **summary_view(detail),
        "body": _text(detail.message.body),
        "attempts": [attempt_view(one) for one in detail.attempts],
    }


def attempt_view(attempt: AttemptRecord) -> JsonObject:
    """
    Show an attempt: what went out, what came back.
    """
    answered = attempt.status is not None
    return {
        "message_id": attempt.message_id,
        "event_type": attempt.event_type,
        "webhook_id": attempt.webhook_id,
        "url": attempt.url,
        "kind": attempt.kind,
        "ordinal": attempt.ordinal,
        "at": moment(attempt.at),
        "request": {
            "headers": dict(attempt.request_headers),
            "body": _text(attempt.request_body),
        },
        "response": {
            "status": attempt.status,
            "headers": dict(attempt.response_headers),
            "body": _text(attempt.response_body),
        }
        if answered
        else None,
        "milliseconds": round(attempt.milliseconds, 3),
        "delivered": attempt.delivered,
        "reason": attempt.reason,
        "fault": attempt.fault,
        "next_attempt_at": moment(attempt.next_at),
    }


def entry_view(entry: StreamEntry) -> JsonObject:
    """
    Show an entry of the stream.
    """
    if entry.attempt is not None:
        return attempt_view(entry.attempt)
    return message_view(entry.message) if entry.message is not None else {}


def _sending_view(sending: MessageDelivery) -> JsonObject:
    return {
        "webhook_id": sending.webhook_id,
        "kind": sending.kind,
        "state": sending.state,
        "attempts": sending.attempts,
        "next_attempt_at": moment(sending.due_at),
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
