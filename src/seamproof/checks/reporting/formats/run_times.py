"""
What a report says about the time of a run: what it did not reach, and how long it waited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.checks.model.results import Report, Result


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
    text = f"waited {report.waited:.1f} s of them for effects that come late"
    return text if round(report.waited, 1) else ""


def watched_text(result: Result) -> str:
    """
    Say for how long a check that has passed waited for a second effect; empty where it is certain.
    """
    time = "" if result.watched is None else f"{result.watched:.1f} s"
    return time and f"no second effect within {time}; --settle waits longer"


def watched_summary(report: Report) -> str:
    """
    The same in one line for all checks of a run; the shortest wait counts.
    """
    found = {one.watched: one for one in report.results if one.watched is not None}
    names = ", ".join(one.id for one in report.watching)
    return f"{names}: {watched_text(found[min(found)])}" if found else ""
