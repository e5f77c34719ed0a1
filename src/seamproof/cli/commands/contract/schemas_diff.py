"""
`seamproof schemas diff`, `check-docs` and `check-sdk`: changes, and their impact on a handler.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.cli.commands.contract.change_words import describe_change, describe_group
from seamproof.cli.commands.contract.comparison import (
    Comparison,
    annotation,
    cell,
    change_entry,
    remarks,
)
from seamproof.cli.support.options import consumer_option, option_group, stamp_option
from seamproof.cli.support.output import paint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seamproof.annotations.workflow_commands import Level
    from seamproof.json_types import JsonObject
    from seamproof.schemas.diff.changes import Change
    from seamproof.schemas.diff.versions import Contracts
    from seamproof.schemas.sources.source import Source

_COLOURS: Final = {"breaking": "red", "widening": "yellow", "compatible": "green"}
#: The annotation of GitHub for each class of change.
_LEVELS: Final[Mapping[str, Level]] = {
    "breaking": "error",
    "widening": "warning",
    "compatible": "notice",
}

#: The options for the format of the changes and for which changes fail.
comparison_options = option_group(
    click.option(
        "--format",
        "style",
        type=click.Choice(["text", "json", "markdown", "github"]),
        default="text",
        help="text; json for programs; markdown; or github, which writes annotations.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["breaking", "any", "never"]),
        default="breaking",
        show_default=True,
        help="Which changes make the exit status 1.",
    ),
    consumer_option,
    click.option("-v", "--verbose", is_flag=True, help="List each change, with what to do."),
)


@click.command("diff")
@click.argument("old")
@click.argument("new")
@comparison_options
@click.pass_context
def diff(ctx: click.Context, /, *, old: str, new: str, **output: Any) -> None:
    """
    Compare two versions of the schemas from the handler's side.

    OLD and NEW are directories of schemas, bundles, OpenAPI documents, SDKs (two
    versions of the same), or `builtin`. A new value of an enum is of the class
    widening: it breaks only a handler that switches on the value. Equal changes are
    one line.

    \b
    Example:
      seamproof schemas diff builtin openapi.json
      seamproof schemas diff old/ new/ --format markdown --fail-on any
    """
    from seamproof.schemas.diff.versions import read_contracts, sources_of_contracts

    before, after = read_contracts(old), read_contracts(new)
    known, other = sources_of_contracts(before), sources_of_contracts(after)
    _report(ctx, _compare(before, after, known, other), **output)


@click.command("check-docs")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@stamp_option
@comparison_options
@click.pass_context
def check_docs(
    ctx: click.Context, /, *, sources: tuple[str, ...], stamps: tuple[str, ...], **output: Any
) -> None:
    """
    Compare Seam's documentation or SDKs with the built-in schemas.

    A SOURCE is a page, an OpenAPI document, an SDK, or a directory of them. A page is
    compared with the events of its resource, the others with all. The OpenAPI document
    is at https://connect.getseam.com/openapi.json, https://docs.seam.co/llms.txt lists
    the pages.

    \b
    Example:
      seamproof schemas check-docs openapi.json
      seamproof schemas check-docs pages/locks.md --format json
    """
    from seamproof.schemas.derive.source_files import parse_stamp
    from seamproof.schemas.diff.docs import read_docs
    from seamproof.schemas.sources.recorded import built_in_sources

    compared = [
        _compare(one.old, one.new, built_in_sources(), one.sources)
        for one in read_docs(sources, [parse_stamp(one) for one in stamps])
    ]
    found = {repr(change): change for one in compared for change in one.found}
    older = next((one.older for one in compared if one.older), None)
    _report(ctx, Comparison(tuple(found.values()), older), **output)


@click.command("check-sdk")
@click.option(
    "--package",
    metavar="PATH",
    help="A package, directory, file, wheel or npm tarball. Default: what is installed or locked.",
)
@comparison_options
@click.pass_context
def check_sdk(ctx: click.Context, /, *, package: str | None, **output: Any) -> None:
    """
    Compare Seam's SDK with the built-in schemas, offline.

    Looks for the Python SDK (seam) and the JavaScript SDK (@seamapi/http): in .venv, this
    environment, node_modules, and lock files. The SDK is read as text and never imported.

    \b
    Example:
      seamproof schemas check-sdk --format github
      seamproof schemas check-sdk --package seam-3.18.0-py3-none-any.whl
    """
    from seamproof.schemas.diff.sdk_check import compare_sdks

    found: list[Change] = []
    notes, older = [], None
    for one in compare_sdks(package, Path.cwd()):
        known = [one.known] if one.known else []
        compared = _compare(one.old, one.new, known, [one.source])
        found += compared.found
        older = older or compared.older
        rests = f", the contract rests on {one.known.label}" if one.known else ""
        notes.append(f"compared {one.source.label} ({one.where}){rests}")
    _report(ctx, Comparison(tuple(found), older, tuple(notes)), **output)


def _compare(
    old: Contracts, new: Contracts, known: Sequence[Source], other: Sequence[Source]
) -> Comparison:
    from seamproof.schemas.diff.changes import changes
    from seamproof.schemas.diff.groups import older_side

    found = changes(old, new)
    return Comparison(found, older_side(known, other, found, old))


def _report(
    ctx: click.Context,
    compared: Comparison,
    *,
    style: str,
    fail_on: str,
    verbose: bool,
    consumer: Path | None,
) -> None:
    if consumer is not None:
        from seamproof.cli.commands.contract.schemas_diff_for import report_for

        ctx.exit(report_for(compared, consumer, style=style, fail_on=fail_on, verbose=verbose))
    counts = Counter(str(change.impact) for change in compared.found)
    summary = {name: counts[name] for name in _COLOURS}
    for line in _STYLES[style](compared, summary, verbose=verbose):
        click.echo(line)
    failing = {"breaking": counts["breaking"], "any": len(compared.found), "never": 0}[fail_on]
    ctx.exit(1 if failing else 0)


def _as_text(compared: Comparison, counts: Mapping[str, int], *, verbose: bool) -> Iterator[str]:
    from seamproof.schemas.diff.groups import group_changes

    for group in group_changes(compared.found):
        impact = str(group.first.impact)
        yield f"{paint(f'{impact:<10}', _COLOURS[impact])} {describe_group(group)}"
        if verbose:
            yield f"           {group.first.advice}"
            yield from (f"             {describe_change(one)}" for one in group.changes)
    yield from remarks(compared)
    yield _summary(counts)


def _as_markdown(
    compared: Comparison, counts: Mapping[str, int], *, verbose: bool
) -> Iterator[str]:
    from seamproof.schemas.diff.groups import group_changes

    if compared.found:
        yield "| class | change | what a handler should do |"
        yield "| --- | --- | --- |"
    else:
        yield "No changes."
    for group in group_changes(compared.found):
        words = describe_group(group)
        if verbose and len(group.changes) > 1:
            words += f" ({', '.join(group.event_types)})"
        yield f"| {group.first.impact} | {cell(words)} | {group.first.advice} |"
    yield ""
    for remark in remarks(compared):
        yield from (remark, "")
    yield _summary(counts)


def _as_github(compared: Comparison, counts: Mapping[str, int], *, verbose: bool) -> Iterator[str]:
    from seamproof.schemas.diff.groups import group_changes

    for group in group_changes(compared.found):
        words = f"{describe_group(group)}. {group.first.advice}"
        if verbose:
            words += "\n" + "\n".join(describe_change(one) for one in group.changes)
        yield annotation(_LEVELS[group.first.impact], words)
    for remark in remarks(compared):
        yield annotation("notice", remark)
    yield _summary(counts)


def _as_json(compared: Comparison, counts: Mapping[str, int], *, verbose: bool) -> Iterator[str]:
    del verbose  # JSON has every change anyway
    report: JsonObject = {
        "changes": [change_entry(change) for change in compared.found],
        "summary": dict(counts),
    }
    if compared.notes:
        report["compared"] = list(compared.notes)
    if compared.older:
        report["older"] = {"other": compared.older.other, "known": compared.older.known}
    yield json.dumps(report, indent=2)


_STYLES: Final[Mapping[str, Callable[..., Iterator[str]]]] = {
    "text": _as_text,
    "json": _as_json,
    "markdown": _as_markdown,
    "github": _as_github,
}


def _summary(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
