"""
Tests of the time budget: what late effects put on top of it.
"""

from __future__ import annotations

import time

import pytest

from seamproof.checks.model.options import Settings
from seamproof.checks.probe.sending.time_budget import TimeBudget
from seamproof.checks.runner.runner import start_run
from tests.checks.small import SECRET, Small


@pytest.mark.parametrize(("quick", "most"), [(False, 90), (True, 60)])
def test_late_effects_put_a_limited_time_on_top(quick: bool, most: int) -> None:
    """
    A run waits up to 90 seconds longer for them, a quick one up to 60.
    """
    budget = start_run(Small(), Settings(secret=SECRET, seed=1, quick=quick)).probe.budget
    budget.deadline = 1000.0

    for _ in range(4):
        budget.prolong(40.0)

    assert budget.deadline == 1000.0 + most


def test_a_time_that_has_to_pass_comes_on_top() -> None:
    """
    It is no time that late effects take.
    """
    deadline = time.monotonic() + 60
    budget = TimeBudget(deadline=deadline)

    budget.wait(0.01)

    assert budget.deadline == pytest.approx(deadline + 0.01)
    assert budget.waited_for_work == 0
