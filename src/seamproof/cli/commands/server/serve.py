"""
`seamproof serve`: run a mock of Seam's webhook service.
"""

from __future__ import annotations

import asyncio
import webbrowser
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.commands.server.database_files import (
    copy_database,
    default_database,
    readers_warning,
)
from seamproof.cli.support.completion import complete_fault
from seamproof.cli.support.number_types import DecimalNumber, WholeNumber
from seamproof.cli.support.options import catalog_option, format_option
from seamproof.cli.support.server.line_writer import LineWriter
from seamproof.cli.support.server.remote import USUAL_HOST, USUAL_PORT
from seamproof.cli.support.server.serve_output import (
    JsonOutput,
    RegisteredEndpoint,
    ServerStart,
    TextOutput,
)
from seamproof.cli.support.server.stop_signals import stop_signals
from seamproof.environment import (
    API_KEY_VARIABLE,
    SECRET_VARIABLE,
    read_catalogue,
    read_secret,
)
from seamproof.errors import RemoteTarget
from seamproof.mock_server.network.descriptors import raise_limit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from seamproof.cli.support.server.serve_output import ServeOutput
    from seamproof.errors import SeamproofError
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import FaultSpec, StreamEntry
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.service.service import Service
    from seamproof.signing import Secret

#: Seconds to wait for the last lines after the server has stopped.
_LAST_LINES = 2.0
#: Tasks that nobody waits for, kept from being collected.
_background: set[asyncio.Task[bool]] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """
    The options of the command that are not settings of the service.
    """

    host: str
    port: int
    api_key: str | None
    urls: tuple[str, ...]
    secret: str | None
    faults: tuple[str, ...]
    opens_browser: bool


@click.command("serve")
@click.option("--host", default=USUAL_HOST, show_default=True, help="The address to bind to.")
@click.option(
    "--port",
    type=WholeNumber(min=0, max=65535),
    default=USUAL_PORT,
    show_default=True,
    help="The port; 0 chooses a free one.",
)
@click.option(
    "--to",
    "urls",
    multiple=True,
    metavar="URL",
    help="Register an endpoint with this URL; its secret is shown only once.",
)
@click.option(
    "--secret",
    metavar="WHSEC",
    help=f"The secret of the endpoints of --to. Default: ${SECRET_VARIABLE}, or a new one.",
)
@click.option(
    "--db",
    "database",
    metavar="PATH",
    help="The database of messages; :memory: keeps none. Default: in the user's data directory.",
)
@click.option(
    "--api-key",
    envvar=API_KEY_VARIABLE,
    metavar="KEY",
    help="The API key of the server. Default: on loopback, any key that begins with seam_.",
)
@click.option(
    "--schedule",
    default="seam",
    show_default=True,
    metavar="NAME|LIST",
    help="The retry schedule: seam, fast, none, or the seconds before each retry, as 5,300,1800.",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "manual"]),
    default="real",
    show_default=True,
    help="A manual clock stands still until `seamproof clock advance`.",
)
@click.option(
    "--jitter",
    type=DecimalNumber(min=0, max=1),
    default=0.2,
    show_default=True,
    metavar="SHARE",
    help="The share by which delays vary at random; 0 switches that off.",
)
@click.option(
    "--seed", metavar="SEED", help="The seed of jitter, faults and samples. Default: a random one."
)
@click.option(
    "--like",
    type=click.Choice(["cloud", "server"]),
    default="cloud",
    show_default=True,
    help="Which of Svix's two services to imitate where they differ: its cloud or its server.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST",
    help="Allow deliveries to another host than this machine.",
)
@click.option(
    "--salvage",
    metavar="NEW",
    help="Copy what can be read of a damaged --db into a new file, and end.",
)
@click.option("--fresh", is_flag=True, help="Forget the messages and endpoints of last time.")
@click.option(
    "--open", "opens_browser", is_flag=True, help="Open the page of the server in a browser."
)
@click.option("-v", "--verbose", is_flag=True, help="Print the answers to failed attempts, too.")
@click.option("--gone-disables", is_flag=True, help="Disable an endpoint that answers 410.")
@click.option(
    "--fault",
    "faults",
    shell_complete=complete_fault,
    multiple=True,
    metavar="NAME",
    help="Inject a fault into deliveries to the endpoints of --to: see `seamproof faults`.",
)
@click.option(
    "--world",
    metavar="NAME|FILE",
    help="The resources to begin with: hotel, short_stay, office, or a YAML or JSON file.",
)
@catalog_option
@format_option
def command(
    *,
    style: str,
    verbose: bool,
    clock: str,
    database: str | None,
    catalog_dir: str | None,
    salvage: str | None,
    schedule: str,
    allow_hosts: tuple[str, ...],
    **options: Any,
) -> None:
    """
    Run a mock of Seam's webhook service on this machine.

    It has Seam's webhook API and delivers with signatures and retries as Seam does. Seam's
    SDK can use it: Seam(api_key="seam_test_1", endpoint="http://127.0.0.1:8787").

    Each attempt is printed in a line. Ctrl-C or SIGTERM finishes the attempts that have
    begun; the next start continues with the rest.

    \b
    Example:
      seamproof serve --to http://127.0.0.1:8000/webhooks/seam
      seamproof serve --db :memory: --clock manual --schedule fast
      seamproof serve --fresh --open
      seamproof serve --world hotel --to http://127.0.0.1:8000/webhooks/seam
    """
    from seamproof.mock_server.hosting.server import check_host
    from seamproof.mock_server.model.clocks import ManualClock, RealClock
    from seamproof.mock_server.model.retry_schedule import parse_schedule
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.world.seeds.world_file import load_world

    if salvage is not None:
        copy_database(database or default_database(), salvage)
        return
    serve_options = ServeOptions(
        **{field.name: options.pop(field.name) for field in fields(ServeOptions)}
    )
    check_host(serve_options.host, serve_options.api_key)
    raise_limit()
    settings = ServerSettings(
        database=default_database() if database is None else database,
        schedule=parse_schedule(schedule),
        allow_hosts=frozenset(one.lower() for one in allow_hosts),
        catalogue=read_catalogue(catalog_dir) if catalog_dir else None,
        world=load_world(options.pop("world")),
        **options,
    )
    output: ServeOutput = (
        JsonOutput()
        if style == "json"
        else TextOutput(schedule, len(settings.schedule), verbose=verbose)
    )
    service_clock: Clock = ManualClock() if clock == "manual" else RealClock()
    if warning := readers_warning(settings.database):
        click.echo(warning, err=True)
    writer = LineWriter()
    output.print = writer.print
    try:
        asyncio.run(_serve(serve_options, settings, service_clock, output, writer))
    except RemoteTarget as problem:
        problem.cure = f"give --allow-host {problem.where} if events are meant to go there"
        raise
    finally:
        output.end()
        writer.close(_LAST_LINES)
        if writer.dropped:
            click.echo(f"{writer.dropped:,} lines were dropped: nobody read them", err=True)


