"""
Measuring: contestants timed in turn, figures held against their bounds.
"""

from __future__ import annotations

import operator
import os
import time
from dataclasses import dataclass
from itertools import repeat
from math import inf, isfinite
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Kind: TypeAlias = Literal["at least", "at most"]
Measure: TypeAlias = Literal["ratio", "value", "excess"]

#: Returns the seconds that this process has computed. A neighbour that takes the processor away
#: does not count, which on a busy machine is most of the noise. Windows counts them in 64ths.
PROCESSOR: Final[Callable[[], float]] = time.perf_counter if os.name == "nt" else time.process_time

_KEEPS: Final[Mapping[Kind, Callable[[float, float], bool]]] = {
    "at least": operator.ge,
    "at most": operator.le,
}


class NotInstalled(Exception):
    """
    What a benchmark is measured with or against is missing from the environment.
    """


@dataclass(frozen=True, slots=True)
class Bound:
    """
    What a figure has to keep to.

    Attributes:
        kind: On which side of the limit it has to be.
        limit: Where the limit is; to be at it is to keep it.
        on: What is held against the limit: the ratio of ours to the peer's, our
            value whatever the peer's is, or its excess over the peer's.
    """

    kind: Kind
    limit: float
    on: Measure = "ratio"


@dataclass(frozen=True, slots=True)
class Figure:
    """
    What something of ours came to beside a peer, round by round.

    A ratio is taken within each round and the median over them counts. A
    machine that turns busy halfway hits both sides of every ratio, but could
    pull the two medians apart; so the ratio may differ a little from that of
    the values shown.

    Attributes:
        name: What was measured.
        values: What it came to in each round.
        unit: Of all values.
        peer: What it is compared with, and its version if it has one.
        peer_values: What that came to in the same rounds.
        bound: What is promised; None where a figure is only for comparison.
        remark: What a reader has to know to compare fairly.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    peer: str
    peer_values: tuple[float, ...]
    bound: Bound | None = None
    remark: str = ""

    @property
    def value(self) -> float:
        """
        Our median.
        """
        return median(self.values)

    @property
    def peer_value(self) -> float:
        """
        The peer's median.
        """
        return median(self.peer_values)

    @property
    def ratio(self) -> float:
        """
        Our value divided by the peer's; infinite where that is 0.
        """
        return median(ours / peer if peer else inf for ours, peer in self._pairs())

    @property
    def excess(self) -> float:
        """
        Our value less the peer's.
        """
        return median(ours - peer for ours, peer in self._pairs())

    @property
    def met(self) -> bool | None:
        """
        Whether the bound is kept; None where nothing is promised.
        """
        if self.bound is None:
            return None
        return _KEEPS[self.bound.kind](getattr(self, self.bound.on), self.bound.limit)

    def _pairs(self) -> Iterable[tuple[float, float]]:
        return zip(self.values, self.peer_values, strict=True)

    def as_json(self) -> dict[str, Any]:
        """
        Write the figure as the members of a JSON object.
        """
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": self.peer_value,
            "ratio": self.ratio if isfinite(self.ratio) else None,
            "bound": self.bound and self.bound.limit,
            "bound_kind": self.bound and self.bound.kind,
            "bound_on": self.bound and self.bound.on,
            "met": self.met,
            "remark": self.remark,
        }


@dataclass(frozen=True, slots=True)
class Contestant:
    """
    Something that is timed.

    Attributes:
        name: What to find its result by.
        call: What is called, over and over.
        amount: How many things one call does.
    """

    name: str
    call: Callable[[], object]
    amount: int = 1


def interleave(
    contestants: Sequence[Contestant],
    *,
    rounds: int,
    seconds: float,
    clock: Callable[[], float] = PROCESSOR,
) -> dict[str, tuple[float, ...]]:
    """
    Time contestants in turn, so that whatever else the machine does affects all of them equally.

    Args:
        contestants: What is timed, in this order in every round.
        rounds: How often each has its turn.
        seconds: How long a turn lasts at least: a call that is shorter is
            repeated. At 0 each turn is one call.
        clock: Returns the time in seconds; for what other processes do, it has to be
            that of the wall.

    Returns:
        For each name the seconds that one thing takes, in each round.
    """
    loops = {one.name: _loops(one, seconds, clock) for one in contestants}
    turns: dict[str, list[float]] = {one.name: [] for one in contestants}
    for _ in range(rounds):
        for one in contestants:
            took = _timed(one, loops[one.name], clock)
            turns[one.name].append(took / (loops[one.name] * one.amount))
    return {name: tuple(taken) for name, taken in turns.items()}


def per_second(turns: Iterable[float]) -> tuple[float, ...]:
    """
    Turn the seconds that one thing takes into how many are done in a second.
    """
    return tuple(1 / seconds for seconds in turns)


def milliseconds(turns: Iterable[float]) -> tuple[float, ...]:
    """
    Turn seconds into milliseconds.
    """
    return tuple(seconds * 1000 for seconds in turns)


def _loops(contestant: Contestant, seconds: float, clock: Callable[[], float]) -> int:
    """
    Find how many calls fill a turn. What is only slow the first time is over after this.
    """
    loops = 1
    while _timed(contestant, loops, clock) < seconds:
        loops *= 2
    return loops


def _timed(contestant: Contestant, loops: int, clock: Callable[[], float]) -> float:
    call = contestant.call
    start = clock()
    for _ in repeat(None, loops):
        call()
    return clock() - start
