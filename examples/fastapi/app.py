"""
A FastAPI application that hears of its credentials through Seam's webhooks.
"""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from store import Store
from svix.webhooks import Webhook, WebhookVerificationError

app = FastAPI()
store = Store(os.environ.get("DATABASE", ":memory:"))
webhook = Webhook(os.environ["SEAM_WEBHOOK_SECRET"])


async def verified(request: Request) -> dict[str, Any]:
    """
    Verify the bytes as they came, and read the event.
    """
    body = await request.body()
    try:
        webhook.verify(body, dict(request.headers))
        event = json.loads(body)
    except (WebhookVerificationError, ValueError) as problem:
        # svix raises ValueError for a header without a comma and a body that is not UTF-8.
        raise HTTPException(400, "not signed by Seam") from problem
    if not isinstance(event, dict):
        raise HTTPException(400, "no event")
    return event


@app.post("/webhooks/seam")
def receive(request: Request, event: Annotated[dict[str, Any], Depends(verified)]) -> Response:
    """
    Act on the event; in a thread, so that the database holds up nobody.
    """
    store.handle(request.headers["svix-id"], event)
    return Response(status_code=204)


def state() -> dict[str, Any]:
    """
    Show what the application knows, for `--state`.
    """
    return store.state()
