"""
`seamproof world`: ready worlds, and what goes wrong on purpose in the world of a running server.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from seamproof.cli.support.groups import SuggestingGroup
from seamproof.cli.support.options import format_option
from seamproof.cli.support.output import paint
from seamproof.cli.support.server.remote import Remote, printable, server_options
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping, JsonObject


@click.group(
    "world",
    cls=SuggestingGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """
    Show worlds to begin with, and let something go wrong in one that runs.

    A world has the resources that Seam's calls are about: accounts, devices, access codes and
    so on. `seamproof serve --world NAME|FILE` begins with one.

    \b
    Example:
      seamproof world list
      seamproof world trouble offline --device de000000-0000-4000-8000-000000000101
    """


@command.command("list")
@format_option
def list_worlds(*, style: str) -> None:
    """
    List the ready worlds.

    \b
    Example:
      seamproof world list
    """
    from seamproof.mock_server.world.seeds.world_file import READY

    width = max(map(len, READY))
    for name, line in READY.items():
        if style == "json":
            click.echo(json.dumps({"name": name, "line": line}))
        else:
            click.echo(f"{paint(f'{name:{width}}', 'cyan')}  {line}")


@command.command("show")
@click.argument("name")
def show(*, name: str) -> None:
    """
    Print the file of a ready world, to begin your own with.

    \b
    Example:
      seamproof world show hotel > hotel.yaml
    """
    from seamproof.mock_server.world.seeds.world_file import READY, ready_text

    if name not in READY:
        what = "there is no such ready world"
        raise UsageError(what, expected=", ".join(READY), found=name)
    click.echo(ready_text(name), nl=False)


@command.command("check")
@click.argument("file")
def check(*, file: str) -> None:
    """
    Check the file of a world.

    \b
    Example:
      seamproof world check hotel.yaml
    """
    from seamproof.mock_server.world.seeds.world_file import load_world

    found = load_world(file) or {}
    counts = (f"{len(one)} {name}" for name, one in found.items() if isinstance(one, list))
    click.echo(f"valid: {', '.join(counts) or 'empty'}")


@command.command("schema")
def schema() -> None:
    """
    Print the JSON Schema of a world's file, for editors.

    \b
    Example:
      seamproof world schema > world.schema.json
    """
    from seamproof.mock_server.world.seeds.world_schema import world_schema

    click.echo(json.dumps(world_schema(), indent=1))


@command.command("troubles")
@format_option
def troubles(*, style: str) -> None:
    """
    List what can go wrong on purpose.

    \b
    Example:
      seamproof world troubles
    """
    from seamproof.mock_server.world.troubles import TROUBLES

    width = max(map(len, TROUBLES))
    for name, one in TROUBLES.items():
        if style == "json":
            shown = {"name": name, "line": one.line, "targets": one.targets}
            click.echo(json.dumps(shown))
        else:
            click.echo(f"{paint(f'{name:{width}}', 'cyan')}  {one.line}")


@command.command("trouble")
@click.argument("name", required=False)
@click.option("--device", metavar="ID", help="The device that has it.")
@click.option("--account", metavar="ID", help="The account that has it, with its devices.")
@click.option("--path", metavar="GLOB", help="The calls that are refused, as '/locks/*'.")
@click.option("--end", "ends", is_flag=True, help="End it instead.")
@server_options
@format_option
def trouble(
    *,
    name: str | None,
    device: str | None,
    account: str | None,
    path: str | None,
    ends: bool,
    server: str,
    api_key: str | None,
    style: str,
) -> None:
    """
    Let something go wrong in the world of a running server; without a name, list what does.

    Without --device and --account it is about the whole world.

    \b
    Example:
      seamproof world trouble server_error --path '/access_codes/*'
      seamproof world trouble offline --device de000000-0000-4000-8000-000000000101 --end
    """
    remote = Remote(server, api_key)
    given = {"name": name, "device_id": device, "connected_account_id": account, "path": path}
    body: JsonObject = {key: value for key, value in given.items() if value is not None}
    if name is None:
        answer = remote.get("/mock/world/troubles")
    else:
        answer = remote.post(f"/mock/world/trouble{'/end' if ends else ''}", body)
    for one in answer["troubles"]:
        click.echo(json.dumps(one) if style == "json" else _line(printable(one)))
    if not answer["troubles"] and style == "text":
        click.echo("no trouble", err=True)


def _line(one: JsonMapping) -> str:
    place = one["device_id"] or one["connected_account_id"] or "the whole world"
    calls = "" if one["path"] == "*" else f"  {one['path']}"
    return f"{paint(one['name'], 'cyan')}  {place}{calls}"
