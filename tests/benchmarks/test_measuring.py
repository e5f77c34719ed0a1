"""
The arithmetic of benchmarks, by a clock that does as it is told.
"""

from __future__ import annotations

from math import inf

import pytest

from benchmarks.measuring import (
    Bound,
    Contestant,
    Figure,
    Kind,
    Measure,
    interleave,
    milliseconds,
    per_second,
)


class Clock:
    """
    A clock that stands still until somebody lets time pass.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def __call__(self) -> float:
        """
        Tell the time.
        """
        return self.now

    def contestant(self, name: str, *seconds: float, amount: int = 1) -> Contestant:
        """
        Make a contestant whose calls last so long, the last of them ever after.
        """
        left = list(seconds)

        def call() -> None:
            self.calls.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return Contestant(name, call, amount)


def figure(value: float, peer_value: float, bound: Bound | None = None) -> Figure:
    """
    Make a figure of these values.
    """
    return Figure("speed", (value,), "events/s", "peer 1.0", (peer_value,), bound)


def test_turns_alternate() -> None:
    """
    After one warm-up each, the contestants have their turns A B A B.
    """
    clock = Clock()
    pair = [clock.contestant("a", 1), clock.contestant("b", 2)]
    interleave(pair, rounds=3, seconds=0, clock=clock)
    assert "".join(clock.calls) == "ab" + "ab" * 3


def test_the_first_call_does_not_count() -> None:
    """
    Of each contestant every round is told but the call before the first.
    """
    clock = Clock()
    taken = interleave([clock.contestant("a", 50, 2, 90, 3)], rounds=3, seconds=0, clock=clock)
    assert taken == {"a": (2, 90, 3)}


def test_short_calls_fill_their_turn() -> None:
    """
    A call shorter than a turn is repeated, and its own duration is what is told.
    """
    clock = Clock()
    pair = [clock.contestant("quick", 0.25), clock.contestant("slow", 8)]
    taken = interleave(pair, rounds=1, seconds=2, clock=clock)
    assert taken == {"quick": (0.25,), "slow": (8,)}
    assert clock.calls[-9:] == ["quick"] * 8 + ["slow"]


def test_a_call_that_does_many() -> None:
    """
    Of a call that does many things the duration of one is told.
    """
    clock = Clock()
    batch = clock.contestant("a", 10, amount=5)
    assert interleave([batch], rounds=1, seconds=0, clock=clock) == {"a": (2,)}


def test_ratio_and_excess() -> None:
    """
    The ratio is ours by the peer's, the excess ours less the peer's.
    """
    one = figure(30, 20)
    assert (one.ratio, one.excess) == (1.5, 10)


def test_a_peer_of_zero() -> None:
    """
    A peer that finds nothing makes the ratio infinite, which JSON does not have.
    """
    one = figure(3, 0)
    assert (one.ratio, one.excess) == (inf, 3)
    assert one.as_json()["ratio"] is None


def test_medians() -> None:
    """
    One disturbed round changes nothing.
    """
    one = Figure("speed", (30, 1, 34), "ms", "peer", (20, 9000, 22))
    assert (one.value, one.peer_value) == (30, 22)
    assert (one.ratio, one.excess) == (1.5, 10)


def test_pairs_within_a_round() -> None:
    """
    A machine that turns busy halfway leaves the ratio alone, whichever side the medians are of.
    """
    one = Figure("speed", (10, 10, 5, 5, 5), "events/s", "peer", (2, 2, 2, 1, 1))
    assert (one.value, one.peer_value) == (5, 2)
    assert one.ratio == 5


def test_units() -> None:
    """
    Seconds are turned into a rate and into milliseconds, round by round.
    """
    assert per_second((0.5, 0.25)) == (2, 4)
    assert milliseconds((0.5, 0.25)) == (500, 250)


@pytest.mark.parametrize(
    ("kind", "limit", "on", "met"),
    [
        ("at least", 1.5, "ratio", True),
        ("at least", 1.6, "ratio", False),
        ("at most", 1.5, "ratio", True),
        ("at most", 1.4, "ratio", False),
        ("at least", 30, "value", True),
        ("at least", 31, "value", False),
        ("at most", 10, "excess", True),
        ("at most", 9, "excess", False),
    ],
)
def test_bounds(kind: Kind, limit: float, on: Measure, *, met: bool) -> None:
    """
    A bound holds the measure that it names, and to be at the limit is to keep it.
    """
    assert figure(30, 20, Bound(kind, limit, on)).met is met


def test_no_bound() -> None:
    """
    A figure without a bound neither keeps nor misses one.
    """
    assert figure(30, 20).met is None


def test_json_of_a_figure() -> None:
    """
    The JSON object has the derived members beside the stored ones.
    """
    assert figure(30, 20, Bound("at least", 2)).as_json() == {
        "name": "speed",
        "value": 30,
        "unit": "events/s",
        "peer": "peer 1.0",
        "peer_value": 20,
        "ratio": 1.5,
        "bound": 2,
        "bound_kind": "at least",
        "bound_on": "ratio",
        "met": False,
        "remark": "",
    }


def test_json_of_a_figure_without_a_bound() -> None:
    """
    What is not promised is null, and there all the same.
    """
    told = figure(30, 20).as_json()
    assert [told[name] for name in ("bound", "bound_kind", "bound_on", "met")] == [None] * 4
