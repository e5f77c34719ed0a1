"""
What the project knows of its credentials.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction


class Message(models.Model):
    """
    A message that was handled.
    """

    message_id = models.TextField(primary_key=True)


class Credential(models.Model):
    """
    A credential, and the last that happened to it.
    """

    credential_id = models.TextField(primary_key=True)
    status = models.TextField()
    occurred_at = models.FloatField()


def handle(message_id: str, event: dict[str, Any]) -> None:
    """
    Act on an event, once for each message; on one of an unknown type, not at all.

    The message and what it changes are written together or not at all. Work that takes
    longer than a row belongs into a queue: the answer is awaited.
    """
    try:
        with transaction.atomic():
            Message.objects.create(message_id=message_id)
            keep(event)
    except IntegrityError:
        # The same message has come before. Another error is none to swallow.
        if not Message.objects.filter(message_id=message_id).exists():
            raise


def keep(event: dict[str, Any]) -> None:
    """
    Keep the last that happened to a credential. Events come in any order.
    """
    match event:
        case {"event_type": str(kind), "acs_credential_id": str(credential)}:
            key, status = json.dumps(credential), json.dumps(kind)
            known = Credential.objects.filter(credential_id=key).first()
            at = moment(event)
            if known is None or (at, status) > (known.occurred_at, known.status):
                Credential.objects.update_or_create(
                    credential_id=key, defaults={"status": status, "occurred_at": at}
                )


def state() -> dict[str, Any]:
    """
    Show what is known: how many messages were handled, and each credential.
    """
    rows = Credential.objects.order_by("credential_id").values_list("credential_id", "status")
    return {"handled": Message.objects.count(), "credentials": dict(rows)}


def moment(event: dict[str, Any]) -> float:
    """
    Return when an event occurred; a time long ago if that cannot be read.
    """
    try:
        return datetime.fromisoformat(str(event.get("occurred_at")).upper()).timestamp()
    except (ValueError, OverflowError):
        return 0.0
