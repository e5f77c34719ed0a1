"""
`seamproof depends`: find out by experiment what a handler depends on.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.atomic_files import write_atomically
from seamproof.checks.dependencies.contract.document import (
    FILE,
    as_document,
    as_text,
    difference,
    read_contract,
)
from seamproof.cli.commands.handler.check import open_world, start_server
from seamproof.cli.support.completion import complete_event_type
from seamproof.cli.support.groups import GroupedCommand
from seamproof.cli.support.handler.check_options import rate_option
from seamproof.cli.support.handler.depends_output import table_lines
from seamproof.cli.support.handler.process_state import kept_process_state
from seamproof.cli.support.handler.report_files import read_reports
from seamproof.cli.support.handler.target_options import (
    observed_target_options,
    option_name,
    recorded_handler_output,
)
from seamproof.cli.support.number_types import DecimalNumber, WholeNumber
from seamproof.cli.support.options import catalog_option, format_option
from seamproof.cli.support.output import Progress, reader_may_leave
from seamproof.errors import UsageError
from seamproof.statuses import DEFAULT_ACCEPT

if TYPE_CHECKING:
    from seamproof.checks.dependencies.uses import Dependencies
    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.json_types import JsonObject

_REPORTS: Final = ("html", "pact")
NOTHING: Final = "no event type was found to have an effect"

_GROUPS: Final = {
    "Target": ("--as", "--path", "--app-dir", "--secret", "--start", "--allow-remote"),
    "State": ("--state", "--settle"),
    "Seam's API": ("--world", "--seam-endpoint-env"),
    "Events": ("--events", "--set", "--accept", "--catalog", "--seed"),
    "Time and pace": ("--max-time", "--rate"),
    "Output": ("--out", "--check", "--report", "--consumer", "--format"),
}


@click.command("depends", cls=GroupedCommand, groups=_GROUPS)
@click.argument("target")
@observed_target_options
@click.option(
    "--events",
    shell_complete=complete_event_type,
    default="*",
    show_default=True,
    metavar="PATTERN",
    help="Which event types to send.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a property of every event that has it: a record that the handler knows.",
)
@click.option(
    "--accept",
    default=DEFAULT_ACCEPT,
    show_default=True,
    metavar="STATUSES",
    help="What a genuine delivery may be answered with: 200-299,404.",
)
@catalog_option
@click.option(
    "--seed", type=WholeNumber(min=0), metavar="NUMBER", help="Draw the same events again."
)
@click.option(
    "--settle",
    type=DecimalNumber(min=0, min_open=True),
    metavar="SECONDS",
    help="How long to wait for late work before the state is read. Default: measured.",
)
@click.option(
    "--max-time",
    type=DecimalNumber(min=0, min_open=True),
    metavar="SECONDS",
    help="Seconds after which nothing more is sent. Default: no end.",
)
@rate_option
@click.option(
    "--start",
    metavar="COMMAND",
    help="Start the server of a URL, wait until it listens, and end it after the run.",
)
@click.option(
    "--out",
    default=FILE,
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The consumer contract to write, to be committed.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 with a diff if the contract has changed."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=PATH",
    help="Write a report as well: html, a matrix; or pact, a message pact. May be repeated.",
)
@click.option(
    "--consumer",
    metavar="NAME",
    help="The handler's name in a pact. Default: the target.",
)
@format_option
@click.pass_context
def command(  # noqa: PLR0913 - each is an option
    ctx: click.Context,
    /,
    *,
    start: str | None,
    catalog_dir: str | None,
    seed: int | None,
    out: Path,
    check: bool,
    style: str,
    reports: tuple[str, ...],
    consumer: str | None,
    **options: Any,
) -> None:
    """
    Find out by experiment which event types and properties a handler depends on.

    Events of each type that the handler acts on are sent with one property left out, null or
    changed, and their status and effect are compared with those of the plain event. A property is
    required (without it the handler fails), read (the effect depends on the value), copied (the
    value turns up in the state), not used, or undecided. What is found is written to
    seam-consumer.json: `schemas diff`, `check-docs`, `check-sdk`, `check` and `validate` take it
    with --for.

    Exits 1 if the experiment ends early or finds no event type that has an effect, and with
    --check if the contract has changed.

    \b
    Example:
      seamproof depends app:app --state app:state
      seamproof depends app:app --state app:state --check
      seamproof depends app:app --state app:state --report html=depends.html
      seamproof depends http://127.0.0.1:8000/hook --state http://127.0.0.1:8000/state
    """
    from seamproof.checks.runner.resolve import resolve

    if not options["state"]:
        what, cure = "the effect of an event is seen in the state", "give --state"
        raise UsageError(what, cure=cure, option="state")
    files = read_reports(reports, _REPORTS)
    if check and out.exists():
        # What is no contract is reported before an experiment that may take long.
        read_contract(out)
    with ExitStack() as stack:
        seam = None if start is None else open_world(stack, options)
        if start is not None:
            options["secret"] = start_server(stack, start, options)
        # A run draws the same events each time, so that its result is the same.
        resolved = resolve(catalog=catalog_dir, seed=seed or 0, thorough=True, **options)
        found = find(resolved, seam)
    for form, path in files:
        write_atomically(path, _report(form, found, resolved, consumer or ""))
    document = as_document(found)
    with reader_may_leave():
        if style == "json":
            click.echo(as_text(document), nl=False)
        else:
            for line in table_lines(found):
                click.echo(line)
    is_partial = found.stopped and found.decides_something and not check and not out.exists()
    if not found.proves_something and not is_partial:
        reason = found.stopped or (found.types[0].reason if found.types else NOTHING)
        click.echo(f"{out} was not written: {reason}", err=True)
        ctx.exit(1)
    ctx.exit(1 if _keep(out, document, check=check) or found.stopped else 0)


def _keep(out: Path, document: JsonObject, *, check: bool) -> bool:
    """
    Write the consumer contract, or compare it with the one that is there.

    Returns:
        Whether it has changed although it should not have.
    """
    if not check:
        try:
            write_atomically(out, as_text(document))
        except OSError as problem:
            what = f"the consumer contract cannot be written: {problem.strerror}"
            raise UsageError(what, where=str(out)) from problem
        click.echo(f"wrote {out}", err=True)
        return False
    changed = difference(out, document)
    if changed:
        click.echo(changed, nl=False, err=True)
        click.echo(f"{out} has changed", err=True)
    return bool(changed)


def _report(form: str, found: Dependencies, options: RunOptions, consumer: str) -> str:
    from seamproof.checks.dependencies.as_html import as_html
    from seamproof.checks.dependencies.contract.pact import as_pact
    from seamproof.schemas import catalog

    if form == "html":
        return as_html(found)
    return as_pact(found, options.catalogue or catalog(), consumer=consumer)


def find(options: RunOptions, seam: SeamApi | None = None) -> Dependencies:
    """
    Open the handler, and find out what it depends on.

    Args:
        options: Of the run.
        seam: The Seam API that the handler calls, where it is open already.
    """
    from seamproof.checks.dependencies.experiment.run import find_dependencies
    from seamproof.checks.runner.session import open_session

    progress = Progress("event type")
    with (
        kept_process_state(),
        recorded_handler_output(),
        open_session(options, seam) as session,
    ):
        found = find_dependencies(
            session, on_type=lambda done, _: progress.count(done), option_name=option_name
        )
        progress.clear()
    return found
