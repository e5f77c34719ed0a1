"""
A good handler as FastAPI's users write it, with Seam's own SDK.
"""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from seam.exceptions import SeamInvalidWebhookPayloadError
from seam.seam_webhook import SeamWebhook
from svix.webhooks import WebhookVerificationError

from tests.integration.handlers.records import Records, UnavailableError

app = FastAPI()
webhook = SeamWebhook(os.environ["SEAM_WEBHOOK_SECRET"])
records = Records()


async def verified(request: Request) -> dict[str, Any]:
    """
    Verify the bytes as they came, and read the event.
    """
    body = await request.body()
    try:
        webhook.verify(body.decode(), dict(request.headers))
        event: dict[str, Any] = json.loads(body)
    except (WebhookVerificationError, SeamInvalidWebhookPayloadError, ValueError) as problem:
        raise HTTPException(400, "not an event of Seam's") from problem
    return event


@app.post("/webhooks/seam", status_code=204, response_model=None)
def receive(request: Request, event: Annotated[dict[str, Any], Depends(verified)]) -> None:
    """
    Act on the event, in a thread.
    """
    try:
        records.handle(request.headers["svix-id"], event)
    except UnavailableError as problem:
        raise HTTPException(503, "try again later") from problem


def state() -> dict[str, Any]:
    """
    Show what the handler keeps.
    """
    return records.state()


async def set_broken(broken: bool) -> None:
    """
    Make the database fail, or work again.
    """
    records.set_broken(broken=broken)
