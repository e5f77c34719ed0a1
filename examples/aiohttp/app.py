"""
An aiohttp application that hears of its credentials through Seam's webhooks.
"""

from __future__ import annotations

import asyncio
import json
import os

from aiohttp import web
from store import Store
from svix.webhooks import Webhook, WebhookVerificationError

STORE = web.AppKey("STORE", Store)
WEBHOOK = web.AppKey("WEBHOOK", Webhook)


def create_app(secret: str) -> web.Application:
    """
    Make the application.

    Args:
        secret: The webhook's signing secret.
    """
    # By default aiohttp takes no body above 1 MiB, which is more than Seam sends.
    app = web.Application()
    app[STORE] = Store(os.environ.get("DATABASE", ":memory:"))
    app[WEBHOOK] = Webhook(secret)
    app.router.add_post("/webhooks/seam", receive)
    return app


async def receive(request: web.Request) -> web.Response:
    """
    Verify the bytes as they came, then act on the event.
    """
    body = await request.read()
    try:
        request.app[WEBHOOK].verify(body, dict(request.headers))
        event = json.loads(body)
    except (WebhookVerificationError, ValueError):
        # svix raises ValueError for a header without a comma and a body that is not UTF-8.
        return web.Response(status=400)
    if not isinstance(event, dict):
        return web.Response(status=400)
    # In a thread, so that the database holds up nobody.
    await asyncio.to_thread(request.app[STORE].handle, request.headers["svix-id"], event)
    return web.Response(status=204)


if __name__ == "__main__":
    web.run_app(create_app(os.environ["SEAM_WEBHOOK_SECRET"]), host="127.0.0.1", port=8000)
