"""
A failure as a part of the HTML report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.reporting.formats.html_text import pre, safe, table
from seamproof.checks.reporting.requests.differences import marked_lines
from seamproof.checks.reporting.requests.sequence import moments, sent_requests, shown_groups
from seamproof.checks.reporting.wording import (
    also_lines,
    explain_group,
    header_lines,
    headline,
    printed_lines,
    received_lines,
    replay_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.checks.reporting.grouping import FailureGroup
    from seamproof.checks.reporting.requests.differences import MarkedLine
    from seamproof.checks.reporting.requests.sequence import SentGroup, SentRequest

#: Length of a body on the page, in characters; the case file holds all of it.
_SHOWN: Final = 4_000
#: How many lines the requests of a sequence have, and how many of them are shown whole.
_ROWS: Final = 12
_WHOLE: Final = 5
#: How a line that differs from a genuine event is marked, and the word for it.
_MARKS: Final = {
    "added": ("ins", "added"),
    "changed": ("mark", "changed"),
    "removed": ("del", "removed"),
}


def failure_article(group: FailureGroup) -> Iterator[str]:
    """
    Write a group of failures: what happened, what was sent, expected and received, the fix.
    """
    check, failure, anchor = group.check, group.failure, safe(group.cases[0][1])
    explained = explain_group(group)
    kind = "known" if group.is_known else failure.severity
    yield f'<article class="{kind}" id="{anchor}" aria-labelledby="{anchor}-name">'
    yield f'<h3 class="id" id="{anchor}-name">{safe(headline(group))}</h3>'
    yield f'<p class="headline">{safe(explained.headline)}</p>'
    yield f'<p class="soft">{safe(check.title)}</p>'
    yield from _state(failure)
    yield "<dl>"
    if len(failure.sent) > 1:
        yield f"<dt>Sent</dt><dd>{''.join(_sequence(failure))}</dd>"
    else:
        yield f"<dt>Sent</dt><dd>{safe(chr(10).join(explained.sent))}</dd>"
    yield f"<dt>Expected</dt><dd>{safe(failure.expected)}</dd>"
    if failure.received:
        yield f"<dt>Received</dt><dd>{pre(received_lines(failure.received))}{_trace(failure)}</dd>"
    for term, text in (
        ("How to fix it", explained.fix),
        ("Why it matters", explained.why),
        ("Cause", failure.cause),
        ("Also", "\n".join(also_lines(group, whole=True))),
        ("Source", check.source),
    ):
        if text:
            yield f"<dt>{term}</dt><dd>{safe(text)}</dd>"
    if printed := printed_lines(failure, None):
        yield f"<dt>The handler printed</dt><dd>{pre(printed)}</dd>"
    yield f"<dt>Send it again</dt><dd>{pre(replay_lines(group))}</dd>"
    if failure.sent:
        yield f"<dt>Request</dt><dd>{''.join(_whole(failure))}</dd>"
    yield "</dl>"
    yield "</article>"


def _state(failure: Failure) -> Iterator[str]:
    """
    Compare the state that was expected with that which was found, path by path.
    """
    if failure.deviation is None:
        return
    expected, found = (
        _by_path(several) for several in (failure.deviation.missing, failure.deviation.unexpected)
    )
    rows = []
    for path in dict.fromkeys((*expected, *found)):
        wanted, got = expected.get(path, []), found.get(path, [])
        before = next((one.before for one in (*wanted, *got) if one.before), "")
        texts = (
            before or "–",
            *("\n".join(map(_after, several)) or "no change" for several in (wanted, got)),
        )
        cells = (f'<span class="id">{safe(text).replace(chr(10), "<br>")}</span>' for text in texts)
        rows.append([f'<span class="id">{safe(path or "the state")}</span>', *cells])
    columns = ("Path", "Before", "After, expected", "After, got")
    yield from table("The state before and after", columns, rows)


def _by_path(changes: StateDiff) -> dict[str, list[StateChange]]:
    found: dict[str, list[StateChange]] = {}
    for one in changes:
        found.setdefault(one.path, []).append(one)
    return found


def _after(change: StateChange) -> str:
    """
    Write what stands at a path after a change: a value, a row that was added, a difference.
    """
    if change.op == "unset":
        return "gone"
    signs = {"add": "+ ", "remove": "- "}
    return f"{signs.get(change.op, '')}{change.value}"


def _sequence(failure: Failure) -> Iterator[str]:
    """
    List the requests of a sequence with their answers.
    """
    requests = sent_requests(failure)
    groups, when = shown_groups(requests, _ROWS), moments(requests)
    rows = [_row(one, when.get(one.requests[0].number, "")) for one in groups]
    columns = ["No.", "Event type", "Answer", "Note", "Occurred"]
    if not when:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    yield from table("The requests and their answers", columns, rows)


def _whole(failure: Failure) -> Iterator[str]:
    """
    Write the last requests with their headers and bodies.
    """
    requests = sent_requests(failure)
    if len(requests) > _WHOLE:
        yield f"<p>The last {_WHOLE} of {len(requests):,}; the case file has all of them.</p>"
    for one in requests[-_WHOLE:]:
        genuine = failure.genuine if one is requests[-1] else b""
        body = _request(one, genuine)
        if len(requests) == 1:
            yield body
        else:
            kind = one.request.event_type or "a request"
            words = f"Request {one.number}: {kind}, its headers and body"
            yield f"<details><summary>{safe(words)}</summary>{body}</details>"


def _row(group: SentGroup, moment: str) -> Sequence[str]:
    texts = (
        group.numbers,
        group.name,
        group.statuses or "not known",
        group.note,
        "" if group.is_gap else moment,
    )
    return tuple(map(safe, texts))


def _request(sent: SentRequest, genuine: bytes) -> str:
    lines = marked_lines(sent.request.body, genuine)
    body = "\n".join(map(_marked, _shortened(lines))) or "(no body)"
    note = ""
    if any(one.mark for one in lines):
        note = '<p class="soft">Marked is what differs from a genuine event.</p>'
    head = "\n".join(map(safe, header_lines(sent.request, leave_out=frozenset())))
    return f"<pre>{head}\n\n{body}</pre>{note}"


def _shortened(lines: Sequence[MarkedLine]) -> Iterator[MarkedLine]:
    """
    Leave out what is beyond the length of a body, but for lines that are marked.
    """
    length, left_out = 0, 0
    for one in lines:
        length += len(one.text)
        if length <= _SHOWN or one.mark:
            yield one._replace(text=f"{one.text[:_SHOWN]}…") if len(one.text) > _SHOWN else one
        elif length - len(one.text) < _SHOWN:
            yield one._replace(text=f"{one.text[: _SHOWN - length + len(one.text)]}…")
        else:
            left_out += 1
    if left_out:
        yield lines[-1]._replace(text=f"… {left_out:,} more lines: the case file has them", mark="")


def _marked(line: MarkedLine) -> str:
    if not line.mark:
        return safe(line.text)
    tag, word = _MARKS[line.mark]
    before = f", was {safe(line.before[:_SHOWN])}" if line.before else ""
    return f"<{tag}>{safe(line.text)}  <b>← {word}{before}</b></{tag}>"


def _trace(failure: Failure) -> str:
    if failure.received is None or failure.received.escaped is None:
        return ""
    trace = safe(failure.received.escaped.trace)
    return f"<details><summary>Traceback</summary><pre>{trace}</pre></details>"
