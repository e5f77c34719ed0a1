"""
`seamproof schemas`: derive, list, show, export and compare the schemas.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seamproof.cli.commands.contract.schemas_diff import check_docs, check_sdk, diff
from seamproof.cli.support.completion import complete_event_type
from seamproof.cli.support.groups import SuggestingGroup
from seamproof.cli.support.options import (
    catalog_option,
    format_option,
    stamp_option,
    undocumented_option,
)
from seamproof.cli.support.output import plural
from seamproof.environment import read_catalogue
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.schemas.derive.derivation import Derived
    from seamproof.schemas.sources.source import Source


@click.group(
    "schemas", cls=SuggestingGroup, context_settings={"help_option_names": ["-h", "--help"]}
)
def command() -> None:
    """
    Derive, list, show, export and compare the schemas of the events.

    \b
    Example:
      seamproof schemas show acs_credential.issued
    """


command.add_command(diff)
command.add_command(check_docs)
command.add_command(check_sdk)


@command.command("derive")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--out", "directory", required=True, metavar="DIR", help="The directory to write to.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with a diff if DIR differs.")
@click.option(
    "--report", metavar="FILE", help="Write what the sources say differently, and which one won."
)
@stamp_option
@click.option(
    "--grouped/--side-by-side",
    default=None,
    help="Group by resource, with shared definitions; or write complete files. Default: as in DIR.",
)
@click.pass_context
def derive(
    ctx: click.Context,
    *,
    sources: tuple[str, ...],
    directory: str,
    check: bool,
    report: str | None,
    stamps: tuple[str, ...],
    grouped: bool | None,
) -> None:
    """
    Derive JSON Schemas from Seam's documentation and SDKs.

    A SOURCE is a page (.md, .mdx), an OpenAPI document (.json), an SDK or a
    directory of them. An SDK is an installed package (seam), its directory, its
    wheel, a npm tarball (.tgz) of @seamapi/http, or the file with the events. It is
    read as text. The newest source that speaks of a thing wins.

    \b
    Example:
      seamproof schemas derive pages/*.md openapi.json --out schemas --check
      seamproof schemas derive openapi.json seam-3.18.0.whl --out schemas \\
        --stamp openapi.json=1.1038.0@2026-08-21
    """
    from seamproof.schemas.derive.schema_files import derive_from, difference, write
    from seamproof.schemas.derive.source_files import parse_stamp

    if not directory:
        what = "--out is empty"
        raise UsageError(what, cure="use --out . for the current directory")
    derived = derive_from(sources, [parse_stamp(one) for one in stamps])
    found = plural(len(derived.schemas), "event type")
    if report is not None:
        _write(report, _as_report(derived))
        count = plural(len(derived.contradictions), "contradiction")
        count += f" and {plural(len(derived.differences), 'difference')}" * bool(
            derived.differences
        )
        click.echo(f"wrote {count} to {report}", err=True)
    if check:
        changed = difference(derived, Path(directory), grouped=grouped)
        click.echo(changed, nl=False)
        if changed:
            click.echo(f"{directory} differs from the sources ({found})", err=True)
            ctx.exit(1)
        click.echo(f"{directory} agrees with the sources: {found}", err=True)
        return
    for name in write(derived, Path(directory), grouped=grouped):
        click.echo(f"removed {Path(directory) / name}: not in the sources", err=True)
    click.echo(f"wrote {found} to {directory}", err=True)


def _as_report(derived: Derived) -> JsonObject:
    """
    Convert what the sources say differently to JSON; without an SDK only pages can contradict.
    """
    report: JsonObject = {"contradictions": [asdict(one) for one in derived.contradictions]}
    if any(one.can.is_sdk for one in derived.sources):
        report["differences"] = [asdict(one) for one in derived.differences]
        report["sources"] = [one.note for one in derived.sources]
    return report


def _write(file: str, value: object) -> None:
    try:
        Path(file).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as problem:
        what = f"the file cannot be written: {problem.strerror}"
        raise UsageError(what, where=file) from problem


@command.command("list")
@click.argument("pattern", default="*", shell_complete=complete_event_type)
@click.option(
    "--all", "everything", is_flag=True, help="Include undocumented and deprecated types."
)
@click.option(
    "--sources", is_flag=True, help="List what the schemas rest on, with versions and dates."
)
@catalog_option
@format_option
def list_(
    *, pattern: str, everything: bool, sources: bool, catalog_dir: str | None, style: str
) -> None:
    """
    List the event types that match PATTERN, or the sources of their schemas.

    \b
    Example:
      seamproof schemas list 'connected_account.*'
      seamproof schemas list --sources
    """
    schemas = read_catalogue(catalog_dir).match(pattern, undocumented=everything or sources)
    if sources:
        _list_sources(schemas, style)
        return
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
        line = f"{schema.event_type:<{width}}  {schema.description}"
        formerly = schema.document["x-seam"].get("formerly")
        status = "formerly documented" if formerly else "undocumented"
        line += "" if schema.documented else f" ({status})"
        line += " (deprecated)" if schema.deprecated else ""
        click.echo(line)


def _list_sources(schemas: Sequence[EventSchema], style: str) -> None:
    """
    Print the sources that schemas were derived from, the newest first.
    """
    from seamproof.schemas.sources.recorded import sources_of

    found = sources_of(schema.document for schema in schemas)[::-1]
    if style == "json":
        rows = [{**one.note, "events": _count(one, schemas)} for one in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("the schemas do not say what they rest on")
    table = [(one.date or "no date", one.can.title, one.name, one.version) for one in found]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row, one in zip(table, found, strict=True):
        line = "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True))
        click.echo(f"{line}  {plural(_count(one, schemas), 'event type')}")


def _count(source: Source, schemas: Sequence[EventSchema]) -> int:
    from seamproof.schemas.sources.recorded import sources_of

    return sum(source in sources_of([schema.document]) for schema in schemas)


@command.command("show")
@click.argument("event_type", shell_complete=complete_event_type)
@click.option("--bundle", is_flag=True, help="Include shared definitions, to use the schema alone.")
@catalog_option
def show(*, event_type: str, bundle: bool, catalog_dir: str | None) -> None:
    """
    Print the JSON Schema of one event type, as in its file.

    \b
    Example:
      seamproof schemas show acs_credential.issued --bundle
    """
    if any(character in event_type for character in "*?["):
        what = "show takes one event type, not a pattern"
        raise UsageError(what, found=event_type, cure="`seamproof schemas list PATTERN`")
    schema = read_catalogue(catalog_dir)[event_type]
    document = schema.document if bundle else schema.written
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@command.command("export")
@click.argument("pattern", default="*", shell_complete=complete_event_type)
@click.option(
    "--format",
    "style",
    type=click.Choice(["json-schema", "openapi", "asyncapi"]),
    required=True,
    help="One JSON Schema, OpenAPI 3.1 webhooks, or AsyncAPI 3.0.",
)
@click.option("--out", metavar="PATH", help="The file to write to. Default: standard output.")
@undocumented_option
@catalog_option
def export(
    *, pattern: str, style: str, out: str | None, undocumented: bool, catalog_dir: str | None
) -> None:
    """
    Export the events that match PATTERN as one document for other tools.

    \b
    Example:
      seamproof schemas export --format openapi --out seam-webhooks.json
      seamproof schemas export --format json-schema 'lock.*'
    """
    from seamproof.schemas.export import FORMATS

    schemas = read_catalogue(catalog_dir).match(pattern, undocumented=undocumented)
    document = FORMATS[style](schemas)
    if out is None:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    _write(out, document)
    click.echo(f"wrote {plural(len(schemas), 'event type')} to {out}", err=True)
