"""
A good handler as Flask's users write it.
"""

from __future__ import annotations

import json
import os
from typing import Any

from flask import Flask, abort, request
from svix.webhooks import Webhook, WebhookVerificationError

from tests.integration.handlers.records import Records

app = Flask(__name__)
app.config["SEAM_WEBHOOK_SECRET"] = os.environ["SEAM_WEBHOOK_SECRET"]
records = Records()


@app.post("/webhooks/seam")
def receive() -> tuple[str, int]:
    """
    Verify the bytes as they came, then act on the event. A failing database is a 500.
    """
    body = request.get_data()
    try:
        Webhook(app.config["SEAM_WEBHOOK_SECRET"]).verify(body, dict(request.headers))
        event = json.loads(body)
    except (WebhookVerificationError, ValueError):
        abort(400)
    if not isinstance(event, dict):
        abort(400)
    records.handle(request.headers["svix-id"], event)
    return "", 204


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
