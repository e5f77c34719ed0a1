"""
Seam's API: webhooks and events, as Seam's OpenAPI document and its SDK have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from seamproof.errors import NotFound, SeamproofError
from seamproof.mock_server.api.errors import Refusal, invalid, invalid_as, unavailable
from seamproof.mock_server.api.request_fields import (
    Several,
    Wrong,
    identifier,
    instant,
    parameters,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.api.request_fields import Reader
    from seamproof.mock_server.model.records import Endpoint
    from seamproof.mock_server.service.service import Service

#: How many events a list has when no limit is given.
_LIMIT: Final = 500

#: The ids that events are listed by, each on its own.
_BY_ONE: Final = (
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
#: Those of which several can be given at once, and how many at most.
_BY_SEVERAL: Final = {
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
    **dict.fromkeys(_BY_ONE, identifier),
    **{name: Several(identifier, most=most) for name, most in _BY_SEVERAL.items()},
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


def routes(service: Service) -> list[Route]:
    """
    Make the routes of Seam's API, each with the methods that Seam's document gives it.
    """
    api = SeamApi(service)
    table: Mapping[str, tuple[list[str], Callable[[Request], Awaitable[JsonObject]]]] = {
        "/webhooks/create": (["POST"], api.create),
        "/webhooks/get": (["GET", "POST"], api.get),
        "/webhooks/list": (["GET", "POST"], api.list),
        "/webhooks/update": (["POST", "PUT"], api.update),
        "/webhooks/delete": (["DELETE", "POST"], api.delete),
        "/events/list": (["GET", "POST"], api.list_events),
        "/events/get": (["GET", "POST"], api.get_event),
    }
    return [
        Route(path, _answering(service, handler), methods=methods)
        for path, (methods, handler) in table.items()
    ]


def _answering(
    service: Service, handler: Callable[[Request], Awaitable[JsonObject]]
) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answered(request: Request) -> JSONResponse:
        try:
            given = await handler(request)
        except SeamproofError as problem:
            raise unavailable(service) or invalid_as(problem) from problem
        return JSONResponse({**given, "ok": True})

    return answered


class SeamApi:
    """
    The calls of Seam's API.

    Args:
        service: What does the work.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def create(self, request: Request) -> JsonObject:
        """
        `/webhooks/create`: with a secret of its own.
        """
        readers: Mapping[str, Reader] = {"url": text, "event_types": _TYPES}
        given = await parameters(request, readers, frozenset({"url"}))
        endpoint = await self._service.create_endpoint(
            given["url"], event_types=given.get("event_types", ("*",))
        )
        return {"webhook": webhook(endpoint)}

    async def get(self, request: Request) -> JsonObject:
        """
        `/webhooks/get`.
        """
        given = await parameters(request, _WEBHOOK, frozenset(_WEBHOOK))
        try:
            return {"webhook": webhook(await self._service.endpoint(given["webhook_id"]))}
        except NotFound:
            raise _no_webhook() from None

    async def list(self, request: Request) -> JsonObject:
        """
        `/webhooks/list`.
        """
        await parameters(request, {})
        return {"webhooks": [webhook(one) for one in await self._service.endpoints()]}

    async def update(self, request: Request) -> JsonObject:
        """
        `/webhooks/update`: the event types, and nothing else.
        """
        readers: Mapping[str, Reader] = {"webhook_id": text, "event_types": _TYPES}
        given = await parameters(request, readers, frozenset(readers))
        try:
            await self._service.update_endpoint(
                given["webhook_id"], event_types=given["event_types"]
            )
        except NotFound:
            raise _no_webhook() from None
        return {}

    async def delete(self, request: Request) -> JsonObject:
        """
        `/webhooks/delete`: its pending attempts stop.
        """
        given = await parameters(request, _WEBHOOK, frozenset(_WEBHOOK))
        try:
            await self._service.delete_endpoint(given["webhook_id"])
        except NotFound:
            raise _no_webhook() from None
        return {}

    async def list_events(self, request: Request) -> JsonObject:
        """
        `/events/list`: since an instant or between two, by type and by every id.
        """
        kinds: Mapping[str, Reader] = {
            "event_type": self._known_type,
            "event_types": Several(self._known_type),
        }
        given = await parameters(request, {**_PAGE, **kinds, **_IDS})
        if ("since" in given) == ("between" in given):
            what = "Cannot specify both" if "since" in given else "Must specify either"
            raise invalid({}, whole=[f"{what} since {'and' if 'since' in given else 'or'} between"])
        events = await self._service.events(
            since=given.get("since"),
            between=tuple(given["between"]) if "between" in given else None,
            event_types=_wanted_types(given),
            ids=_ids(given),
            limit=given.get("limit", _LIMIT),
            offset=given.get("unstable_offset", 0),
        )
        return {"events": events}

    async def get_event(self, request: Request) -> JsonObject:
        """
        `/events/get`: by its id, or the latest one of a type or a device.
        """
        given = await parameters(request, _EVENT)
        if not given:
            what = "An argument for event_id, event_type or device_id is required"
            raise invalid({}, whole=[what])
        try:
            return {"event": await self._service.event(**given)}
        except NotFound:
            raise Refusal(404, "Event not found", kind="event_not_found") from None

    def _known_type(self, value: object) -> str:
        name = text(value)
        if name not in self._service.catalogue:
            nearest = " or ".join(self._service.catalogue.nearest(name))
            what = f"Unknown event type{f'; did you mean {nearest}?' if nearest else ''}"
            raise Wrong(what)
        return name


def webhook(endpoint: Endpoint) -> JsonObject:
    """
    Show an endpoint as Seam shows a webhook.
    """
    return {
        "webhook_id": endpoint.webhook_id,
        "url": endpoint.url,
        "event_types": list(endpoint.event_types),
        "secret": endpoint.secret.reveal(),
    }


def _ids(given: JsonMapping) -> dict[str, list[str]]:
    """
    Gather the ids asked for by the property that has them. All that is given must hold.
    """
    wanted: dict[str, list[str]] = {}
    for name in _IDS.keys() & given.keys():
        values: list[str] = given[name] if isinstance(given[name], list) else [given[name]]
        key = name.removesuffix("s")
        wanted[key] = [one for one in wanted.get(key, values) if one in values]
    return wanted


def _wanted_types(given: JsonMapping) -> list[str] | None:
    one, several = given.get("event_type"), given.get("event_types")
    if one is None:
        return several
    return [one] if several is None or one in several else []


def _no_webhook() -> Refusal:
    return Refusal(404, "Webhook not found", kind="webhook_not_found")
