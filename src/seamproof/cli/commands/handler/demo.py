"""
`seamproof demo`: send signed events and forgeries to the model handler.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.output import colours, plural
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from rich.table import Table

    from seamproof.checks import Outcome
    from seamproof.events import Attempt, Delivery

_WIDTH: Final = 130

#: Two resources are enough to show it; `emit '*'` sends them all.
_PATTERNS: Final = ("acs_credential.*", "connected_account.*")


@click.command("demo")
@click.option("--seed", default="demo", metavar="S", show_default=True, help="Decides the events.")
@click.pass_context
def command(ctx: click.Context, seed: str) -> None:
    """
    Send signed events and three forgeries to the model handler.

    It starts the handler on a free port of 127.0.0.1, sends it each event of
    connected accounts and of access system credentials, signed, then a tampered,
    a stale and an unsigned one, and stops it.

    \b
    Example:
      seamproof demo
    """
    from rich.console import Console

    outcomes = run(seed)
    colour = colours(sys.stdout)
    console = Console(
        file=sys.stdout,
        color_system="auto" if colour else None,
        force_terminal=colour,
        width=None if sys.stdout.isatty() else _WIDTH,
    )
    console.print(table(outcomes))
    good = sum(outcome.good for outcome in outcomes)
    click.echo(f"{good} of {plural(len(outcomes), 'delivery')} answered as a good handler does")
    click.echo(
        "next: seamproof emit '*' --to http://127.0.0.1:8000/your/path --secret whsec_…", err=True
    )
    ctx.exit(0 if good == len(outcomes) else 1)


def run(seed: str) -> list[Outcome]:
    """
    Start the handler, send the deliveries, and stop it.
    """
    from seamproof.checks import create_app, demonstrate
    from seamproof.events import Event
    from seamproof.mock_server import Sender, serving
    from seamproof.signing import Secret
    from seamproof.strategies import Sampler

    secret = Secret.generate()
    sampler = Sampler(seed)
    payloads = (sampler.events(pattern, undocumented=True) for pattern in _PATTERNS)
    events = [Event.of(payload) for payload in chain.from_iterable(payloads)]
    # The output of the handler is no part of the demonstration.
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        serving(create_app(secret.reveal())) as url,
        Sender() as sender,
    ):

        def send(delivery: Delivery) -> Attempt:
            return sender.send(delivery, url + DEFAULT_PATH)

        return list(demonstrate(events, secret, send, now=time.time()))


def table(outcomes: list[Outcome]) -> Table:
    """
    Make a table of what was sent, the response and what that proves.
    """
    from rich.table import Table

    laid_out = Table(box=None, pad_edge=False)
    for title in ("sent", "event type", "came back", "", "proves"):
        laid_out.add_column(title, no_wrap=title != "proves")
    for outcome in outcomes:
        status = outcome.attempt.status or outcome.attempt.reason
        verdict = "[green]good[/]" if outcome.good else "[red]BAD[/]"
        proves = outcome.proves if outcome.good else f"not that {outcome.proves}"
        laid_out.add_row(outcome.sent, outcome.event_type, str(status), verdict, proves)
    return laid_out
