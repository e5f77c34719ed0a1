"""
The findings of `seamproof lint`, printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.output import paint, plural, safe
from seamproof.formats import one_line
from seamproof.lint.rules import RULE_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.lint.model import LintReport


def _text(report: LintReport) -> None:
    for one in report.findings:
        rule = RULE_OF[one.rule]
        where = one_line(f"{one.path}:{one.line}:{one.column}")
        name = paint(rule.id, "red" if rule.severity == "error" else "yellow")
        click.echo(f"{where} {rule.severity} {name}: {one_line(one.message)}")
        if one.fix:
            click.echo(f"  fix: {one_line(one.fix)}")
    for rule_id in sorted({one.rule for one in report.findings}):
        click.echo(f"why and how to fix: seamproof explain {rule_id}")
    click.echo(_summary(report))


def _json(report: LintReport) -> None:
    from seamproof.lint.formats.as_json import as_json

    click.echo(safe(as_json(report)))


def _github(report: LintReport) -> None:
    from seamproof.annotations.repository import repository_root
    from seamproof.lint.formats.as_github import as_github

    for line in as_github(report, repository_root()):
        click.echo(safe(line))
    click.echo(_summary(report), err=True)


def _sarif(report: LintReport) -> None:
    from seamproof.annotations.repository import repository_root
    from seamproof.lint.formats.as_sarif import as_sarif

    click.echo(safe(as_sarif(report, repository_root())), nl=False)


def _summary(report: LintReport) -> str:
    errors, warnings = report.count("error"), report.count("warning")
    found = paint("no findings", "green")
    if report.findings:
        found = f"{plural(errors, 'error')}, {plural(warnings, 'warning')}"
        found = paint(found, "red" if errors else "yellow")
    more = f", {report.suppressed:,} suppressed" if report.suppressed else ""
    left = f", {plural(len(report.skipped), 'file')} not read" if report.skipped else ""
    return f"{plural(report.files, 'file')} read: {found}{more}{left}"


#: By format, what prints the findings.
LINT_OUTPUTS: Final[Mapping[str, Callable[[LintReport], None]]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
