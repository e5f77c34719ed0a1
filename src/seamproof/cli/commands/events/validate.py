"""
`seamproof validate`: validates files of payloads against the schemas.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from seamproof.annotations.workflow_commands import workflow_command
from seamproof.cli.support.completion import complete_event_type
from seamproof.cli.support.options import (
    catalog_option,
    consumer_option,
    expand_files,
    open_bytes,
    reading,
)
from seamproof.cli.support.output import Progress, paint, plural, reader_may_leave, safe
from seamproof.environment import read_catalogue
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.json_types import JsonObject
    from seamproof.schemas import Violation
    from seamproof.schemas.payload_files import FilePayload
    from seamproof.schemas.payload_validation import Unknown


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--event-type",
    metavar="TYPE",
    shell_complete=complete_event_type,
    help="The required type of all events.",
)
@click.option(
    "--strict", is_flag=True, help="Reject unknown properties, require all documented ones."
)
@click.option(
    "--unknown",
    type=click.Choice(["refuse", "allow"]),
    default="refuse",
    show_default=True,
    help="Event types that the contract does not have; if allowed, the envelope must be valid.",
)
@consumer_option
@catalog_option
@click.option("--format", "style", type=click.Choice(["text", "json", "github"]), default="text")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    files: tuple[str, ...],
    event_type: str | None,
    strict: bool,
    unknown: Unknown,
    consumer: Path | None,
    catalog_dir: str | None,
    style: str,
) -> None:
    """
    Validate payloads against the schemas of their event types.

    A FILE contains one event, several one after another or one per line (NDJSON),
    an array of events, or an answer of Seam's /events/list or /events/get. A
    directory stands for the .json, .jsonl and .ndjson files in it, without hidden
    ones, node_modules and virtual environments; - for standard input. Exits 1 if an
    event is invalid.

    --strict is for fixtures that are written by hand. Check recorded events
    without it: an event that Seam sends need not have every documented property.

    --for reports what an event lacks and a handler uses, by its consumer contract.

    \b
    Example:
      seamproof validate tests/fixtures/ --strict
      seamproof sample '*' | seamproof validate - --format json
    """
    from seamproof.checks.dependencies.contract.document import read_contract
    from seamproof.checks.dependencies.contract.fixtures import missing_uses
    from seamproof.schemas import violations
    from seamproof.schemas.payload_files import SUFFIXES

    catalogue = read_catalogue(catalog_dir)
    if event_type is not None:
        catalogue[event_type]

    uses = None if consumer is None else read_contract(consumer)

    def check(payload: object) -> tuple[Violation, ...]:
        found = violations(
            payload, event_type=event_type, strict=strict, unknown=unknown, catalogue=catalogue
        )
        known = {one.path for one in found if one.found == "absent"}
        lacking = () if uses is None else missing_uses(payload, uses)
        return found + tuple(one for one in lacking if one.path not in known)

    invalid = _report(_results(list(expand_files(files, SUFFIXES)), check), REPORTS[style]())
    ctx.exit(1 if invalid else 0)


@dataclass(frozen=True, slots=True)
class ValidatedEvent:
    """
    One event of a file, with its violations.
    """

    source: str
    item: FilePayload
    event_type: str | None
    violations: tuple[Violation, ...]


def _results(
    files: list[str], check: Callable[[object], tuple[Violation, ...]]
) -> Iterator[ValidatedEvent]:
    from seamproof.schemas.payload_files import LINE_SUFFIXES, read_payloads
    from seamproof.schemas.payload_validation import claimed_type

    for file in files:
        with open_bytes(file) as stream:
            one_a_line = Path(file).suffix in LINE_SUFFIXES
            for item in reading(read_payloads(stream, one_a_line=one_a_line), file):
                found = item.flaw_violations()
                if not any(one.rule in ("json", "encoding") and not one.path for one in found):
                    known = {(one.path, one.rule) for one in found}
                    violations = check(item.payload)
                    found += tuple(one for one in violations if (one.path, one.rule) not in known)
                yield ValidatedEvent(file, item, claimed_type(item.payload), found)


def _report(results: Iterator[ValidatedEvent], report: ValidationReport) -> int:
    """
    Report the results as they come, and return the number of invalid events.
    """
    progress = Progress("event")
    checked = invalid = 0
    report.begin()
    for result in results:
        checked += 1
        invalid += bool(result.violations)
        if result.violations:
            progress.clear()
        with reader_may_leave():
            report.event(result)
        progress.count(checked)
    progress.clear()
    with reader_may_leave():
        report.end(checked, invalid)
    return invalid


class ValidationReport(ABC):
    """
    A format in which the results are reported.
    """

    def begin(self) -> None:  # noqa: B027 - most formats begin with the first event
        """
        Write what comes before the first event.
        """

    @abstractmethod
    def event(self, result: ValidatedEvent) -> None:
        """
        Report one event.
        """

    @abstractmethod
    def end(self, checked: int, invalid: int) -> None:
        """
        Write the summary.
        """


class ViolationLines(ValidationReport):
    """
    A line for each violation, then a summary.
    """

    def event(self, result: ValidatedEvent) -> None:
        """
        Write a line for each violation.
        """
        for one in result.violations:
            line, column = result.item.place_of(one)
            where = one_line(f"{result.source}:{line}:{column}")
            path = paint(one_line(one.path) or "(payload)", "red")
            kind = one_line(result.event_type or "(no type)")
            click.echo(f"{where} {kind} {path} {one.rule}: {one_line(one.message)}")

    def end(self, checked: int, invalid: int) -> None:
        """
        Write the summary.
        """
        verdict = f"{invalid:,} invalid"
        rest = paint(verdict, "red") if invalid else paint("all valid", "green")
        click.echo(f"{plural(checked, 'event')} checked, {rest}")


class ViolationJson(ValidationReport):
    """
    One JSON document, written event by event.
    """

    def __init__(self) -> None:
        self._separator = ""

    def begin(self) -> None:
        """
        Write the start of the document.
        """
        click.echo('{"events": [', nl=False)

    def event(self, result: ValidatedEvent) -> None:
        """
        Write one event.
        """
        entry = {
            "source": result.source,
            "index": result.item.index,
            "event_type": result.event_type,
            "valid": not result.violations,
            "violations": [_with_place(result.item, one) for one in result.violations],
        }
        click.echo(f"{self._separator}\n{json.dumps(safe(entry), allow_nan=False)}", nl=False)
        self._separator = ","

    def end(self, checked: int, invalid: int) -> None:
        """
        Write the summary and the end of the document.
        """
        summary = json.dumps({"checked": checked, "invalid": invalid})
        click.echo(f'\n], "summary": {summary}}}')


def _with_place(item: FilePayload, violation: Violation) -> JsonObject:
    line, column = item.place_of(violation)
    return {**asdict(violation), "line": line, "column": column}


class GithubAnnotations(ValidationReport):
    """
    Annotations for a GitHub workflow, on the lines of the violations.
    """

    def event(self, result: ValidatedEvent) -> None:
        """
        Write an annotation for each violation.
        """
        for one in result.violations:
            title = one_line(f"{result.event_type or 'event'} {one.path or '(payload)'}")
            line, column = result.item.place_of(one)
            at = {"file": safe(result.source), "line": str(line), "title": title}
            at["col"] = str(column)
            click.echo(workflow_command("error", at, one_line(f"{one.rule}: {one.message}")))

    def end(self, checked: int, invalid: int) -> None:
        """
        Write the summary to standard error.
        """
        click.echo(f"{plural(checked, 'event')} checked, {invalid:,} invalid", err=True)


REPORTS: Final[Mapping[str, Callable[[], ValidationReport]]] = {
    "text": ViolationLines,
    "json": ViolationJson,
    "github": GithubAnnotations,
}
