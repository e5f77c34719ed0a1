"""
A failure in words: what was sent, what was expected, what came back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.reporting.bodies import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Escaped, Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.reporting.view import FailureGroup

#: Characters of a body and of a header that are shown; a case file holds all of it.
SHOWN: Final = 600
_HEADER: Final = 200
_ANSWER: Final = 300

#: Headers that every delivery has. In another case they are what a check is about.
_USUAL: Final = frozenset({"accept", "content-type", "user-agent"})


class Line(NamedTuple):
    """
    A line of a failure. Its text may be anything that a handler said: print it with care.

    Attributes:
        label: What the line tells; empty where it goes on from the line before.
        text: The line itself, without a line feed.
    """

    label: str
    text: str


def headline(group: FailureGroup) -> str:
    """
    Name a group of failures: check, event type or how many of them, severity.
    """
    several = len(group.cases)
    kind = f"{several} event types" if several > 1 else group.failure.event_type or ""
    return " · ".join(part for part in (group.check.id, kind, group.failure.severity) if part)


def group_lines(group: FailureGroup, *, shown: int = SHOWN) -> list[Line]:
    """
    Tell a group of failures: the smallest in full, each with what sends it again.

    Args:
        group: The failures.
        shown: Characters of a body at most.
    """
    check, failure = group.check, group.failure
    return [
        *_labelled("sent", sent_lines(failure, shown)),
        Line("expected", failure.expected),
        *_labelled("received", received_lines(failure.received)),
        Line("cause", failure.cause),
        *_labelled("why", iter(check.why.splitlines())),
        *_labelled("cure", iter(check.cure.splitlines())),
        *_labelled("replay", replay_lines(group)),
    ]


def replay_lines(group: FailureGroup) -> Iterator[str]:
    """
    Tell the command that sends each failure of a group again, with its event type.
    """
    several = len(group.cases) > 1
    for event_type, name in group.cases:
        yield f"seamproof replay {name}" + (f"  {event_type}" if several else "")


def sent_lines(failure: Failure, shown: int = SHOWN) -> Iterator[str]:
    """
    Tell the request that failed, and how many went before it.
    """
    if not failure.sent:
        yield "nothing"
        return
    if len(failure.sent) > 1:
        yield f"{len(failure.sent)} requests; the last one:"
    yield from request_lines(failure.sent[-1], shown)


def request_lines(
    request: Request, shown: int = SHOWN, *, leave_out: frozenset[str] = _USUAL
) -> Iterator[str]:
    """
    Tell a request: method where it is unusual, headers, body.

    Args:
        request: What was sent.
        shown: Characters of the body at most.
        leave_out: Names of headers, in the case in which they tell nothing.
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
    Tell what came back: status, time, the beginning of the answer, the exception.

    Nothing, where it took more than an answer to see what went wrong: the cause tells it then.
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
    Tell an exception: class, message, place.
    """
    what = f"{escaped.kind}: {escaped.message}" if escaped.message else escaped.kind
    return f"{what} (at {escaped.place})" if escaped.place else what


def _source_line(escaped: Escaped) -> str:
    """
    Find in the traceback the line of code at the place where the exception was raised.
    """
    file, _, number = escaped.place.rpartition(":")
    lines = escaped.trace.splitlines()
    # Python writes `File "…/app.py", line 12, in handle` and the code in the line below.
    for spot, code in zip(reversed(lines[:-1]), reversed(lines[1:]), strict=True):
        if f'{file}", line {number},' in spot:
            return code.strip()
    return ""


def _labelled(label: str, texts: Iterator[str]) -> Iterator[Line]:
    for number, text in enumerate(texts):
        yield Line("" if number else label, text)


def _cut(text: str, length: int, whole: str = "") -> str:
    if len(text) <= length:
        return text
    return f"{text[:length]}…" + (f" ({whole})" if whole else "")
