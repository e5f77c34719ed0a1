"""
Changes of the contract as they concern one handler: `--for seam-consumer.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from seamproof.checks.dependencies.contract.document import read_contract
from seamproof.checks.dependencies.contract.impact import Concern, concerns_of
from seamproof.cli.commands.contract.change_words import describe_group
from seamproof.cli.commands.contract.comparison import annotation, cell, change_entry, remarks
from seamproof.cli.support.output import paint, plural
from seamproof.formats import one_line
from seamproof.json_pointer import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from seamproof.annotations.workflow_commands import Level
    from seamproof.checks.dependencies.contract.impact import ChangeConcern
    from seamproof.cli.commands.contract.comparison import Comparison

_COLOURS: Final = {Concern.BREAKS: "red", Concern.MAY: "yellow", Concern.NONE: "green"}
_LEVELS: Final[Mapping[Concern, Level]] = {
    Concern.BREAKS: "error",
    Concern.MAY: "warning",
    Concern.NONE: "notice",
}
_WIDTH: Final = max(map(len, Concern))
#: Event types whose uses are listed one by one.
_LISTED: Final = 5


def report_for(
    compared: Comparison, consumer: Path, *, style: str, fail_on: str, verbose: bool
) -> int:
    """
    Print the changes that concern a handler.

    Args:
        compared: The comparison.
        consumer: The consumer contract.
        style: A key of the formats.
        fail_on: Which changes make the exit status 1: `breaking`, `any` or `never`.
        verbose: Whether to list the changes that do not concern it as well.

    Returns:
        The exit status.
    """
    found = concerns_of(compared.found, read_contract(consumer))
    counts = Counter(one.concern for one in found)
    for line in _STYLES[style](compared, found, verbose=verbose):
        click.echo(line)
    failing = {
        "breaking": counts[Concern.BREAKS],
        "any": counts[Concern.BREAKS] + counts[Concern.MAY],
        "never": 0,
    }
    return 1 if failing[fail_on] else 0


def _groups(
    found: Sequence[ChangeConcern], *, verbose: bool
) -> Iterator[tuple[Concern, str, str, list[str]]]:
    """
    Group equal changes of one concern.

    Returns:
        The concern, the change in words, what to do, and how the handler uses what has changed.
    """
    from seamproof.schemas.diff.groups import group_changes

    for concern in Concern:
        if concern is Concern.NONE and not verbose:
            continue
        of_concern = {id(one.change): one for one in found if one.concern is concern}
        for group in group_changes(one.change for one in of_concern.values()):
            uses = [use_text(of_concern[id(one)]) for one in group.changes]
            yield concern, describe_group(group), group.first.advice, list(filter(None, uses))


def use_text(one: ChangeConcern) -> str:
    """
    Say how the handler uses what has changed: `lock.unlocked method: read (app.py:12)`.
    """
    if one.concern is Concern.NONE:
        return ""
    if one.use is None:
        return f"{one.change.event_type}: {one.reason or 'the handler acts on it'}"
    place = f" ({one.use.place})" if one.use.place else ""
    reason = f": {one.reason}" if one.reason else ""
    return f"{one.change.event_type} {readable(one.use.pointer)}: {one.use.use}{reason}{place}"


def _as_text(
    compared: Comparison, found: Sequence[ChangeConcern], *, verbose: bool
) -> Iterator[str]:
    for concern, words, advice, uses in _groups(found, verbose=verbose):
        yield f"{paint(f'{concern:<{_WIDTH}}', _COLOURS[concern])} {words}"
        shown = uses if verbose else uses[:_LISTED]
        yield from (f"{'':<{_WIDTH}}   {one_line(use)}" for use in shown)
        if len(uses) > len(shown):
            yield f"{'':<{_WIDTH}}   … and {plural(len(uses) - len(shown), 'other use')}"
        if verbose or concern is Concern.BREAKS:
            yield f"{'':<{_WIDTH}}   {advice}"
    yield from remarks(compared)
    yield _summary(found)


def _as_markdown(
    compared: Comparison, found: Sequence[ChangeConcern], *, verbose: bool
) -> Iterator[str]:
    yield "| concern | change | used | what to do |"
    yield "| --- | --- | --- | --- |"
    for concern, words, advice, uses in _groups(found, verbose=verbose):
        yield f"| {concern} | {cell(words)} | {cell('; '.join(uses))} | {advice} |"
    yield ""
    for remark in remarks(compared):
        yield from (remark, "")
    yield _summary(found)


def _as_github(
    compared: Comparison, found: Sequence[ChangeConcern], *, verbose: bool
) -> Iterator[str]:
    for concern, words, advice, uses in _groups(found, verbose=verbose):
        text = "\n".join([f"{concern}: {words}. {advice}", *uses])
        yield annotation(_LEVELS[concern], text)
    for remark in remarks(compared):
        yield annotation("notice", remark)
    yield _summary(found)


def _as_json(
    compared: Comparison, found: Sequence[ChangeConcern], *, verbose: bool
) -> Iterator[str]:
    del verbose  # JSON has every change anyway
    report = {
        "changes": [{**change_entry(one.change), **_concern_entry(one)} for one in found],
        "summary": _counts(found),
        "compared": list(compared.notes),
    }
    yield json.dumps(report, indent=2)


def _concern_entry(one: ChangeConcern) -> dict[str, str]:
    use = one.use
    entry = {"concern": str(one.concern), "reason": one.reason}
    if use is not None:
        entry |= {"use": str(use.use), "property": use.pointer, "at": use.place}
    return {name: text for name, text in entry.items() if text}


def _counts(found: Sequence[ChangeConcern]) -> dict[str, int]:
    counts = Counter(one.concern for one in found)
    return {str(concern): counts[concern] for concern in Concern}


def _summary(found: Sequence[ChangeConcern]) -> str:
    return ", ".join(f"{count} {concern}" for concern, count in _counts(found).items())


_STYLES: Final[Mapping[str, Callable[..., Iterator[str]]]] = {
    "text": _as_text,
    "json": _as_json,
    "markdown": _as_markdown,
    "github": _as_github,
}
