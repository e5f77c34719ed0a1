"""
`seamproof schemas diff` and `check-docs`: changes, and their impact on a handler.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.options import option_group
from seamproof.cli.support.output import paint
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.schemas.diff.changes import Change

_COLOURS: Final = {"breaking": "red", "widening": "yellow", "compatible": "green"}


#: The options for the format of the changes and for which changes fail.
comparison_options = option_group(
    click.option(
        "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text"
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["breaking", "any", "never"]),
        default="breaking",
        show_default=True,
        help="Which changes make the exit status 1.",
    ),
)


@click.command("diff")
@click.argument("old")
@click.argument("new")
@comparison_options
@click.pass_context
def diff(ctx: click.Context, *, old: str, new: str, style: str, fail_on: str) -> None:
    """
    Compare two versions of the schemas from the handler's side.

    OLD and NEW are directories of schemas, bundles, OpenAPI documents, or
    `builtin`. A new value of an enum is of the class widening: it breaks only a
    handler that switches on the value.

    \b
    Example:
      seamproof schemas diff builtin openapi.json
      seamproof schemas diff old/ new/ --format markdown --fail-on any
    """
    from seamproof.schemas.diff.changes import changes
    from seamproof.schemas.diff.versions import read_contracts

    _report(ctx, changes(read_contracts(old), read_contracts(new)), style, fail_on)


@click.command("check-docs")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@comparison_options
@click.pass_context
def check_docs(ctx: click.Context, *, sources: tuple[str, ...], style: str, fail_on: str) -> None:
    """
    Compare Seam's documentation with the built-in schemas.

    A SOURCE is a page, an OpenAPI document, or a directory of them. A page is
    compared with the events of its resource, an OpenAPI document with all.

    \b
    Example:
      seamproof schemas check-docs openapi.json
      seamproof schemas check-docs pages/locks.md --format json
    """
    from seamproof.schemas.diff.changes import changes
    from seamproof.schemas.diff.docs import read_docs

    _report(ctx, changes(*read_docs(sources)), style, fail_on)


def _report(ctx: click.Context, found: tuple[Change, ...], style: str, fail_on: str) -> None:
    counts = Counter(str(change.impact) for change in found)
    click.echo(_STYLES[style](found, {name: counts[name] for name in _COLOURS}))
    failing = {"breaking": counts["breaking"], "any": len(found), "never": 0}[fail_on]
    ctx.exit(1 if failing else 0)


def _as_text(found: tuple[Change, ...], counts: Mapping[str, int]) -> str:
    lines = [
        f"{paint(f'{change.impact:<10}', _COLOURS[change.impact])} {one_line(change.event_type)} "
        f"{one_line(change.pointer) or '(event)'} {change.kind}: "
        f"{_brief(change.before)} → {_brief(change.after)}. {change.advice}"
        for change in found
    ]
    return "\n".join([*lines, _summary(counts)])


def _as_markdown(found: tuple[Change, ...], counts: Mapping[str, int]) -> str:
    rows = [
        f"| {change.impact} | {_code(change.event_type)} | {_code(change.pointer)} | {change.kind} "
        f"| {_code(_brief(change.before))} | {_code(_brief(change.after))} | {change.advice} |"
        for change in found
    ]
    head = [
        "| class | event type | where | change | before | after | what a handler should do |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    table = [*head, *rows] if rows else ["No changes."]
    return "\n".join([*table, "", _summary(counts)])


def _as_json(found: tuple[Change, ...], counts: Mapping[str, int]) -> str:
    rows = [
        {
            "event_type": change.event_type,
            "pointer": change.pointer,
            "kind": change.kind,
            "class": change.impact,
            "before": change.before,
            "after": change.after,
            "advice": change.advice,
        }
        for change in found
    ]
    return json.dumps({"changes": rows, "summary": dict(counts)}, indent=2)


_STYLES: Final[Mapping[str, Callable[[tuple[Change, ...], Mapping[str, int]], str]]] = {
    "text": _as_text,
    "json": _as_json,
    "markdown": _as_markdown,
}


def _summary(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _brief(value: object) -> str:
    return "nothing" if value is None else one_line(json.dumps(value, ensure_ascii=False))


def _code(text: str) -> str:
    escaped = one_line(text).replace("|", "\\|")
    return f"`{escaped}`" if text else ""
