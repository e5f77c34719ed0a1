"""
`seamproof sign`: the headers of a signed request.
"""

from __future__ import annotations

import json
import time
from typing import Final

import click

from seamproof.cli.support.number_types import WholeNumber
from seamproof.cli.support.options import read_body, required_secrets, secret_option

_DEFAULT_URL: Final = "http://127.0.0.1:8000/"


@click.command("sign")
@click.argument("file", default="-")
@secret_option
@click.option("--id", "message_id", metavar="ID", help="svix-id. Default: a new one.")
@click.option(
    "--timestamp",
    type=WholeNumber(min=0),
    metavar="TIME",
    help="svix-timestamp, epoch seconds. Default: now.",
)
@click.option("--to", "url", metavar="URL", help="The URL in the curl command.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["headers", "json", "curl"]),
    help="Default: headers, or curl when --to is given.",
)
def command(
    file: str,
    secrets: tuple[str, ...],
    message_id: str | None,
    timestamp: int | None,
    url: str | None,
    style: str | None,
) -> None:
    """
    Sign a body as Svix does, and print the headers.

    FILE holds the body; - is standard input.

    \b
    Example:
      seamproof sign event.json --secret whsec_… --format curl --to http://127.0.0.1:8000/hook
    """
    from seamproof.events import mint_message_id
    from seamproof.signing import sign

    now = time.time()
    delivery = sign(
        read_body(file),
        required_secrets(secrets),
        message_id=message_id or mint_message_id(now),
        timestamp=int(now) if timestamp is None else timestamp,
    )
    chosen = style or ("curl" if url else "headers")
    if chosen == "json":
        click.echo(json.dumps(dict(delivery.headers), indent=2))
    elif chosen == "curl":
        from seamproof.signing.request_forms import curl_command

        body = None if file == "-" else ("--data-binary", f"@{file}")
        click.echo(curl_command(delivery, url or _DEFAULT_URL, body))
    else:
        for name, value in delivery.headers.items():
            click.echo(f"{name}: {value}")
