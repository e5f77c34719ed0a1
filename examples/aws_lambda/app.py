"""
An AWS Lambda function that hears of its credentials through Seam's webhooks.

It takes what API Gateway and function URLs send, of payload format 2.0 or 1.0.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from store import Store
from svix.webhooks import Webhook, WebhookVerificationError

# In production a table that all instances share, such as DynamoDB with svix-id as its key and
# writes under the condition attribute_not_exists: each instance has a memory of its own.
store = Store(os.environ.get("DATABASE", ":memory:"))
webhook = Webhook(os.environ["SEAM_WEBHOOK_SECRET"])


def handler(request: dict[str, Any], context: object) -> dict[str, Any]:
    """
    Verify the bytes as they came, then act on the event.
    """
    del context
    # API Gateway with payload format 1.0 keeps the case in which a sender writes a header.
    headers = {name.lower(): value for name, value in request["headers"].items()}
    body = (request.get("body") or "").encode()
    try:
        if request.get("isBase64Encoded"):
            body = base64.b64decode(body)
        webhook.verify(body, headers)
        event = json.loads(body)
    except (WebhookVerificationError, ValueError):
        # svix raises ValueError for a header without a comma and a body that is not UTF-8.
        return {"statusCode": 400}
    if not isinstance(event, dict):
        return {"statusCode": 400}
    store.handle(headers["svix-id"], event)
    return {"statusCode": 204}


def state() -> dict[str, Any]:
    """
    Show what the function knows, for `--state`.
    """
    return store.state()
