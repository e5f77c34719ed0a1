"""
`seamproof serve`: Seam's webhook service on this machine.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.support.data_dir import default_database
from seamproof.cli.support.options import catalog_option
from seamproof.cli.support.remote import USUAL_HOST, USUAL_PORT
from seamproof.cli.support.serve_output import JsonReport, Registered, Start, TextReport
from seamproof.environment import API_KEY_VARIABLE, SECRET_VARIABLE, read_catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from seamproof.cli.support.serve_output import Report
    from seamproof.errors import SeamproofError
    from seamproof.mock_server.model.clocks import Clock
    from seamproof.mock_server.model.records import StreamEntry
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.service.service import Service
    from seamproof.signing import Secret

#: Seconds that the last lines are waited for once the server has stopped.
_LAST_LINES = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    What the options ask for, beside the service's own settings.
    """

    host: str
    port: int
    api_key: str | None
    urls: tuple[str, ...]
    secret: str | None
    faults: tuple[str, ...]


@click.command("serve")
@click.option("--host", default=USUAL_HOST, show_default=True, help="The address to bind to.")
@click.option(
    "--port",
    type=click.IntRange(min=0, max=65535),
    default=USUAL_PORT,
    show_default=True,
    help="0 takes a free one.",
)
@click.option(
    "--to",
    "urls",
    multiple=True,
    metavar="URL",
    help="Register an endpoint at once; its secret is shown this one time.",
)
@click.option(
    "--secret",
    envvar=SECRET_VARIABLE,
    metavar="WHSEC",
    help=f"The secret of what --to registers. Default: ${SECRET_VARIABLE}, or a new one.",
)
@click.option(
    "--db",
    "database",
    metavar="PATH",
    help="Where messages are kept; :memory: for nowhere. Default: in the user's data directory.",
)
@click.option(
    "--api-key",
    envvar=API_KEY_VARIABLE,
    metavar="KEY",
    help="The one key that passes. Default: any that begins with seam_, on loopback.",
)
@click.option(
    "--schedule",
    default="seam",
    show_default=True,
    metavar="NAME|LIST",
    help="seam, fast, none, or the seconds before each retry, as 5,300,1800.",
)
@click.option("--clock", type=click.Choice(["real", "manual"]), default="real", show_default=True)
@click.option(
    "--jitter",
    type=click.FloatRange(min=0, max=1),
    default=0.2,
    show_default=True,
    metavar="SHARE",
    help="By how much delays are spread; 0 switches it off.",
)
@click.option(
    "--seed", metavar="S", help="Decides jitter, faults and samples. Default: a random one."
)
@click.option(
    "--like",
    type=click.Choice(["cloud", "server"]),
    default="cloud",
    show_default=True,
    help="Which of Svix's two services to be like where they differ.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST",
    help="A host other than this machine that may be sent to.",
)
@click.option("--gone-disables", is_flag=True, help="Let an answer of 410 disable its endpoint.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="Let something go wrong on the way to what --to registers: see `seamproof faults`.",
)
@catalog_option
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
def command(
    *,
    style: str,
    clock: str,
    database: str | None,
    catalog_dir: str | None,
    schedule: str,
    allow_hosts: tuple[str, ...],
    **options: Any,
) -> None:
    """
    Serve Seam's webhook API on this machine, and deliver as Seam does.

    Point Seam's SDK at it: Seam(api_key="seam_test_1", endpoint="http://127.0.0.1:8787").
    Each attempt is a line. Ctrl-C or SIGTERM finishes what is under way; the rest is
    kept for the next start.

    \b
    Example:
      seamproof serve --to http://127.0.0.1:8000/webhooks/seam
      seamproof serve --db :memory: --clock manual --schedule fast
    """
    from seamproof.mock_server.hosting.server import check_host
    from seamproof.mock_server.model.clocks import ManualClock, RealClock
    from seamproof.mock_server.model.retry_schedule import parse_schedule
    from seamproof.mock_server.model.settings import ServerSettings

    wanted = Asked(**{field.name: options.pop(field.name) for field in fields(Asked)})
    check_host(wanted.host, wanted.api_key)
    settings = ServerSettings(
        database=default_database() if database is None else database,
        schedule=parse_schedule(schedule),
        allow_hosts=frozenset(one.lower() for one in allow_hosts),
        catalogue=read_catalogue(catalog_dir) if catalog_dir else None,
        **options,
    )
    report: Report = JsonReport() if style == "json" else TextReport(schedule)
    ticking: Clock = ManualClock() if clock == "manual" else RealClock()
    try:
        asyncio.run(_serve(wanted, settings, ticking, report))
    finally:
        report.end()


