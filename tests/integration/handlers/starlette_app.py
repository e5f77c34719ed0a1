"""
A good handler as Starlette's users write it.
"""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from svix.webhooks import Webhook, WebhookVerificationError

from tests.integration.handlers.records import Records, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
    """
    Read the secret when the application starts, not when it is imported.
    """
    yield {"webhook": Webhook(os.environ["SEAM_WEBHOOK_SECRET"])}


async def receive(request: Request) -> Response:
    """
    Verify the bytes as they came, then act on the event.
    """
    body = await request.body()
    try:
        request.state.webhook.verify(body, dict(request.headers))
        event = json.loads(body)
    except (WebhookVerificationError, ValueError):
        return Response(status_code=400)
    if not isinstance(event, dict):
        return Response(status_code=400)
    try:
        records.handle(request.headers["svix-id"], event)
    except UnavailableError:
        return Response(status_code=503)
    return Response(status_code=204)


records = Records()
app = Starlette(routes=[Route("/webhooks/seam", receive, methods=["POST"])], lifespan=lifespan)


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
