"""
A good handler as AWS Lambda's users write it, behind an HTTP API or a REST API.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from svix.webhooks import Webhook, WebhookVerificationError

from tests.integration.handlers.records import Records, UnavailableError

webhook = Webhook(os.environ["SEAM_WEBHOOK_SECRET"])
records = Records()


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """
    Answer an HTTP API's event.
    """
    del context
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
    # A REST API hands names on as they were sent.
    headers = {name.lower(): value for name, value in event["headers"].items()}
    try:
        webhook.verify(raw, headers)
        payload = json.loads(raw)
    except (WebhookVerificationError, ValueError):
        return {"statusCode": 400, "body": "not signed by Seam"}
    if not isinstance(payload, dict):
        return {"statusCode": 400, "body": "no event"}
    try:
        records.handle(headers["svix-id"], payload)
    except UnavailableError:
        return {"statusCode": 503}
    return {"statusCode": 204}


def rest_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """
    Answer a REST API's event, which alone has `httpMethod`.
    """
    if event["httpMethod"] != "POST":
        return {"statusCode": 405}
    return lambda_handler(event, context)


def state() -> dict[str, Any]:
    """
    Show what the handler keeps.
    """
    return records.state()


def set_broken(broken: bool) -> None:
    """
    Make the database fail, or work again.
    """
    records.set_broken(broken=broken)
