"""
`seamproof schemas`: derive, list and show the contract.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from seamproof.cli.output import plural
from seamproof.errors import UsageError


@click.group("schemas", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """
    Derive, list and show the schemas of the events.

    \b
    Example:
      seamproof schemas show acs_credential.issued
    """


@command.command("derive")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--out", "directory", required=True, metavar="DIR", help="Where the schemas go.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with a diff when DIR differs.")
@click.pass_context
def derive(ctx: click.Context, sources: tuple[str, ...], directory: str, *, check: bool) -> None:
    """
    Derive JSON Schemas from Seam's documentation pages and OpenAPI documents.

    A SOURCE is a page (.md, .mdx), an OpenAPI document (.json) or a directory
    of them. Pages say which events there are; an OpenAPI document adds to what
    they tell, and stands alone where there is no page.

    \b
    Example:
      seamproof schemas derive pages/*.md openapi.json --out schemas
      seamproof schemas derive pages/*.md openapi.json --out schemas --check
    """
    from seamproof.schemas.store import derive_from, difference, write  # noqa: PLC0415 - start-up cost

    if not directory:
        what = "--out names no directory"
        raise UsageError(what, cure="--out . stands for this one")
    derived = derive_from(sources)
    found = plural(len(derived.schemas), "event type")
    if check:
        diff = difference(derived, Path(directory))
        click.echo(diff, nl=False)
        if diff:
            click.echo(f"{directory} is not what the sources give ({found})", err=True)
            ctx.exit(1)
        click.echo(f"{directory} is what the sources give: {found}", err=True)
        return
    removed = write(derived, Path(directory))
    for name in removed:
        click.echo(f"removed {Path(directory) / name}: the sources do not have it", err=True)
    click.echo(f"wrote {found} to {directory}", err=True)


@command.command("list")
@click.argument("pattern", default="*")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
def list_(pattern: str, style: str) -> None:
    """
    List the event types that PATTERN fits.

    \b
    Example:
      seamproof schemas list 'connected_account.*'
    """
    from seamproof.schemas import catalog  # noqa: PLC0415 - start-up cost

    schemas = catalog().match(pattern)
    if style == "json":
        rows = [
            {
                "event_type": schema.event_type,
                "title": schema.title,
                "description": schema.description,
                "resource": schema.resource,
                "documented": schema.documented,
                "deprecated": schema.deprecated,
                "required": list(schema.required),
                "optional": sorted({*schema.properties} - {*schema.required}),
            }
            for schema in schemas
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(schema.event_type) for schema in schemas)
    for schema in schemas:
        mark = "  (deprecated)" if schema.deprecated else ""
        click.echo(f"{schema.event_type:<{width}}  {schema.description}{mark}")


@command.command("show")
@click.argument("event_type")
def show(event_type: str) -> None:
    """
    Print the JSON Schema of one event type.

    \b
    Example:
      seamproof schemas show acs_credential.issued
    """
    from seamproof.schemas import catalog  # noqa: PLC0415 - start-up cost

    if any(character in event_type for character in "*?["):
        what = "show takes one event type, not a pattern"
        raise UsageError(what, found=event_type, cure="`seamproof schemas list PATTERN`")
    click.echo(json.dumps(catalog()[event_type].document, indent=2, ensure_ascii=False))
