"""
`--report FORMAT=PATH`: reports in files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.annotations.repository import repository_root
from seamproof.atomic_files import write_atomically
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seamproof.checks.replay.cases import Case
    from seamproof.checks.reporting.view import ReportView


def read_reports(
    texts: Sequence[str], formats: Sequence[str] | None = None
) -> list[tuple[str, Path]]:
    """
    Read `FORMAT=PATH`, and check before the run that the file can be written after it.

    Args:
        texts: As they were given.
        formats: The formats that there are; by default those of the battery.

    Raises:
        UsageError: There is no such format, or the file cannot be written.
    """
    known = REPORTS if formats is None else formats
    reports = []
    for text in texts:
        style, equals, name = text.partition("=")
        if style not in known or not equals or not name:
            what, expected = "a report is a format, an equals sign and a path", ", ".join(known)
            raise UsageError(
                what,
                where="--report",
                expected=f"{known[0]}=report.{known[0]}; formats are {expected}",
                found=text,
            )
        path = Path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            there = path.exists()
            path.open("ab").close()
            if not there:
                path.unlink()
        except OSError as problem:
            what = f"the report cannot be written: {problem.strerror}"
            raise UsageError(what, where=name) from problem
        reports.append((style, path))
    return reports


def write_reports(
    reports: Sequence[tuple[str, Path]], view: ReportView, cases: Sequence[Case]
) -> None:
    """
    Write each report to its file.
    """
    for style, path in reports:
        for file, text in _WRITERS[style](view, cases, path).items():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, text)


def _pytest(view: ReportView, cases: Sequence[Case], path: Path) -> dict[Path, str]:
    from seamproof.checks.replay.as_pytest import as_pytest

    return as_pytest(view.report.target, cases, path)


def _json(view: ReportView, _: Sequence[Case], path: Path) -> dict[Path, str]:
    from seamproof.checks.reporting.formats.as_json import as_json

    return {path: as_json(view)}


def _junit(view: ReportView, _: Sequence[Case], path: Path) -> dict[Path, str]:
    from seamproof.checks.reporting.formats.as_junit import as_junit

    return {path: as_junit(view)}


def _html(view: ReportView, _: Sequence[Case], path: Path) -> dict[Path, str]:
    from seamproof.checks.reporting.formats.as_html import as_html

    return {path: as_html(view)}


def _sarif(view: ReportView, _: Sequence[Case], path: Path) -> dict[Path, str]:
    from seamproof.checks.reporting.formats.as_sarif import as_sarif

    return {path: as_sarif(view, repository_root())}


#: By format, what writes a report. The modules are loaded with the first report.
_WRITERS: Final[Mapping[str, Callable[[ReportView, Sequence[Case], Path], dict[Path, str]]]] = {
    "json": _json,
    "junit": _junit,
    "html": _html,
    "pytest": _pytest,
    "sarif": _sarif,
}
#: The formats of reports.
REPORTS: Final = tuple(_WRITERS)
