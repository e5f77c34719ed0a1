"""
Errors of both APIs: the status and the body of a request that failed, in Seam's own form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match, Route

from seamproof.errors import (
    Conflict,
    NotFound,
    RemoteTarget,
    SeamproofError,
    SecretInvalid,
    TooLarge,
    UnknownEventType,
    UnknownProperty,
    UsageError,
)
from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.request_models import field_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request

    from seamproof.json_types import JsonMapping, JsonObject

#: The `type` of an error by its status, unless a more exact one is known.
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


@dataclass(frozen=True, slots=True)
class _Row:
    """
    The response to a class of errors of the service.

    Attributes:
        status: The status at `/mock`. Seam's API has only 400 for them.
        field: The field that such an error is about, if it names none itself.
        kind: The `type`; by default that of the status.
    """

    status: int
    field: str = ""
    kind: str = ""


#: Wrong input is 400, whether or not a schema can describe the rule; what is impossible only in
#: the present state is a conflict.
_ROWS: Final[Mapping[type[SeamproofError], _Row]] = {
    NotFound: _Row(404),
    UnknownEventType: _Row(404, "event_types", "unknown_event_type"),
    RemoteTarget: _Row(403, "url", "remote_target"),
    TooLarge: _Row(413),
    Conflict: _Row(409),
    UsageError: _Row(400, "url"),
    UnknownProperty: _Row(400, "overrides"),
    SecretInvalid: _Row(400, "secret"),
    SeamproofError: _Row(409),
}

#: What `where` of an error calls some fields, and the fields of paths where the row's is wrong.
_ALIASES: Final = {"seconds": "advance"}
_DEFAULT_FIELDS: Final = {"/mock/events": "overrides", "/mock/clock": "advance"}


class Refusal(HTTPException):
    """
    A response other than the one that was requested.

    Args:
        status: The HTTP status.
        message: What is wrong, in a sentence.
        kind: Seam's `type` of the error; by default that of the status.
        fields: What is wrong with each field, for a 400; with the whole input under "".
        headers: Headers that the status requires.
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
        super().__init__(status, message, headers)
        self.kind = kind or TYPES[status]
        self.fields = dict(fields or {})


def invalid(fields: Mapping[str, Sequence[str]]) -> Refusal:
    """
    Refuse input by field, as Seam does.

    Args:
        fields: The messages about each field; those about the input as a whole under "".
    """
    messages = [f'{text} for "{name}"' for name, texts in fields.items() if name for text in texts]
    messages += fields.get("", ())
    joined = "; ".join(messages)
    message = joined if len(messages) == 1 else f"{len(messages)} input errors: {joined}"
    return Refusal(400, message, fields=fields)


async def respond(request: Request, problem: Exception) -> JSONResponse:
    """
    Convert an error to the response, whatever raised it.
    """
    context = context_of(request)
    match problem:
        case Refusal():
            refusal = problem
        case HTTPException():
            refusal = _from_router(request, problem)
        case RequestValidationError():
            refusal = _from_validation(problem.errors())
        case SeamproofError() if context.service.lifecycle.failure is not None:
            refusal = Refusal(503, f"The server stops: {context.service.lifecycle.failure.what}.")
        case SeamproofError():
            refusal = _from_service(problem, request.url.path)
        case _:
            refusal = Refusal(500, "The mock server failed; its log says why.")
    return JSONResponse(
        {"error": _body(refusal, context.request_id), "ok": False},
        status_code=refusal.status_code,
        headers=refusal.headers,
    )


def _body(refusal: Refusal, request_id: str) -> JsonObject:
    error: JsonObject = {
        "type": refusal.kind,
        "message": refusal.detail,
        "request_id": request_id,
    }
    if refusal.kind == TYPES[400]:
        by_field = {name: {"_errors": list(texts)} for name, texts in refusal.fields.items()}
        error["validation_errors"] = {"_errors": [], **by_field.pop("", {}), **by_field}
    return error


def _from_router(request: Request, problem: HTTPException) -> Refusal:
    """
    Refuse a path that does not exist, or a method that a path does not have.
    """
    status = problem.status_code if problem.status_code in TYPES else 400
    message = f"{problem.detail}: {request.method} {request.url.path}"
    headers = problem.headers
    if status == 405:  # noqa: PLR2004 - the status that says so
        # Each method may have a route of its own, and the router names only those of the first.
        routes = (one for one in request.app.routes if isinstance(one, Route))
        found = (one for one in routes if one.matches(request.scope)[0] is not Match.NONE)
        methods = {method for one in found for method in one.methods or ()}
        # HEAD is answered wherever GET is.
        methods |= {"HEAD"} if "GET" in methods else set()
        headers = {"allow": ", ".join(sorted(methods))}
    return Refusal(status, message, headers=headers)


def _from_validation(errors: Iterable[JsonMapping]) -> Refusal:
    """
    Refuse input that does not fit its model.
    """
    fields: dict[str, list[str]] = {}
    for error in errors:
        if error["type"] == "none_required":
            continue  # the alternative of a field that may be left out
        source, *path = error["loc"]
        message = str(error.get("ctx", {}).get("error", error["msg"]))
        if source == "body" and error["type"] in ("missing", "extra_forbidden"):
            # What a field contains is about that field; what the body contains, about the body.
            *path, name = path or ["body"]
            message = f"{message}: {name}"
        fields.setdefault(str(path[0]) if path else "", []).append(message)
    return invalid(fields)


def _from_service(problem: SeamproofError, path: str) -> Refusal:
    """
    Refuse what the service cannot do, and name the field concerned.
    """
    row = next(_ROWS[one] for one in type(problem).__mro__ if one in _ROWS)
    expected = f"expected {problem.expected}" if problem.expected else ""
    message = "; ".join(part for part in (problem.what, expected, problem.cure) if part)
    if path.startswith("/mock") and row.status != 400:  # noqa: PLR2004 - the status of input
        return Refusal(row.status, message, kind=row.kind)
    if place := problem.option or problem.where:
        name = place.partition(".")[0]
        field = _ALIASES.get(name, name)
        field = field if field in field_names() else ""
    else:
        field = _DEFAULT_FIELDS.get(path, row.field)
    return invalid({field: [message]})
