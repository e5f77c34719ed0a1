"""
The failures as annotations of GitHub Actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.annotations.workflow_commands import workflow_command
from seamproof.checks.reporting.places import place_of
from seamproof.checks.reporting.wording import explain_group, group_in_short, undecided_text
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seamproof.annotations.workflow_commands import Level
    from seamproof.checks.reporting.grouping import FailureGroup
    from seamproof.checks.reporting.view import ReportView


def as_github(view: ReportView, root: Path) -> Iterator[str]:
    """
    Write an annotation for each cause: on the line of an exception, else of the workflow.

    What fails the run is an error; other failures are warnings, and known ones are notices.

    Args:
        view: The distilled report.
        root: The directory of the repository.
    """
    failing = {one.check.id for one in view.failing}
    for group in view.groups():
        level: Level = "notice"
        if not group.is_known:
            is_error = group.check.id in failing
            level = "error" if is_error and group.failure.severity == "error" else "warning"
        yield workflow_command(level, _properties(group, root), _message(group))
    for one in view.failing:
        if not one.failures:
            yield workflow_command("error", {"title": one.check.id}, undecided_text(one))
    if view.report.stopped:
        level = "error" if view.cut_short else "notice"
        yield workflow_command(level, {"title": "seamproof"}, f"stopped: {view.report.stopped}")


def _properties(group: FailureGroup, root: Path) -> dict[str, str]:
    place = place_of(group.failure, root)
    where = {"file": place.file, "line": str(place.line)} if place else {}
    return where | {"title": group.check.id}


def _message(group: FailureGroup) -> str:
    failure = group.failure
    kind = f"{failure.event_type}: " if failure.event_type else ""
    more = f" (and {len(group.cases) - 1} more)" if len(group.cases) > 1 else ""
    fix = explain_group(group).fix
    again = f"seamproof replay {group.cases[0][1]}"
    lines = (f"{kind}{group_in_short(group)}{more}", f"fix: {fix}", f"again: {again}")
    return "\n".join(map(one_line, lines))
