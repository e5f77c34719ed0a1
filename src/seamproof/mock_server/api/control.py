"""
The control API under `/mock`: what the real service has no calls for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from starlette.responses import JSONResponse
from starlette.routing import Route

from seamproof.errors import SeamproofError
from seamproof.mock_server.api.control_errors import refused
from seamproof.mock_server.api.control_schemas import QUERIES, STATUSES, USUAL_PAGE, violations
from seamproof.mock_server.api.errors import invalid, unavailable
from seamproof.mock_server.api.request_fields import Wrong, instant, json_object, parameters, text
from seamproof.mock_server.api.serializers import (
    clock_view,
    detail_view,
    endpoint_view,
    summary_view,
)
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.model.durations import parse_duration
from seamproof.mock_server.model.fault_spec import FaultSpec
from seamproof.schemas.json_text import member_text
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.api.request_fields import Reader
    from seamproof.mock_server.model.records import Endpoint
    from seamproof.mock_server.service.service import Service

_Handler: TypeAlias = "Callable[[Request], Awaitable[JsonObject]]"
_Call: TypeAlias = "tuple[_Handler, int]"

_OK: Final = 200
_CREATED: Final = 201
_ACCEPTED: Final = 202


def routes(service: Service) -> list[Route]:
    """
    Make the routes of the control API.
    """
    api = ControlApi(service)
    message, endpoint = "/mock/messages/{message_id}", "/mock/endpoints/{webhook_id}"
    table: list[tuple[str, str, int, _Handler]] = [
        ("POST", "/mock/events", _ACCEPTED, api.emit),
        ("GET", "/mock/messages", _OK, api.messages),
        ("GET", message, _OK, api.message),
        ("POST", f"{message}/resend", _ACCEPTED, api.resend),
        ("GET", "/mock/endpoints", _OK, api.endpoints),
        ("POST", "/mock/endpoints", _CREATED, api.register),
        ("POST", f"{endpoint}/recover", _ACCEPTED, api.recover),
        ("POST", f"{endpoint}/rotate-secret", _OK, api.rotate),
        ("POST", f"{endpoint}/enable", _OK, api.enable),
        ("POST", f"{endpoint}/disable", _OK, api.disable),
        ("POST", f"{endpoint}/faults", _OK, api.set_faults),
        ("GET", "/mock/clock", _OK, api.clock),
        ("POST", "/mock/clock", _OK, api.advance),
        ("GET", "/mock/faults", _OK, api.faults),
        ("POST", "/mock/reset", _OK, api.reset),
    ]
    calls: dict[str, dict[str, _Call]] = {}
    for method, path, status, handler in table:
        calls.setdefault(path, {})[method] = (handler, status)
    # One route a path, so that a refused method is told all of those that there are.
    return [
        Route(path, _answering(service, known), methods=list(known))
        for path, known in calls.items()
    ]


def _answering(
    service: Service, calls: Mapping[str, _Call]
) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answered(request: Request) -> JSONResponse:
        handler, status = calls["GET" if request.method == "HEAD" else request.method]
        try:
            given = await handler(request)
        except SeamproofError as problem:
            raise unavailable(service) or refused(problem, request.url.path) from problem
        return JSONResponse({**given, "ok": True}, status_code=status)

    return answered


class ControlApi:
    """
    The calls of the control API.

    Args:
        service: What does the work.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def emit(self, request: Request) -> JsonObject:
        """
        Take events in: durable once it is answered.
        """
        given, raw = await _body(request, "emit")
        event = given.get("event")
        if event is not None and not given.get("overrides"):
            event = member_text(raw, "event").encode()
        ids = await self._service.emit(
            event_type=given.get("event_type"),
            event=event,
            journey=given.get("journey"),
            overrides=given.get("overrides", {}),
            count=_whole(given.get("count")),
            seed=_seed(given.get("seed")),
            faults=_faults(given),
        )
        return {"message_ids": ids}

    async def messages(self, request: Request) -> JsonObject:
        """
        List messages, the newest first.
        """
        given = await parameters(request, _QUERY)
        _refuse_unknown(request, "messages")
        page = await self._service.messages(**{"limit": USUAL_PAGE, **given})
        return {"messages": [summary_view(one) for one in page.messages], "before": page.before}

    async def message(self, request: Request) -> JsonObject:
        """
        Show one message with every attempt.
        """
        detail = await self._service.message(request.path_params["message_id"])
        return {"message": detail_view(detail)}

    async def resend(self, request: Request) -> JsonObject:
        """
        Send a message once more.
        """
        given, _ = await _body(request, "resend")
        message_id = request.path_params["message_id"]
        await self._service.resend(message_id, webhook_id=given.get("webhook_id"))
        return {"message_ids": [message_id]}

    async def endpoints(self, request: Request) -> JsonObject:
        """
        List the endpoints.
        """
        del request
        return {"endpoints": [self._view(one) for one in await self._service.endpoints()]}

    async def register(self, request: Request) -> JsonObject:
        """
        Make an endpoint with what Seam's own call has no parameters for.
        """
        given, _ = await _body(request, "register")
        endpoint = await self._service.create_endpoint(
            given["url"],
            event_types=given.get("event_types", ("*",)),
            secret=_secret(given),
            headers=given.get("headers", {}),
            faults=_faults(given),
        )
        return {"endpoint": self._view(endpoint)}

    async def recover(self, request: Request) -> JsonObject:
        """
        Send all failed messages of an endpoint again.
        """
        given, _ = await _body(request, "recover")
        try:
            since = instant(given["since"])
        except Wrong as problem:
            raise invalid({"since": [str(problem)]}) from None
        ids = await self._service.recover(request.path_params["webhook_id"], since=since)
        return {"message_ids": ids}

    async def rotate(self, request: Request) -> JsonObject:
        """
        Give an endpoint a new secret. Seam's `/webhooks/get` tells which.
        """
        given, _ = await _body(request, "rotate")
        grace = {"grace": float(given["grace"])} if "grace" in given else {}
        endpoint = await self._service.rotate_secret(
            request.path_params["webhook_id"], secret=_secret(given), **grace
        )
        return {"endpoint": self._view(endpoint)}

    async def enable(self, request: Request) -> JsonObject:
        """
        Let an endpoint get messages again.
        """
        endpoint = await self._service.enable(request.path_params["webhook_id"])
        return {"endpoint": self._view(endpoint)}

    async def disable(self, request: Request) -> JsonObject:
        """
        Let an endpoint get no more messages.
        """
        endpoint = await self._service.disable(request.path_params["webhook_id"])
        return {"endpoint": self._view(endpoint)}

    async def set_faults(self, request: Request) -> JsonObject:
        """
        Set what goes wrong on the way to an endpoint.
        """
        given, _ = await _body(request, "faults")
        endpoint = await self._service.update_endpoint(
            request.path_params["webhook_id"], faults=_faults(given)
        )
        return {"endpoint": self._view(endpoint)}

    async def clock(self, request: Request) -> JsonObject:
        """
        Tell the time.
        """
        del request
        return {"clock": clock_view(self._service.clock)}

    async def advance(self, request: Request) -> JsonObject:
        """
        Advance a manual clock, with every attempt that is due by then.
        """
        given, _ = await _body(request, "advance")
        by = given["advance"]
        await self._service.advance(parse_duration(by) if isinstance(by, str) else float(by))
        return {"clock": clock_view(self._service.clock)}

    async def faults(self, request: Request) -> JsonObject:
        """
        List the faults.
        """
        del request
        shown = [
            {"name": one.name, "line": one.line, "answer": one.answer} for one in FAULTS.values()
        ]
        return {"faults": shown}

    async def reset(self, request: Request) -> JsonObject:
        """
        Forget every message, and the endpoints if that is asked for.
        """
        given, _ = await _body(request, "reset")
        await self._service.reset(endpoints=given.get("endpoints", False))
        return {}

    def _view(self, endpoint: Endpoint) -> JsonObject:
        return endpoint_view(endpoint, self._service.clock.now())


