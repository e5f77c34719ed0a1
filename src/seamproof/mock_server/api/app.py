"""
The application: Seam's API and the control API behind their guards, and the OpenAPI document.
"""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from seamproof.errors import SeamproofError
from seamproof.mock_server.api import connect_webview, control, seam, stream, world
from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.errors import respond
from seamproof.mock_server.api.guards import Guards
from seamproof.mock_server.page import routes as page
from seamproof.version import __version__

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.api.context import ServerContext

_DOCUMENT_PATH: Final = "/mock/openapi.json"
_DESCRIPTION: Final = (
    "What the mock server can do that Seam's own API has no calls for. Seam's API is served "
    "beside it, as Seam documents it. `GET /mock/stream` sends every message and attempt as a "
    "server-sent event until the connection is closed; `Last-Event-ID` continues after a break. "
    "It has no operation here, because a response that never ends has no schema."
)
#: Those that are not a subclass of another one with a handler of its own in FastAPI.
_EXCEPTIONS: Final = (HTTPException, RequestValidationError, SeamproofError, Exception)
_REQUEST_ID: Final = {"seam-request-id": {"schema": {"type": "string", "format": "uuid"}}}


def create_app(context: ServerContext) -> ASGIApp:
    """
    Create the application of one server.
    """
    return Guards(_application(), context)


@lru_cache(maxsize=1)
def _application() -> FastAPI:
    """
    Create the application that all servers of the process share: its routes hold no state.
    """
    return FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        routes=[
            *control.ROUTES,
            Route(_DOCUMENT_PATH, _serve_document, methods=["GET"]),
            *seam.ROUTES,
            stream.ROUTE,
            *page.ROUTES,
            connect_webview.ROUTE,
            world.ROUTE,
        ],
        exception_handlers=dict.fromkeys(_EXCEPTIONS, respond),
    )


async def _serve_document(request: Request) -> JSONResponse:
    return JSONResponse(openapi_document(keyed=context_of(request).rules.api_key is not None))


def openapi_document(*, keyed: bool = False) -> JsonObject:
    """
    Generate the OpenAPI document of the control API.

    Args:
        keyed: Whether an API key is required.
    """
    document = deepcopy(_generate())
    if keyed:
        for path, operations in document["paths"].items():
            for operation in operations.values():
                if path != "/health":
                    operation["security"] = [{"api_key": []}]
    return document


@lru_cache(maxsize=1)
def _generate() -> JsonObject:
    document = get_openapi(
        title="seamproof mock server",
        version=__version__,
        description=_DESCRIPTION,
        routes=control.ROUTES,
    )
    for operations in document["paths"].values():
        for operation in operations.values():
            # FastAPI adds its own 422, for which there is 400 here.
            operation["responses"].pop("422", None)
            for response in operation["responses"].values():
                response["headers"] = _REQUEST_ID
                if response["description"] == "Successful Response":
                    response["description"] = operation["summary"]
    components = document["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["securitySchemes"] = {"api_key": {"type": "http", "scheme": "bearer"}}
    return document
