"""
What was found as plain text, as a failing test tells it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from seamproof.checks.reporting.view import counts_of
from seamproof.checks.reporting.wording import group_lines, headline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Report
    from seamproof.checks.reporting.view import FailureGroup, ReportView

_LABEL: Final = 10


def as_text(view: ReportView, *, replay: str = "") -> str:
    """
    Write what a run found: the message first, then each failure, then the counts.

    Args:
        view: The distilled report.
        replay: What repeats the run, where no command sends a case again.
    """
    lines = [message(view)]
    for group in view.groups():
        known = " · known" if view.is_known(group) else ""
        lines += ["", plain(headline(group)) + known, *block(group, replay=replay)]
    return "\n".join([*lines, "", *summary(view.report)])


def message(view: ReportView) -> str:
    """
    Say in a line what a run came to.
    """
    report = view.report
    failing = [one.check.id for one in report.results if view.fails(one)]
    if failing:
        several = f"{len(failing)} of {len(report.results)} checks fail"
        said = f"{several}: {', '.join(failing)}" if len(failing) > 1 else f"{failing[0]} fails"
    else:
        said = "the run was stopped" if view.failed else "no check fails"
    return f"{plain(report.target)}: {said}"


def block(group: FailureGroup, *, replay: str = "") -> Iterator[str]:
    """
    Tell a failure: what was sent, expected and received, why it matters, the cure, the replay.

    Args:
        group: The failures that are told as one.
        replay: What sends it again, where it is no command of seamproof.
    """
    for label, text in group_lines(group):
        ours = bool(replay) and label == "replay"
        yield f"  {label:<{_LABEL}}{plain(replay if ours else text)}".rstrip()
        if ours:
            return


def summary(report: Report) -> Iterator[str]:
    """
    Tell how many checks ended how, and what it took.
    """
    if report.stopped:
        yield f"stopped: {plain(report.stopped)}"
    counts = asdict(counts_of(report)).items()
    yield ", ".join(f"{count:,} {name}" for name, count in counts if count) or "no check ran"
    yield f"{report.deliveries:,} deliveries in {report.seconds:,.2f} s, seed {report.seed}"


def plain(text: str) -> str:
    """
    Make a text that a handler may have written fit to stand in a line.
    """
    safe = text.encode("utf-8", "backslashreplace").decode()
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in safe)
