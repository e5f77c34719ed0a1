"""
`seamproof check`: run the battery on a webhook handler.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import click

from seamproof.annotations.repository import repository_root
from seamproof.checks.dependencies.contract.document import expected_types
from seamproof.cli.support.groups import GroupedCommand
from seamproof.cli.support.handler.check_options import (
    OPTION_GROUPS,
    battery_options,
    read_output,
    run_options,
    verdict_options,
)
from seamproof.cli.support.handler.check_output import (
    failure_blocks,
    opening_lines,
    result_line,
    summary_lines,
    terminal_width,
)
from seamproof.cli.support.handler.process_state import kept_process_state
from seamproof.cli.support.handler.report_files import write_reports
from seamproof.cli.support.handler.run_progress import RunProgress
from seamproof.cli.support.handler.target_options import (
    option_name,
    recorded_handler_output,
    target_options,
)
from seamproof.cli.support.output import paint, plural, reader_may_leave
from seamproof.environment import SECRET_VARIABLE, read_secret
from seamproof.errors import UsageError
from seamproof.formats import one_line, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.model.results import Result
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.reporting.view import FailOn, ReportView
    from seamproof.checks.runner.session import Session
    from seamproof.cli.support.handler.check_options import OutputOptions, Style
    from seamproof.signing import Secret


@click.command("check", cls=GroupedCommand, groups=OPTION_GROUPS)
@click.argument("target")
@target_options
@battery_options
@run_options
@verdict_options
@click.pass_context
def command(  # noqa: PLR0913 - each is an option
    ctx: click.Context,
    /,
    *,
    style: Style,
    reports: tuple[str, ...],
    baseline: str | None,
    update_baseline: bool,
    fail_on: FailOn | None,
    verbose: bool,
    catalog_dir: str | None,
    last_failed: bool,
    exitfirst: bool,
    max_failures: int | None,
    start: str | None,
    consumer: Path | None,
    **options: Any,
) -> None:
    """
    Prove that a webhook handler does right, or show with which request it does not.

    TARGET is http://…, or a module and what to find in it: module:app (ASGI or WSGI), or
    module:function, called with body and headers. `seamproof checks` lists what is checked.
    Each failure is a file under .seamproof/cases/, for `seamproof replay`.

    \b
    Example:
      seamproof check app:app --state app:state
      seamproof check http://127.0.0.1:8000/webhooks/seam --secret whsec_…
      seamproof check app:handler --select 'signature.*' --report junit=report.xml
      seamproof check http://127.0.0.1:8000/hook --start 'uvicorn app:app'
    """
    from seamproof.checks.runner.resolve import resolve

    output = read_output(
        style,
        reports,
        baseline,
        update_baseline=update_baseline,
        fail_on=fail_on,
        verbose=verbose,
    )
    if last_failed:
        options["select"] = select_last_failed(options["select"])
    if consumer is not None:
        options["events"] = events_of(consumer, options["events"])
    options["expect"] = expected_types(options["expect"])
    limit = 1 if exitfirst else max_failures
    with ExitStack() as stack:
        seam = None if start is None else open_world(stack, options)
        if start is not None:
            options["secret"] = start_server(stack, start, options)
        resolved = resolve(catalog=catalog_dir, max_failures=limit, **options)
        view = run(resolved, output, seam)
    ctx.exit(1 if view.failed else 0)


def events_of(consumer: Path, events: str) -> str:
    """
    Take the event types that are sent from a consumer contract.

    Raises:
        UsageError: They are named by `--events` as well, or the contract has none.
    """
    if events != "*":
        what, cure = "--for and --events both name the event types", "leave one of them out"
        raise UsageError(what, cure=cure)
    return ",".join(expected_types([str(consumer)], always=True))


def select_last_failed(select: tuple[str, ...]) -> tuple[str, ...]:
    """
    Select the checks that failed in the last run; without such a run, those that are selected.
    """
    from seamproof.checks.replay.case_files import checks_failed_last

    failed = checks_failed_last()
    if not failed:
        click.echo("no check failed in the last run: all that are selected run", err=True)
    return failed or select


def start_server(stack: ExitStack, command: str, options: Mapping[str, Any]) -> str:
    """
    Start the server of the target, until the stack closes; return the secret that it knows.

    Raises:
        UsageError: The target is no URL, or something already listens there.
        TargetUnreachable: The server does not start.
    """
    from seamproof.cli.support.handler.started_server import started_server
    from seamproof.signing import Secret

    secret = read_secret(options["secret"]) or Secret.generate()
    variables = {SECRET_VARIABLE: secret.reveal()}
    stack.enter_context(started_server(command, options["target"], variables))
    return secret.reveal()


def open_world(stack: ExitStack, options: Mapping[str, Any]) -> SeamApi | None:
    """
    Open the Seam API that a server calls, before it starts, until the stack closes.

    Raises:
        UsageError: There is no such world.
    """
    from seamproof.checks.probe.seam_api import open_seam_api

    world, variable = options["world"], options["seam_endpoint_env"]
    return None if world is None else stack.enter_context(open_seam_api(world, variable))


def run(options: RunOptions, output: OutputOptions, seam: SeamApi | None = None) -> ReportView:
    """
    Check the handler and print the report; on an interruption, that of the checks until then.

    Args:
        options: Of the run.
        output: What is printed.
        seam: The Seam API that the handler calls, where it is open already.
    """
    from seamproof.checks.runner.selection import select_checks
    from seamproof.checks.runner.session import open_session

    for line in opening_lines(options):
        click.echo("\n".join(wrapped(line, "", terminal_width())), err=True)
    progress = RunProgress(len(select_checks(options.select, options.ignore)))
    with (
        kept_process_state() as restore,
        recorded_handler_output() as to_stdout,
        open_session(options, seam) as session,
    ):
        printer = ResultPrinter(
            session.target.secret,
            to_stdout,
            progress,
            lambda result: status_of(result, session, output),
            silent=output.style == "json",
        )
        run = session.start(on_result=printer, option_name=option_name)
        try:
            progress.start(run)
            printer.notice(run.open().notice)
            run.all()
        except KeyboardInterrupt:
            run.stopped = "interrupted"
            restore()
            progress.end()
            with to_stdout():
                show(session.view(run.report(options.name)), options, output)
            raise
        view = session.view(run.report(options.name))
        progress.end()
    return show(view, options, output)


def status_of(result: Result, session: Session, output: OutputOptions) -> str:
    """
    Say how a check ended: `known` if the baseline knows all of its failures.
    """
    from seamproof.checks.model.results import Report

    if not output.baseline.entries:
        return result.status
    options = session.options
    report = Report(target=options.name, seed=options.seed, results=(result,))
    view = compared(session.view(report), options, output)
    return view.status_of(view.report.results[0])


class ResultPrinter:
    """
    Prints a line for each result.

    Args:
        secret: The one that the handler knows; it is not printed.
        to_stdout: Leads to standard output, where the handler's own output is redirected.
        progress: Is erased before a line is printed.
        status_of: Says how a check ended.
        silent: Whether to count only.
    """

    def __init__(
        self,
        secret: Secret,
        to_stdout: Callable[[], AbstractContextManager[object]],
        progress: RunProgress,
        status_of: Callable[[Result], str],
        *,
        silent: bool,
    ) -> None:
        from seamproof.checks.reporting.redaction import Redactor

        self._progress = progress
        self._redactor = Redactor([secret])
        self._to_stdout = to_stdout
        self._status_of = status_of
        self._silent = silent
        self._skipped: set[str] = set()

    def notice(self, text: str) -> None:
        """
        Print what limits the whole report, before the first result.
        """
        if text and not self._silent:
            with self._to_stdout(), reader_may_leave():
                click.echo(paint(self._redactor.text(one_line(text)), "red"))

    def __call__(self, result: Result) -> None:
        """
        Print the line of a result.
        """
        self._progress.clear()
        # Where a run stops, the rest is skipped for one reason: it is printed once.
        is_repeated = result.status == "skipped" and result.note in self._skipped
        if not (self._silent or is_repeated):
            with self._to_stdout(), reader_may_leave():
                click.echo(self._redactor.text(result_line(result, self._status_of(result))))
        if result.status == "skipped":
            self._skipped.add(result.note)


def show(view: ReportView, options: RunOptions, output: OutputOptions) -> ReportView:
    """
    Write cases, reports and baseline, and print the report.
    """
    from seamproof.checks.replay.case_files import CASES, save_cases
    from seamproof.checks.reporting.baseline import write_baseline

    updated = None
    if output.baseline_file is not None and output.update_baseline:
        updated = output.baseline.updated(view.report, covers=covers(options))
        output = replace(output, baseline=updated)
    view = compared(view, options, output)
    cases, problem = save_cases(view, options)
    if problem:
        click.echo(problem, err=True)
    # Printed before anything else is written, which a full disk may prevent.
    with reader_may_leave():
        print_report(view, output, str(CASES) if cases and not problem else "")
    if updated is not None and output.baseline_file is not None:
        write_baseline(output.baseline_file, updated)
        count = plural(len(updated.entries), "known failure")
        click.echo(f"{output.baseline_file}: {count}", err=True)
    write_reports(output.reports, view, cases)
    return view


def print_report(view: ReportView, output: OutputOptions, saved: str) -> None:
    """
    Print a report in the style that was asked for.

    Args:
        view: The report.
        output: Says in which style.
        saved: Where the cases are; empty if there are none.
    """
    from seamproof.checks.reporting.formats.as_github import as_github
    from seamproof.checks.reporting.formats.as_json import as_json

    if output.style == "json":
        click.echo(as_json(view), nl=False)
        return
    for line in failure_blocks(view, verbose=output.verbose):
        click.echo(line)
    for line in summary_lines(view, saved, verbose=output.verbose):
        click.echo(line)
    if output.style == "github":
        for line in as_github(view, repository_root()):
            click.echo(line)


def covers(options: RunOptions) -> Callable[[str], bool]:
    """
    Say whether a run sends an event type.
    """
    patterns = [one.strip() for one in options.events.split(",")]
    return lambda event_type: any(fnmatchcase(event_type, one) for one in patterns)


def compared(view: ReportView, options: RunOptions, output: OutputOptions) -> ReportView:
    """
    Mark the failures of a report that the baseline knows.
    """
    known, gone = output.baseline.compare(view.report, covers=covers(options))
    return replace(view, known=known, gone=gone, fail_on=output.fail_on)
