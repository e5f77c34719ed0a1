"""
The application: Seam's API, the control API and the guards in front of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from seamproof.mock_server.api import control, seam, stream
from seamproof.mock_server.api.guards import Guards, Rules
from seamproof.mock_server.api.openapi_document import document
from seamproof.version import __version__

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from seamproof.mock_server.service.service import Service

DOCUMENT_PATH: Final = "/mock/openapi.json"


def create_app(service: Service, rules: Rules, closing: asyncio.Event) -> ASGIApp:
    """
    Make the application.

    Args:
        service: What does the work. Whoever makes the application starts and stops it.
        rules: What the guards go by.
        closing: Ends the streams once it is set, so that the server can stop.
    """
    routes = [
        Route("/health", _health, methods=["GET", "POST"]),
        Route(DOCUMENT_PATH, _document(keyed=rules.api_key is not None), methods=["GET"]),
        *seam.routes(service),
        *control.routes(service),
        stream.route(service, closing),
    ]
    return Guards(Router(routes, redirect_slashes=False), rules)


async def _health(request: Request) -> JSONResponse:
    del request
    return JSONResponse({"ok": True, "service": "seamproof", "version": __version__})


def _document(*, keyed: bool) -> Callable[[Request], Awaitable[JSONResponse]]:
    written = document(keyed=keyed)

    async def served(request: Request) -> JSONResponse:
        del request
        return JSONResponse(written)

    return served
