"""
What many messages cost: their time, their memory, and a page of the newest.
"""

from __future__ import annotations

import time
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks.material import valid_event
from benchmarks.measuring import Bound, Contestant, Figure, interleave, milliseconds
from benchmarks.receiver import receiving
from benchmarks.server import resident, started

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW: Final = 1_000
_MANY: Final = 100_000

#: Messages that are delivered in a turn.
_MORE: Final = 1_000


def run() -> Iterator[Figure]:
    """
    Fill one server with a few messages and one with many, then let both go on in turn.
    """
    event = valid_event()
    with (
        TemporaryDirectory() as directory,
        receiving() as receiver,
        started(f"{directory}/few.db") as few,
        started(f"{directory}/many.db") as many,
    ):
        for server, count in ((few, _FEW), (many, _MANY)):
            server.post("/webhooks/create", url=receiver.url)
            for _ in range(count // _MORE):
                server.post("/mock/events", event=event, count=_MORE)
            server.deliver(event, 1)
        pages = interleave(
            [Contestant(one.url, one.page) for one in (few, many)],
            rounds=5,
            seconds=0.2,
            clock=time.perf_counter,
        )
        more = interleave(
            [Contestant(one.url, partial(one.deliver, event, _MORE), _MORE) for one in (few, many)],
            rounds=5,
            seconds=0,
            clock=time.perf_counter,
        )
        held = [resident(one.pid) for one in (few, many)]
    peer = f"{_FEW:,} messages"
    yield Figure(
        name=f"a message more at {_MANY:,}",
        values=milliseconds(more[many.url]),
        unit="ms",
        peer=peer,
        peer_values=milliseconds(more[few.url]),
        bound=Bound("at most", 1.3),
        remark="stored, sent and recorded",
    )
    yield Figure(
        name=f"memory at {_MANY:,}",
        values=(held[1],),
        unit="MB",
        peer=peer,
        peer_values=(held[0],),
        bound=Bound("at most", 200, on="value"),
        remark="what the server's process held at most",
    )
    yield Figure(
        name=f"the newest page at {_MANY:,}",
        values=milliseconds(pages[many.url]),
        unit="ms",
        peer=peer,
        peer_values=milliseconds(pages[few.url]),
        bound=Bound("at most", 10),
    )
