"""
Response checks: the status of a genuine delivery, other methods, the response time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seamproof.checks.model.results import Skipped
from seamproof.checks.model.tuning import (
    REPORTED_SLOW_TYPES,
    RESPONSE_TIME_ERROR,
    RESPONSE_TIME_WARNING,
)
from seamproof.checks.probe.control import controlled
from seamproof.checks.probe.diagnosis.responses import hint_for
from seamproof.checks.probe.findings import failure_of
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe


def success_status(probe: Probe) -> Iterator[Finding]:
    """
    A plain genuine delivery is answered 2xx.
    """
    request, received = probe.deliver(probe.plain())
    if not probe.is_accepted(received):
        failure = failure_of(request, received, "answered 200-299, no redirect")
        yield replace(failure, finding=hint_for(received))


@controlled
def wrong_method(probe: Probe) -> Iterator[Finding]:
    """
    A GET is not answered 2xx, neither a bare one nor one that carries a delivery.
    """
    if not getattr(probe.target, "receives_method", True):
        yield Skipped(
            reason="this target sees no method: the gateway before it decides which there are"
        )
        return
    bare = probe.signed(b"", recipe="no svix headers", method="GET", event_type=None)
    for one in (bare, probe.signed(probe.plain(), method="GET")):
        # A server that leaves the body of a GET unread would parse it as the next request.
        request = replace(one, headers=(*one.headers, ("connection", "close")))
        received = probe.send(request)
        if received.status in SUCCESS:
            yield failure_of(request, received, "GET is not answered 2xx: 405, or 404")
            return


def response_time(probe: Probe) -> Iterator[Finding]:
    """
    No genuine delivery of the run took long, of those that were sent one after the other.
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
                f"answered within {warning:g} s, and {error:g} s at most",
                context=f"took {seconds:.1f} s",
                severity="error" if seconds >= error else "warning",
            )
