"""
`seamproof trigger`: let a running mock server emit events.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.support.completion import complete_event_type, complete_fault, complete_journey
from seamproof.cli.support.number_types import WholeNumber
from seamproof.cli.support.options import format_option, read_body, seed_option
from seamproof.cli.support.server.remote import Remote, printable, server_options
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping, JsonObject


@click.command("trigger")
@click.argument("pattern", required=False, shell_complete=complete_event_type)
@click.option(
    "--journey",
    metavar="NAME",
    shell_complete=complete_journey,
    help="Emit the events of a journey, in their order.",
)
@click.option("--file", metavar="FILE", help="Emit the event in a file; - for standard input.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a property: device_id=…, connected_account_errors.0.message=…",
)
@click.option(
    "--fault",
    "faults",
    shell_complete=complete_fault,
    multiple=True,
    metavar="NAME",
    help="Inject a fault into the delivery: see `seamproof faults`.",
)
@click.option("--count", type=WholeNumber(min=1), metavar="COUNT", help="How many events in all.")
@click.option(
    "--wait", is_flag=True, help="Wait for the first attempts and print what was answered."
)
@seed_option
@server_options
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    pattern: str | None,
    journey: str | None,
    file: str | None,
    wait: bool,
    server: str,
    api_key: str | None,
    style: str,
    **options: Any,
) -> None:
    """
    Let a running mock server emit events.

    PATTERN is an event type, or a pattern such as 'lock.*' for one event of each type that
    matches.

    Prints the id of each message, once the server has stored it. `seamproof messages` shows
    the deliveries. With --wait the first attempts are awaited and printed; exits 1 if an
    answer is not that of a correct handler, or if nobody receives the event.

    \b
    Example:
      seamproof trigger acs_credential.issued --set acs_system_id=4fbb1f3c-5f6c-4c3b-9d0e-0f6f3f2f1a11
      seamproof trigger 'connected_account.*' --fault duplicate
      seamproof trigger lock.unlocked --wait
    """  # noqa: E501 - an example is a line to copy
    if sum(one is not None for one in (pattern, journey, file)) != 1:
        what = "trigger takes one of a pattern, --journey and --file"
        raise UsageError(what, expected="seamproof trigger 'acs_credential.*'")
    members = _request_members(**options)
    if file is not None:
        body = _with_event(members, file)
    else:
        choice = {"event_type": pattern} if journey is None else {"journey": journey}
        body = json.dumps({**choice, **members}).encode()
    remote = Remote(server, api_key)
    message_ids = remote.post("/mock/events", body)["message_ids"]
    if wait:
        from seamproof.cli.commands.server.trigger_wait import (
            answer_lines,
            is_accepted,
            wait_for_answers,
        )

        messages = wait_for_answers(remote, message_ids)
        if style == "json":
            click.echo(json.dumps({"message_ids": message_ids, "messages": messages}))
        else:
            for message in messages:
                for line in answer_lines(printable(message)):
                    click.echo(line)
        ctx.exit(0 if all(map(is_accepted, messages)) else 1)
    if style == "json":
        click.echo(json.dumps({"message_ids": message_ids}))
        return
    for message_id in message_ids:
        click.echo(printable(message_id))
    if all(one["disabled"] for one in remote.get("/mock/endpoints")["endpoints"]):
        click.echo("nobody listens: register one with `seamproof endpoints add URL`", err=True)


def _request_members(
    *,
    settings: tuple[str, ...],
    faults: tuple[str, ...],
    count: int | None,
    seed: str | None,
) -> JsonObject:
    """
    Convert the options to members of the request.

    Raises:
        UsageError: An override or a fault is malformed.
    """
    given: JsonObject = {"count": count, "seed": seed}
    if settings:
        given["overrides"] = dict(_override(one) for one in settings)
    if faults:
        from seamproof.mock_server.faults.catalogue import parse_fault

        given["faults"] = [_without_none(asdict(parse_fault(one))) for one in faults]
    return _without_none(given)


def _without_none(members: JsonObject) -> JsonObject:
    return {name: value for name, value in members.items() if value is not None}


def _override(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path:
        what = "an override is a path, an equals sign and a value"
        raise UsageError(what, expected="device_id=… or errors.0.message=…", found=text)
    return path, value


def _with_event(members: JsonMapping, file: str) -> bytes:
    """
    Put the text of an event into a request unchanged: these bytes are signed.

    Raises:
        UsageError: The file holds no JSON object.
    """
    from seamproof.schemas.json_text import decode_bytes, parse

    raw = read_body(file)
    text, flaw = decode_bytes(raw)
    value, flaws = (None, (flaw,)) if flaw else parse(text)
    if flaws or not isinstance(value, dict):
        what = flaws[0].message if flaws else "an event is a JSON object"
        raise UsageError(what, where=file)
    rest = json.dumps(members)[1:-1]
    return f'{{"event":{text.strip()}{"," if rest else ""}{rest}}}'.encode()
