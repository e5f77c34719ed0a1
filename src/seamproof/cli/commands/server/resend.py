"""
`seamproof resend`: have a running mock server send a message once more.
"""

from __future__ import annotations

import click

from seamproof.cli.support.remote import Remote, quoted, server_options


@click.command("resend")
@click.argument("message_id", metavar="ID")
@click.option("--endpoint", metavar="ID", help="To this endpoint only.")
@server_options
def command(*, message_id: str, endpoint: str | None, server: str, api_key: str | None) -> None:
    """
    Send a message once more, with the same id, whether it came through or not.

    It is one attempt, which is not repeated when it fails. Disabled endpoints
    get none.

    \b
    Example:
      seamproof resend msg_2jw9TbHdSt2iTtPpzYlYdPHTfmS
    """
    body = {"webhook_id": endpoint} if endpoint else {}
    Remote(server, api_key).post(f"/mock/messages/{quoted(message_id)}/resend", body)
    click.echo(message_id)
