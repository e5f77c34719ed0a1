"""
Arrivals: when each message of a worker is to be sent, in seconds from the start of a step.
"""

from __future__ import annotations

from itertools import count
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.load.run.plan import Plan, RateStep


def arrivals(plan: Plan, step: RateStep, worker: int) -> Iterator[float]:
    """
    List the arrivals of one worker; those of all workers together have the rate of the step.

    Args:
        plan: Of the run.
        step: The step.
        worker: The worker, from 0.
    """
    if plan.poisson:
        random = Random(f"{plan.seed}/{worker}/arrivals {step.ordinal}")
        at = 0.0
        while (at := at + random.expovariate(step.rate / plan.workers)) < step.seconds:
            yield at
        return
    for number in count():
        at = (number * plan.workers + worker) / step.rate
        # The last one is not moved into the step by rounding.
        if at >= step.seconds - 1e-9:
            return
        yield at


def arrivals_until(plan: Plan, step: RateStep, worker: int, seconds: float) -> int:
    """
    Count the arrivals of a worker up to a time.
    """
    return sum(1 for at in arrivals(plan, step, worker) if at <= seconds)
