"""
Reports each distinct failure once, under the most specific check.

A type whose plain event is rejected fails in `payload.every_event_type` and nowhere else; an
exception at one place is reported once for each type, by the first check that meets it.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.exchange import Request
from seamproof.checks.model.results import Failure
from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.presence import accepted_presence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received
    from seamproof.checks.model.results import Finding
    from seamproof.checks.model.state_changes import StateDeviation
    from seamproof.checks.probe.probe import Probe
    from seamproof.schemas.payload_mutations import MutatedPayload

ACCEPTED: Final = "accepted with 2xx"
REJECTED: Final = "rejected with 4xx"


def failure_of(
    sent: Request | Sequence[Request],
    received: Received | None,
    expected: str,
    *,
    context: str = "",
    deviation: StateDeviation | None = None,
    is_about_answer: bool = True,
    severity: Severity = "error",
) -> Failure:
    """
    Make a failure of what was sent and received.

    Args:
        sent: The requests that show it; the last one is the one that failed.
        received: The response to the last request.
        expected: What a correct handler does.
        context: What distinguishes the request from a plain delivery.
        deviation: How the state differs from the expected one.
        is_about_answer: Whether the response is part of the cause.
        severity: Of the failure.
    """
    requests = (sent,) if isinstance(sent, Request) else tuple(sent)
    return Failure(
        event_type=requests[-1].event_type if requests else None,
        sent=requests,
        expected=expected,
        received=received,
        context=context,
        deviation=deviation,
        is_about_answer=is_about_answer,
        severity=severity,
    )


def first_of_each_cause(
    check: Callable[[Probe], Iterator[Failure]],
) -> Callable[[Probe], Iterator[Finding]]:
    """
    Let a check report the first failure of each event type, cause and severity only.
    """

    @wraps(check)
    def run(probe: Probe) -> Iterator[Finding]:
        seen = set()
        for one in check(probe):
            key = (one.event_type, one.cause, one.severity)
            if key not in seen:
                seen.add(key)
                yield one

    return run


def send_mutations(
    probe: Probe, event_type: str, mutations: Iterable[MutatedPayload]
) -> Iterator[Failure]:
    """
    Send mutated events of a type and report each new way in which the handler fails.
    """
    yield from send_mutations_of_types(probe, ((event_type, one) for one in mutations))


def send_mutations_of_types(
    probe: Probe, mutations: Iterable[tuple[str, MutatedPayload]]
) -> Iterator[Failure]:
    """
    Send mutated events, each of some type, and report each new way in which the handler fails.
    """
    events = ((mutation.payload, (event_type, mutation)) for event_type, mutation in mutations)
    for (event_type, mutation), request, received in deliver_each(probe, events):
        yield from _failure_of_mutation(probe, event_type, mutation, request, received)


def send_mutation(probe: Probe, event_type: str, mutation: MutatedPayload) -> list[Failure]:
    """
    Send a mutated event under new ids; report its failure, unless another check does.
    """
    return list(send_mutations(probe, event_type, [mutation]))


def _failure_of_mutation(
    probe: Probe, event_type: str, mutation: MutatedPayload, request: Request, received: Received
) -> list[Failure]:
    if probe.is_accepted(received) or accepted_presence(probe, event_type) is None:
        return []
    severity: Severity = "warning" if mutation.standard_only else "error"
    description, properties = mutation.description, mutation.properties
    return report_failure(probe, request, received, description, properties, severity=severity)


def report_failure(
    probe: Probe,
    request: Request,
    received: Received,
    description: str,
    properties: Iterable[str] = (),
    *,
    severity: Severity = "error",
) -> list[Failure]:
    """
    Make a failure, or none if one of the same type and cause was reported before.

    Args:
        probe: Of the run.
        request: The one that failed.
        received: Its response.
        description: In what the event differs from a plain one.
        properties: Those in which the event differs.
        severity: Of the failure.
    """
    reported = probe.state.reported
    cause = _cause(received, description)
    # What was reported as a warning is reported again as an error, but not the other way round.
    if any((request.event_type, cause, one) in reported.causes for one in ("error", severity)):
        return []
    reported.causes.add((request.event_type, cause, severity))
    if received.escaped:
        reported.places.add(cause)
    else:
        reported_properties(probe, request.event_type).update(properties)
    expected = f"{ACCEPTED}: {description}" if description else ACCEPTED
    context = "" if received.escaped else description
    return [failure_of(request, received, expected, context=context, severity=severity)]


def _cause(received: Received, description: str) -> str:
    return answer_text(received) if received.escaped else f"{description}: {answer_text(received)}"


def reports_rollback(probe: Probe) -> Callable[[], None]:
    """
    Return a function that forgets the causes that are reported from now on.
    """
    reported = frozenset(probe.state.reported.causes)

    def roll_back() -> None:
        probe.state.reported.causes = set(reported)

    return roll_back


def is_reported(probe: Probe, received: Received, description: str) -> bool:
    """
    Whether a failure of the same cause was reported for any event type.
    """
    cause = _cause(received, description)
    return any(cause == known for _, known, _ in probe.state.reported.causes)


def is_reported_exception(probe: Probe, received: Received) -> bool:
    """
    Whether an exception at this place was reported for any event type.
    """
    return received.escaped is not None and answer_text(received) in probe.state.reported.places


def reported_properties(probe: Probe, event_type: str | None) -> set[str]:
    """
    Look up the properties that failures of a type are about, where only a status was seen.
    """
    return probe.state.reported.properties.setdefault(event_type, set())
