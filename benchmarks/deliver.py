"""
Deliveries, stored and signed, beside loops that only sign and send.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import aiohttp
import httpx

from benchmarks.material import valid_event, versioned
from benchmarks.measuring import Bound, Contestant, Figure, interleave, per_second
from benchmarks.receiver import receiving
from benchmarks.server import started
from seamproof.events import Event, mint_message_id
from seamproof.signing import Secret, sign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from seamproof.events import Delivery

#: Messages in a turn: of ours, and of the peers.
_MESSAGES: Final = 6000
_FEWER: Final = 600

#: How many requests each of the peers has under way at once. More is not faster: aiohttp stays
#: as it is, and httpx is fastest with a single one.
_AT_ONCE: Final = 16
_ALONE: Final = 1

_SECRET: Final = Secret.generate()


async def loop(send: Callable[[Delivery], Awaitable[object]], count: int, at_once: int) -> None:
    """
    Sign and send one event many times, and do nothing else.
    """
    body = Event.of(valid_event()).body
    turns = iter(range(count))

    async def work() -> None:
        for _ in turns:
            now = time.time()
            message_id = mint_message_id(now)
            await send(sign(body, _SECRET, message_id=message_id, timestamp=int(now)))

    await asyncio.gather(*(work() for _ in range(at_once)))


async def by_aiohttp(url: str, count: int) -> None:
    """
    Sign and send with aiohttp.
    """
    async with aiohttp.ClientSession() as session:

        async def send(delivery: Delivery) -> None:
            async with session.post(url, data=delivery.body, headers=delivery.headers) as answer:
                await answer.read()
                answer.raise_for_status()

        await loop(send, count, _AT_ONCE)


async def by_httpx(url: str, count: int) -> None:
    """
    Sign and send with httpx.
    """
    async with httpx.AsyncClient() as client:

        async def send(delivery: Delivery) -> None:
            answer = await client.post(url, content=delivery.body, headers=dict(delivery.headers))
            answer.raise_for_status()

        await loop(send, count, _ALONE)


def run() -> Iterator[Figure]:
    """
    Measure a server with a file, and the loops, all against one receiver in another process.
    """
    with (
        TemporaryDirectory() as directory,
        receiving() as receiver,
        started(f"{directory}/store.db") as server,
    ):
        url = receiver.url
        server.post("/webhooks/create", url=url)
        ours = partial(server.deliver, valid_event(), _MESSAGES)
        contestants = [
            Contestant("ours", ours, _MESSAGES),
            Contestant("aiohttp", lambda: asyncio.run(by_aiohttp(url, _MESSAGES)), _MESSAGES),
            Contestant("httpx", lambda: asyncio.run(by_httpx(url, _FEWER)), _FEWER),
        ]
        taken = interleave(contestants, rounds=7, seconds=0, clock=time.perf_counter)
    for peer, least, remark in (
        ("aiohttp", 0.6, f"{_AT_ONCE} at once, as ours has to one endpoint"),
        ("httpx", 5, "one after the other, at which it is fastest"),
    ):
        yield Figure(
            name="stored, signed deliveries",
            values=per_second(taken["ours"]),
            unit="deliveries/s",
            peer=f"{versioned(peer)}, sign and send only",
            peer_values=per_second(taken[peer]),
            bound=Bound("at least", least),
            remark=remark,
        )
