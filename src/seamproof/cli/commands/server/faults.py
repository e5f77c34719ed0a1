"""
`seamproof faults`: the faults that can be injected into deliveries.
"""

from __future__ import annotations

import json

import click

from seamproof.cli.support.options import format_option
from seamproof.cli.support.output import paint


@click.command("faults")
@format_option
def command(*, style: str) -> None:
    """
    List the faults, and how a good handler answers each.

    \b
    Example:
      seamproof faults
      seamproof trigger acs_credential.issued --fault duplicate
      seamproof serve --to http://127.0.0.1:8000/webhooks/seam --fault bad_signature:0.1
    """
    from seamproof.mock_server.faults.catalogue import FAULTS

    width = max(map(len, FAULTS))
    for fault in FAULTS.values():
        if style == "json":
            shown = {"name": fault.name, "line": fault.line, "answer": fault.answer}
            click.echo(json.dumps(shown))
        else:
            name = paint(f"{fault.name:{width}}", "cyan")
            click.echo(f"{name}  {fault.line}  → {fault.answer}")
