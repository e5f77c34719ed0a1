"""
Example reports, failures and requests for tests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.battery.check import Check
from seamproof.checks.model.exchange import Escaped, Received, Request
from seamproof.checks.model.options import RunOptions
from seamproof.checks.model.results import Failure, Report, Result
from seamproof.checks.reporting.identity import distil
from seamproof.checks.reporting.view import ReportView
from seamproof.events import Event
from seamproof.signing import Secret
from seamproof.signing.forgeries import RECIPES, SigningInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.results import Finding, Status
    from seamproof.checks.probe.probe import Probe

SECRET: Final = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
NOW: Final = 1_750_000_000.0
MESSAGE: Final = "msg_2xKQ9r8GKYqrTwjUPD8ILPZIo2L"
ISSUED: Final = "acs_credential.issued"
BODY: Final = Event.of({"event_type": ISSUED, "door": "Über ☂"}).body
OPTIONS: Final = RunOptions(target="app:handler", seed=7)


def _never(_: Probe) -> Iterator[Finding]:
    message = "reports run no check"
    raise AssertionError(message)


def check(name: str, severity: Severity = "error") -> Check:
    """
    Make a row of the battery.
    """
    return Check(
        id=name,
        title=f"the title of {name}",
        severity=severity,
        source="a rule & its <source>",
        why="because",
        cure="do this\nthen that",
        run=_never,
        has_measured_causes=name.startswith("delivery."),
        is_random=name == "payload.property_fuzz",
    )


def request(recipe: str = "genuine", *, body: bytes = BODY, age: int = 0, **more: Any) -> Request:
    """
    Make a request as the probe does.
    """
    signed = RECIPES[recipe].headers(SigningInput((SECRET,), MESSAGE, int(NOW) - age, body))
    headers = (("content-type", "application/json"), *signed.items())
    given: dict[str, Any] = {"event_type": ISSUED, "recipe": recipe, "age": age} | more
    given.setdefault("message_id", MESSAGE)
    return Request(headers=headers, body=body, **given)


ESCAPED: Final = Escaped(
    kind="KeyError",
    message="'door'",
    place="app.py:12",
    trace='Traceback (most recent call last):\n  File "/x/app.py", line 12, in handler\n'
    "    event[\"door\"]\nKeyError: 'door'\n",
)


def failure(**given: Any) -> Failure:
    """
    Make a failure: a stale request was answered 200, unless said otherwise.
    """
    usual: dict[str, Any] = {
        "event_type": ISSUED,
        "sent": (request(age=600),),
        "expected": "4xx",
        "received": Received(status=200, body=b"ok", milliseconds=1.25),
    }
    return Failure(**{**usual, **given})


def result(
    name: str, status: Status, *failures: Failure, note: str = "", severity: Severity = "error"
) -> Result:
    """
    Make the result of a check.
    """
    return Result(
        check=check(name, severity),
        status=status,
        failures=failures,
        note=note,
        deliveries=3,
        seconds=0.5,
    )


CRASH: Final = failure(
    sent=(request(),),
    expected="2xx",
    received=Received(status=500, milliseconds=2.0, escaped=ESCAPED),
)
RESULTS: Final = (
    result("signature.missing_id", "passed"),
    result("signature.stale", "failed", failure()),
    result("payload.nulls", "failed", CRASH, replace(CRASH, event_type="lock.locked")),
    result("payload.large", "warning", failure(severity="warning", received=Received(status=413))),
    result("delivery.duplicate", "inconclusive", note="give --state"),
    result("delivery.journey", "skipped", note="not selected"),
)
REPORT: Final = Report(
    target="app:handler",
    seed=7,
    results=RESULTS,
    deliveries=18,
    seconds=3.0,
    started=NOW,
)


def view_of(
    *results: Result, stopped: str = "", is_out_of_time: bool = False, **given: Any
) -> ReportView:
    """
    Make the view of a report.
    """
    listed = results or REPORT.results
    report = replace(REPORT, results=listed, stopped=stopped, is_out_of_time=is_out_of_time)
    return ReportView(report=distil(report, [SECRET]), **given)


#: A text with characters that report formats and terminals have to escape.
NASTY: Final = "a\x00b\x1b[31m\ud800 ]]> <script> & \ufffe \u202e 😀 \u2028"


def nasty() -> Result:
    """
    Make a result in which every text has characters that formats have to escape.
    """
    escaped = Escaped(kind="Odd", message=NASTY, place=NASTY, trace=NASTY)
    received = Received(
        status=500,
        headers={"location": NASTY},
        body=NASTY.encode(errors="surrogatepass"),
        escaped=escaped,
        reason=NASTY,
    )
    sent = request(body=NASTY.encode(errors="surrogatepass"))
    sent = replace(sent, headers=(*sent.headers, ("x", NASTY)))
    odd = failure(sent=(sent,), received=received, expected=NASTY, context=NASTY, event_type=NASTY)
    return replace(result("signature.stale", "failed", odd), note=NASTY)
