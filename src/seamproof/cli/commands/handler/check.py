"""
`seamproof check`: prove a webhook handler, or break it and show how.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.support.check_options import Wanted, battery_options, read, verdict_options
from seamproof.cli.support.check_output import failure_blocks, result_line, summary_lines
from seamproof.cli.support.output import Progress, plural
from seamproof.cli.support.report_files import write_reports
from seamproof.cli.support.target_options import aiming_options, handlers_print_elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from seamproof.checks.model.results import Report, Result
    from seamproof.checks.replay.cases import Case
    from seamproof.checks.reporting.view import Told
    from seamproof.cli.support.check_options import Plan
    from seamproof.signing import Secret


@click.command("check")
@click.argument("target")
@aiming_options
@battery_options
@verdict_options
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
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
    """
    ctx.exit(1 if run(Wanted(**options)).failed else 0)


def run(wanted: Wanted) -> Told:
    """
    Check the handler and tell what was found; on an interruption, what was found so far.
    """
    from seamproof.checks.replay.replay import replaying
    from seamproof.checks.runner.runner import run_battery

    plan = read(wanted)
    with (
        handlers_print_elsewhere() as aloud,
        replaying(plan.aim, secret=plan.secret, allow_remote=wanted.allow_remote) as opened,
    ):
        secret = opened.target.secret
        listener = Listener(plan, secret, aloud)
        try:
            report = run_battery(
                opened.target,
                plan.settings(secret),
                name=wanted.target,
                state=opened.state,
                breaker=opened.breaker,
                on_result=listener.hear,
            )
        except KeyboardInterrupt:
            listener.progress.clear()
            with aloud():
                tell(plan, listener.so_far(), secret)
            raise
    listener.progress.clear()
    return tell(plan, report, secret)


class Listener:
    """
    Hears each result as soon as it is there, and prints its line.

    Args:
        plan: What the run is asked to do.
        secret: The one that the handler knows; it is not printed.
        aloud: Leads to standard output, whatever the handler prints elsewhere.
    """

    def __init__(
        self, plan: Plan, secret: Secret, aloud: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        from seamproof.checks.reporting.redaction import Redactor

        self.plan = plan
        self.heard: list[Result] = []
        self.progress = Progress("check")
        self._redactor = Redactor([secret])
        self._aloud = aloud
        self._started = time.time()

    def hear(self, result: Result) -> None:
        """
        Print the line of a result.
        """
        # Where a run stops, all that is left is skipped for one reason: it is told once.
        skipped = {one.note for one in self.heard if one.status == "skipped"}
        self.heard.append(result)
        self.progress.clear()
        told_already = result.status == "skipped" and result.note in skipped
        if self.plan.wanted.style == "text" and not told_already:
            with self._aloud():
                click.echo(self._redactor.text(result_line(result)))
        self.progress.count(len(self.heard))

    def so_far(self) -> Report:
        """
        Report what was heard until an interruption.
        """
        from seamproof.checks.model.results import Report

        return Report(
            target=self.plan.wanted.target,
            seed=self.plan.aim.seed,
            results=tuple(self.heard),
            deliveries=sum(one.deliveries for one in self.heard),
            seconds=time.time() - self._started,
            stopped="interrupted",
            started=self._started,
        )


def tell(plan: Plan, report: Report, secret: Secret) -> Told:
    """
    Write cases, reports and baseline, and print what was found.
    """
    from seamproof.checks.replay.cases import cases_of
    from seamproof.checks.reporting.as_json import as_json
    from seamproof.checks.reporting.baseline import write_baseline
    from seamproof.checks.reporting.identity import distilled
    from seamproof.checks.reporting.view import Told

    wanted = plan.wanted
    told = Told(
        report=distilled(report, [secret]),
        strict=wanted.strict,
        limited=wanted.max_time is not None,
    )
    baseline = plan.baseline
    if wanted.baseline is not None and wanted.update_baseline:
        baseline = baseline.updated(told, covers=plan.covers)
        write_baseline(Path(wanted.baseline), baseline)
        click.echo(f"{wanted.baseline}: {plural(len(baseline.entries), 'known failure')}", err=True)
    known, gone = baseline.compare(told, covers=plan.covers)
    told = replace(told, known=known, gone=gone)
    cases = cases_of(told, plan.aim)
    keep(cases)
    write_reports(plan.reports, told, cases)
    if wanted.style == "json":
        click.echo(as_json(told), nl=False)
    else:
        for line in (*failure_blocks(told), *summary_lines(told)):
            click.echo(line)
    return told


def keep(cases: Sequence[Case]) -> None:
    """
    Write the case files; where that cannot be, say so: what was found counts all the same.
    """
    from seamproof.checks.replay.cases import CASES, write_cases

    try:
        write_cases(cases)
    except OSError as problem:
        click.echo(f"{CASES}: no case files: {problem.strerror}", err=True)
