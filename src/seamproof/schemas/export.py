"""
Export of event schemas as JSON Schema, OpenAPI and AsyncAPI documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.schemas.validation.keywords import DIALECT
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.catalogue import EventSchema

_TITLE: Final = "Seam webhook events"
_ABOUT: Final = "What Seam sends to a webhook, as seamproof has derived it."
_HEADERS: Final = {
    "svix-id": "Identifies the message; the same for every delivery of it.",
    "svix-timestamp": "When this attempt was signed, in whole seconds since the epoch.",
    "svix-signature": "Signatures of this attempt, separated by spaces: v1 and base64.",
}


def to_json_schema(schemas: Iterable[EventSchema]) -> JsonObject:
    """
    Build one JSON Schema (draft 2020-12): a `oneOf` that `event_type` discriminates.
    """
    parts = _definitions(schemas)
    return {
        "$schema": DIALECT,
        "$id": "urn:seam:events",
        "title": _TITLE,
        "description": _ABOUT,
        "type": "object",
        "required": ["event_type"],
        "discriminator": {
            "propertyName": "event_type",
            "mapping": {name: f"#/$defs/{name}" for name in parts},
        },
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in parts],
        "$defs": parts,
    }


def to_openapi(schemas: Iterable[EventSchema]) -> JsonObject:
    """
    Build an OpenAPI 3.1 document with an entry for each event under `webhooks`.
    """
    chosen = tuple(schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": _TITLE, "version": __version__, "description": _ABOUT},
        "security": [],
        "webhooks": {schema.event_type: {"post": _operation(schema)} for schema in chosen},
        "components": {
            "parameters": {
                name: {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "description": about,
                    "schema": {"type": "string"},
                }
                for name, about in _HEADERS.items()
            },
            "schemas": {
                name: {**definition, **_annotations(definition)}
                for name, definition in _definitions(chosen).items()
            },
        },
    }


def _annotations(definition: JsonMapping) -> JsonObject:
    """
    Build what OpenAPI says of a schema: what is deprecated, and what is not documented.
    """
    notes, members = definition["x-seam"], definition["properties"]
    hidden = {name for name, note in notes["properties"].items() if not note["documented"]}
    properties = {
        name: {**member, **_UNDOCUMENTED} if name in hidden else member
        for name, member in members.items()
    }
    marks = {} if notes["documented"] else _UNDOCUMENTED
    return {"properties": properties, "deprecated": notes["deprecated"], **marks}


_UNDOCUMENTED: Final[JsonMapping] = {"x-undocumented": "Not in Seam's documentation."}


def _operation(schema: EventSchema) -> JsonObject:
    reference = {"$ref": f"#/components/schemas/{schema.event_type}"}
    return {
        "operationId": schema.event_type,
        "summary": schema.title,
        "description": schema.description,
        "deprecated": schema.deprecated,
        "tags": [schema.resource],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _HEADERS],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}},
        "responses": {
            "2XX": {"description": "The event is accepted; it is not sent again."},
            "default": {"description": "The event is sent again later."},
        },
    }


def to_asyncapi(schemas: Iterable[EventSchema]) -> JsonObject:
    """
    Build an AsyncAPI 3.0 document with one channel and a message for each event.
    """
    chosen = tuple(schemas)
    names = [schema.event_type for schema in chosen]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": _TITLE, "version": __version__, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "webhook": {
                "description": "The URL that the webhook was registered with.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            }
        },
        "operations": {
            "receiveEvent": {
                "action": "receive",
                "summary": "Receive an event and answer 2xx.",
                "channel": {"$ref": "#/channels/webhook"},
                "messages": [{"$ref": f"#/channels/webhook/messages/{name}"} for name in names],
            }
        },
        "components": {
            "messages": {schema.event_type: _message(schema) for schema in chosen},
            "schemas": _definitions(chosen),
        },
    }


def _message(schema: EventSchema) -> JsonObject:
    headers = {name: {"type": "string", "description": about} for name, about in _HEADERS.items()}
    return {
        "name": schema.event_type,
        "title": schema.title,
        "summary": schema.description,
        "contentType": "application/json",
        "headers": {"type": "object", "properties": headers, "required": list(_HEADERS)},
        "payload": {"$ref": f"#/components/schemas/{schema.event_type}"},
    }


def _definitions(schemas: Iterable[EventSchema]) -> dict[str, JsonObject]:
    """
    Map event types to schemas that can be embedded: without `$schema` and `$id`.
    """
    return {
        schema.event_type: {
            key: value for key, value in schema.document.items() if key not in ("$schema", "$id")
        }
        for schema in schemas
    }


#: From the name of each format to the function that builds its document.
FORMATS: Final[Mapping[str, Callable[[Iterable[EventSchema]], JsonObject]]] = {
    "json-schema": to_json_schema,
    "openapi": to_openapi,
    "asyncapi": to_asyncapi,
}
