"""
Sources and schemas on disk: reading the ones, writing and comparing the others.
"""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import SourceInvalid, UsageError
from seamproof.schemas.derivation import ID_PREFIX, Derived, derive
from seamproof.schemas.openapi import OpenApiEvent, read_openapi
from seamproof.schemas.pages import PageEvent, read_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SOURCE_SUFFIXES: Final = (".json", ".md", ".mdx")


def derive_from(sources: Iterable[str | Path]) -> Derived:
    """
    Derive schemas from documentation pages and OpenAPI documents.

    Args:
        sources: Files, or directories of `.md`, `.mdx` and `.json` files.

    Raises:
        SourceInvalid: A source is malformed; says file and line.
        UsageError: A source cannot be read.
    """
    pages: list[PageEvent] = []
    specs: list[OpenApiEvent] = []
    for path in _source_files(sources):
        text = _read(path)
        if text.lstrip().startswith(("{", "[")):
            specs += read_openapi(text, str(path))
        else:
            pages += read_page(text, str(path))
    return derive(pages, specs)


def _source_files(sources: Iterable[str | Path]) -> Iterator[Path]:
    for source in map(Path, sources):
        if not source.is_dir():
            yield source
            continue
        inside = sorted(one for one in source.rglob("*") if one.suffix in _SOURCE_SUFFIXES)
        if not inside:
            what, expected = "the directory holds no source", " or ".join(_SOURCE_SUFFIXES)
            raise UsageError(what, where=str(source), expected=f"files ending in {expected}")
        yield from inside


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        what = f"the source cannot be read: {problem.strerror}"
        raise UsageError(what, where=str(path)) from problem
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        what = f"byte 0x{problem.object[problem.start]:02x} is not UTF-8"
        raise SourceInvalid(what, where=f"{path}:{line}") from problem


def render(document: Mapping[str, Any]) -> str:
    """
    Write a schema as it stands in its file.
    """
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def difference(derived: Derived, directory: Path) -> str:
    """
    Compare a directory with what the sources give; empty when they agree.
    """
    wanted = {f"{name}.json": render(schema) for name, schema in derived.schemas.items()}
    present = {path.name: path.read_text(encoding="utf-8") for path in _derived_files(directory)}
    for name in wanted:
        path = directory / name
        if name not in present and path.is_file():
            present[name] = path.read_text(encoding="utf-8", errors="replace")
    return "".join(
        line if line.endswith("\n") else f"{line}\n"
        for name in sorted({*wanted, *present})
        for line in difflib.unified_diff(
            present.get(name, "").splitlines(keepends=True),
            wanted.get(name, "").splitlines(keepends=True),
            str(directory / name) if name in present else os.devnull,
            f"derived/{name}" if name in wanted else os.devnull,
        )
    )


def write(derived: Derived, directory: Path) -> tuple[str, ...]:
    """
    Make a directory hold exactly the schemas that the sources give.

    Everything is written beside its place first and then moved there, so that
    nothing half-written is ever found. Schemas of event types that the sources
    do not have any more are removed; other files are left alone.

    Returns:
        The names of the files that were removed.

    Raises:
        UsageError: The directory cannot be written.
    """
    wanted = {f"{name}.json": render(schema) for name, schema in derived.schemas.items()}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory, prefix=".derive-") as beside:
            for name, text in wanted.items():
                (Path(beside) / name).write_text(text, encoding="utf-8", newline="\n")
            for name in wanted:
                (Path(beside) / name).replace(directory / name)
        stale = [path for path in _derived_files(directory) if path.name not in wanted]
        for path in stale:
            path.unlink()
    except OSError as problem:
        what = f"the schemas cannot be written: {problem.strerror}"
        raise UsageError(what, where=str(problem.filename or directory)) from problem
    return tuple(path.name for path in stale)


def _derived_files(directory: Path) -> list[Path]:
    """
    The files of a directory that hold schemas of this kind.
    """
    return [
        path
        for path in sorted(directory.glob("*.json"))
        if f'"$id": "{ID_PREFIX}' in path.read_text(encoding="utf-8", errors="replace")[:400]
    ]
