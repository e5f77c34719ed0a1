"""
The check of out-of-order delivery: a life cycle ends in the same state in any order.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from seamproof.checks.battery.delivery.journeys import (
    journeys_of,
    why_too_few,
    widest_journeys,
)
from seamproof.checks.battery.delivery.order.comparison import OrderComparison
from seamproof.checks.battery.delivery.order.life_cycle import LifeCycle, Undecided
from seamproof.checks.battery.delivery.order.watermark import ignored_records
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.tuning import FEW_JOURNEYS
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.observer import NO_STATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver


def out_of_order(probe: Probe) -> Iterator[Finding]:
    """
    The state after a life cycle does not depend on the order in which its events arrive.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    available = len(journeys_of(probe))
    count = available
    if observer.is_hasty or observer.is_very_slow or probe.quick:
        count = 1 if observer.is_hasty or probe.is_brief else FEW_JOURNEYS
    is_limited = observer.is_hasty or observer.is_very_slow
    names, left_out = widest_journeys(probe, count, may_be_more=not is_limited)
    if not names:
        yield Skipped(reason="no journey consists of event types that are sent")
        return
    undecided: dict[str, Undecided] = {}
    equal_so_far: list[OrderComparison] = []
    for name in names:
        cycle = LifeCycle(observer, name)
        reference = cycle.reference()
        if isinstance(reference, Undecided):
            undecided[name] = reference
            continue
        comparison = OrderComparison(cycle, reference)
        failures = _first_failure(comparison)
        yield from failures
        # One failure is enough where each takes long, because changes come late.
        if failures and observer.is_late:
            return
        equal_so_far += [] if failures else [comparison]
    yield from ignored_records(observer)
    if not probe.quick and not observer.is_late:
        for comparison in equal_so_far:
            yield from islice(comparison.of_more_orders(), 1)
    yield from _why_undecided(observer, undecided, names, available)
    yield from why_too_few(names, available, left_out)


def _first_failure(comparison: OrderComparison) -> list[Failure]:
    """
    Compare a life cycle in the orders of a quick pass; once in a run, if it ends the same.
    """
    probe, name = comparison.probe, comparison.cycle.name
    known = probe.state.equal_cycles
    if probe.progress.is_rest and name in known:
        return []
    failures = list(islice(comparison.of_first_orders(), 1))
    if failures:
        known.discard(name)
    else:
        known.add(name)
    return failures


def _why_undecided(
    observer: StateObserver,
    undecided: Mapping[str, Undecided],
    names: tuple[str, ...],
    available: int,
) -> Iterator[Inconclusive]:
    different = {name: one for name, one in undecided.items() if not one.is_reproducible}
    if different or len(undecided) == len(names):
        by_reason: dict[str, list[str]] = {}
        for name, one in (different or undecided).items():
            by_reason.setdefault(one.reason, []).append(name)
        # With one reason for all, it does not matter which life cycles there are.
        everywhere = len(by_reason) == 1 and len(names) > 1 and not different
        texts = (
            reason if everywhere else f"{', '.join(several)}: {reason}"
            for reason, several in by_reason.items()
        )
        yield Inconclusive(reason="; ".join(texts), is_about_state=True)
    elif len(names) < available and not observer.probe.quick:
        slow = f"reading the state takes {observer.observation.reading_seconds:.1f} s"
        yield Inconclusive(reason=f"{slow}: {len(names)} of {available} life cycles were sent")
