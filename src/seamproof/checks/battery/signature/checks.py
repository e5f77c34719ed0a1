"""
Signature checks: authenticity, timestamp tolerance, rotation, malformed headers.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.signature.batch import PLANNED, send_planned, sent_together
from seamproof.checks.generation.encoding import HEADER_CASES
from seamproof.checks.generation.signed_request import borrowed
from seamproof.checks.model.results import Skipped
from seamproof.checks.probe.control import controlled
from seamproof.checks.probe.deliveries import send_groups
from seamproof.checks.probe.findings import (
    ACCEPTED,
    REJECTED,
    failure_of,
    first_of_each_cause,
)
from seamproof.checks.probe.presence import accepts
from seamproof.checks.probe.run_state import PlannedForgery
from seamproof.json_types import parse_json
from seamproof.signing.forgeries import GENUINE, SIGNED_TIMESTAMPS, STRIPPED
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonMapping, JsonObject

    Run = Callable[[Probe], Iterator[Finding]]

_FOUR_MINUTES: Final = 240
CHECK_TIMESTAMP: Final = (
    "Parse svix-timestamp with int(), then require abs(now - timestamp) <= 300 (seconds)."
)


def rejected(
    *recipes: str, age: int = 0, crash: Severity = "error", accepted_cure: str = ""
) -> Run:
    """
    Make a check that requests of some recipes are rejected.

    Args:
        recipes: How the requests are forged.
        age: Seconds by which their timestamp lies before the clock.
        crash: The severity of a failure that is a crash.
        accepted_cure: How to fix a handler that accepts them, if that differs from the cure of
            the check.
    """

    def failure(sent: tuple[Request, ...], received: Received) -> Failure:
        severity = crash if received.is_crash else "error"
        cure = accepted_cure if received.status in SUCCESS and not received.is_crash else ""
        if cure and sent[-1].recipe in SIGNED_TIMESTAMPS:
            cure = CHECK_TIMESTAMP
        expected = f"{REJECTED}{_forgery(sent[-1])}"
        return failure_of(sent, received, expected, severity=severity, cure=cure)

    return _rejecting([PlannedForgery(one, age) for one in recipes], failure)


def accepted(*recipes: str) -> Run:
    """
    Make a check that requests of some recipes are accepted.
    """

    @first_of_each_cause
    def run(probe: Probe) -> Iterator[Failure]:
        requests = ((probe.signed(probe.plain(), recipe=one),) for one in recipes)
        for (request,), received in send_groups(probe, requests, probe.is_accepted):
            if not probe.is_accepted(received):
                yield failure_of(request, received, f"{ACCEPTED}{_forgery(request)}")

    return run


def tolerated_skew(probe: Probe) -> Iterator[Finding]:
    """
    A timestamp four minutes in the past or ahead is accepted.
    """
    ages = (_FOUR_MINUTES, -_FOUR_MINUTES)
    requests = ((probe.signed(probe.plain(), age=age),) for age in ages)
    sent = send_groups(probe, requests, probe.is_accepted)
    for age, ((request,), received) in zip(ages, sent, strict=True):
        if not probe.is_accepted(received):
            side = "in the past" if age > 0 else "ahead"
            expected = f"{ACCEPTED}: a timestamp 4 minutes {side}"
            yield failure_of(request, received, expected, context=f"4 minutes {side}")


def tampered(*recipes: str) -> Run:
    """
    Make a check that requests changed after signing are rejected, alone and after the original.

    Only after the original does it show that a handler remembers a verdict by id or signature.
    """

    def failure(sent: tuple[Request, ...], received: Received) -> Failure:
        where = ", after the original" if len(sent) > 1 else ""
        return failure_of(sent, received, f"{REJECTED}{_forgery(sent[-1])}{where}")

    alone = [PlannedForgery(one) for one in recipes]
    return _rejecting([*alone, *(one._replace(after_original=True) for one in alone)], failure)


def _rejecting(
    planned: Sequence[PlannedForgery],
    failure: Callable[[tuple[Request, ...], Received], Failure],
) -> Run:
    """
    Make a check that forgeries are rejected.

    Args:
        planned: The forgeries.
        failure: Makes the failure of one that is not rejected.
    """
    PLANNED.update(dict.fromkeys(planned))

    @controlled
    @first_of_each_cause
    def by_themselves(probe: Probe) -> Iterator[Failure]:
        sent = send_planned(probe, planned)
        yield from (failure(*one) for one in sent if not one[1].is_rejected)

    def run(probe: Probe) -> Iterator[Finding]:
        sent = sent_together(probe, planned)
        if sent is None:
            yield from by_themselves(probe)
            return
        failures = [failure(*one) for one in sent if not one[1].is_rejected]
        yield from first_of_each_cause(lambda _: iter(failures))(probe)

    return run


def header_case(probe: Probe) -> Iterator[Finding]:
    """
    Header names are accepted in any case.
    """
    if not getattr(probe.target, "keeps_header_case", True):
        yield Skipped(reason="an HTTP API passes on all header names in lower case")
        return
    yield from _each_header_case(probe)


@first_of_each_cause
def _each_header_case(probe: Probe) -> Iterator[Failure]:
    requests = ((probe.signed(probe.plain(), header_case=case),) for case in HEADER_CASES)
    sent = send_groups(probe, requests, probe.is_accepted)
    for case, ((request,), received) in zip(HEADER_CASES, sent, strict=True):
        if not probe.is_accepted(received):
            yield failure_of(request, received, f"{ACCEPTED}: header names in {case} case")


@first_of_each_cause
def raw_body(probe: Probe) -> Iterator[Failure]:
    """
    Another serialisation of an event is accepted.
    """
    requests = (
        (probe.signed(serialise(probe.plain()).encode(), event_type=probe.default_type),)
        for serialise in _SERIALISATIONS.values()
    )
    sent = send_groups(probe, requests, probe.is_accepted)
    for name, ((request,), received) in zip(_SERIALISATIONS, sent, strict=True):
        # A failure is about the bytes if the same content in the usual encoding is accepted.
        if not probe.is_accepted(received) and accepts(probe, parse_json(request.body)):
            yield failure_of(request, received, f"{ACCEPTED}: the event written {name}")


def _compact(event: JsonMapping) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _with_description(text: str, event: JsonMapping) -> JsonObject:
    return {**event, "event_description": text}


#: By its description, how to serialise an event.
_SERIALISATIONS: Final[Mapping[str, Callable[[JsonObject], str]]] = {
    "compactly": _compact,
    "with spaces after commas and colons": json.dumps,
    "over several lines": lambda event: json.dumps(event, indent=2),
    "with odd white space": lambda event: _compact(event).replace(',"', ' ,\r\n\t"'),
    "with white space around it": lambda event: f"\n {_compact(event)} \r\n",
    "with its keys in reverse order": lambda event: _compact(dict(reversed(event.items()))),
    "with its keys sorted": lambda event: _compact(dict(sorted(event.items()))),
    "with escaped slashes": lambda event: _compact(_with_description("a/b", event)).replace(
        "a/b", "a\\/b"
    ),
    "with escaped letters": lambda event: _compact(_with_description("Café", event)).replace(
        "Café", "C\\u0061f\\u00e9"
    ),
    "with numbers as 1.0 and 1e0": lambda event: (
        _compact(event)[:-1] + ',"future_number":1.0,"future_numbers":[1e0,10.50,-0.0]}'
    ),
}


@controlled
@first_of_each_cause
def non_utf8_body(probe: Probe) -> Iterator[Failure]:
    """
    A body that is not UTF-8 is rejected; a crash on it is a warning.

    Signed with the right secret, it may also be accepted: a handler that stores the raw bytes
    does nothing wrong.
    """
    for recipe in ("another secret", STRIPPED, GENUINE):
        text = probe.encoding.encode(probe.plain())
        body = re.sub(rb'": ?"', lambda found: found[0] + b"\xff", text, count=1)
        request, received = probe.deliver(body, recipe=recipe, event_type=probe.default_type)
        harmless = recipe == GENUINE and probe.is_accepted(received)
        if not (received.is_rejected or harmless):
            expected = f"{REJECTED}: a body that is not UTF-8"
            severity: Severity = "warning" if received.is_crash else "error"
            yield failure_of(request, received, expected, severity=severity)


@controlled
def replayed_signature_new_body(probe: Probe) -> Iterator[Finding]:
    """
    The headers of an accepted delivery do not make another body accepted.
    """
    event = probe.plain()
    first = probe.signed(event)
    probe.send(first)
    other = _with_description("another text under the same headers", event)
    for body in map(probe.encoding.encode, (other, probe.plain())):
        forgery = borrowed(first, body)
        received = probe.send(forgery)
        if not received.is_rejected:
            expected = f"{REJECTED}: a delivery's headers with another body"
            yield failure_of((first, forgery), received, expected)
            return


def _forgery(request: Request) -> str:
    if request.recipe != GENUINE:
        return f" ({request.signed_how})"
    minutes = abs(request.age) // 60
    return f" (signed {minutes} minutes {'ago' if request.age > 0 else 'ahead'})"
