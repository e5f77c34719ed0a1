"""
The control API under `/mock`: operations that the real service does not have.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from fastapi import APIRouter, Body, Depends, Query
from fastapi.routing import APIRoute
from starlette.requests import Request

from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.request_fields import json_object, refuse_repeated
from seamproof.mock_server.api.request_models import (
    AdvanceBody,
    EmitBody,
    FaultsBody,
    MessagesQuery,
    RecoverBody,
    RegisterBody,
    ResendBody,
    ResetBody,
    RotateBody,
    fault_specs,
    read_timestamp,
)
from seamproof.mock_server.api.response_models import (
    ClockBody,
    EndpointBody,
    EndpointsBody,
    ErrorBody,
    FaultListBody,
    FaultView,
    HealthBody,
    MessageBody,
    MessageIdsBody,
    MessagesBody,
    OkBody,
)
from seamproof.mock_server.api.serializers import (
    clock_view,
    detail_view,
    endpoint_view,
    summary_view,
)
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.service.service import Service
from seamproof.schemas.json_text import member_text
from seamproof.signing import Secret
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.model.records import Endpoint

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


class _JsonRoute(APIRoute):
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


def _operation_id(route: APIRoute) -> str:
    method = min(route.methods or {""})
    words = re.findall(r"[a-z]+", route.path.replace("/mock", "").replace("_id", ""))
    return "_".join([method.lower(), *words])


def _errors(*statuses: int) -> dict[int | str, JsonObject]:
    """
    Describe the errors of an operation: those of every operation, and further ones.
    """
    return {
        status: {"model": ErrorBody, "description": _ERRORS[status]}
        for status in sorted({400, 401, 403, 413, *statuses})
    }


def _links(parameter: str, pointer: str, *operations: str) -> JsonObject:
    """
    Describe which operations an id of the response can be passed to.
    """
    value = {parameter: f"$response.body#{pointer}"}
    return {"links": {one: {"operationId": one, "parameters": value} for one in operations}}


_MESSAGE_LINKS: Final = _links(
    "message_id", "/message_ids/0", "get_messages_message", "post_messages_message_resend"
)
_ENDPOINT_LINKS: Final = _links(
    "webhook_id",
    "/endpoint/webhook_id",
    *(
        f"post_endpoints_webhook_{one}"
        for one in ("disable", "enable", "faults", "recover", "rotate_secret")
    ),
)

router: Final = APIRouter(route_class=_JsonRoute, generate_unique_id_function=_operation_id)
_MESSAGE: Final = "/mock/messages/{message_id}"
_ENDPOINT: Final = "/mock/endpoints/{webhook_id}"


async def _service_of(request: Request) -> Service:
    return context_of(request).service


_Service: TypeAlias = Annotated[Service, Depends(_service_of)]


@router.post(
    "/mock/events",
    status_code=202,
    summary="Emit events",
    responses={**_errors(404), 202: _MESSAGE_LINKS},
)
async def emit(body: EmitBody, request: Request, service: _Service) -> MessageIdsBody:
    """
    Enqueue events. They are stored when the response is sent.
    """
    event = None
    if body.event is not None:
        event = member_text((await request.body()).decode(), "event").encode()
    ids = await service.emit(
        event_type=body.event_type,
        event=event,
        journey=body.journey,
        overrides=body.overrides,
        count=body.count,
        seed=body.seed,
        faults=fault_specs(body.faults),
    )
    return MessageIdsBody(message_ids=ids)


@router.get("/mock/messages", summary="List messages", responses=_errors(404))
async def list_messages(
    query: Annotated[MessagesQuery, Query()], request: Request, service: _Service
) -> MessagesBody:
    """
    List messages, the newest first.
    """
    refuse_repeated(request)
    page = await service.messages(**dict(query))
    return MessagesBody(messages=[summary_view(one) for one in page.messages], before=page.before)


@router.get(_MESSAGE, summary="Show a message", responses=_errors(404))
async def show_message(message_id: str, service: _Service) -> MessageBody:
    """
    Show a message with every attempt.
    """
    return MessageBody(message=detail_view(await service.message(message_id)))


@router.post(
    f"{_MESSAGE}/resend", status_code=202, summary="Resend a message", responses=_errors(404, 409)
)
async def resend(
    message_id: str,
    service: _Service,
    body: Annotated[ResendBody, Body(default_factory=ResendBody)],
) -> MessageIdsBody:
    """
    Make one more attempt to deliver a message.
    """
    await service.redelivery.resend(message_id, webhook_id=body.webhook_id)
    return MessageIdsBody(message_ids=[message_id])


@router.get("/mock/endpoints", summary="List endpoints", responses=_errors())
async def list_endpoints(service: _Service) -> EndpointsBody:
    """
    List the endpoints, the oldest first.
    """
    endpoints = await service.endpoints.all()
    now = service.clock.now()
    return EndpointsBody(endpoints=[endpoint_view(one, now) for one in endpoints])


@router.post(
    "/mock/endpoints",
    status_code=201,
    summary="Register an endpoint",
    responses={**_errors(404), 201: _ENDPOINT_LINKS},
)
async def register(body: RegisterBody, service: _Service) -> EndpointBody:
    """
    Register an endpoint, with what Seam's own call has no parameters for.
    """
    endpoint = await service.endpoints.create(
        body.url,
        event_types=body.event_types,
        secret=_secret(body.secret),
        headers=body.headers,
        faults=fault_specs(body.faults),
    )
    return _endpoint_body(endpoint, service)


@router.post(
    f"{_ENDPOINT}/recover",
    status_code=202,
    summary="Recover failed messages",
    responses=_errors(404, 409),
)
async def recover(webhook_id: str, body: RecoverBody, service: _Service) -> MessageIdsBody:
    """
    Send all failed messages of an endpoint again.
    """
    since = read_timestamp(body.since)
    return MessageIdsBody(message_ids=await service.redelivery.recover(webhook_id, since=since))


@router.post(f"{_ENDPOINT}/rotate-secret", summary="Rotate the secret", responses=_errors(404, 409))
async def rotate_secret(
    webhook_id: str,
    service: _Service,
    body: Annotated[RotateBody, Body(default_factory=RotateBody)],
) -> EndpointBody:
    """
    Give an endpoint a new secret. Seam's `/webhooks/get` shows it.
    """
    secret = _secret(body.secret)
    endpoint = await service.endpoints.rotate_secret(webhook_id, secret=secret, grace=body.grace)
    return _endpoint_body(endpoint, service)


@router.post(f"{_ENDPOINT}/enable", summary="Enable an endpoint", responses=_errors(404))
async def enable(webhook_id: str, service: _Service) -> EndpointBody:
    """
    Let an endpoint get messages again.
    """
    return _endpoint_body(await service.endpoints.enable(webhook_id), service)


@router.post(f"{_ENDPOINT}/disable", summary="Disable an endpoint", responses=_errors(404))
async def disable(webhook_id: str, service: _Service) -> EndpointBody:
    """
    Let an endpoint get no more messages.
    """
    return _endpoint_body(await service.endpoints.disable(webhook_id), service)


@router.post(f"{_ENDPOINT}/faults", summary="Set an endpoint's faults", responses=_errors(404))
async def set_faults(webhook_id: str, body: FaultsBody, service: _Service) -> EndpointBody:
    """
    Set the faults of all deliveries to an endpoint.
    """
    endpoint = await service.endpoints.update(webhook_id, faults=fault_specs(body.faults))
    return _endpoint_body(endpoint, service)


@router.get("/mock/clock", summary="Show the time", responses=_errors())
async def show_clock(service: _Service) -> ClockBody:
    """
    Show the time that the retry schedule runs on.
    """
    return ClockBody(clock=clock_view(service.clock))


@router.post("/mock/clock", summary="Advance a manual clock", responses=_errors(409))
async def advance(body: AdvanceBody, service: _Service) -> ClockBody:
    """
    Advance a manual clock, and make every attempt that is due by then.
    """
    await service.advance(body.seconds)
    return ClockBody(clock=clock_view(service.clock))


@router.get("/mock/faults", summary="List the faults", responses=_errors())
async def list_faults() -> FaultListBody:
    """
    List the faults that can be requested.
    """
    return FaultListBody(faults=[FaultView.model_validate(one) for one in FAULTS.values()])


@router.post(
    "/mock/reset", summary="Forget messages, and endpoints on request", responses=_errors()
)
async def reset(
    service: _Service, body: Annotated[ResetBody, Body(default_factory=ResetBody)]
) -> OkBody:
    """
    Forget every message, and the endpoints on request.
    """
    await service.reset(endpoints=body.endpoints)
    return OkBody()


@router.get("/health", summary="Show that the server is up", responses=_errors())
@router.post("/health", summary="Show that the server is up", responses=_errors())
async def show_health() -> HealthBody:
    """
    Show that the server is up.
    """
    return HealthBody(version=__version__)


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)


def _endpoint_body(endpoint: Endpoint, service: Service) -> EndpointBody:
    return EndpointBody(endpoint=endpoint_view(endpoint, service.clock.now()))
