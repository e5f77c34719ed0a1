"""
`seamproof demo`: send signed events and forgeries to the model handler.
"""

from __future__ import annotations

import os
import time
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.output import paint, plural
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks import Outcome
    from seamproof.events import Attempt, Delivery

#: Two resources are enough to show it; `emit '*'` sends them all.
_PATTERNS: Final = ("acs_credential.*", "connected_account.*")
_BROKEN: Final = "seamproof.checks.demo.broken_handler"
#: Checks that find its bugs, and one that it passes.
_CHECKS: Final = ("signature.wrong_secret", "delivery.duplicate", "payload.required_only")


@click.command("demo")
@click.option("--seed", default="demo", metavar="SEED", show_default=True, help="Of the events.")
@click.option("--broken", is_flag=True, help="Show how two bugs of a handler are found.")
@click.pass_context
def command(ctx: click.Context, seed: str, *, broken: bool) -> None:
    """
    Send signed events and three forgeries to the model handler.

    It starts the handler on a free port of 127.0.0.1, sends it each event of
    connected accounts and of access system credentials, signed, then a tampered,
    a stale and an unsigned one, and stops it. With --broken, three checks run on
    a handler with two bugs.

    \b
    Example:
      seamproof demo
      seamproof demo --broken
    """
    if broken:
        for line in broken_lines():
            click.echo(line)
        click.echo("next: seamproof check app:app --state app:state", err=True)
        return
    outcomes = run(seed)
    for line in rows(outcomes):
        click.echo(line)
    good = sum(outcome.good for outcome in outcomes)
    click.echo(f"{good} of {plural(len(outcomes), 'delivery')} answered as a good handler does")
    click.echo("next: seamproof demo --broken, which shows how a bug is found", err=True)
    ctx.exit(0 if good == len(outcomes) else 1)


def broken_lines() -> Iterator[str]:
    """
    Run three checks on the handler with bugs, and write what they find.
    """
    from seamproof.checks import demo
    from seamproof.checks.reporting.wording import block_lines, headline
    from seamproof.checks.runner.resolve import resolve
    from seamproof.checks.runner.session import open_session
    from seamproof.cli.support.handler.check_output import (
        result_line,
        summary_lines,
        terminal_width,
    )

    options = resolve(
        f"{_BROKEN}:handler",
        # Places in it are then short, wherever seamproof is installed.
        app_dir=Path(demo.__path__[0]),
        state=f"{_BROKEN}:state",
        select=_CHECKS,
        events="lock.unlocked",
        quick=True,
        seed=7,
    )
    with open_session(options) as session:
        view = session.view(session.run())
    for result in view.report.results:
        yield result_line(result)
    for group in view.groups():
        yield from ("", paint(headline(group), "red"))
        yield from block_lines(group, terminal_width(), replay="seamproof demo --broken")
    yield from summary_lines(view, verbose=True)


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


def rows(outcomes: list[Outcome]) -> Iterator[str]:
    """
    Write a row for deliveries with the same answer: their count and what that proves.
    """
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for one in outcomes:
        status = str(one.attempt.status or one.attempt.reason)
        verdict = "good" if one.good else "BAD"
        proves = one.proves if one.good else f"not that {one.proves}"
        groups.setdefault((f"{status:<10}{verdict}", one.sent, proves), []).append(one)
    yield _row("sent", "events", "came back", "proves")
    for (answer, sent, proves), several in groups.items():
        good = several[0].good
        line = _row(sent, f"{len(several):>6}", answer, proves)
        yield paint(line, "green" if good else "red")


def _row(sent: str, events: str, answer: str, proves: str) -> str:
    return f"{sent:<16}{events:<8}{answer:<16}{proves}"
