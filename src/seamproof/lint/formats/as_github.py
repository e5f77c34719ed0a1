"""
The findings as annotations of GitHub Actions.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seamproof.annotations.repository import path_in_repository
from seamproof.annotations.workflow_commands import workflow_command
from seamproof.formats import one_line
from seamproof.lint.rules import RULE_OF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.lint.model import LintReport


def as_github(report: LintReport, root: Path) -> Iterator[str]:
    """
    Write an annotation for each finding.

    Args:
        report: The findings.
        root: The directory of the repository.
    """
    for one in report.findings:
        rule = RULE_OF[one.rule]
        place = {
            "file": path_in_repository(Path(one.path), root),
            "line": str(one.line),
            "col": str(one.column),
            "title": rule.id,
        }
        message = f"{one_line(one.message)}\nfix: {one_line(one.fix or rule.cure)}"
        yield workflow_command(rule.severity, place, message)
