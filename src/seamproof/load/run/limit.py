"""
Search for the highest rate that holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

    from seamproof.load.accounting.account import Account
    from seamproof.load.run.conductor import StepResult

#: The search ends when the lowest rate that failed is this much above the highest that held.
PRECISION: Final = 1.04
#: Rates beyond these are not tried, in messages a second.
HIGHEST: Final = 100_000.0
LOWEST: Final = 0.1

#: The share of arrivals by which a backlog may grow in half a step.
_GROWTH: Final = 0.03
#: Messages by which a backlog may grow, however few arrive.
_NOISE: Final = 2
#: Seconds by which a load generator may send late.
_LAG: Final = 0.5
GENERATOR: Final = "the load generator cannot send faster; give it more --processes"


@dataclass(frozen=True, slots=True)
class RateVerdict:
    """
    Whether a rate held, and why not.

    Attributes:
        rate: Messages a second.
        p99: The 99th percentile of the latency, in seconds.
        problem: Why it did not hold; empty if it did.
        repeatable: Whether a pause of the machine could be the cause.
    """

    rate: float
    p99: float
    problem: str = ""
    repeatable: bool = False


def judge(result: StepResult, account: Account, before: int, most: float) -> RateVerdict:
    """
    Decide whether the rate of a step held.

    A rate at which the backlog grows does not hold: in a longer step its latency would exceed any
    bound.

    Args:
        result: Of the step.
        account: Of all steps so far.
        before: How many messages of earlier steps were not delivered.
        most: Seconds that the 99th percentile of the latency may take.
    """
    rate, p99 = result.step.rate, result.latencies.quantile(0.99)
    bad = account.messages - account.delivered - before
    if bad > 0 or not result.sent:
        missing = f"{bad} of {result.sent} messages were not delivered"
        return RateVerdict(rate, p99, missing if result.sent else "nothing was sent")
    if account.twice:
        return RateVerdict(rate, p99, f"{account.twice} messages were processed more than once")
    growth = result.end - result.half
    if growth > max(_NOISE, _GROWTH * rate * result.step.seconds / 2):
        seconds = result.step.seconds / 2
        return RateVerdict(
            rate, p99, f"the backlog grew by {growth} in {seconds:g} s", repeatable=True
        )
    if p99 > most:
        return RateVerdict(rate, p99, f"p99 was {p99:.3g} s", repeatable=True)
    if result.lag > _LAG:
        return RateVerdict(rate, p99, GENERATOR, repeatable=True)
    return RateVerdict(rate, p99)


def rates(start: float, highest: float = HIGHEST) -> Generator[float, bool, float | None]:
    """
    Yield the rates to try; each is answered with whether it held.

    The rate is doubled while it holds, halved while it does not, and then bisected.

    Args:
        start: The first rate.
        highest: The highest rate that may be tried.

    Returns:
        The highest rate that held; None if none did.
    """
    held: float | None = None
    failed: float | None = None
    rate = min(start, highest)
    while True:
        if (yield rate):
            held = rate
        else:
            failed = rate
        if failed is None:
            if rate >= highest:
                return held
            rate = min(rate * 2, highest)
        elif held is None:
            rate /= 2
            if rate < LOWEST:
                return None
        elif failed / held <= PRECISION:
            return held
        else:
            rate = (held * failed) ** 0.5
