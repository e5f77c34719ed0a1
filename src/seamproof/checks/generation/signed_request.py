"""
Signs requests: an event, the same request later, or a forgery of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from seamproof.checks.generation.encoding import HEADER_CASES
from seamproof.checks.model.exchange import Request
from seamproof.events import mint_message_id
from seamproof.signing import HEADERS
from seamproof.signing.forgeries import BORROWED, GENUINE, RECIPES, SigningInput
from seamproof.version import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.generation.encoding import Encoding
    from seamproof.json_types import JsonMapping
    from seamproof.signing import Secret

_HEADERS: Final = (
    ("content-type", "application/json"),
    ("user-agent", USER_AGENT),
    ("accept", "*/*"),
)


class Signing(TypedDict, total=False):
    """
    How a request is signed and sent.

    Attributes:
        recipe: How it is signed, a key of `RECIPES`; by default genuinely.
        age: Seconds by which the timestamp lies before the clock.
        message_id: By default a new one.
        event_type: By default that of the payload.
        header_case: Of the names of headers, a key of `HEADER_CASES`; by default that of the
            encoding.
        method: The HTTP method; POST by default.
    """

    recipe: str
    age: int
    message_id: str
    event_type: str | None
    header_case: str | None
    method: str


def signed_request(
    secret: Secret,
    encoding: Encoding,
    event: JsonMapping | bytes,
    *,
    now: float,
    **how: Unpack[Signing],
) -> Request:
    """
    Make a request, genuine or forged.

    Args:
        secret: The one that the handler knows.
        encoding: Of the body and of the names of headers.
        event: The payload, or the exact bytes of a body.
        now: Seconds since the epoch.
        **how: How it is signed.
    """
    body = event if isinstance(event, bytes) else encoding.encode(event)
    event_type = how.get("event_type")
    if event_type is None and not isinstance(event, bytes):
        event_type = event.get("event_type")
    recipe, age = how.get("recipe", GENUINE), how.get("age", 0)
    message_id = how.get("message_id") or mint_message_id(now)
    signed = RECIPES[recipe].headers(SigningInput((secret,), message_id, int(now) - age, body))
    headers = (*_HEADERS, *signed.items())
    in_case = HEADER_CASES[how.get("header_case") or encoding.header_case]
    if in_case is not str.lower:
        headers = tuple((in_case(name), value) for name, value in headers)
    return Request(
        headers=headers,
        body=body,
        method=how.get("method", "POST"),
        event_type=event_type,
        recipe=recipe,
        message_id=message_id,
        age=age,
    )


def remake(request: Request, secret: Secret, *, now: float, message_id: str) -> Request:
    """
    Make a request again: the same body, signed now by the same recipe.

    Header names keep the case that they had.

    Args:
        request: As it was sent.
        secret: The one that the handler knows.
        now: Seconds since the epoch.
        message_id: `msg_…` for `svix-id`.
    """
    parts = SigningInput((secret,), message_id, int(now) - request.age, request.body)
    signed = RECIPES[request.recipe].headers(parts)
    headers = tuple(
        (name, signed.get(name.lower(), value))
        for name, value in request.headers
        if name.lower() not in HEADERS or name.lower() in signed
    )
    return replace(request, headers=headers, message_id=message_id)


def remake_all(requests: Iterable[Request], secret: Secret, *, now: float) -> list[Request]:
    """
    Make several requests again; those that were one message stay one, under a new id.
    """
    minted: dict[str, str] = {}
    headers: dict[str, tuple[tuple[str, str], ...]] = {}
    made = []
    for request in requests:
        message_id = minted.setdefault(request.message_id, mint_message_id(now))
        one = remake(request, secret, now=now, message_id=message_id)
        lent = headers.setdefault(message_id, one.headers)
        made.append(replace(one, headers=lent) if RECIPES[request.recipe].borrowed else one)
    return made


def forged(request: Request, recipe: str, secret: Secret) -> Request:
    """
    Forge a genuine request: the same id, timestamp and body, by another recipe.
    """
    stamp = next(text for name, text in request.headers if name.lower() == "svix-timestamp")
    now = int(stamp) + request.age
    other = replace(request, recipe=recipe)
    return remake(other, secret, now=now, message_id=request.message_id)


def borrowed(request: Request, body: bytes) -> Request:
    """
    Send another body under the headers of a request.
    """
    return replace(request, body=body, recipe=BORROWED)
