"""
`seamproof resend`: let a running mock server send a message again.
"""

from __future__ import annotations

from urllib.parse import quote

import click

from seamproof.cli.support.server.remote import Remote, server_options


@click.command("resend")
@click.argument("message_id", metavar="ID")
@click.option("--endpoint", metavar="ID", help="Send it to this endpoint only.")
@server_options
def command(*, message_id: str, endpoint: str | None, server: str, api_key: str | None) -> None:
    """
    Let a running mock server send a message again.

    It is sent with the same id, whether it was delivered before or not. There is one
    attempt, which is not repeated if it fails. Disabled endpoints get none.

    \b
    Example:
      seamproof resend msg_2jw9TbHdSt2iTtPpzYlYdPHTfmS
    """
    body = {"webhook_id": endpoint} if endpoint else {}
    Remote(server, api_key).post(f"/mock/messages/{quote(message_id, safe='')}/resend", body)
    click.echo(message_id)
