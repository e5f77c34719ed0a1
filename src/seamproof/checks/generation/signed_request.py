"""
Signs requests again: the same request later, or a forgery of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seamproof.events import mint_message_id
from seamproof.signing import HEADERS
from seamproof.signing.forgeries import BORROWED, RECIPES, SigningInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.exchange import Request
    from seamproof.signing import Secret


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
