"""
`seamproof checks`: list the checks of the battery.
"""

from __future__ import annotations

import json

import click

from seamproof.cli.support.options import format_option
from seamproof.cli.support.output import paint


@click.command("checks")
@format_option
def command(style: str) -> None:
    """
    List the checks of `seamproof check`, in the order of its report.

    \b
    Example:
      seamproof checks
      seamproof checks --format json
    """
    from seamproof.checks.battery.registry import BATTERY

    if style == "json":
        rows = [
            {name: getattr(one, name) for name in ("id", "title", "severity", "source")}
            | {"why": one.why, "cure": one.cure}
            for one in BATTERY
        ]
        click.echo(json.dumps({"checks": rows}, indent=2))
        return
    widest = max(len(one.id) for one in BATTERY)
    for one in BATTERY:
        severity = paint(f"{one.severity:<9}", "red" if one.severity == "error" else "yellow")
        click.echo(f"{one.id:<{widest}}  {severity}{one.title}")
