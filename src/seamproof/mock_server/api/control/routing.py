"""
What the operations of the control API share: how a body is read, errors, links, the service.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request

from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.request_fields import json_object
from seamproof.mock_server.api.response_models import ErrorBody
from seamproof.mock_server.service.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response

    from seamproof.json_types import JsonObject

_ERRORS: Final = {
    400: "Malformed JSON, or wrong input: by field where there is one",
    401: "The API key is missing or another one",
    403: "A foreign Host, another site's request, or a target that is not allowed",
    404: "No such message, endpoint or event type",
    409: "Well-formed, but impossible in the present state",
    413: "A body over 1 MB, or an event over 350 kB",
}


class _JsonRequest(Request):
    """
    A request whose body is read strictly, and has to be an object.
    """

    json = json_object


class JsonRoute(APIRoute):
    """
    A route that reads a body as JSON, whatever its content type.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """
        Wrap FastAPI's handler of a request.
        """
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            headers = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
            headers.append((b"content-type", b"application/json"))
            return await handle(
                _JsonRequest({**request.scope, "headers": headers}, request.receive)
            )

        return handle_json


def operation_id(route: APIRoute) -> str:
    """
    Name an operation by its method and path: `post_endpoints_webhook_enable`.
    """
    method = min(route.methods or {""})
    words = re.findall(r"[a-z]+", route.path.replace("/mock", "").replace("_id", ""))
    return "_".join([method.lower(), *words])


def errors(*statuses: int) -> dict[int | str, JsonObject]:
    """
    Describe the errors of an operation: those of every operation, and further ones.
    """
    return {
        status: {"model": ErrorBody, "description": _ERRORS[status]}
        for status in sorted({400, 401, 403, 413, *statuses})
    }


def links(parameter: str, pointer: str, *operations: str) -> JsonObject:
    """
    Describe which operations an id of the response can be passed to.
    """
    value = {parameter: f"$response.body#{pointer}"}
    return {"links": {one: {"operationId": one, "parameters": value} for one in operations}}


def create_router() -> APIRouter:
    """
    Create a router of operations of the control API.
    """
    return APIRouter(route_class=JsonRoute, generate_unique_id_function=operation_id)


async def service_of(request: Request) -> Service:
    """
    Get the service that a request is meant for.
    """
    return context_of(request).service


ControlledService: TypeAlias = Annotated[Service, Depends(service_of)]
