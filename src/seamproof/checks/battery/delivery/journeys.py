"""
Journey check: the events of each life cycle, in order, are accepted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seamproof.checks.model.arrivals import kinds_of_work, types_of_other_work
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.tuning import FEW_JOURNEYS, QUICK_JOURNEYS
from seamproof.checks.probe.findings import report_failure
from seamproof.checks.probe.presence import accepted_presence
from seamproof.events import resource_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from seamproof.checks.model.arrivals import Kind
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe


def journey(probe: Probe) -> Iterator[Finding]:
    """
    The events of each life cycle, in order, are accepted.
    """
    names = journeys_of(probe)
    if not names:
        yield Skipped(reason="no journey consists of event types that are sent")
    left_out: list[str] = []
    available = len(names)
    if probe.is_brief and not probe.settings.quick:
        names = (min(names, key=lambda one: len(probe.events.journey(one))),) if names else ()
    elif probe.quick:
        names, left_out = widest_journeys(probe, FEW_JOURNEYS)
    for name in names:
        sent = []
        digits = probe.encoding.digits
        for event in probe.events.fresh_all(probe.events.journey(name), digits=digits):
            request, received = probe.deliver(event)
            sent.append(request)
            if probe.is_accepted(received) or accepted_presence(probe, event["event_type"]) is None:
                continue
            description = f"step {len(sent)} of the life cycle {name}"
            if found := report_failure(probe, request, received, description, same="any_event"):
                yield replace(found[0], sent=tuple(sent))
                break
    yield from why_too_few(names, available, left_out)


def journeys_of(probe: Probe) -> tuple[str, ...]:
    """
    List the life cycles whose events are all of types that are sent.
    """
    from seamproof.strategies import JOURNEYS

    types = {one for one in probe.events.event_types if not probe.is_slow(one)}
    names = (n for n, steps in JOURNEYS.items() if {one.event_type for one in steps} <= types)
    return tuple(names)


def widest_journeys(
    probe: Probe, count: int, *, may_be_more: bool = True
) -> tuple[tuple[str, ...], list[str]]:
    """
    Choose life cycles: those whose events do most, then those with most resources that act.

    Args:
        probe: Of the run.
        count: How many are enough.
        may_be_more: Whether a quick run sends more of them, if their events do something else.

    Returns:
        The life cycles, and event types of others that do something else.
    """
    known = probe.state.observation
    kinds = kinds_of_work(known)
    acting = {resource_of(one) for one in kinds}
    left = {name: _types_of(name) for name in sorted(journeys_of(probe))}
    done: set[Kind] = set()
    chosen: list[str] = []

    def gain(name: str) -> tuple[int, int]:
        work = {kind for one in left[name] for kind in kinds.get(one, ())}
        return len(work - done), len(acting & {*map(resource_of, left[name])})

    is_quick, sent = probe.settings.quick, set[str]()
    more = QUICK_JOURNEYS if is_quick and may_be_more else count
    while left:
        best = max(left, key=gain)
        if len(chosen) >= count and not (gain(best)[0] and len(chosen) < more):
            break
        types = left.pop(best)
        sent |= types
        chosen.append(best)
        done.update(kind for one in types for kind in kinds.get(one, ()))
        acting -= {*map(resource_of, types)}
    of_others = {one for types in left.values() for one in types} if is_quick else set[str]()
    others = [one for one in types_of_other_work(known, sent, has_values=False) if one in of_others]
    return tuple(chosen), others


def why_too_few(
    names: Collection[str], available: int, left_out: Collection[str]
) -> Iterator[Inconclusive]:
    """
    Say how far a quick run came, if events of other life cycles do something else.
    """
    if left_out:
        sent = f"a quick run sends {len(names)} of {available} life cycles"
        yield Inconclusive(reason=f"{sent}, none with {', '.join(left_out)}")


def _types_of(name: str) -> set[str]:
    from seamproof.strategies import JOURNEYS

    return {step.event_type for step in JOURNEYS[name]}
