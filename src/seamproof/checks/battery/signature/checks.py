"""
Signature checks: authenticity, timestamp tolerance, rotation, malformed headers.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.encoding import HEADER_CASES
from seamproof.checks.generation.signed_request import borrowed, forged
from seamproof.checks.model.results import Skipped
from seamproof.checks.probe.findings import ACCEPTED, REJECTED, distinct_failures, failure_of
from seamproof.checks.probe.outcome import is_crash, is_rejected
from seamproof.signing.forgeries import GENUINE, STRIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonMapping, JsonObject

    Run = Callable[[Probe], Iterator[Finding]]

_FOUR_MINUTES: Final = 240


def rejected(*recipes: str, age: int = 0) -> Run:
    """
    Make a check that requests of some recipes are rejected.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        sent = (probe.deliver(probe.plain(), recipe=recipe, age=age) for recipe in recipes)
        yield from distinct_failures(
            failure_of(request, received, f"{REJECTED}{_forgery(request)}")
            for request, received in sent
            if not is_rejected(received)
        )

    return run


def accepted(*recipes: str) -> Run:
    """
    Make a check that requests of some recipes are accepted.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        sent = (probe.deliver(probe.plain(), recipe=recipe) for recipe in recipes)
        yield from distinct_failures(
            failure_of(request, received, f"{ACCEPTED}{_forgery(request)}")
            for request, received in sent
            if not probe.is_accepted(received)
        )

    return run


def tolerated_skew(probe: Probe) -> Iterator[Finding]:
    """
    A timestamp four minutes in the past or ahead is accepted.
    """
    for age in (_FOUR_MINUTES, -_FOUR_MINUTES):
        request, received = probe.deliver(probe.plain(), age=age)
        if not probe.is_accepted(received):
            side = "in the past" if age > 0 else "ahead"
            expected = f"{ACCEPTED}: a timestamp 4 minutes {side}"
            yield failure_of(request, received, expected, context=f"4 minutes {side}")


def tampered(*recipes: str) -> Run:
    """
    Make a check that requests changed after signing are rejected, alone and after the original.

    Only after the original does it show that a handler remembers a verdict by id or signature.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        yield from distinct_failures(_tampered(probe, recipes))

    return run


def _tampered(probe: Probe, recipes: tuple[str, ...]) -> Iterator[Failure]:
    for recipe in recipes:
        request, received = probe.deliver(probe.plain(), recipe=recipe)
        if not is_rejected(received):
            yield failure_of(request, received, f"{REJECTED}{_forgery(request)}")
    for recipe in recipes:
        original, _ = probe.deliver(probe.plain())
        forgery = forged(original, recipe, probe.settings.secret)
        received = probe.send(forgery)
        if not is_rejected(received):
            expected = f"{REJECTED}{_forgery(forgery)}, after the original"
            yield failure_of((original, forgery), received, expected)


def header_case(probe: Probe) -> Iterator[Finding]:
    """
    Header names are accepted in any case.
    """
    if getattr(probe.target, "kind", "") == "lambda":
        yield Skipped(reason="an HTTP API passes on all header names in lower case")
        return
    failures = []
    for case in HEADER_CASES:
        request, received = probe.deliver(probe.plain(), header_case=case)
        if not probe.is_accepted(received):
            expected = f"{ACCEPTED}: header names in {case} case"
            failures.append(failure_of(request, received, expected))
    yield from distinct_failures(failures)


def raw_body(probe: Probe) -> Iterator[Finding]:
    """
    Another serialisation of an event is accepted.
    """
    failures = []
    for name, serialise in _SERIALISATIONS.items():
        body = serialise(probe.plain()).encode()
        request, received = probe.deliver(body, event_type=probe.default_type)
        if not probe.is_accepted(received) and _is_about_bytes(probe, body):
            failures.append(failure_of(request, received, f"{ACCEPTED}: the event written {name}"))
    yield from distinct_failures(failures)


def _is_about_bytes(probe: Probe, body: bytes) -> bool:
    """
    Whether the same content in the usual encoding is accepted.
    """
    _, received = probe.deliver(probe.events.fresh(json.loads(body)))
    return probe.is_accepted(received)


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


_MALFORMED: Final = (
    "signature without a comma",
    "signature without a version",
    "signature with two commas",
    "signature of no base64",
    "signature of broken base64",
    "timestamp NaN",
    "timestamp empty",
    "timestamp in words",
    "timestamp NaN, signed over",
    "timestamp inf, signed over",
)


def malformed_header(probe: Probe) -> Iterator[Finding]:
    """
    Malformed headers are rejected; a crash on them is a warning.
    """
    sent = (probe.deliver(probe.plain(), recipe=recipe) for recipe in _MALFORMED)
    yield from distinct_failures(
        failure_of(
            request,
            received,
            f"{REJECTED}{_forgery(request)}",
            severity=_severity(received),
        )
        for request, received in sent
        if not is_rejected(received)
    )


def non_utf8_body(probe: Probe) -> Iterator[Finding]:
    """
    A body that is not UTF-8 is rejected; a crash on it is a warning.

    Signed with the right secret, it may also be accepted: a handler that stores the raw bytes
    does nothing wrong.
    """
    failures = []
    for recipe in ("another secret", STRIPPED, GENUINE):
        text = probe.body(probe.plain())
        body = re.sub(rb'": ?"', lambda found: found[0] + b"\xff", text, count=1)
        request, received = probe.deliver(body, recipe=recipe, event_type=probe.default_type)
        harmless = recipe == GENUINE and probe.is_accepted(received)
        if not (is_rejected(received) or harmless):
            expected = f"{REJECTED}: a body that is not UTF-8"
            severity = _severity(received)
            failures.append(failure_of(request, received, expected, severity=severity))
    yield from distinct_failures(failures)


def replayed_signature_new_body(probe: Probe) -> Iterator[Finding]:
    """
    The headers of an accepted delivery do not make another body accepted.
    """
    event = probe.plain()
    first = probe.signed(event)
    probe.send(first)
    other = _with_description("another text under the same headers", event)
    for body in (probe.body(other), probe.body(probe.plain())):
        forgery = borrowed(first, body)
        received = probe.send(forgery)
        if not is_rejected(received):
            expected = f"{REJECTED}: a delivery's headers with another body"
            yield failure_of((first, forgery), received, expected)
            return


def _severity(received: Received) -> Severity:
    """
    Rate the response to a malformed request that was not rejected.
    """
    return "warning" if is_crash(received) else "error"


def _forgery(request: Request) -> str:
    if request.recipe != GENUINE:
        return f" ({request.recipe})"
    minutes = abs(request.age) // 60
    return f" (signed {minutes} minutes {'ago' if request.age > 0 else 'ahead'})"
