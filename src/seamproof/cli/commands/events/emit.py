"""
`seamproof emit`: signed events at a handler.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.commands.events.sample import SampleOptions, sample_events, sampling_options
from seamproof.cli.support.options import open_bytes, reading, required_secrets, secret_option
from seamproof.cli.support.output import one_line, paint, plural
from seamproof.errors import TargetUnreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.events import Attempt, Event
    from seamproof.signing import Secret


@click.command("emit")
@click.argument("pattern", required=False)
@click.option(
    "--file",
    metavar="FILE",
    help="Send the events of a file instead, byte for byte; - for standard input.",
)
@click.option("--to", "url", required=True, metavar="URL", help="The handler.")
@secret_option
@sampling_options
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="Let something go wrong on the way: see `seamproof faults`.",
)
@click.option("--allow-remote", is_flag=True, help="Allow a handler on another machine.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    pattern: str | None,
    file: str | None,
    url: str,
    secrets: tuple[str, ...],
    faults: tuple[str, ...],
    allow_remote: bool,
    style: str,
    **options: Any,
) -> None:
    """
    Send signed events of the types that PATTERN fits to a handler.

    Exits 1 when an answer is not 2xx, 3 when nothing answers. Redirects are
    failures. The time-out is 15 s. With --fault NAME, NAME:0.2 or NAME:x3 it
    exits 1 when an answer is not what a good handler answers to that.

    \b
    Example:
      seamproof emit '*' --to http://127.0.0.1:8000/webhooks/seam --secret whsec_…
      seamproof emit --journey acs_credential --to http://127.0.0.1:8000/webhooks/seam
      seamproof emit --file event.json --to http://127.0.0.1:8000/webhooks/seam
      seamproof emit lock.locked --fault stale --to http://127.0.0.1:8000/webhooks/seam
    """
    from seamproof.mock_server import check_target

    wanted = SampleOptions(pattern=pattern, **options)
    if [pattern, file, wanted.journey].count(None) != 2:  # noqa: PLR2004 - all but one
        what = "emit takes either a pattern or --file or --journey"
        raise UsageError(what, expected="seamproof emit 'acs_credential.*' --to URL")
    if file is not None and (wanted.overrides or wanted.extras):
        what = "--set goes with a pattern: the events of a file are sent byte for byte"
        raise UsageError(what, cure="change the file, or sample an event into one")
    check_target(url, allow_remote=allow_remote)
    keys = required_secrets(secrets)
    events = from_file(file, wanted.count) if file is not None else sample_events(wanted)
    if faults:
        ctx.exit(0 if _faulty(events, keys, url, faults, options["seed"], style) else 1)
    tally = Tally()
    try:
        for event, attempt in _attempts(events, keys, url):
            tally.add(attempt)
            click.echo(_json_line(event, attempt) if style == "json" else _line(event, attempt))
    finally:
        if tally.sent or sys.exc_info()[0] is None:
            click.echo(tally.as_json() if style == "json" else str(tally))
    ctx.exit(0 if tally.failed == 0 else 1)


def _faulty(
    events: Iterator[Event],
    keys: tuple[Secret, ...],
    url: str,
    faults: tuple[str, ...],
    seed: str | None,
    style: str,
) -> bool:
    from seamproof.cli.commands.events.emit_fault import Sent, emit_faulty
    from seamproof.mock_server.faults.catalogue import parse_fault

    read = tuple(parse_fault(one) for one in faults)
    sent = Sent(events=events, keys=keys, url=url, faults=read, seed=seed, style=style)
    return emit_faulty(sent)


@dataclass
class Tally:
    """
    How many were sent, and how many came through.
    """

    sent: int = 0
    delivered: int = 0

    @property
    def failed(self) -> int:
        """
        How many were not answered 2xx.
        """
        return self.sent - self.delivered

    def add(self, attempt: Attempt) -> None:
        """
        Count an attempt.
        """
        self.sent += 1
        self.delivered += attempt.delivered

    def as_json(self) -> str:
        """
        Write the summary for a machine.
        """
        counts = {"sent": self.sent, "delivered": self.delivered, "failed": self.failed}
        return json.dumps({"summary": counts})

    def __str__(self) -> str:
        failed = f"{self.failed:,} failed"
        rest = paint(failed, "red") if self.failed else failed
        return f"{plural(self.sent, 'event')} sent, {self.delivered:,} delivered, {rest}"


def from_file(file: str, count: int | None) -> Iterator[Event]:
    """
    Read the events of a file, each with its exact bytes.

    Raises:
        UsageError: The file cannot be read, or one of its events is no JSON object.
    """
    from seamproof.events import Event
    from seamproof.schemas.payload_files import LINE_SUFFIXES, read_payloads

    with open_bytes(file) as stream:
        one_a_line = Path(file).suffix in LINE_SUFFIXES
        events = []
        for item in reading(read_payloads(stream, one_a_line=one_a_line), file):
            fatal = next((flaw for flaw in item.flaws if flaw.rule != "duplicate_key"), None)
            if fatal or not isinstance(item.payload, dict):
                what = fatal.message if fatal else "an event is a JSON object"
                raise UsageError(what, where=f"{file}:{item.line}")
            events.append(Event(item.payload, item.body))
    wanted = len(events) if count is None else count
    return islice(cycle(events), wanted)


def _attempts(
    events: Iterable[Event], keys: tuple[Secret, ...], url: str
) -> Iterator[tuple[Event, Attempt]]:
    """
    Sign and send each event; give up when nothing was ever there to answer.
    """
    from seamproof.events import mint_message_id
    from seamproof.mock_server import Sender
    from seamproof.signing import sign

    reached = False
    with Sender() as sender:
        for event in events:
            now = time.time()
            delivery = sign(event.body, keys, message_id=mint_message_id(now), timestamp=int(now))
            attempt = sender.send(delivery, url)
            reached = reached or attempt.reached
            yield event, attempt
            if not reached:
                what = f"nothing answers: {attempt.reason}"
                raise TargetUnreachable(what, where=url, cure="is the handler running there?")


def _line(event: Event, attempt: Attempt) -> str:
    status = paint(f"{attempt.status or '---':>3}", "green" if attempt.delivered else "red")
    head = f"{status}  {attempt.milliseconds:8.1f} ms  {one_line(event.event_type or '(no type)')}"
    line = f"{head}  {attempt.delivery.message_id}"
    return f"{line}  {one_line(attempt.reason)}" if attempt.reason else line


def _json_line(event: Event, attempt: Attempt) -> str:
    return json.dumps(
        {
            "status": attempt.status,
            "milliseconds": round(attempt.milliseconds, 3),
            "event_type": event.event_type,
            "message_id": attempt.delivery.message_id,
            "delivered": attempt.delivered,
            "reason": attempt.reason or None,
        }
    )