async def _body(request: Request, name: str) -> tuple[JsonObject, str]:
    """
    Read a body and check it against its schema.
    """
    given, raw = await json_object(request)
    found = dict(violations(name, given))
    if found:
        whole = found.pop("", [])
        raise invalid(found, whole=whole)
    return given, raw


def _refuse_unknown(request: Request, name: str) -> None:
    unknown = request.query_params.keys() - QUERIES[name].keys()
    if unknown:
        raise invalid({one: ["Unknown parameter"] for one in sorted(unknown)})


_NUMBER: Final = re.compile(r"[0-9]{1,19}")


def _between(least: int, most: int) -> Reader:
    def read(value: object) -> int:
        given = text(value)
        if not (_NUMBER.fullmatch(given) and least <= int(given) <= most):
            what = f"Expected a whole number from {least} to {most}"
            raise Wrong(what)
        return int(given)

    return read


def _status(value: object) -> str:
    if value not in STATUSES:
        what = f"Expected one of {', '.join(STATUSES)}"
        raise Wrong(what)
    return str(value)


_LIMITS: Final = QUERIES["messages"]
_QUERY: Final[Mapping[str, Reader]] = {
    "status": _status,
    "event_type": text,
    "endpoint": text,
    "limit": _between(_LIMITS["limit"]["minimum"], _LIMITS["limit"]["maximum"]),
    "before": _between(_LIMITS["before"]["minimum"], _LIMITS["before"]["maximum"]),
}


def _faults(given: JsonMapping) -> tuple[FaultSpec, ...]:
    return tuple(
        FaultSpec(one)
        if isinstance(one, str)
        else FaultSpec(
            one["name"],
            float(one.get("probability", 1.0)),
            _whole(one.get("count")),
            _seed(one.get("seed")),
        )
        for one in given.get("faults", ())
    )


def _secret(given: JsonMapping) -> Secret | None:
    return Secret(given["secret"]) if "secret" in given else None


def _whole(value: float | None) -> int | None:
    """
    JSON Schema takes 3.0 for an integer, as JSON does not tell the two apart.
    """
    return None if value is None else int(value)


def _seed(value: float | str | None) -> int | str | None:
    return int(value) if isinstance(value, float) else value