async def _serve(asked: Asked, settings: ServerSettings, clock: Clock, report: Report) -> None:
    from seamproof.mock_server.faults.catalogue import parse_fault
    from seamproof.mock_server.hosting.server import listen, running

    secret = _read_secret(asked.secret)
    faults = [parse_fault(one) for one in asked.faults]
    stop = asyncio.Event()
    listener = listen(asked.host, asked.port)
    with _signals(stop):
        async with running(
            settings, clock, listener, host=asked.host, api_key=asked.api_key
        ) as server:
            registered = [
                await _register(server.service, url, secret, faults) for url in asked.urls
            ]
            report.start(
                Start(server.url, settings.database, clock.manual, asked.api_key, registered)
            )
            watching = asyncio.create_task(_watch(server.service.subscribe(), report, stop))
            failure = await _end(server.service, stop)
            if failure is not None:
                await _give_up(watching)
                raise failure
        report.pending = server.service.pending_left
        with suppress(TimeoutError):
            await asyncio.wait_for(watching, _LAST_LINES)


def _read_secret(text: str | None) -> Secret | None:
    from seamproof.signing import Secret

    words = (text or "").split()
    return Secret(words[0]) if words else None


async def _register(
    service: Service, url: str, secret: Secret | None, faults: list[Any]
) -> Registered:
    """
    Register an endpoint, unless one of that URL is there from an earlier start: that is enabled.
    """
    for one in await service.endpoints.all():
        if one.url == url:
            if secret is not None and one.secret != secret:
                await service.endpoints.rotate_secret(one.webhook_id, secret=secret, grace=0.0)
            await service.endpoints.update(one.webhook_id, faults=faults)
            await service.endpoints.enable(one.webhook_id)
            return Registered(one.webhook_id, one.shown_url, secret="")
    made = await service.endpoints.create(url, secret=secret, faults=faults)
    shown = made.secret.reveal() if secret is None else ""
    return Registered(made.webhook_id, made.shown_url, shown)


async def _watch(entries: AsyncIterator[StreamEntry], report: Report, stop: asyncio.Event) -> None:
    """
    Report what happens. When nobody reads any more, the server is not needed any more.
    """
    try:
        async for entry in entries:
            if entry.attempt is not None:
                report.attempt(entry.attempt)
            elif entry.message is not None:
                report.message(entry.message)
    finally:
        stop.set()


async def _end(service: Service, stop: asyncio.Event) -> SeamproofError | None:
    """
    Wait until somebody ends the serving, or until nothing can be stored any more.
    """
    ended = asyncio.ensure_future(stop.wait())
    failed = asyncio.ensure_future(service.failed())
    both: set[asyncio.Future[Any]] = {ended, failed}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    for one in both:
        one.cancel()
    return failed.result() if failed.done() and not failed.cancelled() else None


async def _give_up(task: asyncio.Task[None]) -> None:
    """
    End a task. If it failed, that was of the failure which is told already.
    """
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """
    Let SIGTERM and Ctrl-C end the serving; the second one ends it at once.
    """
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)
    before = {name: signal.getsignal(name) for name in names}

    def end(*_: object) -> None:
        for name in names:
            signal.signal(name, signal.default_int_handler)
        loop.call_soon_threadsafe(stop.set)

    for name in names:
        signal.signal(name, end)
    try:
        yield
    finally:
        for name in names:
            signal.signal(name, before[name])
