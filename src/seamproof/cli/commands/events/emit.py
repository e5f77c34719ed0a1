"""
`seamproof emit`: signed events at a handler.
"""

from __future__ import annotations

import sys
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.commands.events.emit_output import EmitOutput, EmittedAttempt
from seamproof.cli.commands.events.sample import SampleOptions, sample_events, sampling_options
from seamproof.cli.support.completion import complete_event_type, complete_fault
from seamproof.cli.support.options import (
    expand_files,
    format_option,
    open_bytes,
    reading,
    required_secrets,
    secret_option,
)
from seamproof.errors import TargetUnreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.events import Event
    from seamproof.signing import Secret


@click.command("emit")
@click.argument("pattern", required=False, shell_complete=complete_event_type)
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="FILE",
    help="Send the events of a file or of a directory instead, byte for byte; - for standard "
    "input. Can be repeated.",
)
@click.option("--to", "url", required=True, metavar="URL", help="The handler.")
@secret_option
@sampling_options
@click.option(
    "--fault",
    "faults",
    shell_complete=complete_fault,
    multiple=True,
    metavar="NAME",
    help="Let something go wrong on the way: see `seamproof faults`.",
)
@click.option("--allow-remote", is_flag=True, help="Allow a handler on another machine.")
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    pattern: str | None,
    files: tuple[str, ...],
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
      seamproof emit --file tests/fixtures/seam --to http://127.0.0.1:8000/webhooks/seam
      seamproof emit lock.locked --fault stale --to http://127.0.0.1:8000/webhooks/seam
    """
    from seamproof.mock_server import check_target

    sample_options = SampleOptions(pattern=pattern, **options)
    chosen = [pattern or sample_options.like, files or None, sample_options.journey]
    if chosen.count(None) != 2:  # noqa: PLR2004 - all but one
        what = "emit takes either a pattern or --file or --journey"
        raise UsageError(what, expected="seamproof emit 'acs_credential.*' --to URL")
    if files and (sample_options.overrides or sample_options.extras):
        what = "--set goes with a pattern: the events of a file are sent byte for byte"
        raise UsageError(what, cure="change the file, or sample an event into one")
    check_target(url, allow_remote=allow_remote)
    keys = required_secrets(secrets)
    events = from_files(files, sample_options.count) if files else sample_events(sample_options)
    output = EmitOutput(as_json=style == "json", with_faults=bool(faults))
    try:
        if faults:
            from seamproof.cli.commands.events.emit_fault import emit_with_faults
            from seamproof.mock_server.faults.catalogue import parse_fault

            requested = tuple(parse_fault(one) for one in faults)
            emit_with_faults(
                events, keys, url, requested, options["seed"], output, allow_remote=allow_remote
            )
        else:
            _emit(events, keys, url, output, allow_remote=allow_remote)
    finally:
        if output.attempts or sys.exc_info()[0] is None:
            output.print_summary()
    ctx.exit(1 if output.bad else 0)


def from_files(files: tuple[str, ...], count: int | None) -> Iterator[Event]:
    """
    Read the events of files, each with its exact bytes.

    Raises:
        UsageError: A file cannot be read, or one of its events is not a JSON object.
    """
    from seamproof.schemas.payload_files import SUFFIXES

    events = [event for file in expand_files(files, SUFFIXES) for event in _from_file(file)]
    return islice(cycle(events), len(events) if count is None else count)


def _from_file(file: str) -> Iterator[Event]:
    from seamproof.events import Event
    from seamproof.schemas.payload_files import LINE_SUFFIXES, read_payloads

    with open_bytes(file) as stream:
        one_a_line = Path(file).suffix in LINE_SUFFIXES
        for item in reading(read_payloads(stream, one_a_line=one_a_line), file):
            fatal = next((flaw for flaw in item.flaws if flaw.rule != "duplicate_key"), None)
            if fatal or not isinstance(item.payload, dict):
                what = fatal.message if fatal else "an event is a JSON object"
                raise UsageError(what, where=f"{file}:{item.line}")
            yield Event(item.payload, item.body)


def _emit(
    events: Iterable[Event],
    keys: tuple[Secret, ...],
    url: str,
    output: EmitOutput,
    *,
    allow_remote: bool,
) -> None:
    """
    Sign and send each event.

    Raises:
        TargetUnreachable: No connection was ever made.
    """
    from seamproof.events import mint_message_id
    from seamproof.mock_server import Sender
    from seamproof.signing import sign

    reached = False
    with Sender(allow_remote=allow_remote) as sender:
        for event in events:
            now = time.time()
            delivery = sign(event.body, keys, message_id=mint_message_id(now), timestamp=int(now))
            attempt = sender.send(delivery, url)
            output.events += 1
            output.print_attempt(
                EmittedAttempt(
                    status=attempt.status,
                    milliseconds=attempt.milliseconds,
                    event_type=event.event_type,
                    message_id=delivery.message_id,
                    reason=attempt.reason,
                    good=attempt.delivered,
                )
            )
            reached = reached or attempt.reached
            if not reached:
                what = f"nothing answers: {attempt.reason}"
                raise TargetUnreachable(what, where=url, cure="is the handler running there?")