async def _serve(
    options: ServeOptions,
    settings: ServerSettings,
    clock: Clock,
    output: ServeOutput,
    writer: LineWriter,
) -> None:
    from seamproof.mock_server.faults.catalogue import parse_fault
    from seamproof.mock_server.hosting.server import run_server
    from seamproof.mock_server.hosting.web_server import listen

    secret = read_secret(options.secret)
    faults = [parse_fault(one) for one in options.faults]
    stop = asyncio.Event()
    writer.stop_when_closed(stop)
    listener = listen(options.host, options.port)
    with stop_signals(stop):
        registered: list[RegisteredEndpoint] = []

        async def register(service: Service) -> None:
            registered.extend(
                [await _register(service, url, secret, faults) for url in options.urls]
            )

        async with run_server(
            settings,
            clock,
            listener,
            host=options.host,
            api_key=options.api_key,
            prepare=register,
        ) as server:
            lifecycle = server.service.lifecycle
            output.start(
                ServerStart(
                    url=server.url,
                    database=settings.database,
                    manual=clock.manual,
                    api_key=options.api_key,
                    endpoints=registered,
                    world=server.service.world.origin,
                    endpoints_at_start=lifecycle.endpoints_at_start,
                    pending_at_start=lifecycle.pending_at_start,
                )
            )
            if options.opens_browser:
                # In a thread: some browsers block until they are closed.
                opening = asyncio.to_thread(webbrowser.open, server.url)
                _background.add(asyncio.create_task(opening))
            watching = asyncio.create_task(_print_entries(server.service.subscribe(), output, stop))
            failure = await _wait_for_end(server.service, stop)
            if failure is not None:
                watching.cancel()
                # If it has failed, its cause has been reported already.
                await asyncio.gather(watching, return_exceptions=True)
                raise failure
        output.pending = server.service.lifecycle.pending_left
        with suppress(TimeoutError):
            await asyncio.wait_for(watching, _LAST_LINES)


async def _register(
    service: Service, url: str, secret: Secret | None, faults: list[FaultSpec]
) -> RegisteredEndpoint:
    """
    Register an endpoint, or enable the one that an earlier start registered with this URL.
    """
    for one in await service.endpoints.all():
        if one.url == url:
            if secret is not None and one.secret != secret:
                await service.endpoints.rotate_secret(one.webhook_id, secret=secret, grace=0.0)
            await service.endpoints.update(one.webhook_id, faults=faults)
            await service.endpoints.enable(one.webhook_id)
            return RegisteredEndpoint(one.webhook_id, one.shown_url, secret="")
    made = await service.endpoints.create(url, secret=secret, faults=faults)
    shown = made.secret.reveal() if secret is None else ""
    return RegisteredEndpoint(made.webhook_id, made.shown_url, shown)


async def _print_entries(
    entries: AsyncIterator[StreamEntry], output: ServeOutput, stop: asyncio.Event
) -> None:
    """
    Print messages and attempts. If nobody reads the output any more, the server stops.
    """
    from seamproof.mock_server.model.records import Message

    try:
        async for entry in entries:
            if isinstance(entry, Message):
                output.message(entry)
            else:
                output.attempt(entry)
    finally:
        stop.set()


async def _wait_for_end(service: Service, stop: asyncio.Event) -> SeamproofError | None:
    """
    Wait for a signal, or until the database fails; return that failure.
    """
    ended = asyncio.ensure_future(stop.wait())
    failed = asyncio.ensure_future(service.lifecycle.failed())
    both: set[asyncio.Future[Any]] = {ended, failed}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    for one in both:
        one.cancel()
    return failed.result() if failed.done() and not failed.cancelled() else None
