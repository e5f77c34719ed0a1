"""
Operations on endpoints: register, enable, disable, rotate the secret, inject faults, recover.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Body, Query

from seamproof.mock_server.api.control.explanation_models import (
    StatisticsBody,
    StatisticsQuery,
    StatisticsView,
)
from seamproof.mock_server.api.control.routing import (
    ControlledService,
    create_router,
    errors,
    links,
)
from seamproof.mock_server.api.request_models import (
    EventTypesOfEndpointBody,
    FaultsBody,
    RecoverBody,
    RegisterBody,
    RotateBody,
    fault_specs,
    read_timestamp,
)
from seamproof.mock_server.api.response_models import (
    EndpointBody,
    EndpointsBody,
    MessageIdsBody,
    OkBody,
)
from seamproof.mock_server.api.serializers import endpoint_view
from seamproof.mock_server.service.explanations import statistics
from seamproof.signing import Secret

if TYPE_CHECKING:
    from seamproof.mock_server.model.records import Endpoint
    from seamproof.mock_server.service.service import Service

router: Final = create_router()
_ENDPOINT: Final = "/mock/endpoints/{webhook_id}"
_ENDPOINT_LINKS: Final = links(
    "webhook_id",
    "/endpoint/webhook_id",
    *(
        f"post_endpoints_webhook_{one}"
        for one in ("disable", "enable", "faults", "recover", "rotate_secret")
    ),
)


@router.get("/mock/endpoints", summary="List endpoints", responses=errors())
async def list_endpoints(service: ControlledService) -> EndpointsBody:
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
    responses={**errors(404), 201: _ENDPOINT_LINKS},
)
async def register(body: RegisterBody, service: ControlledService) -> EndpointBody:
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
    responses=errors(404, 409),
)
async def recover(webhook_id: str, body: RecoverBody, service: ControlledService) -> MessageIdsBody:
    """
    Send all failed messages of an endpoint again.
    """
    since = read_timestamp(body.since)
    return MessageIdsBody(message_ids=await service.redelivery.recover(webhook_id, since=since))


@router.post(
    f"{_ENDPOINT}/replay-missing",
    status_code=202,
    summary="Send messages that an endpoint never got",
    responses=errors(404, 409),
)
async def replay_missing(
    webhook_id: str, body: RecoverBody, service: ControlledService
) -> MessageIdsBody:
    """
    Send all messages that an endpoint subscribes to and that were never meant for it.
    """
    since = read_timestamp(body.since)
    ids = await service.redelivery.replay_missing(webhook_id, since=since)
    return MessageIdsBody(message_ids=ids)


@router.get(
    f"{_ENDPOINT}/statistics", summary="Show an endpoint's statistics", responses=errors(404)
)
async def show_statistics(
    webhook_id: str,
    query: Annotated[StatisticsQuery, Query()],
    service: ControlledService,
) -> StatisticsBody:
    """
    Count the attempts of an endpoint by intervals.
    """
    since = None if query.since is None else read_timestamp(query.since)
    found = await statistics(service, webhook_id, since=since, interval=query.interval)
    return StatisticsBody(statistics=StatisticsView.model_validate(found))


@router.post(f"{_ENDPOINT}/rotate-secret", summary="Rotate the secret", responses=errors(404, 409))
async def rotate_secret(
    webhook_id: str,
    service: ControlledService,
    body: Annotated[RotateBody, Body(default_factory=RotateBody)],
) -> EndpointBody:
    """
    Give an endpoint a new secret. Seam's `/webhooks/get` shows it.
    """
    secret = _secret(body.secret)
    endpoint = await service.endpoints.rotate_secret(webhook_id, secret=secret, grace=body.grace)
    return _endpoint_body(endpoint, service)


@router.post(f"{_ENDPOINT}/enable", summary="Enable an endpoint", responses=errors(404))
async def enable(webhook_id: str, service: ControlledService) -> EndpointBody:
    """
    Let an endpoint get messages again.
    """
    return _endpoint_body(await service.endpoints.enable(webhook_id), service)


@router.post(f"{_ENDPOINT}/disable", summary="Disable an endpoint", responses=errors(404))
async def disable(webhook_id: str, service: ControlledService) -> EndpointBody:
    """
    Let an endpoint get no more messages.
    """
    return _endpoint_body(await service.endpoints.disable(webhook_id), service)


@router.post(f"{_ENDPOINT}/faults", summary="Set an endpoint's faults", responses=errors(404))
async def set_faults(webhook_id: str, body: FaultsBody, service: ControlledService) -> EndpointBody:
    """
    Set the faults of all deliveries to an endpoint.
    """
    endpoint = await service.endpoints.update(webhook_id, faults=fault_specs(body.faults))
    return _endpoint_body(endpoint, service)


@router.post(
    f"{_ENDPOINT}/event-types", summary="Set an endpoint's event types", responses=errors(404)
)
async def set_event_types(
    webhook_id: str, body: EventTypesOfEndpointBody, service: ControlledService
) -> EndpointBody:
    """
    Set the event types that an endpoint subscribes to.
    """
    endpoint = await service.endpoints.update(webhook_id, event_types=body.event_types)
    return _endpoint_body(endpoint, service)


@router.delete(_ENDPOINT, summary="Remove an endpoint", responses=errors(404))
async def remove(webhook_id: str, service: ControlledService) -> OkBody:
    """
    Remove an endpoint and stop its pending deliveries. Its attempts are kept.
    """
    await service.endpoints.delete(webhook_id)
    return OkBody()


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)


def _endpoint_body(endpoint: Endpoint, service: Service) -> EndpointBody:
    return EndpointBody(endpoint=endpoint_view(endpoint, service.clock.now()))
