"""
`seamproof verify`: whether a request is genuine, and why if it is not.
"""

from __future__ import annotations

import time

import click

from seamproof.cli.support.number_types import DecimalNumber
from seamproof.cli.support.options import read_body, required_secrets, secret_option
from seamproof.cli.support.output import paint
from seamproof.errors import UsageError


@click.command("verify")
@click.argument("file", default="-")
@secret_option
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="A header of the request; can be repeated.",
)
@click.option(
    "--at",
    type=DecimalNumber(min=0),
    metavar="TIME",
    help="The receiver's clock, epoch seconds. Default: now.",
)
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    secrets: tuple[str, ...],
    headers: tuple[str, ...],
    at: float | None,
) -> None:
    """
    Verify a signed request, and say why it is not genuine.

    FILE holds the body; - is standard input. Exits 1 if the request is not genuine.

    \b
    Example:
      seamproof verify body.json --secret whsec_… --header 'svix-id: msg_1' \\
        --header 'svix-timestamp: 1700000000' --header 'svix-signature: v1,…'
    """
    from seamproof.signing import verify

    keys = required_secrets(secrets)
    given = dict(_header(text) for text in headers)
    verdict = verify(read_body(file), given, keys, now=time.time() if at is None else at)
    word = paint("genuine", "green") if verdict else paint("not genuine", "red")
    click.echo(f"{word}: {verdict.reason}: {verdict.explanation}")
    ctx.exit(0 if verdict else 1)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        what = "a header has the form NAME: VALUE"
        raise UsageError(what, expected="'svix-id: msg_…'", found=text)
    return name.strip().lower(), value.strip()
