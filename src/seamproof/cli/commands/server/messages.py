"""
`seamproof messages`: the messages of a running mock server, and their attempts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from seamproof.cli.support.completion import complete_event_type
from seamproof.cli.support.number_types import WholeNumber
from seamproof.cli.support.options import format_option
from seamproof.cli.support.output import paint, plural
from seamproof.cli.support.server.attempt_text import attempt_lines
from seamproof.cli.support.server.remote import Remote, printable, server_options

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject

_COLOURS = {"delivered": "green", "pending": "yellow"}


@click.command("messages")
@click.argument("message_id", required=False, metavar="[ID]")
@click.option(
    "--status",
    type=click.Choice(["pending", "delivered", "failed", "stopped", "unmatched"]),
    help="Only messages with this status.",
)
@click.option(
    "--event-type",
    metavar="TYPE",
    shell_complete=complete_event_type,
    help="Only messages of this event type, or of a pattern such as 'lock.*'.",
)
@click.option("--endpoint", metavar="ID", help="Only messages to this endpoint.")
@click.option(
    "--limit",
    type=WholeNumber(min=1, max=500),
    default=50,
    show_default=True,
    metavar="COUNT",
    help="The largest number of messages to list.",
)
@click.option(
    "--before",
    type=WholeNumber(min=1),
    metavar="COUNT",
    help="Continue a list, with the number that it ended with.",
)
@click.option("-f", "--follow", is_flag=True, help="Print each attempt from now on, until Ctrl-C.")
@server_options
@format_option
def command(  # noqa: PLR0913 - each is an option
    *,
    message_id: str | None,
    follow: bool,
    status: str | None,
    event_type: str | None,
    endpoint: str | None,
    limit: int,
    before: int | None,
    server: str,
    api_key: str | None,
    style: str,
) -> None:
    """
    List the messages of a running mock server, or show one.

    The list begins with the newest. With an ID, the message is shown with its attempts.

    \b
    Example:
      seamproof messages --status failed
      seamproof messages msg_2jw9TbHdSt2iTtPpzYlYdPHTfmS
      seamproof messages --follow --event-type 'lock.*'
    """
    remote = Remote(server, api_key)
    if follow:
        from seamproof.cli.commands.server.messages_follow import follow_attempts

        wanted = {"message_id": message_id, "event_type": event_type, "webhook_id": endpoint}
        follow_attempts(remote, wanted, style)
        return
    if message_id is not None:
        shown = remote.get(f"/mock/messages/{quote(message_id, safe='')}")["message"]
        click.echo(json.dumps(shown) if style == "json" else _detail(printable(shown)))
        return
    query = {
        "status": status,
        "event_type": event_type,
        "endpoint": endpoint,
        "limit": limit,
        "before": before,
    }
    page = remote.get("/mock/messages", query)
    for one in page["messages"]:
        click.echo(json.dumps(one) if style == "json" else _line(printable(one)))
    if page["before"] is not None:
        click.echo(f"older messages: --before {printable(page['before'])}", err=True)
    elif not page["messages"] and style == "text":
        click.echo("no message", err=True)


def _line(message: JsonObject) -> str:
    attempts = sum(one["attempts"] for one in message["sendings"])
    due = min(filter(None, (one["next_attempt_at"] for one in message["sendings"])), default=None)
    status = paint(f"{message['status']:9}", _COLOURS.get(message["status"], "red"))
    line = f"{message['created_at']}  {status}  {message['event_type']}"
    line += f"  {message['message_id']}  {plural(attempts, 'attempt')}"
    return f"{line}, next {due}" if due else line


def _detail(message: JsonObject) -> str:
    return "\n".join([_line(message), *map(attempt_lines, message["attempts"])])
