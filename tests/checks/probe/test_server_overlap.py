"""
Tests of what is seen of how a server behind a URL handles requests at once.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.checks.small import Small, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Received, Request

pytestmark = pytest.mark.usefixtures("simulated_time")

#: Milliseconds of an answer besides the work for a delivery.
WAY = 1.0


class Served(Small):
    """
    A server that takes some milliseconds for a delivery that it accepts.

    Args:
        work: The milliseconds.
        at_a_time: How many requests it handles at once.
        processes: Of which it consists.
    """

    in_process = False

    def __init__(
        self, work: float, at_a_time: int = 1, processes: Sequence[int | None] = (7,)
    ) -> None:
        super().__init__()
        self.work, self.at_a_time, self.processes = work, at_a_time, processes

    def send(self, request: Request) -> Received:
        """
        Answer after the work.
        """
        received = super().send(request)
        work = self.work if received.status == 204 else 0.0
        return replace(received, milliseconds=WAY + work, ended=time.monotonic())

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Answer as many at a time as it can.
        """
        now, answers = time.monotonic(), super().send_all(requests)
        times = [WAY + self.work * (at // self.at_a_time + 1) for at in range(len(answers))]
        return [
            replace(one, milliseconds=late, ended=now + late / 1000)
            for one, late in zip(answers, times, strict=True)
        ]

    def send_over_new_connections(
        self, requests: Sequence[Request]
    ) -> list[tuple[Received, int | None]]:
        """
        Let the processes answer in turn.
        """
        count = len(self.processes)
        return [(self.send(one), self.processes[at % count]) for at, one in enumerate(requests)]


@pytest.mark.parametrize("name", ["delivery.concurrent_duplicates", "delivery.concurrent_burst"])
@pytest.mark.parametrize(
    ("server", "note"),
    [
        (Served(10.0, at_a_time=4), ""),
        (Served(10.0), "one after the other: 8 took 81 ms, one takes 11 ms"),
        (Served(0.2, at_a_time=4), "a delivery takes 1.2 ms, too little to see"),
        (Served(10.0, processes=(7, 8)), ""),
        (Served(0.2, processes=(7, 8)), ""),
        (Served(0.2, processes=(None,)), "too little to see"),
    ],
)
def test_a_pass_at_once_needs_requests_that_overlap(name: str, server: Served, note: str) -> None:
    """
    Several at a time, or several processes; else the verdict is open and names the cure.
    """
    (result,) = check(server, name, events="device.*", quick=True).results

    assert result.status == ("inconclusive" if note else "passed")
    assert note in result.note
    assert not note or "give the URL of a server with several workers" in result.note
