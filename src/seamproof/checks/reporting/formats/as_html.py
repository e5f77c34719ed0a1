"""
The report as one HTML page without external resources.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seamproof.checks.reporting.event_types import outcome_rows
from seamproof.checks.reporting.formats.html_failure import failure_article
from seamproof.checks.reporting.formats.html_text import page, safe, table
from seamproof.checks.reporting.formats.run_times import incomplete_text, watched_text
from seamproof.checks.reporting.wording import (
    failing_texts,
    group_in_short,
    headline,
    known_failure_text,
)
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Report
    from seamproof.checks.reporting.view import ReportView


def as_html(view: ReportView) -> str:
    """
    Write the report as an HTML page without scripts, in a light and a dark colour scheme.
    """
    report = view.report
    verdict = "failed" if view.failed else "passed"
    heading = f'<h1>{safe(report.target)}: <span class="{verdict}">{verdict}</span></h1>'
    return page(
        f"{report.target}: {verdict}",
        [heading, *_summary(view)],
        [
            *_failures(view),
            "<h2>All checks</h2>",
            *_table(view),
            *_event_types(report),
        ],
        index=_index(view),
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
    yield f'<p class="soft">seamproof {__version__}</p>'
    if view.command:
        yield f"<p><code>{safe(view.command)}</code></p>"
    if report.notice:
        yield f'<p class="failed">{safe(report.notice)}</p>'
    if report.stopped:
        yield f'<p class="failed">Stopped: {safe(report.stopped)}</p>'
    if text := incomplete_text(report):
        yield f'<p class="soft">{safe(text[0].upper() + text[1:])}</p>'
    if view.failing:
        yield f'<p class="failed">Failed by: {safe(", ".join(failing_texts(view)))}</p>'
    for one in view.gone:
        name = known_failure_text(one)
        yield f'<p class="soft">Known, and not there any more: {safe(name)}</p>'


def _index(view: ReportView) -> Iterator[str]:
    """
    List the failures with a link to each.
    """
    groups = view.groups()
    if not groups:
        return
    yield '<nav aria-labelledby="index">'
    yield f'<h2 id="index">{"Fix this first" if len(groups) > 1 else "What failed"}</h2>'
    yield "<ol>"
    for group in groups:
        anchor, said = f"#{safe(group.cases[0][1])}", safe(group_in_short(group))
        yield f'<li><a href="{anchor}" class="id">{safe(headline(group))}</a><br>{said}</li>'
    yield "</ol>"
    yield "</nav>"


def _failures(view: ReportView) -> Iterator[str]:
    groups = view.groups()
    if groups:
        yield "<h2>Failures</h2>"
    for group in groups:
        yield from failure_article(group)


def _table(view: ReportView) -> Iterator[str]:
    rows = []
    for one in view.report.results:
        status = view.status_of(one)
        title = f'<br><span class="soft">{safe(one.check.title)}</span>'
        said = "; ".join(filter(None, (one.note, watched_text(one))))
        note = f'<br><span class="soft">{safe(said)}</span>' if said else ""
        rows.append(
            (
                f'<span class="id">{safe(one.check.id)}</span>{title}',
                f'<span class="word {status}">{status}</span>{note}',
                f"{one.deliveries:,}",
                f"{one.seconds:.2f}",
            )
        )
    columns = ("Check", "Result", "Deliveries", "Seconds")
    yield from table("The checks in the order of the battery", columns, rows, wide=2)


def _event_types(report: Report) -> Iterator[str]:
    grouped = list(outcome_rows(report))
    if not grouped:
        return
    yield "<h2>Event types</h2>"
    rows = [(f'<span class="word">{outcome}</span>', safe(text)) for outcome, text in grouped]
    yield from table("What the handler does with them", ("Outcome", "Event types"), rows)
    yield "<details><summary>Each event type</summary>"
    each = []
    for one in report.event_types:
        reason = f'<br><span class="soft">{safe(one.reason)}</span>' if one.reason else ""
        name, changes = (
            f'<span class="id">{safe(text)}</span>' for text in (one.event_type, one.changes)
        )
        each.append((name, f"{one.outcome}{reason}", changes))
    yield from table("Each event type", ("Event type", "Outcome", "Changes"), each)
    yield "</details>"
