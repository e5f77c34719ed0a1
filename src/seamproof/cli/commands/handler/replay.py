"""
`seamproof replay`: a failure sent again.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.support.output import one_line, paint
from seamproof.cli.support.target_options import aiming_options, handlers_print_elsewhere
from seamproof.environment import read_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.replay.cases import Aim, Case
    from seamproof.checks.replay.replay import Replayed
    from seamproof.json_types import JsonObject


@click.command("replay")
@click.argument("case", metavar="ID|FILE")
@click.option("--to", metavar="TARGET", help="Another target than the one that it was found at.")
@aiming_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    case: str,
    to: str | None,
    secret: str | None,
    allow_remote: bool,
    **options: Any,
) -> None:
    """
    Send a failure of `seamproof check` again: exits 0 if the handler now does right, else 1.

    ID is what the failure was told with, or the beginning of it; FILE is a case file. It goes
    to where it was found, with the options that were used there. The requests are signed
    afresh: with new ids and times, and wrong in the same way where that is the point.

    \b
    Example:
      seamproof replay signature.stale-1f0a93c2
      seamproof replay case.json --to http://127.0.0.1:8000/webhooks/seam
    """
    from seamproof.checks.replay.cases import find_case
    from seamproof.checks.replay.replay import replaying

    found = find_case(case)
    aim = aimed(found.aim, to, options)
    with (
        handlers_print_elsewhere(),
        replaying(
            aim, secret=read_secret(secret, aim.secret_env), allow_remote=allow_remote
        ) as replayer,
    ):
        replayed = replayer(replace(found, aim=aim))
    for line in told(found, aim, replayed):
        click.echo(line)
    sys.stdout.flush()
    ctx.exit(0 if replayed.right else 1)


def aimed(aim: Aim, to: str | None, options: JsonObject) -> Aim:
    """
    Aim as the case says, but for what the command line says.

    What the target was, and where its modules are, says nothing of another target.
    """
    if to is not None:
        url = "://" in to
        aim = replace(aim, target=to, kind=None, path=None if url else aim.path)
    return replace(aim, **{name: text for name, text in options.items() if text is not None})


def told(case: Case, aim: Aim, replayed: Replayed) -> Iterator[str]:
    """
    Tell what was sent, what was expected and what came back.
    """
    from seamproof.checks.reporting.wording import request_lines

    kind = f" · {case.event_type}" if case.event_type else ""
    yield one_line(f"{case.id}{kind}: {case.title}")
    rows = [("to", [aim.target])]
    if replayed.sent:
        earlier = len(replayed.sent) - 1
        lines = [f"{earlier + 1} requests; the last one:"] if earlier else []
        rows.append(("sent", [*lines, *request_lines(replayed.sent[-1])]))
    else:
        rows.append(("sent", [f"the whole check {case.check}, seed {aim.seed}"]))
    rows += [("expected", [case.expected]), ("received", list(replayed.told))]
    for label, texts in rows:
        for number, text in enumerate(texts):
            yield f"  {'' if number else label:<10}{one_line(text)}".rstrip()
    right, wrong = paint("right", "green"), paint("wrong", "red")
    yield f"the handler now does {right}" if replayed.right else f"the handler still does {wrong}"
