"""
The wording of a failure: what was sent, what was expected, what came back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.reporting.bodies import json_text, text_of
from seamproof.checks.reporting.causes.answers import source_line
from seamproof.checks.reporting.causes.circumstances import is_at_once
from seamproof.checks.reporting.explanation import explain, in_short, uncapitalised
from seamproof.formats import one_line, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seamproof.checks.model.exchange import Escaped, Received, Request
    from seamproof.checks.model.results import Failure, Result
    from seamproof.checks.reporting.baseline import KnownFailure
    from seamproof.checks.reporting.explanation import Explanation
    from seamproof.checks.reporting.grouping import FailureGroup
    from seamproof.checks.reporting.view import ReportView

#: Length of a body and of a header in a report, in characters; a case file holds all of it.
SHOWN: Final = 600
_HEADER: Final = 200
_ANSWER: Final = 300

#: Dates and times, as handlers print them: figures that a sign joins.
_TIME: Final = re.compile(r"\d+(?:[-:.,/T]\d+)+")
#: How many lines that the handler printed are shown.
_PRINTED: Final = 5
#: How many other ways in which a cause shows are listed; the JSON report has all.
_ALSO: Final = 5
_LABEL: Final = 10
#: Lines of a handler, whose long words are broken: JSON without spaces.
_BROKEN: Final = ("got", "printed", "answer")
_REPLAY: Final = "seamproof replay "
_WORDS: Final = {"error": "FAILED", "warning": "WARNING"}
#: What Python writes between two tracebacks.
_CHAINED: Final = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
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


def severity_word(group: FailureGroup) -> str:
    """
    Say how bad a group of failures is: FAILED, WARNING or KNOWN.
    """
    return "KNOWN" if group.is_known else _WORDS[group.failure.severity]


def headline(group: FailureGroup) -> str:
    """
    Name a group of failures: how bad it is, the check, the event type and how many more.
    """
    word = severity_word(group)
    types = shown_types(group)
    more = f" and {len(types) - 1} more" if len(types) > 1 else ""
    name = f"{group.check.id}{f' and {len(group.checks)} more' if group.checks else ''}"
    kind = f"{types[0]}{more}" if types else ""
    return f"{word}  {' · '.join(filter(None, (name, kind)))}"


def shown_types(group: FailureGroup) -> list[str]:
    """
    List the event types of a group; none where several deliveries at once made it fail.
    """
    if is_at_once(group.failure) and group.failure.received and group.failure.received.is_crash:
        return []
    return list(dict.fromkeys(event_type for event_type, _ in group.cases if event_type))


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
        one.check.id + (f" ({one.status})" if one.status != "failed" else "")
        for one in view.failing
    ]


def known_failure_text(entry: KnownFailure) -> str:
    """
    Name an entry of the baseline: check, event type, cause.
    """
    return " · ".join(filter(None, (entry.check, entry.event_type, entry.cause)))


def group_lines(group: FailureGroup, *, whole: bool = False) -> list[FailureLine]:
    """
    Describe a group of failures: what happened, the smallest request that shows it, the fix.

    Args:
        group: Failures with one cause.
        whole: Whether to write the requests, the traceback and every command as well.
    """
    explained = explain_group(group)
    return [
        FailureLine("", explained.headline),
        FailureLine("", ""),
        *_labelled("sent", explained.sent),
        *_labelled("expected", explained.expected),
        *_labelled("got", explained.got),
        *_labelled("printed", printed_lines(group.failure, None if whole else _PRINTED)),
        *(whole_lines(group.failure) if whole else ()),
        *_labelled("fix", explained.fix.splitlines()),
        *_labelled("why", explained.why.splitlines()),
        *_labelled("also", also_lines(group, whole=whole)),
        *_labelled("again", replay_lines(group) if whole else [_REPLAY + group.cases[0][1]]),
    ]


def explain_group(group: FailureGroup) -> Explanation:
    """
    Explain the failure of a group that is shown, in the words of its digest if there is one.
    """
    explained = explain(group.check, group.failure)
    return explained._replace(**group.digest._asdict()) if group.digest else explained


def group_in_short(group: FailureGroup) -> str:
    """
    Say in a few words what happened.
    """
    if group.digest is None:
        return in_short(group.check, group.failure)
    text = group.digest.headline.removesuffix(".")
    return uncapitalised(text)


def also_lines(group: FailureGroup, *, whole: bool = False) -> Iterator[str]:
    """
    List what else shows the cause of a group: other checks, event types, other values.
    """
    if group.checks:
        yield ", ".join(group.checks)
    yield from _some(group.also, None if whole else _ALSO)
    if len(group.cases) > 1 and not whole:
        yield f"all {len(group.cases)} cases: seamproof replay --last"


def _some(lines: Sequence[str], shown: int | None) -> Iterator[str]:
    """
    Pass on the first lines and say how many there are beside; None shows all.
    """
    yield from lines[:shown]
    if shown is not None and len(lines) > shown:
        yield f"and {len(lines) - shown:,} more"


def printed_lines(failure: Failure, shown: int | None) -> list[str]:
    """
    List the last lines that the handler printed, without the traceback, which is shown apart.
    """
    received = failure.received
    if received is None:
        return []
    lines, is_trace = [], False
    for line in received.printed.splitlines():
        if received.escaped and line.startswith("Traceback (most recent call last)"):
            is_trace = True
        elif not is_trace and line.strip() and line not in _CHAINED:
            lines.append(line)
        # The exception itself, which is not indented, ends a traceback.
        is_trace = is_trace and (line.startswith((" ", "Traceback")) or not line)
    if shown is None:
        return lines
    # Of lines that differ in their time only, the last one.
    last = {_TIME.sub("", line): line for line in lines}
    return [*last.values()][-shown:]


def whole_lines(failure: Failure) -> Iterator[FailureLine]:
    """
    Write the requests of a failure with all headers and their bodies as indented JSON.
    """
    for number, one in enumerate(failure.sent, 1):
        label = f"request {number}" if len(failure.sent) > 1 else "request"
        headers = [f"{name}: {value}" for name, value in one.headers]
        lines = [one.method, *headers, *(json_text(one.body).splitlines() or ["(no body)"])]
        yield from _labelled(label, lines)
    received = failure.received
    if received and received.escaped:
        yield from _labelled("raised", received.escaped.trace.splitlines())
    elif received and received.body:
        yield from _labelled("answer", json_text(received.body).splitlines())


def block_lines(
    group: FailureGroup, width: int, *, replay: str = "", whole: bool = False
) -> Iterator[str]:
    """
    Write the description of a group, wrapped; texts of a handler are escaped.

    Args:
        group: Failures with one cause.
        width: Columns of the terminal.
        replay: The command that repeats the run, where no command of seamproof replays a case.
        whole: Whether to write the requests, the traceback and every command as well.
    """
    headline, *rest = group_lines(group, whole=whole)
    yield from wrapped(one_line(headline.text), "  ", width)
    subject = ""
    for label, text in rest:
        subject = label or subject
        is_replaced = bool(replay) and label == "again"
        head = f"  {label:<{_LABEL}}" if text else ""
        shown = one_line(replay if is_replaced else text)
        yield from wrapped(shown, head, width, breaks=subject in _BROKEN) or [""]
        if is_replaced:
            return


def replay_lines(group: FailureGroup) -> Iterator[str]:
    """
    Write the command that replays each failure of a group, with its event type.
    """
    several = len(group.cases) > 1
    for event_type, name in group.cases:
        yield f"{_REPLAY}{name}" + (f"  {event_type}" if several else "")


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
    yield from header_lines(request, leave_out=leave_out)
    body = json_text(request.body)
    yield from _cut(body, shown, f"{len(request.body):,} bytes in all").splitlines() or [
        "(no body)"
    ]


def header_lines(request: Request, *, leave_out: frozenset[str] = _USUAL) -> Iterator[str]:
    """
    List the headers of a request, after its method unless that is POST.
    """
    if request.method != "POST":
        yield request.method
    for name, value in request.headers:
        if name not in leave_out:
            yield f"{name}: {_cut(value, _HEADER)}"


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
        source = source_line(received.escaped)
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


def _labelled(label: str, texts: Iterable[str]) -> Iterator[FailureLine]:
    for number, text in enumerate(texts):
        yield FailureLine("" if number else label, text)


def _cut(text: str, length: int, whole: str = "") -> str:
    if len(text) <= length:
        return text
    return f"{text[:length]}…" + (f" ({whole})" if whole else "")
