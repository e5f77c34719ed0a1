"""
A Flask application that hears of its credentials through Seam's webhooks.
"""

from __future__ import annotations

import json
import os
from typing import Any

from flask import Flask, abort, request
from store import Store
from svix.webhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
store = Store(os.environ.get("DATABASE", ":memory:"))
webhook = Webhook(os.environ["SEAM_WEBHOOK_SECRET"])


@app.post("/webhooks/seam")
def receive() -> tuple[str, int]:
    """
    Verify the bytes as they came, then act on the event.
    """
    body = request.get_data()
    try:
        webhook.verify(body, dict(request.headers))
        event = json.loads(body)
    except (WebhookVerificationError, ValueError):
        # svix raises ValueError for a header without a comma and a body that is not UTF-8.
        abort(400)
    if not isinstance(event, dict):
        abort(400)
    store.handle(request.headers["svix-id"], event)
    return "", 204


def state() -> dict[str, Any]:
    """
    Show what the application knows, for `--state`.
    """
    return store.state()
