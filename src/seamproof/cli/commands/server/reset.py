"""
`seamproof reset`: let a running mock server forget its messages.
"""

from __future__ import annotations

import click

from seamproof.cli.support.server.remote import Remote, server_options


@click.command("reset")
@click.option("--endpoints", is_flag=True, help="Forget the endpoints, too.")
@server_options
def command(*, endpoints: bool, server: str, api_key: str | None) -> None:
    """
    Let a running mock server forget every message and attempt.

    Without --endpoints the endpoints stay, and disabled ones are enabled.

    \b
    Example:
      seamproof reset
      seamproof reset --endpoints
    """
    Remote(server, api_key).post("/mock/reset", {"endpoints": endpoints})
    click.echo("forgotten: messages and endpoints" if endpoints else "forgotten: messages")
