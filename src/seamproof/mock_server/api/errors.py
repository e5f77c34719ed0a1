"""
Refusals: what is answered when a request cannot be served, in Seam's own form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

from seamproof.errors import (
    RemoteTarget,
    SeamproofError,
    SecretInvalid,
    UnknownEventType,
    UnknownProperty,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.service.service import Service

#: The `type` that Seam's errors carry, by status, where nothing more exact is known.
TYPES: Final = {
    400: "invalid_input",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "payload_too_large",
    500: "internal_error",
    503: "unavailable",
}

#: The field to which an error belongs that the service raises about an endpoint or an event.
_FIELDS: Final[Mapping[type[SeamproofError], str]] = {
    UnknownEventType: "event_types",
    RemoteTarget: "url",
    SecretInvalid: "secret",
    UsageError: "url",
    UnknownProperty: "overrides",
}


class Refusal(Exception):
    """
    An answer other than the one asked for.

    Args:
        status: The HTTP status.
        message: What is wrong, in a sentence.
        kind: Seam's `type` of the error; by default that of the status.
        fields: What is wrong with each field, for a 400.
        headers: Headers that the status calls for.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "",
        fields: Mapping[str, Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind or TYPES[status]
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})


def invalid(fields: Mapping[str, Sequence[str]], *, whole: Sequence[str] = ()) -> Refusal:
    """
    Refuse input by field, as Seam does.

    Args:
        fields: The messages about each field.
        whole: Messages about the input as a whole.
    """
    told = [f'{text} for "{name}"' for name, texts in fields.items() for text in texts]
    told += whole
    message = told[0] if len(told) == 1 else f"{len(told)} input errors: {'; '.join(told)}"
    return Refusal(400, message, fields={"": list(whole), **fields})


def invalid_as(problem: SeamproofError, names: Mapping[type, str] | None = None) -> Refusal:
    """
    Refuse input because of an error that the service raised about it.

    Args:
        problem: The error. Its cure is told as well, as are the nearest names.
        names: The field that an error of a class belongs to, where it is not the usual one.
    """
    table = {**_FIELDS, **(names or {})}
    name = next((table[kind] for kind in type(problem).__mro__ if kind in table), "")
    text = "; ".join(part for part in (problem.what, problem.cure) if part)
    return invalid({name: [text]}) if name else invalid({}, whole=[text])


def unavailable(service: Service) -> Refusal | None:
    """
    Tell that nothing can be stored any more, if that is so.
    """
    if service.failure is None:
        return None
    return Refusal(503, f"The server stops: {service.failure.what}.")


def answer(refusal: Refusal, request_id: str) -> JSONResponse:
    """
    Write a refusal as Seam writes its errors.
    """
    error: JsonObject = {
        "type": refusal.kind,
        "message": refusal.message,
        "request_id": request_id,
    }
    if refusal.kind == TYPES[400]:
        by_field = {name: {"_errors": list(texts)} for name, texts in refusal.fields.items()}
        whole = by_field.pop("", {"_errors": []})
        error["validation_errors"] = {**whole, **by_field}
    return JSONResponse(
        {"error": error, "ok": False}, status_code=refusal.status, headers=refusal.headers
    )
