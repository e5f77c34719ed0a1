"""
`seamproof listen`: receive real deliveries, check them, and forward them to a handler.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.cli.support.number_types import WholeNumber
from seamproof.cli.support.options import catalog_option, secret_option
from seamproof.cli.support.recordings.pseudonyms import fixture_writer, pseudonymise_option
from seamproof.cli.support.server.line_writer import LineWriter
from seamproof.cli.support.server.remote import USUAL_HOST
from seamproof.cli.support.server.stop_signals import stop_signals
from seamproof.environment import read_catalogue, read_secrets
from seamproof.errors import UsageError
from seamproof.urls import without_credentials

if TYPE_CHECKING:
    from seamproof.cli.support.recordings.listen_output import ListenOutput
    from seamproof.recordings.listener.judge import Judge

_PORT: Final = 8788
#: Seconds to wait for the last lines after the listener has stopped.
_LAST_LINES: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenOptions:
    """
    Where the listener is, and where it forwards to.
    """

    host: str
    port: int
    forward_to: str | None
    allow_remote: bool
    save: str | None


@click.command("listen")
@click.option("--host", default=USUAL_HOST, show_default=True, help="The address to bind to.")
@click.option(
    "--port",
    type=WholeNumber(min=0, max=65535),
    default=_PORT,
    show_default=True,
    help="The port, to which a tunnel leads; 0 chooses a free one.",
)
@click.option(
    "--forward-to",
    metavar="URL",
    help="The handler. Without a path, the path of each request is kept. Default: forward nothing.",
)
@secret_option
@click.option("--save", metavar="DIR", help="Write a fixture of each event into a directory.")
@pseudonymise_option
@click.option(
    "--fail-on",
    type=click.Choice(["drift", "never"]),
    default="never",
    show_default=True,
    help="Whether events that deviate from the contract make the exit status 1.",
)
@click.option("--allow-remote", is_flag=True, help="Allow a handler on another machine.")
@catalog_option
@click.option("--format", "style", type=click.Choice(["text", "json", "github"]), default="text")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    secrets: tuple[str, ...],
    pseudonymise: bool,
    fail_on: str,
    catalog_dir: str | None,
    style: str,
    **options: Any,
) -> None:
    """
    Receive real deliveries, verify and validate them, and forward them to a handler.

    A tunnel leads from a public address to this port. Each delivery is printed in a line,
    forwarded with its exact body and headers, and answered as the handler answers: 502 if it
    cannot be reached, 504 after 15 s. Nothing is sent anywhere else. Without --forward-to the
    answer is 204, or 400 to a delivery that is not genuine.

    Ctrl-C or SIGTERM ends it, with a summary of what deviated from the contract, by property.

    \b
    Example:
      seamproof listen --forward-to http://127.0.0.1:8000/webhooks/seam --secret whsec_…
      seamproof listen --save tests/fixtures/seam --fail-on drift
    """
    from seamproof.cli.support.recordings.listen_output import LISTEN_OUTPUTS
    from seamproof.mock_server import check_target
    from seamproof.mock_server.network.address_policy import is_loopback
    from seamproof.mock_server.network.descriptors import raise_limit
    from seamproof.recordings.listener.judge import Judge

    wanted = ListenOptions(**options)
    keys = read_secrets(secrets)
    if not keys and not is_loopback(wanted.host):
        what = "a listener that other machines can reach demands a secret"
        raise UsageError(what, where=wanted.host, cure="give --secret, or bind to 127.0.0.1")
    if wanted.forward_to is not None:
        check_target(wanted.forward_to, allow_remote=wanted.allow_remote)
    raise_limit()
    catalogue = read_catalogue(catalog_dir)
    fixtures = wanted.save and fixture_writer(
        Path(wanted.save), catalogue, pseudonymise=pseudonymise
    )
    judge = Judge(keys, catalogue, fixtures or None)
    output, lines = LISTEN_OUTPUTS[style](), LineWriter()
    output.print = lines.print
    failing = fail_on == "drift"
    try:
        asyncio.run(_listen(wanted, judge, output, lines, verified=bool(keys)))
    finally:
        output.end(judge.drift, failing=failing)
        lines.close(_LAST_LINES)
        if lines.dropped:
            click.echo(f"{lines.dropped:,} lines were dropped: nobody read them", err=True)
    ctx.exit(1 if failing and judge.drift.groups() else 0)


async def _listen(
    options: ListenOptions, judge: Judge, output: ListenOutput, lines: LineWriter, *, verified: bool
) -> None:
    """
    Listen until a signal comes, or until nobody reads the output any more.
    """
    from seamproof.cli.support.recordings.listen_output import ListenStart
    from seamproof.mock_server.hosting.web_server import listen
    from seamproof.recordings.listener.server import run_listener

    stop = asyncio.Event()
    lines.stop_when_closed(stop)
    listening = run_listener(
        listen(options.host, options.port),
        options.host,
        judge,
        output.delivery,
        forward_to=options.forward_to,
        allow_remote=options.allow_remote,
    )
    with stop_signals(stop):
        async with listening as url:
            shown = without_credentials(options.forward_to or "")
            output.start(ListenStart(url, shown, options.save or "", verified))
            await stop.wait()
