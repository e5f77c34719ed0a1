"""
`seamproof load`: load on a handler, with an account of every message.
"""

from __future__ import annotations

import secrets as entropy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.cli.support.groups import GroupedCommand
from seamproof.cli.support.number_types import DecimalNumber, WholeNumber
from seamproof.cli.support.options import (
    catalog_option,
    format_option,
    required_secrets,
    secret_option,
    seed_option,
)
from seamproof.errors import RemoteTarget, UsageError
from seamproof.formats import read_digits, read_rate, read_share

if TYPE_CHECKING:
    from seamproof.load.run.options import LoadOptions

_PORT: Final = 5557
_RATE: Final = "50/s"
_START: Final = "10/s"
_SECONDS: Final = "60s"
_STEP: Final = "10s"
#: With a remote handler the first rate of the search is this part of the one that was given.
_BELOW: Final = 16

_GROUPS: Final = {
    "Load": ("--rate", "--for", "--mix", "--arrivals", "--duplicates", "--recover-after", "--seed"),
    "Failures": ("--retry", "--ledger", "--settle"),
    "The limit": ("--find-limit", "--p99"),
    "Workers": ("--processes", "--workers", "--bind", "--worker-of"),
    "Output": ("--web", "--report", "--format"),
    "Target": ("--secret", "--allow-remote", "--catalog"),
}


@click.command("load", cls=GroupedCommand, groups=_GROUPS)
@click.argument("url", required=False, metavar="URL")
@click.option(
    "--rate",
    metavar="RATE",
    help=f"Messages a second, whatever the handler does: 500/s, 30/m. Default: {_RATE}; with "
    f"--find-limit the first rate, by default {_START}.",
)
@click.option(
    "--for",
    "duration",
    metavar="DURATION",
    help=f"How long messages arrive: 60s, 10m. Default: {_SECONDS}; with --find-limit each "
    f"step, by default {_STEP}.",
)
@click.option("--mix", "mix_file", metavar="FILE", help="What is sent: see docs/load.md.")
@click.option(
    "--arrivals",
    type=click.Choice(["constant", "poisson"]),
    default="constant",
    help="At equal distances, or at random ones. Default: constant.",
)
@click.option(
    "--duplicates",
    metavar="SHARE",
    help="The share of messages that are sent a second time at the same time: 5%.",
)
@click.option(
    "--recover-after",
    metavar="DURATION",
    help="Hold all messages back for this time, as while the handler is down; then send them at "
    "once.",
)
@seed_option
@click.option(
    "--retry",
    type=click.Choice(["seam", "fast", "none"]),
    default="fast",
    help="The schedule on which failures come back: Seam's over 27 hours, the same number of "
    "attempts within a minute, or none. Default: fast.",
)
@click.option(
    "--ledger",
    metavar="URL",
    help="A GET that gives what the handler has processed: ids, ids with counts, or a total.",
)
@click.option(
    "--settle",
    type=DecimalNumber(min=0),
    default=3.0,
    metavar="SECONDS",
    help="Time without a change after which the ledger is final. Default: 3.",
)
@click.option(
    "--find-limit",
    is_flag=True,
    help="Raise the rate until p99 or the backlog grows too large, "
    "or something is lost; print the highest rate that held.",
)
@click.option(
    "--p99",
    metavar="DURATION",
    default="15s",
    help="For --find-limit. Default: 15s, Seam's time-out.",
)
@click.option(
    "--processes",
    type=WholeNumber(min=1, max=256),
    metavar="COUNT",
    help="Send from so many worker processes on this machine.",
)
@click.option(
    "--workers",
    type=WholeNumber(min=1, max=4096),
    metavar="COUNT",
    help="Wait for so many workers, which are started with --worker-of.",
)
@click.option(
    "--bind",
    metavar="HOST:PORT",
    default=f"127.0.0.1:{_PORT}",
    help=f"The address at which --workers are waited for. Default: 127.0.0.1:{_PORT}.",
)
@click.option(
    "--worker-of", "master", metavar="HOST[:PORT]", help="Be a worker of the master there."
)
@click.option("--web", is_flag=True, help="Show Locust's web page while the run lasts.")
@click.option(
    "--report",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write Locust's report in HTML, its CSV files, and the account in JSON.",
)
@format_option
@secret_option
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Allow a handler on another machine; --rate is then required.",
)
@catalog_option
@click.pass_context
def command(ctx: click.Context, /, url: str | None, master: str | None, **given: Any) -> None:
    """
    Send signed events to the handler at URL at a rate, and account for every message.

    Needs Locust. Failures come back on the retry schedule. At the end every message is delivered,
    given up, lost (acknowledged, but not in the ledger) or unknown (its worker died). Exits 1
    unless every message was delivered and, with --ledger, processed once; 3 when nothing answers.

    \b
    Example:
      seamproof load http://127.0.0.1:8000/webhooks/seam --rate 500/s --for 60s
      seamproof load http://127.0.0.1:8000/webhooks/seam --ledger http://127.0.0.1:8000/ledger
      seamproof load http://127.0.0.1:8000/webhooks/seam --find-limit --p99 500ms
    """
    from seamproof.load.extra import require_locust

    require_locust()
    if master is not None:
        _serve_worker(url, master, given)
        return
    if url is None:
        what = "load needs the URL of the handler"
        raise UsageError(what, expected="seamproof load URL, or --worker-of HOST for a worker")
    # Imported before all that Locust replaces parts of.
    from seamproof.load.run.session import run_load

    options = read_options(url, given)
    from seamproof.cli.support.handler.load_output import LoadOutput

    output = LoadOutput(options, as_json=given["style"] == "json")
    result = run_load(options, output.show, output.say)
    output.print_result(result)
    ctx.exit(output.status(result))


