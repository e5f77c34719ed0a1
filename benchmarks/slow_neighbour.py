"""
What an endpoint that never answers takes away from nine others.
"""

from __future__ import annotations

import time
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from benchmarks.material import valid_event
from benchmarks.measuring import Bound, Contestant, Figure, interleave, per_second
from benchmarks.receiver import Receiver, receiving
from benchmarks.server import Server, started

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERS: Final = 9
_MESSAGES: Final = 400

#: Seconds between looks at how much has arrived.
_LOOK: Final = 0.005


def received(server: Server, receiver: Receiver, event: dict[str, Any]) -> None:
    """
    Have messages delivered, and wait until the nine endpoints that answer have all of them.
    """
    wanted = receiver.taken() + _OTHERS * _MESSAGES
    server.post("/mock/events", event=event, count=_MESSAGES)
    while receiver.taken() < wanted:
        time.sleep(_LOOK)


def run() -> Iterator[Figure]:
    """
    Measure nine endpoints with and without a tenth that keeps every attempt waiting.
    """
    event = valid_event()
    with (
        TemporaryDirectory() as directory,
        receiving() as receiver,
        started(f"{directory}/nine.db") as nine,
        started(f"{directory}/ten.db") as ten,
    ):
        for server in (nine, ten):
            for _ in range(_OTHERS):
                server.post("/webhooks/create", url=receiver.url)
        ten.post("/webhooks/create", url=receiver.silent)
        contestants = [
            Contestant(one.url, partial(received, one, receiver, event), _OTHERS * _MESSAGES)
            for one in (nine, ten)
        ]
        taken = interleave(contestants, rounds=9, seconds=0, clock=time.perf_counter)
    yield Figure(
        name="deliveries to nine endpoints beside one that never answers",
        values=per_second(taken[ten.url]),
        unit="deliveries/s",
        peer="nine alone",
        peer_values=per_second(taken[nine.url]),
        bound=Bound("at least", 0.9),
    )
