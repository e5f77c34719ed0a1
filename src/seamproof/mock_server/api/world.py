"""
Seam's API of resources: every operation that Seam has, interpreted from the table of operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import Match, Route

from seamproof.mock_server.api import seam
from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.errors import Refusal
from seamproof.mock_server.api.request_fields import json_object
from seamproof.mock_server.model.call_log import ApiCall
from seamproof.mock_server.world.calls.parameters import from_query
from seamproof.mock_server.world.data import operations
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.statuses import OK

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from seamproof.json_types import JsonObject

#: Served beside the world.
_OTHERS: Final = frozenset(route.path for route in seam.ROUTES)


async def respond(request: Request) -> JSONResponse:
    """
    Serve any operation.
    """
    path = request.url.path
    methods = operations()[path].methods
    if request.method not in methods:
        allowed = ", ".join(sorted({*methods, *(["HEAD"] if "GET" in methods else [])}))
        what = f"Method Not Allowed: {request.method} {path}"
        raise Refusal(405, what, headers={"allow": allowed})
    given = await _parameters(request, path)
    base = str(request.base_url).rstrip("/")
    service = context_of(request).service
    try:
        answer = await service.world.call(path, given, base)
    except CallRefused as refused:
        service.calls.add(ApiCall(path, given, refused.status))
        raise await seam.refusal_of(refused) from None
    service.calls.add(ApiCall(path, given, OK))
    return JSONResponse({**answer, "ok": True})


async def _parameters(request: Request, path: str) -> JsonObject:
    query = from_query(path, request.query_params.multi_items())
    return {**query, **await json_object(request)}


class _OperationRoute(Route):
    """
    A route to all operations: one look-up takes the place of hundreds of patterns.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """
        Match the path of any operation, whatever the method.
        """
        path = scope["path"]
        known = path in operations() and path not in _OTHERS
        return (Match.FULL, {"endpoint": respond}) if known else (Match.NONE, {})


_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")

ROUTE: Final = _OperationRoute("/{operation:path}", respond, methods=_METHODS)
