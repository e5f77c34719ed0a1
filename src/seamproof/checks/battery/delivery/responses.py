"""
Checks of how a handler answers, and that it keeps up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.results import Skipped
from seamproof.checks.model.tuning import (
    FEW_JOURNEYS,
    REPORTED_SLOW_TYPES,
    RESPONSE_TIME_ERROR,
    RESPONSE_TIME_WARNING,
)
from seamproof.checks.probe.findings import failure_of, report_failure
from seamproof.checks.probe.hints import hint_for
from seamproof.checks.probe.presence import accepted_presence
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe

#: Targets that see no method: what leads to them decides which one it is.
_NO_METHOD: Final = ("function", "lambda", "lambda-v1")


def success_status(probe: Probe) -> Iterator[Finding]:
    """
    A plain genuine delivery is answered 2xx.
    """
    request, received = probe.deliver(probe.plain())
    if not probe.is_accepted(received):
        hint = hint_for(received)
        expected = "answered 200-299, no redirect"
        yield failure_of(request, received, f"{expected}; {hint}" if hint else expected)


def wrong_method(probe: Probe) -> Iterator[Finding]:
    """
    A GET is not answered 2xx, neither a bare one nor one that carries a delivery.
    """
    if getattr(probe.target, "kind", "") in _NO_METHOD:
        yield Skipped(reason="this target sees no method: what leads to it decides which there are")
        return
    bare = probe.signed(b"", recipe="no svix headers", method="GET", event_type=None)
    for one in (bare, probe.signed(probe.plain(), method="GET")):
        # What is left unread of a GET would be taken for the beginning of the next request.
        request = replace(one, headers=(*one.headers, ("connection", "close")))
        received = probe.send(request)
        if received.status in SUCCESS:
            yield failure_of(request, received, "GET is not answered 2xx: 405, or 404")
            return


def response_time(probe: Probe) -> Iterator[Finding]:
    """
    No genuine delivery of the run took long, as long as they came one after the other.
    """
    if not probe.slowest:
        probe.deliver(probe.plain())
    slow = sorted(probe.slowest.values(), key=lambda pair: -pair[1].milliseconds)
    warning, error = RESPONSE_TIME_WARNING, RESPONSE_TIME_ERROR
    for request, received in slow[:REPORTED_SLOW_TYPES]:
        seconds = received.milliseconds / 1000
        if seconds >= warning:
            yield failure_of(
                request,
                received,
                f"answered within {warning:g} s, and {error:g} s at the very most",
                context=f"took {seconds:.1f} s",
                severity="error" if seconds >= error else "warning",
            )


def journey(probe: Probe) -> Iterator[Finding]:
    """
    The events of each life cycle, in order, are accepted.
    """
    names = journeys_of(probe)
    if not names:
        yield Skipped(reason="no journey consists of event types that are sent")
    for name in names[: FEW_JOURNEYS if probe.quick else None]:
        sent = []
        digits = probe.encoding.digits
        for event in probe.events.fresh_all(probe.events.journey(name), digits=digits):
            request, received = probe.deliver(event)
            sent.append(request)
            taken_alone = accepted_presence(probe, event["event_type"]) is not None
            if probe.is_accepted(received) or not taken_alone:
                continue
            found = report_failure(
                probe, request, received, f"step {len(sent)} of the life cycle {name}"
            )
            if found:
                yield replace(found, sent=tuple(sent))
                break


def journeys_of(probe: Probe) -> tuple[str, ...]:
    """
    Name the life cycles whose events are all of types that are sent.
    """
    from seamproof.strategies import JOURNEYS

    types = {one for one in probe.events.event_types if not probe.is_slow(one)}
    names = (n for n, steps in JOURNEYS.items() if {one.event_type for one in steps} <= types)
    return tuple(names)