def read_options(url: str, given: dict[str, Any]) -> LoadOptions:
    """
    Read the options of a run.

    Raises:
        UsageError: One cannot be used, or two exclude each other.
        RemoteTarget: The handler is on another machine, and it or its rate is not allowed.
    """
    from seamproof.load.messages.mix import Mix
    from seamproof.load.run.options import LoadOptions
    from seamproof.mock_server.model.durations import parse_duration
    from seamproof.mock_server.model.retry_schedule import PRESETS

    if given["processes"] and given["workers"]:
        what = "--processes and --workers exclude each other"
        raise UsageError(what, cure="--processes starts workers here, --workers waits for others")
    find_limit, rate = given["find_limit"], given["rate"]
    highest = None
    if given["allow_remote"] and _is_remote(url):
        if rate is None:
            what = "the handler is on another machine, so its rate has to be given"
            raise RemoteTarget(what, where=url, cure="type the rate out, as --rate 20/s")
        highest = _rate(rate)
    first = _rate(rate or (_START if find_limit else _RATE))
    seconds = parse_duration(given["duration"] or (_STEP if find_limit else _SECONDS))
    held = parse_duration(given["recover_after"]) if given["recover_after"] else 0.0
    if held and find_limit:
        what = "--recover-after and --find-limit exclude each other"
        raise UsageError(what)
    if not 0 <= held < seconds:
        what = "the handler recovers within the time of --for"
        raise UsageError(what, where="--recover-after", found=given["recover_after"])
    mix = Mix.read(given["mix_file"]) if given["mix_file"] else Mix()
    return LoadOptions(
        url=url,
        secrets=required_secrets(given["secrets"]),
        rate=first / _BELOW if find_limit and highest else first,
        seconds=seconds,
        schedule=PRESETS[given["retry"]],
        seed=str(entropy.randbelow(2**32)) if given["seed"] is None else given["seed"],
        highest=highest if find_limit else None,
        mix=mix.with_duplicates(_share(given["duplicates"])),
        poisson=given["arrivals"] == "poisson",
        held=held,
        find_limit=find_limit,
        p99=parse_duration(given["p99"]),
        processes=given["processes"] or 0,
        workers=given["workers"] or 0,
        bind=_address(given["bind"], "--bind"),
        ledger=given["ledger"] or "",
        settle=given["settle"],
        web=given["web"],
        report=given["directory"],
        allow_remote=given["allow_remote"],
        catalogue=given["catalog_dir"],
    )


def _is_remote(url: str) -> bool:
    from seamproof.mock_server.network.address_policy import check_target

    try:
        check_target(url)
    except RemoteTarget:
        return True
    return False


def _rate(text: str) -> float:
    rate = read_rate(text)
    if rate is None or rate > 1e6:  # noqa: PLR2004 - more than any machine sends
        what, expected = "this is not a rate", "500/s, 30/m or 100/h"
        raise UsageError(what, where="--rate", expected=expected, found=text)
    return rate


def _share(text: str | None) -> float | None:
    if text is None:
        return None
    share = read_share(text)
    if share is None:
        what, expected = "this is not a share", "5% or 0.05"
        raise UsageError(what, where="--duplicates", expected=expected, found=text)
    return share


def _address(text: str, option: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    number = read_digits(port) if colon else _PORT
    name = (host if colon else text).strip("[]")
    if not name or number is None or not 0 < number < 1 << 16:
        what, expected = "this is not an address", f"127.0.0.1:{_PORT}"
        raise UsageError(what, where=option, expected=expected, found=text)
    return name, number


def _serve_worker(url: str | None, master: str, given: dict[str, Any]) -> None:
    from seamproof.environment import read_catalogue
    from seamproof.load.run.worker import serve_worker
    from seamproof.mock_server.network.address_policy import check_target

    if url is not None:
        check_target(url, allow_remote=given["allow_remote"])
    serve_worker(
        _address(master, "--worker-of"),
        required_secrets(given["secrets"]),
        url or "",
        allow_remote=given["allow_remote"],
        catalogue=read_catalogue(given["catalog_dir"]),
    )
