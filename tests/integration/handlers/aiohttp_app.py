"""
A good handler as aiohttp's users write it: a server of its own.

Run it: `SEAM_WEBHOOK_SECRET=whsec_… python -m tests.integration.handlers.aiohttp_app`.
"""

from __future__ import annotations

import json
import os

from aiohttp import web
from svix.webhooks import Webhook, WebhookVerificationError

from tests.integration.handlers.records import Records, UnavailableError


def create_app(secret: str) -> web.Application:
    """
    Make the application, with its state at `/state` and its switch at `/break`.
    """
    webhook = Webhook(secret)
    records = Records()

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            webhook.verify(body, dict(request.headers))
            event = json.loads(body)
        except (WebhookVerificationError, ValueError):
            return web.Response(status=400)
        if not isinstance(event, dict):
            return web.Response(status=400)
        try:
            records.handle(request.headers["svix-id"], event)
        except UnavailableError:
            return web.Response(status=503)
        return web.Response(status=204)

    async def state(_: web.Request) -> web.Response:
        return web.json_response(records.state())

    async def set_broken(request: web.Request) -> web.Response:
        records.set_broken(broken=(await request.json())["broken"])
        return web.Response(status=204)

    # By default aiohttp takes no body above 1 MiB, which is more than Seam sends.
    app = web.Application()
    app.router.add_post("/webhooks/seam", receive)
    app.router.add_get("/state", state)
    app.router.add_post("/break", set_broken)
    return app


if __name__ == "__main__":
    web.run_app(
        create_app(os.environ["SEAM_WEBHOOK_SECRET"]),
        host="127.0.0.1",
        port=int(os.environ.get("PORT", "0")),
    )
