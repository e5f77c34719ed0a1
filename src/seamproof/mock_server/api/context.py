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


@dataclass(frozen=True, slots=True)
class ServerContext:
    """
    A server, as its requests see it.

    Attributes:
        service: The service behind the APIs. The caller starts and stops it.
        closing: Ends the streams once it is set, so that the server can stop.
        keyed: Whether the server requires an API key of its own.
        request_id: Of the request at hand.
    """

    service: Service
    closing: asyncio.Event
    keyed: bool = False
    request_id: str = ""


def context_of(request: Request) -> ServerContext:
    """
    Get the context of a request.
    """
    context: ServerContext = request.scope["seamproof"]
    return context
