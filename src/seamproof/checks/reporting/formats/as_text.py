"""
The report as plain text, as a failing test shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.reporting.event_types import outcome_rows
from seamproof.checks.reporting.formats.run_times import (
    incomplete_text,
    waited_text,
    watched_summary,
)
from seamproof.checks.reporting.wording import block_lines, failing_texts, headline
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.reporting.grouping import FailureGroup
    from seamproof.checks.reporting.view import ReportView

_LABEL: Final = 10
#: Columns of a report in the output of a test.
_WIDTH: Final = 80


def as_text(view: ReportView, *, replay: str = "", whole: bool = False) -> str:
    """
    Write the report as text: the message first, then each failure, then the counts.

    Args:
        view: The distilled report.
        replay: The command that repeats the run, where no command of seamproof replays a case.
        whole: Whether to write requests, answers and tracebacks whole.
    """
    notice = view.report.notice
    lines = [*([one_line(notice)] if notice else []), message(view)]
    for group in view.groups():
        title = headline(group)
        lines += ["", one_line(title), *block(group, replay=replay, whole=whole)]
    return "\n".join([*lines, "", *summary(view)])


def message(view: ReportView) -> str:
    """
    Summarise a run in one line.
    """
    report = view.report
    failing = failing_texts(view)
    if failing:
        several = f"{len(failing)} of {len(report.results)} checks fail"
        text = f"{several}: {', '.join(failing)}" if len(failing) > 1 else f"{failing[0]} fails"
    else:
        text = "the run was stopped" if view.failed else "no check fails"
    return f"{one_line(report.target)}: {text}"


def block(group: FailureGroup, *, replay: str = "", whole: bool = False) -> Iterator[str]:
    """
    Describe a group: what was sent, expected and received, why it matters, the cure, the replay.

    Args:
        group: Failures of one check with one cause.
        replay: The command that replays it, where that is not a command of seamproof.
        whole: Whether to write requests, answers and tracebacks whole.
    """
    yield from block_lines(group, _WIDTH, replay=replay, whole=whole)


def summary(view: ReportView) -> Iterator[str]:
    """
    List event types by outcome, count the checks by status, the deliveries and seconds.
    """
    report = view.report
    for outcome, text in outcome_rows(report):
        yield f"{outcome:<{_LABEL}} {one_line(text)}"
    if report.stopped:
        yield f"stopped: {one_line(report.stopped)}"
    if text := incomplete_text(report):
        yield text
    counts = view.counts().items()
    yield ", ".join(f"{count:,} {name}" for name, count in counts if count) or "no check ran"
    yield f"{report.deliveries:,} deliveries in {report.seconds:,.2f} s, seed {report.seed}"
    yield from filter(None, (waited_text(report), watched_summary(report)))
