"""
The OpenAPI document of the control API, made from the schemas that requests are checked with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.api.control_schemas import ANSWERS, BODIES, QUERIES
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonMapping, JsonObject

_ABOUT: Final = (
    "What the mock server can do that Seam's own API has no calls for. Seam's API is served "
    "beside it, as Seam documents it. `GET /mock/stream` sends every message and attempt as a "
    "server-sent event, for as long as the connection stands; `Last-Event-ID` carries on after "
    "a break. It has no operation here, because an answer that never ends has no schema."
)

#: Method, path, what it does, the answer's status and schema, the body's schema ("?" after it:
#: there may be none), and the statuses of refusals beside 400, 401, 403 and 413.
_OPERATIONS: Final = (
    ("post", "/mock/events", "Emit events", 202, "message_ids", "emit", (404,)),
    ("get", "/mock/messages", "List messages", 200, "messages", "", (404,)),
    ("get", "/mock/messages/{message_id}", "Show a message", 200, "message", "", (404,)),
    (
        *("post", "/mock/messages/{message_id}/resend", "Resend a message"),
        *(202, "message_ids", "resend?", (404, 409)),
    ),
    ("get", "/mock/endpoints", "List endpoints", 200, "endpoints", "", ()),
    ("post", "/mock/endpoints", "Register an endpoint", 201, "endpoint", "register", (404,)),
    (
        *("post", "/mock/endpoints/{webhook_id}/recover", "Recover failed messages"),
        *(202, "message_ids", "recover", (404, 409)),
    ),
    (
        *("post", "/mock/endpoints/{webhook_id}/rotate-secret", "Rotate the secret"),
        *(200, "endpoint", "rotate?", (404, 409)),
    ),
    (
        *("post", "/mock/endpoints/{webhook_id}/enable", "Enable an endpoint"),
        *(200, "endpoint", "", (404,)),
    ),
    (
        *("post", "/mock/endpoints/{webhook_id}/disable", "Disable an endpoint"),
        *(200, "endpoint", "", (404,)),
    ),
    (
        *("post", "/mock/endpoints/{webhook_id}/faults", "Set an endpoint's faults"),
        *(200, "endpoint", "faults", (404,)),
    ),
    ("get", "/mock/clock", "Tell the time", 200, "clock", "", ()),
    ("post", "/mock/clock", "Advance a manual clock", 200, "clock", "advance", (409,)),
    ("get", "/mock/faults", "List the faults", 200, "faults", "", ()),
    ("post", "/mock/reset", "Forget messages, endpoints if asked", 200, "ok", "reset?", ()),
    ("get", "/health", "Tell that the server is up", 200, "health", "", ()),
    ("post", "/health", "Tell that the server is up", 200, "health", "", ()),
)
#: Where an answer's ids lead: the parameter, where its value stands, and what takes it.
_LINKS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "post_events": (
        "message_id",
        "/message_ids/0",
        ("get_messages_message", "post_messages_message_resend"),
    ),
    "post_endpoints": (
        *("webhook_id", "/endpoint/webhook_id"),
        tuple(
            f"post_endpoints_webhook_{one}"
            for one in ("disable", "enable", "faults", "recover", "rotate_secret")
        ),
    ),
}
_REFUSALS: Final = {
    400: "Malformed JSON, or input that is wrong: by field where there is one",
    401: "The API key is missing or another one",
    403: "A foreign Host, another site's request, or a target that is not allowed",
    404: "No such message, endpoint or event type",
    409: "Well-formed, but it cannot be done as things stand",
    413: "A body over 1 MB, or an event over 350 kB",
}


def document(*, keyed: bool = False) -> JsonObject:
    """
    Make the document.

    Args:
        keyed: Whether an API key is demanded.
    """
    paths: dict[str, JsonObject] = {}
    for method, path, about, status, answer, body, refusals in _OPERATIONS:
        operation = _operation(method, path, about, body)
        operation["responses"] = {
            str(status): _response(about, f"#/components/schemas/{answer}"),
            **{
                str(one): _response(_REFUSALS[one], "#/components/schemas/error")
                for one in sorted({400, 401, 403, 413, *refusals})
            },
        }
        operation["responses"][str(status)] |= _links(operation["operationId"])
        if keyed and path != "/health":
            operation["security"] = [{"api_key": []}]
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "seamproof mock server",
            "version": __version__,
            "description": _ABOUT,
        },
        "paths": paths,
        "components": {
            "schemas": {**ANSWERS, **{f"{name}_request": one for name, one in BODIES.items()}},
            "securitySchemes": {"api_key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(method: str, path: str, about: str, body: str) -> JsonObject:
    words = re.findall(r"[a-z]+", path.replace("/mock", "").replace("_id", ""))
    operation: JsonObject = {"operationId": "_".join([method, *words]), "summary": about}
    names = re.findall(r"{(\w+)}", path)
    operation["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    if (method, path) == ("get", "/mock/messages"):
        operation["parameters"] += _query(QUERIES["messages"])
    if body:
        schema = {"$ref": f"#/components/schemas/{body.removesuffix('?')}_request"}
        operation["requestBody"] = {
            "required": not body.endswith("?"),
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _links(operation: str) -> JsonObject:
    if operation not in _LINKS:
        return {}
    parameter, pointer, targets = _LINKS[operation]
    value = {parameter: f"$response.body#{pointer}"}
    return {"links": {one: {"operationId": one, "parameters": value} for one in targets}}


def _query(schemas: Mapping[str, JsonMapping]) -> list[JsonObject]:
    return [
        {"name": name, "in": "query", "required": False, "schema": dict(schema)}
        for name, schema in schemas.items()
    ]


def _response(about: str, reference: str) -> JsonObject:
    return {
        "description": about,
        "headers": {"seam-request-id": {"schema": {"type": "string", "format": "uuid"}}},
        "content": {"application/json": {"schema": {"$ref": reference}}},
    }
