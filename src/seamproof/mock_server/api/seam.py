"""
Seam's API: webhooks and events, as Seam's OpenAPI document and its SDK define them.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from seamproof.errors import NotFound
from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.errors import Refusal, invalid
from seamproof.mock_server.api.request_fields import (
    InvalidField,
    Several,
    identifier,
    instant,
    json_object,
    parameters,
    text,
    whole,
)
from seamproof.mock_server.model.call_log import ApiCall
from seamproof.statuses import NOT_FOUND, OK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.api.request_fields import Reader
    from seamproof.mock_server.model.records import Endpoint
    from seamproof.mock_server.world.refusals import CallRefused
    from seamproof.schemas import Catalogue

#: How many events a list has at most by default.
_LIMIT: Final = 500

#: The ids that events can be listed by.
_SINGLE_IDS: Final = (
    "access_code_id",
    "access_grant_id",
    "access_method_id",
    "acs_access_group_id",
    "acs_credential_id",
    "acs_encoder_id",
    "acs_entrance_id",
    "acs_system_id",
    "acs_user_id",
    "connect_webview_id",
    "connected_account_id",
    "device_id",
    "space_id",
    "user_identity_id",
)
#: The ids of which several can be given at once, and how many at most.
_ID_LISTS: Final = {
    "access_code_ids": None,
    "access_grant_ids": 100,
    "access_method_ids": 100,
    "acs_system_ids": None,
    "device_ids": None,
    "event_ids": None,
    "space_ids": 100,
}
_IDS: Final[Mapping[str, Reader]] = {
    "customer_key": text,
    **dict.fromkeys(_SINGLE_IDS, identifier),
    **{name: Several(identifier, limit=limit) for name, limit in _ID_LISTS.items()},
}
_PAGE: Final[Mapping[str, Reader]] = {
    "since": instant,
    "between": Several(instant, exactly=2),
    "limit": whole,
    "unstable_offset": whole,
}
_WEBHOOK: Final[Mapping[str, Reader]] = {"webhook_id": text}
_EVENT: Final[Mapping[str, Reader]] = {
    "event_id": identifier,
    "event_type": text,
    "device_id": identifier,
}
_TYPES: Final = Several(text)


async def create(request: Request) -> JsonObject:
    """
    Serve `/webhooks/create`.
    """
    readers: Mapping[str, Reader] = {"url": text, "event_types": _TYPES}
    given = await parameters(request, readers, frozenset({"url"}))
    endpoint = await context_of(request).service.endpoints.create(
        given["url"], event_types=given.get("event_types", ("*",))
    )
    return {"webhook": webhook(endpoint)}


async def get(request: Request) -> JsonObject:
    """
    Serve `/webhooks/get`.
    """
    given = await parameters(request, _WEBHOOK, frozenset(_WEBHOOK))
    return {
        "webhook": webhook(await context_of(request).service.endpoints.get(given["webhook_id"]))
    }


async def list_all(request: Request) -> JsonObject:
    """
    Serve `/webhooks/list`.
    """
    await parameters(request, {})
    endpoints = await context_of(request).service.endpoints.all()
    return {"webhooks": [webhook(one) for one in endpoints]}


async def update(request: Request) -> JsonObject:
    """
    Serve `/webhooks/update`: change the event types, and nothing else.
    """
    readers: Mapping[str, Reader] = {"webhook_id": text, "event_types": _TYPES}
    given = await parameters(request, readers, frozenset(readers))
    await context_of(request).service.endpoints.update(
        given["webhook_id"], event_types=given["event_types"]
    )
    return {}


async def delete(request: Request) -> JsonObject:
    """
    Serve `/webhooks/delete`: remove an endpoint and stop its pending attempts.
    """
    given = await parameters(request, _WEBHOOK, frozenset(_WEBHOOK))
    await context_of(request).service.endpoints.delete(given["webhook_id"])
    return {}


async def list_events(request: Request) -> JsonObject:
    """
    Serve `/events/list`: filter by time, by type and by every id.
    """
    service = context_of(request).service
    read_type = partial(_read_type, service.catalogue)
    types: Mapping[str, Reader] = {"event_type": read_type, "event_types": Several(read_type)}
    given = await parameters(request, {**_PAGE, **types, **_IDS})
    if ("since" in given) == ("between" in given):
        what = "Cannot specify both" if "since" in given else "Must specify either"
        raise invalid({"": [f"{what} since {'and' if 'since' in given else 'or'} between"]})
    events = await service.events(
        since=given.get("since"),
        between=tuple(given["between"]) if "between" in given else None,
        event_types=_requested_types(given),
        ids=_ids(given),
        limit=given.get("limit", _LIMIT),
        offset=given.get("unstable_offset", 0),
    )
    return {"events": events}


async def get_event(request: Request) -> JsonObject:
    """
    Serve `/events/get`: an event by its id, or the latest one of a type or a device.
    """
    given = await parameters(request, _EVENT)
    if not given:
        what = "An argument for event_id, event_type or device_id is required"
        raise invalid({"": [what]})
    return {"event": await context_of(request).service.event(**given)}


async def refusal_of(refused: CallRefused) -> Refusal:
    """
    Make the answer to a call that is refused, after the time that it takes.
    """
    await asyncio.sleep(refused.seconds)
    if refused.fields:
        return invalid(refused.fields)
    wait = {"retry-after": str(refused.retry_after)} if refused.retry_after else None
    return Refusal(refused.status, refused.message, kind=refused.kind, headers=wait)


def _route(
    path: str,
    methods: Sequence[str],
    handle: Callable[[Request], Awaitable[JsonObject]],
    missing: str,
) -> Route:
    """
    Create a route.

    Args:
        path: Of the operation.
        methods: Those that Seam's document gives it.
        handle: Serves a request.
        missing: What does not exist, if the service does not find an id.
    """

    async def respond(request: Request) -> JSONResponse:
        service = context_of(request).service
        calls, given = service.calls, {**request.query_params, **await json_object(request)}
        refused = service.world.refusal(path)
        if refused is not None:
            calls.add(ApiCall(path, given, refused.status))
            raise await refusal_of(refused)
        try:
            answer = {**await handle(request), "ok": True}
        except Refusal as refusal:
            calls.add(ApiCall(path, given, refusal.status_code))
            raise
        except NotFound:
            calls.add(ApiCall(path, given, NOT_FOUND))
            what, kind = f"{missing} not found", f"{missing.lower()}_not_found"
            raise Refusal(NOT_FOUND, what, kind=kind) from None
        calls.add(ApiCall(path, given, OK))
        return JSONResponse(answer)

    return Route(path, respond, methods=methods)


ROUTES: Final = (
    _route("/webhooks/create", ["POST"], create, "Webhook"),
    _route("/webhooks/get", ["GET", "POST"], get, "Webhook"),
    _route("/webhooks/list", ["GET", "POST"], list_all, "Webhook"),
    _route("/webhooks/update", ["POST", "PUT"], update, "Webhook"),
    _route("/webhooks/delete", ["DELETE", "POST"], delete, "Webhook"),
    _route("/events/list", ["GET", "POST"], list_events, "Event"),
    _route("/events/get", ["GET", "POST"], get_event, "Event"),
)


def _read_type(catalogue: Catalogue, value: object) -> str:
    name = text(value)
    if name not in catalogue:
        nearest = " or ".join(catalogue.nearest(name))
        what = f"Unknown event type{f'; did you mean {nearest}?' if nearest else ''}"
        raise InvalidField(what)
    return name


def webhook(endpoint: Endpoint) -> JsonObject:
    """
    Serialise an endpoint as Seam serialises a webhook.
    """
    return {
        "webhook_id": endpoint.webhook_id,
        "url": endpoint.url,
        "event_types": list(endpoint.event_types),
        "secret": endpoint.secret.reveal(),
    }


def _ids(given: JsonMapping) -> dict[str, list[str]]:
    """
    Group the requested ids by the property that holds them. An event has to match all of them.
    """
    found: dict[str, list[str]] = {}
    for name in _IDS.keys() & given.keys():
        values: list[str] = given[name] if isinstance(given[name], list) else [given[name]]
        key = name.removesuffix("s")
        found[key] = [one for one in found.get(key, values) if one in values]
    return found


def _requested_types(given: JsonMapping) -> list[str] | None:
    one, several = given.get("event_type"), given.get("event_types")
    if one is None:
        return several
    return [one] if several is None or one in several else []
