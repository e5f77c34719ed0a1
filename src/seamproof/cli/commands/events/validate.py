"""
`seamproof validate`: files of payloads against the contract.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import click

from seamproof.cli.support.options import catalog_option, open_bytes, read_catalogue, reading
from seamproof.cli.support.output import Progress, one_line, paint, plural, safe
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.schemas import Violation
    from seamproof.schemas.payload_files import Item
    from seamproof.schemas.payload_validation import Unknown


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--event-type", metavar="T", help="The type that every event must be of.")
@click.option(
    "--strict", is_flag=True, help="Refuse unknown properties, ask for all documented ones."
)
@click.option(
    "--unknown",
    type=click.Choice(["refuse", "allow"]),
    default="refuse",
    show_default=True,
    help="An event type that the contract does not have: allowed, its envelope must be right.",
)
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
    catalog_dir: str | None,
    style: str,
) -> None:
    """
    Hold payloads against the contract of their event types.

    A FILE holds one event, an array of events, or an event a line (NDJSON); a
    directory stands for the .json, .jsonl and .ndjson files in it, - for
    standard input. Exits 1 when an event breaks the contract.

    \b
    Example:
      seamproof validate tests/fixtures/ --strict
      seamproof sample '*' | seamproof validate - --format json
    """
    from seamproof.schemas import violations

    catalogue = read_catalogue(catalog_dir)
    if event_type is not None:
        catalogue[event_type]

    def judge(payload: object) -> tuple[Violation, ...]:
        return violations(
            payload, event_type=event_type, strict=strict, unknown=unknown, catalogue=catalogue
        )

    sources = list(_expand(files))
    report = REPORTS[style]()
    progress = Progress("event")
    checked = invalid = 0
    report.begin()
    for result in _results(sources, judge):
        checked += 1
        invalid += bool(result.violations)
        if result.violations:
            progress.clear()
        report.event(result)
        progress.count(checked)
    progress.clear()
    report.end(checked, invalid)
    ctx.exit(1 if invalid else 0)


@dataclass(frozen=True, slots=True)
class Result:
    """
    One event of a file, and how it breaks the contract.
    """

    source: str
    item: Item
    event_type: str | None
    violations: tuple[Violation, ...]


def _expand(files: tuple[str, ...]) -> Iterator[str]:
    from seamproof.schemas.payload_files import SUFFIXES

    if files.count("-") > 1:
        what = "standard input can be read only once"
        raise UsageError(what, found="- several times")
    for file in files:
        path = Path(file)
        if file != "-" and not os.path.exists(file):  # noqa: PTH110 - Path raises for a long name
            what = "there is no such file"
            raise UsageError(what, where=file)
        if not path.is_dir():
            yield file
            continue
        inside = sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file())
        if not inside:
            what, expected = "the directory holds no payloads", " or ".join(SUFFIXES)
            raise UsageError(what, where=file, expected=f"files ending in {expected}")
        yield from map(str, inside)


def _results(
    files: list[str], judge: Callable[[object], tuple[Violation, ...]]
) -> Iterator[Result]:
    from seamproof.schemas.payload_files import LINE_SUFFIXES, read_payloads
    from seamproof.schemas.payload_validation import claimed_type

    for file in files:
        with open_bytes(file) as stream:
            one_a_line = Path(file).suffix in LINE_SUFFIXES
            for item in reading(read_payloads(stream, one_a_line=one_a_line), file):
                broken = item.flaw_violations()
                if not any(one.rule in ("json", "encoding") and not one.path for one in broken):
                    told = {(one.path, one.rule) for one in broken}
                    found = judge(item.payload)
                    broken += tuple(one for one in found if (one.path, one.rule) not in told)
                yield Result(file, item, claimed_type(item.payload), broken)


class Report(Protocol):
    """
    How results are told.
    """

    def begin(self) -> None:
        """
        Before the first event.
        """

    def event(self, result: Result) -> None:
        """
        After each event.
        """

    def end(self, checked: int, invalid: int) -> None:
        """
        After the last event.
        """


class TextReport:
    """
    A line for each violation, a summary last.
    """

    def begin(self) -> None:
        """
        Nothing to say yet.
        """

    def event(self, result: Result) -> None:
        """
        Say where and what.
        """
        for one in result.violations:
            where = one_line(f"{result.source}[{result.item.index}]")
            spot = paint(one_line(one.path) or "(payload)", "red")
            kind = one_line(result.event_type or "(no type)")
            click.echo(f"{where} {kind} {spot} {one.rule}: {one_line(one.message)}")

    def end(self, checked: int, invalid: int) -> None:
        """
        Sum up.
        """
        verdict = f"{invalid:,} invalid"
        rest = paint(verdict, "red") if invalid else paint("all valid", "green")
        click.echo(f"{plural(checked, 'event')} checked, {rest}")


class JsonReport:
    """
    One JSON document, written as the events pass by.
    """

    def __init__(self) -> None:
        self._separator = ""

    def begin(self) -> None:
        """
        Open the document.
        """
        click.echo('{"events": [', nl=False)

    def event(self, result: Result) -> None:
        """
        Write one event.
        """
        entry = {
            "source": result.source,
            "index": result.item.index,
            "event_type": result.event_type,
            "valid": not result.violations,
            "violations": [asdict(one) for one in result.violations],
        }
        click.echo(f"{self._separator}\n{json.dumps(safe(entry), allow_nan=False)}", nl=False)
        self._separator = ","

    def end(self, checked: int, invalid: int) -> None:
        """
        Close the document.
        """
        summary = json.dumps({"checked": checked, "invalid": invalid})
        click.echo(f'\n], "summary": {summary}}}')


class GithubReport:
    """
    Annotations of a GitHub workflow, on the lines that are wrong.
    """

    def begin(self) -> None:
        """
        Nothing to say yet.
        """

    def event(self, result: Result) -> None:
        """
        Annotate each violation.
        """
        for one in result.violations:
            title = one_line(f"{result.event_type or 'event'} {one.path or '(payload)'}")
            at = {"file": safe(result.source), "line": str(_line(result.item, one)), "title": title}
            spot = ",".join(f"{key}={_escape(text, ':,')}" for key, text in at.items())
            click.echo(f"::error {spot}::{_escape(one_line(f'{one.rule}: {one.message}'))}")

    def end(self, checked: int, invalid: int) -> None:
        """
        Sum up where the annotations are not read.
        """
        click.echo(f"{plural(checked, 'event')} checked, {invalid:,} invalid", err=True)


def _line(item: Item, violation: Violation) -> int:
    from seamproof.schemas.json_text import line_of

    spot = (violation.path, violation.rule)
    flaw = next((one for one in item.flaws if (one.path, one.rule) == spot), None)
    if flaw:
        return flaw.line
    return item.line + line_of(item.body.decode(errors="surrogatepass"), violation.path) - 1


def _escape(text: str, more: str = "") -> str:
    """
    Escape as workflow commands ask for (actions/toolkit, command.ts).
    """
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


REPORTS: Final[Mapping[str, Callable[[], Report]]] = {
    "text": TextReport,
    "json": JsonReport,
    "github": GithubReport,
}
