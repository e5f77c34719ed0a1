"""
`seamproof resend`: let a running mock server send messages again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from seamproof.cli.support.output import plural
from seamproof.cli.support.server.remote import Remote, server_options
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject


@click.command("resend")
@click.argument("message_id", metavar="[ID]", required=False)
@click.option("--endpoint", metavar="ID", help="Send to this endpoint only.")
@click.option("--failed", is_flag=True, help="Send every message that failed at an endpoint.")
@click.option(
    "--since",
    metavar="TIME",
    help="With --failed: accepted at this time or later, or within this duration, as 2h.",
)
@server_options
def command(
    *,
    message_id: str | None,
    endpoint: str | None,
    failed: bool,
    since: str | None,
    server: str,
    api_key: str | None,
) -> None:
    """
    Let a running mock server send a message again.

    It is sent with the same id, whether it was delivered before or not. There is one
    attempt, which is not repeated if it fails. Disabled endpoints get none.

    With --failed, each endpoint gets every message that was attempted there and never
    delivered, of the last 14 days or --since.

    \b
    Example:
      seamproof resend msg_2jw9TbHdSt2iTtPpzYlYdPHTfmS
      seamproof resend --failed --since 2h
    """
    if failed == (message_id is not None):
        what = "resend takes the ID of a message, or --failed"
        raise UsageError(what, expected="seamproof resend --failed --since 2h")
    if since is not None and not failed:
        what = "--since goes with --failed"
        raise UsageError(what, expected="seamproof resend --failed --since 2h")
    remote = Remote(server, api_key)
    if message_id is not None:
        body = {"webhook_id": endpoint} if endpoint else {}
        remote.post(f"/mock/messages/{quote(message_id, safe='')}/resend", body)
        click.echo(message_id)
        return
    for one in _recover(remote, endpoint, since):
        click.echo(one)


def _recover(remote: Remote, endpoint: str | None, since: str | None) -> list[str]:
    """
    Recover the failed messages of the endpoints that are enabled, and return their ids.
    """
    known = remote.get("/mock/endpoints")["endpoints"]
    chosen = [one for one in known if endpoint in (None, one["webhook_id"])]
    if endpoint is not None and not chosen:
        what = "there is no such endpoint"
        raise UsageError(what, where="--endpoint", found=endpoint)
    disabled = [one["url"] for one in chosen if one["disabled"]]
    body: JsonObject = {"since": _since(remote, since)}
    ids = [
        message_id
        for one in chosen
        if not one["disabled"]
        for message_id in remote.post(f"/mock/endpoints/{one['webhook_id']}/recover", body)[
            "message_ids"
        ]
    ]
    if disabled:
        click.echo(f"{plural(len(disabled), 'disabled endpoint')} got none", err=True)
    if not ids:
        click.echo("no message failed", err=True)
    return ids


def _since(remote: Remote, since: str | None) -> str:
    """
    Read a time, or a duration before the present of the server, as a time.
    """
    from seamproof.formats import format_timestamp
    from seamproof.mock_server.model.durations import is_duration, parse_duration

    if since is not None and not is_duration(since):
        return since
    # A minute less than the server keeps: its clock goes on meanwhile.
    back = 14 * 86_400.0 - 60 if since is None else parse_duration(since)
    now = float(remote.get("/mock/clock")["clock"]["timestamp"])
    return format_timestamp(now - back)
