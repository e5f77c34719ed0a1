"""
The report as one HTML page without external resources.
"""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.causes import change_text
from seamproof.checks.reporting.event_types import outcome_rows
from seamproof.checks.reporting.wording import (
    explain_group,
    failing_texts,
    group_in_short,
    headline,
    incomplete_text,
    known_failure_text,
    printed_lines,
    received_lines,
    replay_lines,
    request_lines,
)
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.results import Failure, Report
    from seamproof.checks.reporting.grouping import FailureGroup
    from seamproof.checks.reporting.view import ReportView

#: Length of a body on the page, in characters; the case file holds all of it.
_SHOWN: Final = 4_000
#: How many requests of a failure the page shows, counted from the last.
_REQUESTS: Final = 5
#: Characters that HTML cannot contain, halves of surrogate pairs, and invisible ones that change
#: the order or the lines of the text around them.
_UNWRITABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)

#: Texts from a handler are escaped. Should one of them become markup by a mistake, this policy
#: keeps the browser from running it and from loading anything.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2126; --page: #ffffff; --soft: #5b6570;
  --line: #d5dae0; --well: #f4f6f8; --passed: #17703a; --failed: #b3261e; --warning: #8a5300;
  --inconclusive: #5b4ba6; --skipped: #5b6570; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --page: #14171a; --soft: #a3adb8;
  --line: #363d45; --well: #1e2328; --passed: #6fd394; --failed: #ff9389; --warning: #f0b45b;
  --inconclusive: #b9acf5; --skipped: #a3adb8; } }
body { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
code, pre, .id { font-family: ui-monospace, monospace; font-size: .875em; }
pre { background: var(--well); border: 1px solid var(--line); margin: .25rem 0; overflow-x: auto;
  padding: .5rem .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
a { color: inherit; } a:focus-visible, summary:focus-visible { outline: 3px solid var(--soft); }
nav li { overflow-wrap: anywhere; } caption { text-align: left; color: var(--soft); }
td { overflow-wrap: anywhere; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .75rem .3rem 0; text-align: left;
  vertical-align: top; }
td.figure, th.figure { text-align: right; }
dt { color: var(--soft); margin-top: .5rem; }
dd { margin: 0; white-space: pre-line; }
article { border: 1px solid var(--line); border-left-width: 4px; margin: 1rem 0; padding: 1rem; }
article.error { border-left-color: var(--failed); }
article.warning { border-left-color: var(--warning); }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; padding: 0; }
.passed { color: var(--passed); } .failed { color: var(--failed); }
.warnings, .word.warning { color: var(--warning); } .inconclusive { color: var(--inconclusive); }
.skipped { color: var(--skipped); } .soft { color: var(--soft); }
.word { font-weight: 600; }
.known { color: var(--soft); }
@media (max-width: 40rem) { body { margin: 1rem auto; } .figure { display: none; } }
"""


def as_html(view: ReportView) -> str:
    """
    Write the report as an HTML page without scripts, in a light and a dark colour scheme.
    """
    report = view.report
    verdict = "failed" if view.failed else "passed"
    title = _text(f"{report.target}: {verdict}")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f'<h1>{_text(report.target)}: <span class="{verdict}">{verdict}</span></h1>',
            *_summary(view),
            *_index(view),
            *_failures(view),
            "<h2>All checks</h2>",
            *_table(view),
            *_event_types(report),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _summary(view: ReportView) -> Iterator[str]:
    report = view.report
    yield '<ul class="counts">'
    for name, count in view.counts().items():
        colour = f' class="{name}"' if count else ""
        yield f"<li{colour}>{count:,} {name.removesuffix('s') if count == 1 else name}</li>"
    yield "</ul>"
    rest = f"{report.deliveries:,} deliveries · {report.seconds:,.2f} s · seed {report.seed}"
    if report.started:
        started = datetime.fromtimestamp(report.started, UTC)
        rest += f" · {started.isoformat(' ', 'seconds')}"
    yield f'<p class="soft">{rest}</p>'
    again = f"seamproof check {shlex.quote(report.target)} --seed {report.seed}"
    yield f'<p class="soft">seamproof {__version__} · <code>{_text(again)}</code></p>'
    if report.notice:
        yield f'<p class="failed">{_text(report.notice)}</p>'
    if report.stopped:
        yield f'<p class="failed">Stopped: {_text(report.stopped)}</p>'
    if text := incomplete_text(report):
        yield f'<p class="soft">{_text(text[0].upper() + text[1:])}</p>'
    if view.failing:
        yield f'<p class="failed">Failed by: {_text(", ".join(failing_texts(view)))}</p>'
    for one in view.gone:
        name = known_failure_text(one)
        yield f'<p class="soft">Known, and not there any more: {_text(name)}</p>'


def _index(view: ReportView) -> Iterator[str]:
    """
    List the failures with a link to each.
    """
    groups = view.groups()
    if not groups:
        return
    yield '<nav aria-label="Failures">'
    yield "<ol>"
    for group in groups:
        said = group_in_short(group)
        anchor = f"#{_text(group.cases[0][1])}"
        yield f'<li><a href="{anchor}">{_text(headline(group))}</a>: {_text(said)}</li>'
    yield "</ol>"
    yield "</nav>"


def _failures(view: ReportView) -> Iterator[str]:
    groups = view.groups()
    if groups:
        yield "<h2>Failures</h2>"
    for group in groups:
        yield from _article(group)


def _article(group: FailureGroup) -> Iterator[str]:
    check, failure = group.check, group.failure
    explained = explain_group(group)
    yield f'<article class="{failure.severity}" id="{_text(group.cases[0][1])}">'
    yield f'<h3 class="id">{_text(headline(group))}</h3>'
    yield f"<p>{_text(explained.headline)}</p>"
    yield f'<p class="soft">{_text(check.title)}</p>'
    yield from _state(failure)
    yield "<dl>"
    yield f"<dt>Sent</dt><dd>{_requests(failure)}</dd>"
    yield f"<dt>Expected</dt><dd>{_text(failure.expected)}</dd>"
    if failure.received:
        answer = _pre(received_lines(failure.received))
        yield f"<dt>Received</dt><dd>{answer}{_trace(failure)}</dd>"
    for term, text in (
        ("Cause", failure.cause),
        ("Why it matters", explained.why),
        ("How to fix it", explained.fix),
        ("Source", check.source),
    ):
        yield f"<dt>{term}</dt><dd>{_text(text)}</dd>"
    if printed := printed_lines(failure, None):
        yield f"<dt>The handler printed</dt><dd>{_pre(printed)}</dd>"
    yield f"<dt>Send it again</dt><dd>{_pre(replay_lines(group))}</dd>"
    yield "</dl>"
    yield "</article>"


def _state(failure: Failure) -> Iterator[str]:
    """
    Compare the state that was expected with that which was found, path by path.
    """
    if failure.deviation is None:
        return
    expected = {one.path: change_text(one) for one in failure.deviation.missing}
    found = {one.path: change_text(one) for one in failure.deviation.unexpected}
    yield "<table>"
    yield "<caption>What changed in the state</caption>"
    yield '<thead><tr><th scope="col">Expected</th><th scope="col">Got</th></tr></thead>'
    yield "<tbody>"
    for path in dict.fromkeys((*expected, *found)):
        wanted, got = (one.get(path, "no change") for one in (expected, found))
        yield f'<tr><td class="id">{_text(wanted)}</td><td class="id">{_text(got)}</td></tr>'
    yield "</tbody>"
    yield "</table>"


def _requests(failure: Failure) -> str:
    earlier = len(failure.sent) - _REQUESTS
    note = f"<p>{earlier:,} requests before these</p>" if earlier > 0 else ""
    shown = (request_lines(one, _SHOWN, leave_out=frozenset()) for one in failure.sent[-_REQUESTS:])
    return note + "".join(map(_pre, shown))


def _trace(failure: Failure) -> str:
    if failure.received is None or failure.received.escaped is None:
        return ""
    trace = _text(failure.received.escaped.trace)
    return f"<details><summary>Traceback</summary><pre>{trace}</pre></details>"


def _table(view: ReportView) -> Iterator[str]:
    yield "<table>"
    yield '<thead><tr><th scope="col">Check</th><th scope="col">Result</th>'
    yield '<th scope="col" class="figure">Deliveries</th>'
    yield '<th scope="col" class="figure">Seconds</th></tr></thead>'
    yield "<tbody>"
    for one in view.report.results:
        status = view.status_of(one)
        title = f'<br><span class="soft">{_text(one.check.title)}</span>'
        note = f'<br><span class="soft">{_text(one.note)}</span>' if one.note else ""
        yield (
            f'<tr><td><span class="id">{_text(one.check.id)}</span>{title}</td>'
            f'<td><span class="word {status}">{status}</span>{note}</td>'
            f'<td class="figure">{one.deliveries:,}</td>'
            f'<td class="figure">{one.seconds:.2f}</td></tr>'
        )
    yield "</tbody>"
    yield "</table>"


def _event_types(report: Report) -> Iterator[str]:
    rows = list(outcome_rows(report))
    if not rows:
        return
    yield "<h2>Event types</h2>"
    yield "<table>"
    yield '<thead><tr><th scope="col">Outcome</th><th scope="col">Event types</th></tr></thead>'
    yield "<tbody>"
    for outcome, text in rows:
        yield f'<tr><td class="word">{outcome}</td><td>{_text(text)}</td></tr>'
    yield "</tbody>"
    yield "</table>"
    yield "<details><summary>Each event type</summary>"
    yield "<table>"
    yield '<thead><tr><th scope="col">Event type</th><th scope="col">Outcome</th>'
    yield '<th scope="col">Changes</th></tr></thead>'
    yield "<tbody>"
    for one in report.event_types:
        reason = f'<br><span class="soft">{_text(one.reason)}</span>' if one.reason else ""
        yield (
            f'<tr><td class="id">{_text(one.event_type)}</td><td>{one.outcome}{reason}</td>'
            f'<td class="id">{_text(one.changes)}</td></tr>'
        )
    yield "</tbody>"
    yield "</table>"
    yield "</details>"


def _pre(lines: Iterable[str]) -> str:
    return f"<pre>{_text(chr(10).join(lines))}</pre>"


def _text(text: str) -> str:
    """
    Escape a text so that none of it is markup.
    """
    return escape(_UNWRITABLE.sub(lambda odd: ascii(odd[0])[1:-1], text))
