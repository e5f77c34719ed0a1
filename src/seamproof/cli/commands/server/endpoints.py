"""
`seamproof endpoints`: list and change the endpoints of a running mock server.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from seamproof.cli.support.groups import SuggestingGroup
from seamproof.cli.support.options import format_option
from seamproof.cli.support.output import paint, plural
from seamproof.cli.support.server.remote import Remote, printable, server_options
from seamproof.errors import NotFound, UsageError

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject


class _ListingGroup(SuggestingGroup):
    """
    A group whose command is `list` where none is given.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """
        Add `list` where options come first.
        """
        is_bare = all(one.startswith("-") for one in args[:1]) and not {"-h", "--help"} & set(args)
        return super().parse_args(ctx, ["list", *args] if is_bare else args)


@click.group(
    "endpoints",
    cls=_ListingGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """
    List and change the endpoints of a running mock server.

    An endpoint is named by its URL or its id. Without a command they are listed.

    \b
    Example:
      seamproof endpoints add http://127.0.0.1:8000/webhooks/seam --event-type 'lock.unlocked'
      seamproof endpoints list
    """


@command.command("list")
@server_options
@format_option
def list_endpoints(*, server: str, api_key: str | None, style: str) -> None:
    """
    List the endpoints, the oldest first.

    \b
    Example:
      seamproof endpoints list
    """
    found = Remote(server, api_key).get("/mock/endpoints")["endpoints"]
    for one in found:
        _print(one, style)
    if not found and style == "text":
        click.echo("no endpoint: seamproof endpoints add URL", err=True)


@command.command("add")
@click.argument("url")
@click.option(
    "--event-type",
    "event_types",
    multiple=True,
    metavar="TYPE",
    help="Only events of this type; repeatable. Default: all.",
)
@click.option("--secret", metavar="WHSEC", help="Its signing secret. Default: a new one.")
@server_options
@format_option
def add(
    *,
    url: str,
    event_types: tuple[str, ...],
    secret: str | None,
    server: str,
    api_key: str | None,
    style: str,
) -> None:
    """
    Register an endpoint. Seam's /webhooks/get shows its secret.

    \b
    Example:
      seamproof endpoints add http://127.0.0.1:8000/webhooks/seam
    """
    body: JsonObject = {"url": url}
    if event_types:
        body["event_types"] = list(event_types)
    if secret is not None:
        body["secret"] = secret
    _print(Remote(server, api_key).post("/mock/endpoints", body)["endpoint"], style)


@command.command("remove")
@click.argument("endpoint")
@server_options
def remove(*, endpoint: str, server: str, api_key: str | None) -> None:
    """
    Remove an endpoint and stop its pending deliveries.

    \b
    Example:
      seamproof endpoints remove http://127.0.0.1:8000/webhooks/seam
    """
    remote = Remote(server, api_key)
    remote.delete(_path(remote, endpoint))
    click.echo(printable(endpoint))


@command.command("enable")
@click.argument("endpoint")
@server_options
@format_option
def enable(*, endpoint: str, server: str, api_key: str | None, style: str) -> None:
    """
    Let an endpoint get messages again.

    \b
    Example:
      seamproof endpoints enable http://127.0.0.1:8000/webhooks/seam
    """
    _change(endpoint, "enable", {}, server, api_key, style)


@command.command("disable")
@click.argument("endpoint")
@server_options
@format_option
def disable(*, endpoint: str, server: str, api_key: str | None, style: str) -> None:
    """
    Let an endpoint get no more messages.

    \b
    Example:
      seamproof endpoints disable http://127.0.0.1:8000/webhooks/seam
    """
    _change(endpoint, "disable", {}, server, api_key, style)


@command.command("rotate")
@click.argument("endpoint")
@click.option("--secret", metavar="WHSEC", help="The new secret. Default: a random one.")
@server_options
@format_option
def rotate(
    *, endpoint: str, secret: str | None, server: str, api_key: str | None, style: str
) -> None:
    """
    Rotate the secret of an endpoint; the old one signs for 24 hours more.

    \b
    Example:
      seamproof endpoints rotate http://127.0.0.1:8000/webhooks/seam
    """
    body = {} if secret is None else {"secret": secret}
    _change(endpoint, "rotate-secret", body, server, api_key, style)


def _change(
    endpoint: str, what: str, body: JsonObject, server: str, api_key: str | None, style: str
) -> None:
    remote = Remote(server, api_key)
    _print(remote.post(f"{_path(remote, endpoint)}/{what}", body)["endpoint"], style)


def _path(remote: Remote, endpoint: str) -> str:
    """
    Find the path of an endpoint that is named by its URL or its id.

    Raises:
        NotFound: There is none.
        UsageError: Several have the URL.
    """
    known = remote.get("/mock/endpoints")["endpoints"]
    found = [one["webhook_id"] for one in known if endpoint in (one["webhook_id"], one["url"])]
    if not found:
        what = "there is no such endpoint"
        raise NotFound(what, found=endpoint, cure="see `seamproof endpoints list`")
    if len(found) > 1:
        what = "several endpoints have this URL"
        raise UsageError(what, found=endpoint, cure=f"give an id: {', '.join(found)}")
    return f"/mock/endpoints/{quote(found[0], safe='')}"


def _print(endpoint: JsonObject, style: str) -> None:
    if style == "json":
        click.echo(json.dumps(endpoint))
        return
    shown = printable(endpoint)
    disabled = f"disabled {shown['disabled']}" if shown["disabled"] else "enabled"
    status = paint(disabled, "red" if shown["disabled"] else "green")
    types = ", ".join(shown["event_types"])
    line = f"{shown['webhook_id']}  {status}  {shown['url']}  {types}"
    line += f"  {plural(shown['secrets'], 'secret')}"
    click.echo(f"{line}  faults: {', '.join(shown['faults'])}" if shown["faults"] else line)
