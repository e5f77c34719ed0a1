"""
A correct webhook handler, small enough to copy. It needs starlette and svix.

Run it: `SEAM_WEBHOOK_SECRET=whsec_… uvicorn --factory model_handler:create_app`.
"""

from __future__ import annotations

import json
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from svix.webhooks import Webhook, WebhookVerificationError


def create_app(secret: str | None = None) -> Starlette:
    """
    Make the application.

    Args:
        secret: The webhook's signing secret; by default that of the environment.
    """
    webhook = Webhook(secret or os.environ["SEAM_WEBHOOK_SECRET"])
    # A real handler stores this in its database, under a unique index.
    handled: set[str] = set()

    async def receive(request: Request) -> Response:
        # The raw bytes: parsing and serialising them again breaks the signature.
        body = await request.body()
        try:
            webhook.verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError):
            # svix raises ValueError for a header without a comma and a body that is not UTF-8.
            return Response("not signed by Seam", status_code=400)
        # Svix delivers at least once: the id is the same for every delivery of a message.
        if request.headers["svix-id"] not in handled:
            handle(json.loads(body))
            handled.add(request.headers["svix-id"])
        return Response(status_code=204)

    return Starlette(routes=[Route("/webhooks/seam", receive, methods=["POST"])])


def handle(event: object) -> None:
    """
    Act on an event; ignore events of other types.
    """
    match event:
        case {"event_type": "connected_account.disconnected", "connected_account_id": account}:
            print(f"sign in again: {account}")
        case {"event_type": "acs_credential.issued", "acs_credential_id": credential}:
            print(f"ready to use: {credential}")
