"""
Fault injection: the requests of an attempt with faults, and how they are sent.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import partial
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.delivery.signed_request import SignedRequest, sign_request
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.faults.mutations import mutate_body
from seamproof.mock_server.network.transport import SendResult
from seamproof.mock_server.network.truncated import send_truncated
from seamproof.signing.forgeries import SigningInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
    from seamproof.mock_server.faults.catalogue import Transmission
    from seamproof.mock_server.model.pending import PendingDelivery
    from seamproof.mock_server.network.resolver import Address
    from seamproof.mock_server.network.transport import Transport
    from seamproof.schemas import Catalogue
    from seamproof.signing.forgeries import DeliveryVariant

#: The number of pieces of a slow body, and the seconds between them.
_PIECES: Final = 8
_PAUSE: Final = 0.25


@dataclass(frozen=True, slots=True)
class FaultyRequests:
    """
    The requests of an attempt with faults.

    Attributes:
        attempt: The request of the attempt itself.
        concurrent: Copies that are sent together with it.
        later: Copies that are sent after its response.
    """

    attempt: SignedRequest
    concurrent: tuple[SignedRequest, ...]
    later: tuple[SignedRequest, ...]


def inject_faults(
    queue: EndpointQueue,
    delivery: PendingDelivery,
    *,
    now: float,
    timestamp: int,
    catalogue: Catalogue,
) -> FaultyRequests:
    """
    Make the requests of an attempt with the faults of its delivery.

    Args:
        queue: Of the endpoint.
        delivery: To attempt.
        now: The clock's time, which decides which secrets sign, in seconds since the epoch.
        timestamp: `svix-timestamp` without a fault, whole seconds since the epoch.
        catalogue: Decides which properties are optional.
    """
    first, message_id = delivery.attempts == 0, delivery.message.message_id
    requested = [FAULTS[name] for name in delivery.faults]
    faults = [fault for fault in requested if first or fault.mutate is not None]
    mutations = [fault.mutate for fault in faults if fault.mutate is not None]
    variants = [fault.variant for fault in faults if fault.variant is not None]
    body = mutate_body(delivery.message.body, mutations, catalogue)
    sign = partial(sign_request, queue, message_id, body, now=now)
    request = sign(timestamp=timestamp)
    if variants:
        seed = None if queue.seed is None else f"{queue.seed}/{delivery.number}"
        parts = SigningInput(queue.secrets(now), message_id, timestamp, body, Random(seed))
        request = _apply_variants(queue, parts, variants)
    transmissions = {fault.transmission for fault in faults}
    request = request._replace(
        fault=",".join(fault.name for fault in faults),
        transmission=next((one for one in _TRANSMITTERS if one in transmissions), "whole"),
    )
    copies = [
        (request if fault.later_copy == "identical" else sign(timestamp=timestamp + 1))._replace(
            fault=fault.name, transmission="whole"
        )
        for fault in faults
        if fault.later_copy is not None
    ]
    together = sum(fault.concurrent_copies for fault in faults)
    return FaultyRequests(request, concurrent=(request,) * together, later=tuple(copies))


def _apply_variants(
    queue: EndpointQueue, parts: SigningInput, variants: Sequence[DeliveryVariant]
) -> SignedRequest:
    headers, body = parts.headers(), parts.body
    for variant in variants:
        headers, body = variant.apply(parts, headers, body)
    recorded = json.dumps(headers)[:-1] + (", " if headers else "") + queue.recorded_headers
    return SignedRequest({**headers, **queue.headers}, body, recorded)


async def transmit(transport: Transport, address: Address, request: SignedRequest) -> SendResult:
    """
    Send a request in the way that its faults demand.
    """
    return await _TRANSMITTERS[request.transmission](transport, address, request)


async def _drop(_: Transport, __: Address, ___: SignedRequest) -> SendResult:
    return SendResult(None, {}, b"", 0.0, "lost on its way, on purpose")


async def _cut(
    transport: Transport, address: Address, request: SignedRequest, *, reset: bool
) -> SendResult:
    return await send_truncated(transport, address, request.headers, request.body, reset=reset)


async def _send_slowly(
    transport: Transport, address: Address, request: SignedRequest
) -> SendResult:
    headers = {**request.headers, "content-length": str(len(request.body))}
    return await transport.post(address, headers, _pieces(request.body))


async def _send_whole(transport: Transport, address: Address, request: SignedRequest) -> SendResult:
    return await transport.post(address, request.headers, request.body)


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(_PAUSE)


#: Of several faults the one whose transmission comes first decides.
_TRANSMITTERS: Final[
    Mapping[Transmission, Callable[[Transport, Address, SignedRequest], Awaitable[SendResult]]]
] = MappingProxyType(
    {
        "dropped": _drop,
        "reset": partial(_cut, reset=True),
        "truncated": partial(_cut, reset=False),
        "slow": _send_slowly,
        "whole": _send_whole,
    }
)
