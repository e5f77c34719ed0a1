"""
`seamproof replay`: send a failure again.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.support.check_options import rate_option
from seamproof.cli.support.completion import complete_case
from seamproof.cli.support.output import paint
from seamproof.cli.support.target_options import (
    option_name,
    redirect_handler_output,
    target_options,
)
from seamproof.environment import read_secret
from seamproof.formats import one_line
from seamproof.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.replay.cases import Case
    from seamproof.checks.replay.replay import ReplayResult


@click.command("replay")
@click.argument("case", metavar="ID|FILE", shell_complete=complete_case)
@click.option("--to", metavar="TARGET", help="Another target than the one at which it was found.")
@rate_option
@target_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    case: str,
    to: str | None,
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

    \b
    Example:
      seamproof replay signature.stale-1f0a93c2
      seamproof replay case.json --to http://127.0.0.1:8000/webhooks/seam
    """
    from seamproof.checks.replay.cases import find_case
    from seamproof.checks.replay.replay import replaying
    from seamproof.checks.runner.resolve import read_rate

    found = find_case(case)
    chosen = replay_options(found.options, to, options)
    if rate is not None:
        chosen = replace(chosen, rate=read_rate(rate))
    found = replace(found, options=chosen)
    signing_secret = read_secret(secret, found.options.secret_env)
    with (
        redirect_handler_output(),
        replaying(
            found.options,
            secret=signing_secret,
            allow_remote=allow_remote,
            option_name=option_name,
        ) as replayer,
    ):
        result = replayer(found)
    for line in result_lines(found, result):
        click.echo(line)
    sys.stdout.flush()
    ctx.exit(0 if result.right else 1)


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


def result_lines(case: Case, result: ReplayResult) -> Iterator[str]:
    """
    Show what was sent, what was expected and what was received.
    """
    from seamproof.checks.reporting.wording import request_lines

    kind = f" · {case.event_type}" if case.event_type else ""
    yield one_line(f"{case.id}{kind}: {case.title}")
    rows = [("to", [str(case.options.target)])]
    if result.sent:
        earlier = len(result.sent) - 1
        lines = [f"{earlier + 1} requests; the last one:"] if earlier else []
        rows.append(("sent", [*lines, *request_lines(result.sent[-1])]))
    else:
        rows.append(("sent", [f"the whole check {case.check}, seed {case.options.seed}"]))
    rows += [("expected", [case.expected]), ("received", list(result.lines))]
    for label, texts in rows:
        for number, text in enumerate(texts):
            yield f"  {'' if number else label:<10}{one_line(text)}".rstrip()
    right, wrong = paint("right", "green"), paint("wrong", "red")
    if result.unproved:
        yield f"{paint('not proved', 'magenta')}: {one_line(result.unproved)}"
        return
    yield f"the handler now does {right}" if result.right else f"the handler still does {wrong}"
