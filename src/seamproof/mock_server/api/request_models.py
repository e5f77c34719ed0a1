"""
What `/mock` takes and answers, as JSON Schemas.

Requests are checked against the very schemas that its OpenAPI document shows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.model.durations import LONGEST, PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonObject

Schema: TypeAlias = "JsonObject"

#: How many messages one request makes at most.
MOST: Final = 10_000
#: How many messages a page has at most, and how many if nothing is said.
PAGE: Final = 500
USUAL_PAGE: Final = 50
#: The longest grace of a rotation, in seconds (Svix allows 0 to 7 days).
GRACE: Final = 7 * 86_400

_LARGEST: Final = 2**53 - 1
_GROUP: Final = "[A-Za-z0-9+/]"
#: `whsec_` and base64 of 24 to 75 bytes.
_SECRET: Final = (
    rf"^whsec_({_GROUP}{{4}}){{8,24}}({_GROUP}{{4}}|{_GROUP}{{2}}(==)?|{_GROUP}{{3}}=?)?$"
)

STATUSES: Final = ("pending", "delivered", "failed", "stopped", "unmatched")


def _text(about: str, **more: object) -> Schema:
    return {"type": "string", "description": about, **more}


def _object(properties: Mapping[str, Schema], *required: str, about: str = "") -> Schema:
    told = {"description": about} if about else {}
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
        **told,
    }


def _answer(**properties: Schema) -> Schema:
    return _object({**properties, "ok": {"const": True}}, *properties, "ok")


def _list(items: Schema, **more: object) -> Schema:
    return {"type": "array", "items": items, **more}


_ID: Final = _text("Of a message", pattern="^msg_")
_MAYBE_TIME: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
_FAULT_NAME: Final = {"type": "string", "enum": list(FAULTS)}
_SEED: Final[Schema] = {
    "description": "The same seed decides the same",
    "anyOf": [
        {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST},
        {"type": "string", "maxLength": 200},
    ],
}
_FAULT: Final[Schema] = {
    "description": "A fault by its name, or with how often it strikes",
    "anyOf": [
        _FAULT_NAME,
        _object(
            {
                "name": _FAULT_NAME,
                "probability": {"type": "number", "minimum": 0, "maximum": 1},
                "count": {"type": "integer", "minimum": 1, "maximum": MOST},
                "seed": _SEED,
            },
            "name",
        ),
    ],
}
_FAULT_LIST: Final = _list(_FAULT, maxItems=100)
_TYPES: Final = _list({"type": "string", "minLength": 1}, maxItems=1000)

_ONE_OF: Final = "Exactly one of event_type, event and journey is given"

_SINCE: Final = "An ISO 8601 date or time, at most 14 days back; without an offset it is UTC"

#: The bodies that requests have, by name.
BODIES: Final[Mapping[str, Schema]] = {
    "emit": _object(
        {
            "event_type": _text("A glob over event types", minLength=1, maxLength=200),
            "event": {
                "type": "object",
                "description": "A whole event, sent byte for byte, of up to 350 kB",
                "properties": {"event_type": {"type": "string"}},
                "required": ["event_type"],
            },
            "journey": _text("The name of a journey", minLength=1, maxLength=200),
            "overrides": {
                "type": "object",
                "description": (
                    "Values by path, as device_id or errors.0.message. They go with "
                    "event_type or journey; a whole event is sent as it is given"
                ),
                "maxProperties": 100,
            },
            "count": {"type": "integer", "minimum": 1, "maximum": MOST},
            "seed": _SEED,
            "faults": _FAULT_LIST,
        },
    )
    | {
        "oneOf": [{"required": [one]} for one in ("event_type", "event", "journey")],
        "examples": [{"event_type": "acs_credential.*", "count": 3, "faults": ["duplicate"]}],
    },
    "register": _object(
        {
            "url": _text(
                "Where the messages go: http or https", format="uri", minLength=1, maxLength=2000
            ),
            "event_types": _TYPES,
            "secret": _text("By default a new one", pattern=_SECRET),
            "headers": {
                "type": "object",
                "description": "Sent in addition to Svix's own",
                "propertyNames": {"pattern": "^[A-Za-z0-9-]{1,100}$"},
                "additionalProperties": {
                    "type": "string",
                    "pattern": "^[!-~]([ -~]{0,998}[!-~])?$",
                },
                "maxProperties": 50,
            },
            "faults": _FAULT_LIST,
        },
        "url",
    )
    | {"examples": [{"url": "http://127.0.0.1:8000/webhooks/seam", "event_types": ["*"]}]},
    "resend": _object({"webhook_id": _text("To this endpoint only", minLength=1)}),
    "recover": _object({"since": _text(_SINCE, minLength=1)}, "since")
    | {"examples": [{"since": "2026-01-31T12:00:00Z"}, {"since": "2026-01-31"}]},
    "rotate": _object(
        {
            "secret": _text("By default a new one", pattern=_SECRET),
            "grace": {
                "type": "number",
                "minimum": 0,
                "maximum": GRACE,
                "description": "Seconds for which the old secret still signs",
            },
        }
    ),
    "faults": _object({"faults": _FAULT_LIST}, "faults"),
    "reset": _object(
        {
            "endpoints": {
                "type": "boolean",
                "default": False,
                "description": "Whether the endpoints are forgotten too",
            }
        }
    ),
    "advance": _object(
        {
            "advance": {
                "description": "Seconds, or a duration as 35m or 27h35m",
                "anyOf": [
                    {"type": "number", "minimum": 0, "maximum": LONGEST},
                    {"type": "string", "pattern": PATTERN, "maxLength": 80},
                ],
            }
        },
        "advance",
    )
    | {"examples": [{"advance": "35m"}]},
}

#: The parameters of queries, by name.
QUERIES: Final[Mapping[str, Mapping[str, Schema]]] = {
    "messages": {
        "status": {"type": "string", "enum": list(STATUSES)},
        "event_type": _text("One event type", minLength=1),
        "endpoint": _text("A webhook_id, also one that was removed", minLength=1),
        "limit": {"type": "integer", "minimum": 1, "maximum": PAGE, "default": USUAL_PAGE},
        "before": {"type": "integer", "minimum": 1, "maximum": _LARGEST},
    }
}

_ENDPOINT: Final = _object(
    {
        "webhook_id": _text("A UUID, that of the webhook in Seam's API"),
        "url": _text("Without a password"),
        "event_types": _list({"type": "string"}),
        "header_names": _list({"type": "string"}),
        "faults": _list(_FAULT_NAME),
        "secrets": {"type": "integer", "description": "How many sign at present"},
        "disabled": _text("Why it gets nothing; empty while it does"),
        "created_at": {"type": "string", "format": "date-time"},
    },
    *("webhook_id", "url", "event_types", "disabled", "created_at"),
)
_SENDING: Final = _object(
    {
        "webhook_id": {"type": "string"},
        "kind": {"enum": ["schedule", "resend", "recover", "copy"]},
        "state": {"enum": ["pending", "delivered", "failed", "stopped"]},
        "attempts": {"type": "integer"},
        "next_attempt_at": _MAYBE_TIME,
    },
    *("webhook_id", "kind", "state", "attempts", "next_attempt_at"),
)
_MESSAGE: Final[Mapping[str, Schema]] = {
    "message_id": _ID,
    "event_id": {"type": "string"},
    "event_type": {"type": "string"},
    "created_at": {"type": "string", "format": "date-time"},
    "size": {"type": "integer", "description": "Bytes of the body"},
    "faults": _list({"type": "string"}),
    "status": {"enum": list(STATUSES)},
    "sendings": _list(_SENDING),
}
_HEADERS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_ATTEMPT_PROPERTIES: Final[Mapping[str, Schema]] = {
    "message_id": _ID,
    "event_type": {"type": "string"},
    "webhook_id": {"type": "string"},
    "url": {"type": "string"},
    "kind": _SENDING["properties"]["kind"],
    "ordinal": {"type": "integer", "description": "Of the attempts of one sending, from 1"},
    "at": {"type": "string", "format": "date-time"},
    "request": _object({"headers": _HEADERS, "body": {"type": "string"}}, "headers", "body"),
    "response": {
        "description": "null when no answer came",
        "anyOf": [
            {"type": "null"},
            _object(
                {
                    "status": {"type": "integer"},
                    "headers": _HEADERS,
                    "body": _text("Its first 4 kB"),
                },
                *("status", "headers", "body"),
            ),
        ],
    },
    "milliseconds": {"type": "number"},
    "delivered": {"type": "boolean"},
    "reason": _text("Why it does not count as delivered; empty when it does"),
    "fault": _text("Which faults were at work"),
    "next_attempt_at": _MAYBE_TIME,
}
_CLOCK: Final = _object(
    {
        "manual": {"type": "boolean"},
        "now": {"type": "string", "format": "date-time"},
        "timestamp": _text("Seconds since the epoch") | {"type": "number"},
    },
    *("manual", "now", "timestamp"),
)
_IDS: Final = _list(_ID)

#: The bodies that answers have, by name.
ANSWERS: Final[Mapping[str, Schema]] = {
    "ok": _answer(),
    "message_ids": _answer(message_ids=_IDS),
    "messages": _answer(
        messages=_list(_object(_MESSAGE, *_MESSAGE)),
        before={"type": ["integer", "null"], "description": "Asks for the next page"},
    ),
    "message": _answer(
        message=_object(
            {
                **_MESSAGE,
                "body": {"type": "string"},
                "attempts": _list(_object(_ATTEMPT_PROPERTIES, *_ATTEMPT_PROPERTIES)),
            },
            *_MESSAGE,
            *("body", "attempts"),
        )
    ),
    "endpoint": _answer(endpoint=_ENDPOINT),
    "endpoints": _answer(endpoints=_list(_ENDPOINT)),
    "clock": _answer(clock=_CLOCK),
    "faults": _answer(
        faults=_list(
            _object(
                {
                    "name": {"type": "string"},
                    "line": {"type": "string"},
                    "answer": _text("What a good handler answers"),
                },
                *("name", "line", "answer"),
            )
        )
    ),
    "health": _answer(service={"const": "seamproof"}, version={"type": "string"}),
    "error": _object(
        {
            "error": _object(
                {
                    "type": {"type": "string"},
                    "message": {"type": "string"},
                    "request_id": {"type": "string"},
                    "validation_errors": {
                        "type": "object",
                        "description": "By field, each with its _errors",
                    },
                },
                *("type", "message", "request_id"),
            ),
            "ok": {"const": False},
        },
        *("error", "ok"),
    ),
}


@lru_cache(maxsize=32)
def _validator(name: str) -> Any:  # noqa: ANN401 - the library's own class
    import jsonschema_rs

    # Masked: a value may be a secret, and is the sender's own in any case.
    return jsonschema_rs.Draft202012Validator(BODIES[name], validate_formats=True, mask="it")


def violations(name: str, value: object) -> Mapping[str, Sequence[str]]:
    """
    Say what is wrong with a request's body, by field; under "" what is wrong with it as a whole.

    Args:
        name: Of the schema in `BODIES`.
        value: The body.
    """
    found: dict[str, list[str]] = {}
    for error in _validator(name).iter_errors(value):
        field = str(error.instance_path[0]) if error.instance_path else ""
        told = _ONE_OF if list(error.schema_path)[-1:] == ["oneOf"] else error.message
        found.setdefault(field, []).append(told)
    return found
