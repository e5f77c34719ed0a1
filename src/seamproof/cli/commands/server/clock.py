"""
`seamproof clock`: the time of a running mock server.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from seamproof.cli.support.groups import SuggestingGroup
from seamproof.cli.support.options import format_option
from seamproof.cli.support.server.remote import Remote, printable, server_options

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject


@click.group("clock", cls=SuggestingGroup, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """
    Show or advance the clock of a running mock server.

    \b
    Example:
      seamproof clock advance 35m
    """


@command.command("show")
@server_options
@format_option
def show(*, server: str, api_key: str | None, style: str) -> None:
    """
    Show the time on the clock of the retry schedule.

    \b
    Example:
      seamproof clock show
    """
    _print(Remote(server, api_key).get("/mock/clock")["clock"], style)


@command.command("advance")
@click.argument("duration")
@server_options
@format_option
def advance(*, duration: str, server: str, api_key: str | None, style: str) -> None:
    """
    Advance a manual clock by a DURATION, and make the attempts that are due.

    The server must have been started with --clock manual.

    \b
    Example:
      seamproof clock advance 35m
      seamproof clock advance '27h 35m 5s'
    """
    from seamproof.mock_server.model.durations import parse_duration

    answer = Remote(server, api_key).post("/mock/clock", {"advance": parse_duration(duration)})
    _print(answer["clock"], style)


def _print(clock: JsonObject, style: str) -> None:
    if style == "json":
        click.echo(json.dumps(clock))
    else:
        click.echo(f"{printable(clock['now'])}  {'manual' if clock['manual'] else 'real'}")
