"""
Faulty attempts: the request that faults make of a sending, and how it goes out.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.delivery.signed_request import Request, plain_request
from seamproof.mock_server.faults.catalogue import COPIES, FAULTS
from seamproof.mock_server.faults.mutations import faulty_body, faulty_request
from seamproof.mock_server.network.transport import Answer
from seamproof.mock_server.network.truncated import cut
from seamproof.signing import Secret
from seamproof.signing.forgeries import VARIANTS, SigningInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from seamproof.mock_server.delivery.endpoint_queue import Item, Lane
    from seamproof.mock_server.network.transport import Transport
    from seamproof.schemas import Catalogue

#: Into how many pieces a slow body is cut, and the seconds between them.
_PIECES: Final = 8
_PAUSE: Final = 0.25

#: Faults that act on every attempt; all others act on the first alone.
_LASTING: Final = frozenset(name for name, fault in FAULTS.items() if fault.stage == "body")


def faulty(lane: Lane, item: Item, at: float, timestamp: int, catalogue: Catalogue) -> Request:
    """
    Make the request of an attempt with the faults that are at work at it.

    Args:
        lane: Where to.
        item: What.
        at: The clock's time, which decides with which secrets.
        timestamp: When it is signed; faults that shift it do so from there.
        catalogue: What tells which properties may be left out.
    """
    first = item.attempts == 0
    at_work = tuple(name for name in item.faults if first or name in _LASTING)
    body = faulty_body(item.body, at_work, catalogue)
    plain = plain_request(lane, replace(item, body=body), at, timestamp)
    named = ",".join(at_work)
    if not any(FAULTS[name].stage == "signature" for name in at_work):
        return replace(plain, fault=named)
    random = Random() if lane.seed is None else Random(f"{lane.seed}/{item.number}")  # noqa: S311
    secrets = [Secret.from_key(key) for key in lane.keys(at)]
    parts = SigningInput(secrets, item.message_id, timestamp, body, random)
    signature, sent = faulty_request(parts, at_work)
    shown = json.dumps(signature)[:-1] + (", " if signature else "") + lane.shown
    return Request({**signature, **lane.headers}, sent, shown, named)


async def send(transport: Transport, lane: Lane, request: Request) -> Answer:
    """
    Send a request the way that its faults want it.
    """
    names = request.fault.split(",")
    if "drop_then_retry" in names:
        return Answer(None, {}, b"", 0.0, "lost on its way, on purpose")
    if "truncated_body" in names or "reset_mid_body" in names:
        reset = "reset_mid_body" in names
        return await cut(transport, lane.address, request.headers, request.body, reset=reset)
    if "slow_body" in names:
        headers = {**request.headers, "content-length": str(len(request.body))}
        return await transport.post(lane.address, headers, _slowly(request.body))
    return await transport.post(lane.address, request.headers, request.body)


async def _slowly(body: bytes) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(_PAUSE)


def crowd(item: Item, request: Request) -> list[Request]:
    """
    Make the copies that go out at the same time as the first attempt.
    """
    burst = item.attempts == 0 and "burst" in item.faults
    return [request] * COPIES["burst"] if burst else []


def echoes(
    lane: Lane, item: Item, request: Request, at: float, timestamp: int
) -> Iterator[Request]:
    """
    Make the copies that follow the first attempt, the one that is signed anew at a timestamp.
    """
    if "duplicate" in item.faults:
        yield replace(request, fault="duplicate")
    if "duplicate_resigned" in item.faults:
        body = faulty_body_of(item, request)
        again = plain_request(lane, replace(item, body=body), at, timestamp)
        yield replace(again, fault="duplicate_resigned")


def faulty_body_of(item: Item, request: Request) -> bytes:
    """
    Take the body that was signed: that of the request, unless it was changed afterwards.
    """
    changed = any(VARIANTS[name].tamper for name in item.faults if name in VARIANTS)
    return item.body if changed else request.body
