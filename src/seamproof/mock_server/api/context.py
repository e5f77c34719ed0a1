"""
What a request needs of the server that receives it.

All servers of a process share one application, so each request carries its server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from starlette.requests import Request

    from seamproof.mock_server.service.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    The rules of the guards.

    Attributes:
        host: The address that the server is bound to.
        api_key: The only key that is accepted, required everywhere except at `/health`. Without
            one, Seam's API accepts any key that begins with `seam_`, and `/mock` requires none.
    """

    host: str = "127.0.0.1"
    api_key: str | None = None


@dataclass(frozen=True, slots=True)
class ServerContext:
    """
    A server, as its requests see it.

    Attributes:
        service: The service behind the APIs. It is started and stopped elsewhere.
        closing: Ends the streams once it is set, so that the server can stop.
        rules: The rules of the guards.
        request_id: Of the request at hand.
    """

    service: Service
    closing: asyncio.Event
    rules: Rules
    request_id: str = ""


def context_of(request: Request) -> ServerContext:
    """
    Get the context of a request.
    """
    context: ServerContext = request.scope["seamproof"]
    return context
