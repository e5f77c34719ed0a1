"""
Measures whether a server behind a URL handles several requests at a time.

That the requests are under way at once is seen here, and says nothing: a server may queue them. One
that handles them in turn takes as many times the work of one as there are. The work of one is what
a delivery takes longer than the quickest answer of the server; where that is too little, nothing is
seen. Several worker processes that answer are seen without a clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.model.tuning import (
    IN_TURN,
    LEAST_WORK,
    MEASURED_ALONE,
    MEASURED_AT_ONCE,
    MEASURED_ROUNDS,
    NEW_CONNECTIONS,
    OVERLAPPED,
)
from seamproof.checks.probe.run_state import ServerOverlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.probe import Probe

_CURE: Final = "give the URL of a server with several workers to check this"


def undecided_reason(found: ServerOverlap) -> str:
    """
    Say why requests at once prove nothing; empty where several are handled at a time.
    """
    if found.seen:
        return ""
    if found.seen is None:
        return (
            f"a delivery takes {found.alone:.1f} ms, too little to see whether one process "
            f"handles several at a time: {_CURE}"
        )
    return (
        "requests that were sent at once were handled one after the other: "
        f"{MEASURED_AT_ONCE} took {found.at_once:.0f} ms, one takes {found.alone:.0f} ms: {_CURE}"
    )


def server_overlap(probe: Probe) -> ServerOverlap:
    """
    Measure, once in a run, whether the server handles several deliveries at a time.
    """
    if probe.state.server_overlap is None:
        found = _measure(probe)
        if not found.seen and _has_several_processes(probe):
            found = ServerOverlap(seen=True)
        probe.state.server_overlap = found
    return probe.state.server_overlap


def _measure(probe: Probe) -> ServerOverlap:
    quickest = min(
        _least_milliseconds(probe, [probe.signed(probe.plain(), method="GET")] * MEASURED_ALONE),
        _least_milliseconds(
            probe, [probe.signed(probe.plain(), recipe="another secret")] * MEASURED_ALONE
        ),
    )
    alone = _least_milliseconds(probe, _plain_requests(probe, MEASURED_ALONE))
    at_once = min(
        _milliseconds_of(probe.send_all(_plain_requests(probe, MEASURED_AT_ONCE)))
        for _ in range(MEASURED_ROUNDS)
    )
    work = alone - quickest
    times = (at_once - quickest) / work / MEASURED_AT_ONCE if work >= LEAST_WORK else None
    is_between = times is None or OVERLAPPED < times < IN_TURN
    seen = None if is_between else times is not None and times <= OVERLAPPED
    return ServerOverlap(seen, alone, at_once)


def _plain_requests(probe: Probe, count: int) -> list[Request]:
    return [probe.plain_request() for _ in range(count)]


def _least_milliseconds(probe: Probe, requests: Sequence[Request]) -> float:
    return min(probe.send(one).milliseconds for one in requests)


def _milliseconds_of(answers: Sequence[Received]) -> float:
    """
    Return the milliseconds from the first request of several to the last answer.
    """
    return 1000 * max(one.ended for one in answers) - min(
        1000 * one.ended - one.milliseconds for one in answers
    )


def _has_several_processes(probe: Probe) -> bool:
    """
    Whether several worker processes answer. One that is awake may accept all connections at once.
    """
    for _ in range(MEASURED_ROUNDS):
        answers = probe.send_over_new_connections(_plain_requests(probe, NEW_CONNECTIONS))
        processes = {process for _, process in answers}
        if None in processes or not processes:
            return False
        if len(processes) > 1:
            return True
    return False
