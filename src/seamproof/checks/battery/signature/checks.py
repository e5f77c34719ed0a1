"""
Checks of who is listened to.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.encoding import CASES
from seamproof.checks.generation.signed_request import borrowed, forged
from seamproof.checks.model.results import Skipped
from seamproof.checks.probe.probe import failure
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
REFUSED: Final = "refused with 4xx"
ACCEPTED: Final = "accepted with 2xx"


def refused(*recipes: str, age: int = 0) -> Run:
    """
    Make a check that requests of some recipes are answered 4xx.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        sent = (probe.deliver(probe.plain(), recipe=recipe, age=age) for recipe in recipes)
        yield from each_cause(
            failure((request,), received, f"{REFUSED}{_described(request)}")
            for request, received in sent
            if not probe.is_refused(received)
        )

    return run


def accepted(*recipes: str, age: int = 0) -> Run:
    """
    Make a check that requests of some recipes are accepted.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        sent = (probe.deliver(probe.plain(), recipe=recipe, age=age) for recipe in recipes)
        yield from each_cause(
            failure((request,), received, f"{ACCEPTED}{_described(request)}")
            for request, received in sent
            if not probe.is_accepted(received)
        )

    return run


def skewed(probe: Probe) -> Iterator[Finding]:
    """
    A timestamp four minutes off, either way, is accepted.
    """
    for age in (_FOUR_MINUTES, -_FOUR_MINUTES):
        request, received = probe.deliver(probe.plain(), age=age)
        if not probe.is_accepted(received):
            side = "in the past" if age > 0 else "ahead"
            expected = f"{ACCEPTED}: a timestamp 4 minutes {side}"
            yield failure(request, received, expected, cause=f"4 minutes {side}")


def tampered(recipes: tuple[str, ...]) -> Run:
    """
    Make a check that requests changed after signing are refused, with the original or without.

    A verdict that is remembered by id or by signature shows only after the original.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        yield from each_cause(_tampered(probe, recipes))

    return run


def _tampered(probe: Probe, recipes: tuple[str, ...]) -> Iterator[Failure]:
    for recipe in recipes:
        request, received = probe.deliver(probe.plain(), recipe=recipe)
        if not probe.is_refused(received):
            yield failure(request, received, f"{REFUSED}{_described(request)}")
    for recipe in recipes:
        first, _ = probe.deliver(probe.plain())
        again = forged(first, recipe, probe.settings.secret)
        received = probe.send(again)
        if not probe.is_refused(received):
            expected = f"{REFUSED}{_described(again)}, after the original"
            yield failure((first, again), received, expected)


def header_case(probe: Probe) -> Iterator[Finding]:
    """
    Header names are taken in any case.
    """
    if getattr(probe.target, "kind", "") == "lambda":
        yield Skipped(reason="an HTTP API hands the names on in lower case, however they come")
        return
    wrong = []
    for case in CASES:
        request, received = probe.deliver(probe.plain(), case=case)
        if not probe.is_accepted(received):
            wrong.append(failure(request, received, f"{ACCEPTED}: header names in {case} case"))
    yield from each_cause(wrong)


def raw_body(probe: Probe) -> Iterator[Finding]:
    """
    A body that means the same in other bytes is accepted.
    """
    wrong = []
    for name, write in _WRITINGS.items():
        body = write(probe.plain()).encode()
        request, received = probe.deliver(body, event_type=probe.usual)
        if not probe.is_accepted(received) and _is_about_bytes(probe, body):
            wrong.append(failure(request, received, f"{ACCEPTED}: the event written {name}"))
    yield from each_cause(wrong)


def _is_about_bytes(probe: Probe, body: bytes) -> bool:
    """
    Whether the same content, written as usual, is accepted.
    """
    _, received = probe.deliver(probe.specimens.fresh(json.loads(body)))
    return probe.is_accepted(received)


def _compact(event: JsonMapping) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _described_as(text: str) -> Callable[[JsonObject], JsonObject]:
    return lambda event: {**event, "event_description": text}


_SLASHED: Final = _described_as("a/b")
_ACCENTED: Final = _described_as("Café")

#: How an event is written, and what writes it so.
_WRITINGS: Final[Mapping[str, Callable[[JsonObject], str]]] = {
    "compactly": _compact,
    "with spaces after commas and colons": json.dumps,
    "over several lines": lambda event: json.dumps(event, indent=2),
    "with odd white space": lambda event: _compact(event).replace(',"', ' ,\r\n\t"'),
    "with white space around it": lambda event: f"\n {_compact(event)} \r\n",
    "with its keys in reverse order": lambda event: _compact(dict(reversed(event.items()))),
    "with its keys sorted": lambda event: _compact(dict(sorted(event.items()))),
    "with escaped slashes": lambda event: _compact(_SLASHED(event)).replace("a/b", "a\\/b"),
    "with escaped letters": lambda event: _compact(_ACCENTED(event)).replace(
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
    Malformed headers are refused; a crash on them is a warning.
    """
    sent = (probe.deliver(probe.plain(), recipe=recipe) for recipe in _MALFORMED)
    yield from each_cause(
        failure(
            request,
            received,
            f"{REFUSED}{_described(request)}",
            severity=crash_is_warning(probe, received),
        )
        for request, received in sent
        if not probe.is_refused(received)
    )


def non_utf8_body(probe: Probe) -> Iterator[Finding]:
    """
    A body that is no text is refused; a crash on it is a warning.

    Signed with the right secret, it may also be accepted: a handler that keeps the
    bytes for later has done nothing wrong.
    """
    wrong = []
    for recipe in ("another secret", STRIPPED, GENUINE):
        body = re.sub(rb'": ?"', lambda at: at[0] + b"\xff", probe.body(probe.plain()), count=1)
        request, received = probe.deliver(body, recipe=recipe, event_type=probe.usual)
        harmless = recipe == GENUINE and probe.is_accepted(received)
        if not (probe.is_refused(received) or harmless):
            expected = f"{REFUSED}: a body that is not UTF-8"
            severity = crash_is_warning(probe, received)
            wrong.append(failure(request, received, expected, severity=severity))
    yield from each_cause(wrong)


def replayed_signature_new_body(probe: Probe) -> Iterator[Finding]:
    """
    The headers of an accepted delivery do not carry another body.
    """
    event = probe.plain()
    first = probe.signed(event)
    probe.send(first)
    other = {**event, "event_description": "another text under the same headers"}
    for body in (probe.body(other), probe.body(probe.plain())):
        again = borrowed(first, body)
        received = probe.send(again)
        if not probe.is_refused(received):
            expected = f"{REFUSED}: a delivery's headers with another body"
            yield failure((first, again), received, expected)
            return


def crash_is_warning(probe: Probe, received: Received) -> Severity:
    """
    Say how bad an answer to garbage is: let in, an error; a crash, a warning.
    """
    return "warning" if probe.is_crash(received) else "error"


def each_cause(failures: Iterator[Failure] | list[Failure]) -> Iterator[Failure]:
    """
    Pass on the first failure of each event type and cause.
    """
    seen = set()
    for one in failures:
        key = (one.event_type, one.cause, one.severity)
        if key not in seen:
            seen.add(key)
            yield one


def _described(request: Request) -> str:
    if request.recipe != GENUINE:
        return f" ({request.recipe})"
    minutes = abs(request.age) // 60
    return f" (signed {minutes} minutes {'ago' if request.age > 0 else 'ahead'})"
