"""
Reports each distinct failure once, under the most specific check.

A type whose plain event is rejected fails in `payload.every_event_type` and nowhere else. Two
failures are the same if the exception, its place and what provoked it are; each is reported once
for each type, by the first check that meets it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.exchange import Request
from seamproof.checks.model.results import Failure
from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.failures.reasons import reasons_of
from seamproof.checks.probe.failures.value_kinds import PRESENT, describe_properties
from seamproof.checks.probe.known_failures.reencoding import is_rejected_for_numbers
from seamproof.checks.probe.known_failures.values import repaired_event, values_in
from seamproof.checks.probe.presence import accepted_presence, accepts
from seamproof.checks.probe.run_state import Cause, PropertyValue, ReportedFailures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received
    from seamproof.checks.model.results import Finding
    from seamproof.checks.model.state_changes import StateDeviation
    from seamproof.checks.probe.failures.reasons import RejectionReason
    from seamproof.checks.probe.probe import Probe
    from seamproof.schemas.payload_mutations import MutatedPayload

#: Which failures that were reported are the same one.
Sameness: TypeAlias = Literal["event", "value", "any_event", "any_type"]

#: The reason where the check of the raw body reports a rejection.
_OTHER_BYTES: Final = "the event in other bytes"

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
    cure: str = "",
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
        cure: How to fix what was found, where that is known.
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
        cure=cure,
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
    probe: Probe,
    event_type: str,
    mutations: Iterable[MutatedPayload],
    *,
    same: Sameness = "event",
) -> Iterator[Failure]:
    """
    Send mutated events of a type and report each new way in which the handler fails.
    """
    of_type = ((event_type, one) for one in mutations)
    yield from send_mutations_of_types(probe, of_type, same=same)


def send_mutations_of_types(
    probe: Probe, mutations: Iterable[tuple[str, MutatedPayload]], *, same: Sameness = "event"
) -> Iterator[Failure]:
    """
    Send mutated events, each of some type, and report each new way in which the handler fails.

    Args:
        probe: Of the run.
        mutations: Each with its event type.
        same: As of `report_failure`.
    """
    events = ((mutation.payload, (event_type, mutation)) for event_type, mutation in mutations)
    for (event_type, mutation), request, received in deliver_each(probe, events):
        if probe.is_accepted(received) or accepted_presence(probe, event_type) is None:
            continue
        yield from report_failure(
            probe,
            request,
            received,
            mutation.description,
            mutation.properties,
            severity="warning" if mutation.standard_only else "error",
            same=same,
        )


def send_mutation(probe: Probe, event_type: str, mutation: MutatedPayload) -> list[Failure]:
    """
    Send a mutated event under new ids; report its failure, unless another check does.
    """
    return list(send_mutations(probe, event_type, [mutation]))


def report_failure(
    probe: Probe,
    request: Request,
    received: Received,
    description: str,
    properties: Iterable[str] = (),
    *,
    severity: Severity = "error",
    same: Sameness = "event",
) -> list[Failure]:
    """
    Make a failure of each reason, without those that were reported before.

    Args:
        probe: Of the run.
        request: The one that failed.
        received: Its response.
        description: In what the event differs from a plain one.
        properties: Those in which the event differs.
        severity: Of the failure.
        same: Which failures that were reported are the same one: of an `event` of this type that
            differs likewise from a plain one; the same of each `value`, even where the reason
            names the property; of `any_event` of this type; of `any_type`.
    """
    reported, names = probe.state.reported, tuple(properties)
    if received.escaped is None and same == "any_event":
        # Where a status is all that is seen, only the event distinguishes two bugs.
        same = "event"
    made: list[Failure] = []
    if is_rejected_for_numbers(probe, request, received):
        note_other_bytes(probe, received)
        return made
    for found in reasons_of(probe, request, received, names):
        reason = found._replace(is_specific=found.is_specific and same != "value")
        of_event = "" if reason.is_specific else description
        cause = Cause(answer_text(received), reason.text, of_event)
        if _was_reported(probe, request.event_type, cause, severity, same):
            reported.met_again.add(cause)
            continue
        reported.causes.add((request.event_type, cause, severity))
        if reason.is_specific:
            reported.specific.add(cause)
        made.append(_failure_of_reason(request, received, description, reason, severity))
    for value in values_in(probe, request.event_type, event_in(request.body), names):
        if reported.values.get(value) != "error":
            reported.values[value] = severity
    return made


def note_other_bytes(probe: Probe, received: Received) -> None:
    """
    Note that an event was rejected for its bytes alone, which proves nothing about its values.
    """
    probe.state.reported.met_again.add(Cause(answer_text(received), _OTHER_BYTES))


def report_value(
    probe: Probe,
    request: Request,
    received: Received,
    properties: Iterable[str],
    *,
    severity: Severity = "error",
    same: Sameness = "event",
) -> list[Failure]:
    """
    Report a failure that some properties provoke, described by the kind of their values.

    The arguments are those of `report_failure`.
    """
    names, event_type = tuple(properties), request.event_type or ""
    shapes = probe.events.catalogue[event_type].properties
    description = describe_properties(event_in(request.body), names, shapes)
    return report_failure(
        probe, request, received, description, names, severity=severity, same=same
    )


def _was_reported(
    probe: Probe, event_type: str | None, cause: Cause, severity: Severity, same: Sameness
) -> bool:
    """
    Whether a cause was reported.

    What was reported as a warning is reported again as an error, but not the other way round.
    """
    causes, severities = probe.state.reported.causes, ("error", severity)
    if same in ("event", "value"):
        return any((event_type, cause, one) in causes for one in severities)
    if same == "any_type":
        return any(known == cause and one in severities for _, known, one in causes)
    return any(
        known[:2] == cause[:2] and one in severities
        for reported_type, known, one in causes
        if reported_type == event_type
    )


def _failure_of_reason(
    request: Request,
    received: Received,
    description: str,
    reason: RejectionReason,
    severity: Severity,
) -> Failure:
    escaped = received.escaped is not None
    expected = f"{ACCEPTED}: {description}" if description else ACCEPTED
    failure = failure_of(
        request,
        received,
        expected,
        context="" if escaped else description or reason.text,
        severity=severity,
    )
    return replace(failure, reason=reason.with_description(description) if escaped else "")


def note_presence(probe: Probe, properties: Iterable[str]) -> None:
    """
    Note that an event with one of some properties is not accepted, whatever their value is.
    """
    values: dict[PropertyValue, Severity] = {
        PropertyValue(name, PRESENT): "error" for name in properties
    }
    probe.state.reported.values.update(values)


def is_never_accepted(probe: Probe, name: str) -> bool:
    """
    Whether it was reported that no event with a property is accepted.
    """
    return PropertyValue(name, PRESENT) in probe.state.reported.values


def is_known(probe: Probe, request: Request, received: Received) -> bool:
    """
    Whether a request was not accepted for reasons only that were reported for any event type.

    Where a reason names no property, the event has to be accepted once the values of reported
    failures are plain in it: one bug must not hide another.
    """
    reported, reasons = probe.state.reported, reasons_of(probe, request, received)
    causes = {Cause(answer_text(received), one.text) for one in reasons}
    if causes <= reported.specific:
        reported.met_again.update(causes)
        return True
    if is_explained := is_rejected_for_numbers(probe, request, received) or _is_accepted_repaired(
        probe, request
    ):
        reported.met_again.update(causes)
    return is_explained


def _is_accepted_repaired(probe: Probe, request: Request) -> bool:
    catalogue = probe.events.catalogue
    if request.event_type is None or request.event_type not in catalogue:
        return False
    event = event_in(request.body)
    repaired = repaired_event(probe, catalogue[request.event_type], event)
    return repaired != event and accepts(probe, repaired)


def reports_rollback(probe: Probe) -> Callable[[], None]:
    """
    Return a function that forgets what is reported from now on.
    """
    before = probe.state.reported
    copied = ReportedFailures(
        causes={*before.causes}, specific={*before.specific}, values={**before.values}
    )

    def roll_back() -> None:
        probe.state.reported = copied

    return roll_back


def count_known_failures(probe: Probe) -> int:
    """
    Count the failures that were met since the last count, and that had been reported before.
    """
    met, probe.state.reported.met_again = probe.state.reported.met_again, set()
    return len(met)
