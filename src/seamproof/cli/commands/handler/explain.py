"""
`seamproof explain`: explain one check or rule, why it matters, and how to fix a handler.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.completion import complete_explained
from seamproof.cli.support.output import paint
from seamproof.errors import UsageError, nearest_names

if TYPE_CHECKING:
    from seamproof.checks.battery.check import Check
    from seamproof.lint.model import Rule

_WIDTH: Final = 100


@click.command("explain")
@click.argument("check", metavar="ID", shell_complete=complete_explained)
def command(check: str) -> None:
    """
    Explain a check: the rule, why it matters, how to fix a handler that fails it.

    ID is that of a check, as `seamproof checks` lists them, of a failure, or of a
    rule of `seamproof lint`.

    \b
    Example:
      seamproof explain signature.raw_body
    """
    row = _row(check)
    colour = "red" if row.severity == "error" else "yellow"
    click.echo(f"{row.id} · {paint(row.severity, colour)}")
    click.echo(row.title)
    for label, text in (("rule", row.source), ("why", row.why), ("cure", row.cure)):
        click.echo(f"\n{label}\n{_folded(text)}")


def _row(name: str) -> Check | Rule:
    from seamproof.checks.battery.registry import BATTERY
    from seamproof.lint.rules import RULES

    rows: dict[str, Check | Rule] = {one.id: one for one in BATTERY} | {
        one.id: one for one in RULES
    }
    found = rows.get(name) or rows.get(name.rpartition("-")[0])
    if found is None:
        # The most likely mistake is a name without its group, or with a wrong one.
        near = [one for one in rows if one.partition(".")[2] == name.rpartition(".")[2]]
        near += nearest_names(name, rows, cutoff=0.5)
        cure = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
        what = "there is no such check"
        raise UsageError(what, found=name, cure=cure or "`seamproof checks` lists them")
    return found


def _folded(text: str) -> str:
    width = min(shutil.get_terminal_size().columns, _WIDTH) if sys.stdout.isatty() else _WIDTH
    return "\n".join(
        textwrap.fill(
            line,
            width,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
