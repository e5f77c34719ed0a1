"""
`seamproof import`: recorded events become fixtures.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.options import (
    catalog_option,
    expand_files,
    format_option,
    open_bytes,
    reading,
)
from seamproof.cli.support.output import plural, safe
from seamproof.cli.support.recordings.pseudonyms import fixture_writer, pseudonymise_option
from seamproof.environment import read_catalogue
from seamproof.errors import UsageError
from seamproof.formats import one_line

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject
    from seamproof.recordings.drift import Drift
    from seamproof.recordings.fixtures import FixtureWriter
    from seamproof.recordings.sources.recording import NoEvent, Recording
    from seamproof.schemas import Catalogue

_DIRECTORY: Final = "tests/fixtures/seam"
#: How many places of a reason are named.
_NAMED: Final = 3


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--to",
    "directory",
    default=_DIRECTORY,
    show_default=True,
    metavar="DIR",
    help="Where the fixtures go: one file for each event; no file is overwritten.",
)
@pseudonymise_option
@catalog_option
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    files: tuple[str, ...],
    directory: str,
    pseudonymise: bool,
    catalog_dir: str | None,
    style: str,
) -> None:
    """
    Write recorded events as fixtures, which `emit --file` sends with new signatures.

    A FILE contains events as `validate` reads them, an answer of Seam's /events/list, a HAR
    file, requests that ngrok has captured (/api/requests/http of its agent), or events of
    Hookdeck. A directory stands for the .json, .jsonl, .ndjson and .har files in it, - for
    standard input. What is no event is skipped, and reported with the reason. Exits 1 if there
    is no event at all.

    \b
    Example:
      seamproof import events.json --to tests/fixtures/seam
      curl -s http://127.0.0.1:4040/api/requests/http | seamproof import -
    """
    from seamproof.recordings.drift import Drift
    from seamproof.recordings.sources.reading import RECORDING_SUFFIXES

    names = list(expand_files(files, RECORDING_SUFFIXES))
    catalogue = read_catalogue(catalog_dir)
    writer = fixture_writer(Path(directory), catalogue, pseudonymise=pseudonymise)
    drift = Drift()
    imported = [_import_file(name, writer, drift, catalogue) for name in names]
    click.echo(_as_json(imported, drift) if style == "json" else _as_text(imported, drift))
    ctx.exit(0 if any(one.events for one in imported) else 1)


@dataclass(slots=True)
class ImportedFile:
    """
    What became of a file.

    Attributes:
        source: The file.
        events: How many events it contains.
        written: The new fixtures.
        present: How many events have fixtures already.
        skipped: What is no event.
    """

    source: str
    events: int = 0
    written: list[str] = field(default_factory=list)
    present: int = 0
    skipped: list[NoEvent] = field(default_factory=list)


def _import_file(
    source: str, writer: FixtureWriter, drift: Drift, catalogue: Catalogue
) -> ImportedFile:
    from seamproof.recordings.drift import deviations
    from seamproof.recordings.sources.reading import read_recordings
    from seamproof.recordings.sources.recording import Recording
    from seamproof.schemas.payload_files import LINE_SUFFIXES

    done = ImportedFile(source)
    with open_bytes(source) as stream:
        one_a_line = Path(source).suffix in LINE_SUFFIXES
        for one in reading(read_recordings(stream, one_a_line=one_a_line), source):
            if not isinstance(one, Recording):
                done.skipped.append(one)
                continue
            done.events += 1
            found = deviations(one.payload, catalogue)
            _write(one, writer, done)
            event_id = str(one.payload.get("event_id") or f"{source} {done.events}")
            drift.add(event_id, one.payload["event_type"], found)
    return done


def _write(recording: Recording, writer: FixtureWriter, done: ImportedFile) -> None:
    try:
        fixture = writer.write(recording.payload, recording.body)
    except OSError as problem:
        what = f"the fixture cannot be written: {problem.strerror}"
        raise UsageError(what, where=str(problem.filename)) from problem
    if fixture.is_new:
        done.written.append(str(fixture.path))
    else:
        done.present += 1


def _as_text(imported: list[ImportedFile], drift: Drift) -> str:
    from seamproof.cli.support.recordings.drift_report import drift_lines

    lines = []
    for one in imported:
        parts = [plural(one.events, "event"), f"{len(one.written):,} new"]
        parts += [f"{one.present:,} there already"] if one.present else []
        lines.append(f"{one_line(one.source)}: {', '.join(parts)}")
        for reason, places in _reasons(one).items():
            named = "; ".join(one_line(place) for place in places[:_NAMED])
            more = f" and {len(places) - _NAMED:,} more" if len(places) > _NAMED else ""
            lines.append(f"  skipped {named}{more}: {one_line(reason)}")
    return "\n".join([*lines, *(drift_lines(drift) if any(one.events for one in imported) else [])])


def _reasons(imported: ImportedFile) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for one in imported.skipped:
        reasons.setdefault(one.reason, []).append(one.where)
    return reasons


def _as_json(imported: list[ImportedFile], drift: Drift) -> str:
    from seamproof.cli.support.recordings.drift_report import drift_json

    entries: list[JsonObject] = [
        {
            "source": one.source,
            "events": one.events,
            "written": one.written,
            "present": one.present,
            "skipped": [{"where": item.where, "reason": item.reason} for item in one.skipped],
        }
        for one in imported
    ]
    totals = Counter[str]()
    for one in imported:
        totals.update(
            events=one.events,
            written=len(one.written),
            present=one.present,
            skipped=len(one.skipped),
        )
    document = {"files": entries, "summary": dict(totals), "drift": drift_json(drift)}
    return json.dumps(safe(document), indent=2)
