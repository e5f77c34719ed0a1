"""
Tests of arrivals, latencies and the search for a limit.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.load.run.arrivals import arrivals, arrivals_until
from seamproof.load.run.latencies import Latencies
from seamproof.load.run.limit import HIGHEST, rates
from seamproof.load.run.plan import Plan, RateStep


def plan(workers: int, *, poisson: bool = False) -> Plan:
    """
    Make a plan for so many workers.
    """
    return Plan("0", "http://127.0.0.1/", "7", workers, {}, (0.0,), poisson, "")


@given(rate=st.floats(0.5, 500), seconds=st.floats(0.1, 5), workers=st.integers(1, 7))
def test_workers_share_the_rate(rate: float, seconds: float, workers: int) -> None:
    """
    Together they send at equal distances, as one would.
    """
    step = RateStep(0, rate, seconds)
    together = sorted(
        at for worker in range(workers) for at in arrivals(plan(workers), step, worker)
    )

    assert together == pytest.approx([*arrivals(plan(1), step, 0)])
    assert len(together) == pytest.approx(rate * seconds, abs=1)


def test_random_arrivals_have_the_rate_and_are_reproducible() -> None:
    """
    A Poisson process, the same one for the same seed; each worker has its own.
    """
    step = RateStep(0, 1000, 10)
    first, other = (list(arrivals(plan(2, poisson=True), step, worker)) for worker in (0, 1))

    assert first == list(arrivals(plan(2, poisson=True), step, 0)) != other
    assert len(first) + len(other) == pytest.approx(10_000, rel=0.05)
    assert arrivals_until(plan(2, poisson=True), step, 0, 5) == sum(at <= 5 for at in first)


@given(st.lists(st.floats(0.0001, 100), min_size=1, max_size=200))
def test_quantiles_are_within_a_hundredth(values: list[float]) -> None:
    """
    The histogram rounds each latency up by one per cent at most.
    """
    latencies = Latencies()
    for value in values:
        latencies.add(value)
    ordered = sorted(values)

    for share in (0.5, 0.99, 1.0):
        exact = ordered[max(-(-int(share * 1000) * len(values) // 1000) - 1, 0)]
        assert latencies.quantile(share) == pytest.approx(exact, rel=0.011)
    assert latencies.count == len(values)


@given(capacity=st.floats(1, 50_000), start=st.floats(1, 1000))
def test_a_limit_is_found_within_a_twentieth(capacity: float, start: float) -> None:
    """
    From any start, below or above.
    """
    found = searched(start, HIGHEST, capacity)

    assert found is not None
    assert capacity / 1.05 <= found <= capacity


def test_the_search_has_ends() -> None:
    """
    It stops at the highest rate that may be tried, and where nothing holds.
    """
    assert searched(2.0, 100.0, HIGHEST) == 100.0
    assert searched(2.0, HIGHEST, 0.0) is None


def searched(start: float, highest: float, capacity: float) -> float | None:
    """
    Search the limit of a handler of a known capacity.
    """
    search = rates(start, highest)
    rate = next(search)
    for _ in range(60):
        assert rate <= highest
        try:
            rate = search.send(rate <= capacity)
        except StopIteration as end:
            found: float | None = end.value
            return found
    pytest.fail("the search does not end")
