"""
`seamproof trigger`: have a running mock server emit events.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.support.options import read_body, seed_option
from seamproof.cli.support.remote import Remote, server_options
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.model.fault_spec import FaultSpec


@click.command("trigger")
@click.argument("pattern", required=False)
@click.option("--journey", metavar="NAME", help="Emit the events of a journey, in their order.")
@click.option("--file", metavar="FILE", help="Emit the event of a file; - for standard input.")
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
    multiple=True,
    metavar="NAME",
    help="Let something go wrong on the way: see `seamproof faults`.",
)
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="How many events in all.")
@seed_option
@server_options
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
def command(
    *,
    pattern: str | None,
    journey: str | None,
    file: str | None,
    server: str,
    api_key: str | None,
    style: str,
    **options: Any,
) -> None:
    """
    Have a running mock server emit events of the types that PATTERN fits.

    Prints the id of each message. They are safe on the server's disk by then;
    `seamproof messages` shows what becomes of them.

    \b
    Example:
      seamproof trigger acs_credential.issued --set acs_system_id=4fbb1f3c-5f6c-4c3b-9d0e-0f6f3f2f1a11
      seamproof trigger 'connected_account.*' --fault duplicate
    """  # noqa: E501 - an example is a line to copy
    if sum(one is not None for one in (pattern, journey, file)) != 1:
        what = "trigger takes one of a pattern, --journey and --file"
        raise UsageError(what, expected="seamproof trigger 'acs_credential.*'")
    wanted = _wanted(**options)
    if file is not None:
        body = _with_event(wanted, file)
    else:
        asked = {"event_type": pattern} if journey is None else {"journey": journey}
        body = json.dumps({**asked, **wanted}).encode()
    told = Remote(server, api_key).post("/mock/events", body)
    if style == "json":
        click.echo(json.dumps({"message_ids": told["message_ids"]}))
        return
    for message_id in told["message_ids"]:
        click.echo(message_id)


def _wanted(
    *,
    settings: tuple[str, ...],
    faults: tuple[str, ...],
    count: int | None,
    seed: str | None,
) -> JsonObject:
    """
    Write what is asked for as the server takes it.

    Raises:
        UsageError: An override or a fault is malformed.
    """
    given: JsonObject = {"count": count, "seed": seed}
    if settings:
        given["overrides"] = dict(_override(one) for one in settings)
    if faults:
        from seamproof.mock_server.faults.catalogue import parse_fault

        given["faults"] = [fault_as_json(parse_fault(one)) for one in faults]
    return {name: value for name, value in given.items() if value is not None}


def fault_as_json(fault: FaultSpec) -> JsonObject:
    """
    Write a fault as the control API takes it.
    """
    told = {
        "name": fault.name,
        "probability": fault.probability,
        "count": fault.count,
        "seed": fault.seed,
    }
    return {name: value for name, value in told.items() if value is not None}


def _override(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path:
        what = "an override is a path, an equals sign and a value"
        raise UsageError(what, expected="device_id=… or errors.0.message=…", found=text)
    return path, value


def _with_event(wanted: JsonMapping, file: str) -> bytes:
    """
    Put the bytes of an event into a request as they are: they are what will be signed.

    Raises:
        UsageError: They are no JSON object.
    """
    from seamproof.schemas.json_text import decode_bytes, parse

    raw = read_body(file)
    text, flaw = decode_bytes(raw)
    value, flaws = (None, (flaw,)) if flaw else parse(text)
    if flaws or not isinstance(value, dict):
        what = flaws[0].message if flaws else "an event is a JSON object"
        raise UsageError(what, where=file)
    rest = json.dumps(wanted)[1:-1]
    return f'{{"event":{text.strip()}{"," if rest else ""}{rest}}}'.encode()
