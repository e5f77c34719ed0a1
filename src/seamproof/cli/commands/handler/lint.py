"""
`seamproof lint`: finds mistakes in the source of handlers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from seamproof.cli.support.completion import complete_lint_rule
from seamproof.cli.support.options import catalog_option
from seamproof.cli.support.output import reader_may_leave
from seamproof.environment import read_catalogue
from seamproof.errors import UsageError, nearest_names
from seamproof.lint.model import FailOn

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--select",
    multiple=True,
    metavar="RULE",
    shell_complete=complete_lint_rule,
    help="Report these rules only, with commas between or repeated. Default: all.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="RULE",
    shell_complete=complete_lint_rule,
    help="Do not report these rules, with commas between or repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(get_args(FailOn)),
    default="error",
    show_default=True,
    help="Which findings make the exit status 1, at least.",
)
@catalog_option
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "github", "sarif"]), default="text"
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: FailOn,
    catalog_dir: str | None,
    style: str,
) -> None:
    """
    Find mistakes in the source of handlers, which is read and not run.

    A PATH is a file, or a directory in which sources are searched: Python,
    JavaScript, TypeScript, PHP, Ruby, Go, Java, Kotlin, C# and Elixir. What git
    ignores is left out, and what others wrote, such as node_modules.

    Literals are compared with Seam's contract only in files and projects that
    show Seam. A comment suppresses a finding in its line, or in the next one if
    it is alone: # seamproof: ignore[unknown-event-type]

    Exits 1 if there is an error.

    \b
    Example:
      seamproof lint src/
      seamproof lint . --format sarif > lint.sarif
    """
    from seamproof.cli.support.handler.lint_output import LINT_OUTPUTS
    from seamproof.lint.rules import RULE_OF
    from seamproof.lint.run import Linter
    from seamproof.lint.source.languages import LANGUAGES

    rules = frozenset(_rules("--select", select) or RULE_OF) - {*_rules("--ignore", ignore)}
    report = Linter(read_catalogue(catalog_dir), rules).lint(paths)
    folders = [one for one in paths if Path(one).is_dir()]
    if folders and not report.files and not report.skipped:
        # Nothing was proved, as where a path is mistaken.
        what, expected = "there is no source in it", f"files that end in {', '.join(LANGUAGES)}"
        raise UsageError(what, where=folders[0], expected=expected)
    with reader_may_leave():
        LINT_OUTPUTS[style](report)
    ctx.exit(1 if report.fails(fail_on) else 0)


def _rules(option: str, names: Iterable[str]) -> list[str]:
    """
    Check that there are rules of these names.

    Raises:
        UsageError: There is no rule of such a name.
    """
    from seamproof.lint.rules import RULE_OF

    given = [name for text in names for name in text.split(",")]
    for name in given:
        if name not in RULE_OF:
            near = nearest_names(name, RULE_OF, cutoff=0.4)
            cure = f"did you mean {' or '.join(near)}?" if near else ""
            what, listed = "there is no such rule", ", ".join(RULE_OF)
            raise UsageError(what, where=option, found=name, cure=cure, expected=listed)
    return given
