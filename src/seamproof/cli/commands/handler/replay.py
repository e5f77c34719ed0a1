"""
`seamproof replay`: send a failure again.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from seamproof.checks.replay.cases import PLACES
from seamproof.cli.support.completion import complete_case
from seamproof.cli.support.handler.check_options import rate_option
from seamproof.cli.support.handler.check_output import terminal_width
from seamproof.cli.support.handler.process_state import kept_process_state
from seamproof.cli.support.handler.target_options import (
    option_name,
    recorded_handler_output,
    target_options,
)
from seamproof.cli.support.output import paint, plural, reader_may_leave
from seamproof.environment import read_secret
from seamproof.errors import UsageError
from seamproof.formats import one_line, wrapped
from seamproof.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.replay.cases import Case
    from seamproof.checks.replay.replay import ReplayResult


@click.command("replay")
@click.argument("case", required=False, metavar="[ID|FILE]", shell_complete=complete_case)
@click.option("--last", "which", flag_value="last", help="Send the failures of the last run.")
@click.option("--all", "which", flag_value="all", help="Send every case in .seamproof/cases.")
@click.option(
    "--failed", "which", flag_value="failed", help="Send those of the last run that still fail."
)
@click.option("--to", metavar="TARGET", help="Another target than the one at which it was found.")
@click.option("-v", "--verbose", is_flag=True, help="Show requests and answers whole.")
@rate_option
@target_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    case: str | None,
    which: str | None,
    to: str | None,
    verbose: bool,
    rate: str | None,
    secret: str | None,
    allow_remote: bool,
    **options: str | None,
) -> None:
    """
    Send a failure of `seamproof check` again: exits 0 if the handler now does right, else 1.

    ID is that of the failure, or the beginning of it; FILE is a case file. The requests go to
    the handler at which it was found, with the options of that run. They are signed anew, with
    new ids and times; a forgery is forged in the same way.

    A case file that was not made on this machine says only what was sent: give --to, and the
    other options of the target.

    \b
    Example:
      seamproof replay signature.stale-1f0a93c2
      seamproof replay --last
      seamproof replay case.json --to http://127.0.0.1:8000/webhooks/seam
    """
    from seamproof.checks.runner.resolve import read_rate

    cases = find_cases(case, which)
    chosen = []
    for one in cases:
        aim = replay_options(one.options, to, options)
        if not aim.target:
            what = "the case was not made on this machine"
            cure = "name the target with --to, and give --state and --break if it needs them"
            raise UsageError(what, where=one.id, cure=cure)
        aim = aim if rate is None else replace(aim, rate=read_rate(rate))
        chosen.append(replace(one, options=aim))
    results = send_cases(chosen, secret, allow_remote=allow_remote, verbose=verbose)
    if which is not None:
        with reader_may_leave():
            for line in summary_lines(results):
                click.echo(line)
    sys.stdout.flush()
    ctx.exit(0 if all(one.right for one in results) else 1)


def find_cases(name: str | None, which: str | None) -> list[Case]:
    """
    Read the cases to send.

    Raises:
        UsageError: There is none, or both a case and several are named.
    """
    from seamproof.checks.replay.case_files import cases_to_replay, find_case, read_case

    if (name is None) == (which is None):
        what = "replay takes either a case or one of --last, --all and --failed"
        raise UsageError(what, expected="seamproof replay --last")
    return [
        read_case(path) for path in (cases_to_replay(which) if which else [find_case(str(name))])
    ]


def send_cases(
    cases: list[Case], secret: str | None, *, allow_remote: bool, verbose: bool = False
) -> list[ReplayResult]:
    """
    Send cases, those for one target to one opened handler, and print each result.
    """
    from seamproof.checks.replay.case_files import record_replays
    from seamproof.checks.replay.replay import replaying

    results = []
    with kept_process_state(), recorded_handler_output() as to_stdout:
        for _, group in groupby(sorted(cases, key=_handler_of), key=_handler_of):
            several = list(group)
            options = several[0].options
            signing_secret = read_secret(secret, options.secret_env)
            with replaying(
                options, secret=signing_secret, allow_remote=allow_remote, option_name=option_name
            ) as replayer:
                for one in several:
                    result = replayer(one)
                    results.append(result)
                    with to_stdout(), reader_may_leave():
                        for line in result_lines(one, result, verbose=verbose):
                            click.echo(line)
    right = [one.case.id for one in results if one.right]
    record_replays(right, [one.case.id for one in results if not one.right])
    return results


def _handler_of(case: Case) -> str:
    """
    Name what opens the handler of a case: cases with the same name share an opened handler.
    """
    names = PLACES - {"remote"}
    return repr([getattr(case.options, name) for name in sorted(names)])


def summary_lines(results: list[ReplayResult]) -> Iterator[str]:
    """
    Count the cases that the handler now does right, and name the others.
    """
    wrong = [one for one in results if not one.right]
    yield ""
    yield f"{len(results) - len(wrong)} of {plural(len(results), 'case')} right"
    for one in wrong:
        yield f"  {'not proved' if one.unproved else 'wrong':<12}{one_line(one.case.id)}"


def replay_options(
    options: RunOptions, to: str | None, given: Mapping[str, str | None]
) -> RunOptions:
    """
    Replace the options of a case by those of the command line.

    Args:
        options: Of the run that found the case.
        to: Another target; the kind and the path of a URL are then not those of the case.
        given: By field; None where an option is not given.
    """
    changes: dict[str, Any] = {name: text for name, text in given.items() if text is not None}
    if to is not None:
        path = None if is_url(to) else options.path
        changes = {"target": to, "name": to, "kind": None, "path": path} | changes
    return replace(options, **changes)


def result_lines(case: Case, result: ReplayResult, *, verbose: bool) -> Iterator[str]:
    """
    Show what was sent, what was expected and what came back.
    """
    from seamproof.checks.reporting.explanation import expected_lines, sent_lines
    from seamproof.checks.reporting.wording import FailureLine, whole_lines

    width, failure = terminal_width(), result.failure
    kind = f" · {case.event_type}" if case.event_type else ""
    yield from wrapped(one_line(f"{case.id}{kind}: {case.title}"), "", width)
    whole_check = [f"the whole check {case.check}, seed {case.options.seed}"]
    rows = {
        "to": [str(case.options.target)],
        "sent": sent_lines(failure) if result.sent else whole_check,
        "expected": expected_lines(failure),
        "got": list(result.lines),
    }
    lines = [
        FailureLine("" if number else label, text)
        for label, texts in rows.items()
        for number, text in enumerate(texts)
    ]
    for label, text in [*lines, *(whole_lines(failure) if verbose else ())]:
        yield from wrapped(one_line(text), f"  {label:<10}", width)
    right, wrong = paint("right", "green"), paint("wrong", "red")
    if result.unproved:
        yield f"{paint('not proved', 'magenta')}: {one_line(result.unproved)}"
        return
    yield f"the handler now does {right}" if result.right else f"the handler still does {wrong}"
