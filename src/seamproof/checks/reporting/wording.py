"""
The wording of a failure: what was sent, what was expected, what came back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.reporting.bodies import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.exchange import Escaped, Received, Request
    from seamproof.checks.model.results import Failure, Report, Result
    from seamproof.checks.reporting.baseline import KnownFailure
    from seamproof.checks.reporting.view import FailureGroup, ReportView

#: Length of a body and of a header in a report, in characters; a case file holds all of it.
SHOWN: Final = 600
_HEADER: Final = 200
_ANSWER: Final = 300

#: Headers that every delivery has. Where a check sends them in another case, they are shown.
_USUAL: Final = frozenset({"accept", "content-type", "user-agent"})


class FailureLine(NamedTuple):
    """
    A line of the description of a failure.

    Its text may come from a handler: escape it before it is printed.

    Attributes:
        label: The subject of the line; empty where it continues the line before.
        text: Without a line feed.
    """

    label: str
    text: str


def headline(group: FailureGroup, *, known: bool = False) -> str:
    """
    Name a group of failures: check, event type or how many of them, severity, known or not.
    """
    several = len(group.cases)
    kind = f"{several} event types" if several > 1 else group.failure.event_type or ""
    parts = (group.check.id, kind, group.failure.severity, "known" if known else "")
    return " · ".join(filter(None, parts))


def undecided_text(result: Result) -> str:
    """
    Say why a check has no verdict: `inconclusive: give --state`.
    """
    return f"{result.status}: {result.note}"


def failing_texts(view: ReportView) -> list[str]:
    """
    Name each check that fails the run, and by what, unless by an error.
    """
    return [
        one.check.id + (f" ({one.status}, strict)" if one.status != "failed" else "")
        for one in view.failing
    ]


def known_failure_text(entry: KnownFailure) -> str:
    """
    Name an entry of the baseline: check, event type, cause.
    """
    return " · ".join(filter(None, (entry.check, entry.event_type, entry.cause)))


def group_lines(group: FailureGroup) -> list[FailureLine]:
    """
    Describe a group of failures: the smallest in full, and the replay of each.
    """
    check, failure = group.check, group.failure
    return [
        *_labelled("sent", sent_lines(failure)),
        FailureLine("expected", failure.expected),
        *_labelled("received", received_lines(failure.received)),
        FailureLine("cause", failure.cause),
        *_labelled("why", check.why.splitlines()),
        *_labelled("cure", (failure.cure or check.cure).splitlines()),
        *_labelled("replay", replay_lines(group)),
    ]


def replay_lines(group: FailureGroup) -> Iterator[str]:
    """
    Write the command that replays each failure of a group, with its event type.
    """
    several = len(group.cases) > 1
    for event_type, name in group.cases:
        yield f"seamproof replay {name}" + (f"  {event_type}" if several else "")


def sent_lines(failure: Failure) -> Iterator[str]:
    """
    Describe the request that failed, and count those before it.
    """
    if not failure.sent:
        yield "nothing"
        return
    if len(failure.sent) > 1:
        yield f"{len(failure.sent)} requests; the last one:"
    yield from request_lines(failure.sent[-1])


def request_lines(
    request: Request, shown: int = SHOWN, *, leave_out: frozenset[str] = _USUAL
) -> Iterator[str]:
    """
    Describe a request: method unless it is POST, headers, body.

    Args:
        request: The request that was sent.
        shown: Maximum length of the body, in characters.
        leave_out: Names of headers to leave out. In another case they are shown.
    """
    if request.method != "POST":
        yield request.method
    for name, value in request.headers:
        if name not in leave_out:
            yield f"{name}: {_cut(value, _HEADER)}"
    body = text_of(request.body)
    yield _cut(body, shown, f"{len(request.body):,} bytes in all") or "(no body)"


def received_lines(received: Received | None) -> Iterator[str]:
    """
    Describe the answer: status, time, the exception or the beginning of the body.

    Nothing is described where no single answer shows the failure: the cause states it then.
    """
    if received is None:
        return
    status = "no answer" if received.status is None else str(received.status)
    location = received.headers.get("location")
    rest = f" to {_cut(location, _HEADER)}" if location else ""
    yield f"{status}{rest} in {received.milliseconds:,.1f} ms"
    if received.reason:
        yield received.reason
    if received.escaped:
        yield exception_of(received.escaped)
        source = _source_line(received.escaped)
        if source:
            yield f"    {source}"
    elif received.body:
        yield _cut(text_of(received.body), _ANSWER)


def exception_of(escaped: Escaped) -> str:
    """
    Describe an exception: class, message, place.
    """
    what = f"{escaped.kind}: {escaped.message}" if escaped.message else escaped.kind
    return f"{what} (at {escaped.place})" if escaped.place else what


def _source_line(escaped: Escaped) -> str:
    """
    Find the line of code that raised the exception in its traceback.
    """
    file, _, number = escaped.place.rpartition(":")
    lines = escaped.trace.splitlines()
    # Python writes `File "…/app.py", line 12, in handle` and the code in the line below.
    for spot, code in zip(reversed(lines[:-1]), reversed(lines[1:]), strict=True):
        if f'{file}", line {number},' in spot:
            return code.strip()
    return ""


def _labelled(label: str, texts: Iterable[str]) -> Iterator[FailureLine]:
    for number, text in enumerate(texts):
        yield FailureLine("" if number else label, text)


def _cut(text: str, length: int, whole: str = "") -> str:
    if len(text) <= length:
        return text
    return f"{text[:length]}…" + (f" ({whole})" if whole else "")


def incomplete_text(report: Report) -> str:
    """
    Name the checks for which the time of a run was too short; empty if there are none.
    """
    if not report.incomplete:
        return ""
    names = ", ".join(one.id for one in report.incomplete)
    return f"not complete within {report.time_limit or 0:g} s: {names}"


def waited_text(report: Report) -> str:
    """
    Say how much of a run was spent waiting for effects that come late; empty if nothing was.
    """
    if round(report.waited, 1) == 0:
        return ""
    return f"waited {report.waited:.1f} s of them for effects that come late"
