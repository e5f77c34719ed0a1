"""
Journey check: the events of each life cycle, in order, are accepted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seamproof.checks.model.results import Skipped
from seamproof.checks.model.tuning import FEW_JOURNEYS
from seamproof.checks.probe.findings import report_failure
from seamproof.checks.probe.presence import accepted_presence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe


def journey(probe: Probe) -> Iterator[Finding]:
    """
    The events of each life cycle, in order, are accepted.
    """
    names = journeys_of(probe)
    if not names:
        yield Skipped(reason="no journey consists of event types that are sent")
    if probe.is_brief:
        names = (min(names, key=lambda one: len(probe.events.journey(one))),) if names else ()
    for name in names[: FEW_JOURNEYS if probe.quick else None]:
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


def journeys_of(probe: Probe) -> tuple[str, ...]:
    """
    List the life cycles whose events are all of types that are sent.
    """
    from seamproof.strategies import JOURNEYS

    types = {one for one in probe.events.event_types if not probe.is_slow(one)}
    names = (n for n, steps in JOURNEYS.items() if {one.event_type for one in steps} <= types)
    return tuple(names)
