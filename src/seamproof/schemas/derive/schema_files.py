"""
Reads documentation sources from disk; writes and compares directories of schemas.
"""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid, UsageError
from seamproof.schemas.derive.derivation import ID_PREFIX, Derived, derive
from seamproof.schemas.sources.mdx_pages import PageEvent, read_page
from seamproof.schemas.sources.openapi import OpenApiEvent, read_openapi
from seamproof.schemas.validation.shared_definitions import SHARED_FILE, SHARED_ID, share

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from seamproof.json_types import JsonMapping

_OURS: Final = (ID_PREFIX, SHARED_ID)
_SOURCE_SUFFIXES: Final = (".json", ".md", ".mdx")


def derive_from(sources: Iterable[str | Path]) -> Derived:
    """
    Derive schemas from documentation pages and OpenAPI documents.

    Args:
        sources: Files, or directories of `.md`, `.mdx` and `.json` files.

    Raises:
        SourceInvalid: A source is malformed; has file and line.
        UsageError: A source cannot be read.
    """
    return derive(*read_sources(sources))


def read_sources(
    sources: Iterable[str | Path],
) -> tuple[list[PageEvent], list[OpenApiEvent]]:
    """
    Read documentation pages and OpenAPI documents.

    Args:
        sources: Files, or directories of `.md`, `.mdx` and `.json` files.

    Raises:
        SourceInvalid: A source is malformed; has file and line.
        UsageError: A source cannot be read.
    """
    pages: list[PageEvent] = []
    specs: list[OpenApiEvent] = []
    for path in _source_files(sources):
        text = _read(path)
        if _is_json(path, text):
            specs += read_openapi(text, str(path))
        else:
            pages += read_page(text, str(path))
    return pages, specs


def _is_json(path: Path, text: str) -> bool:
    if path.suffix in _SOURCE_SUFFIXES:
        return path.suffix == ".json"
    return text.lstrip().startswith("{")


def _source_files(sources: Iterable[str | Path]) -> Iterator[Path]:
    for source in map(Path, sources):
        if not source.is_dir():
            yield source
            continue
        inside = sorted(one for one in source.rglob("*") if one.suffix in _SOURCE_SUFFIXES)
        if not inside:
            what, expected = "the directory contains no source", " or ".join(_SOURCE_SUFFIXES)
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


def render(document: JsonMapping) -> str:
    """
    Serialise a schema as in its file.
    """
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def difference(derived: Derived, directory: Path, *, grouped: bool | None = None) -> str:
    """
    Compare a directory with derived schemas, byte by byte.

    Args:
        derived: The derived schemas.
        directory: The directory of the schema files.
        grouped: The layout of the files; by default that of the directory.

    Returns:
        A unified diff; empty if there is no difference.

    Raises:
        UsageError: The directory cannot be read.
    """
    expected = _expected_files(derived, directory, grouped=grouped)
    try:
        there = [path for path in expected if path.is_file()] + _obsolete(expected, directory)
        present = {path: path.read_bytes() for path in there}
    except OSError as problem:
        raise _file_error(problem, directory) from problem
    lines: list[str] = []
    for path in sorted({*expected, *present}):
        after, before = expected.get(path, b""), present.get(path, b"")
        lines += [] if after == before else _diff(path, before, after, directory)
    return "".join(lines)


def _diff(path: Path, before: bytes, after: bytes, directory: Path) -> list[str]:
    old, new = (side.decode(errors="replace").splitlines(keepends=True) for side in (before, after))
    names = (str(path) if before else os.devnull, f"derived/{path.relative_to(directory)}")
    lines = difflib.unified_diff(old, new, names[0], names[1] if after else os.devnull)
    return [line if line.endswith("\n") else f"{line}\n" for line in lines]


def write(derived: Derived, directory: Path, *, grouped: bool | None = None) -> tuple[str, ...]:
    """
    Write derived schemas to a directory, and remove schemas that are no longer derived.

    Each file is first written to a temporary directory and then moved, so that no
    partly written file is ever visible. Files that are not schemas are left alone.

    Args:
        derived: The derived schemas.
        directory: The directory of the schema files.
        grouped: Whether the files are grouped by resource, with shared definitions
            in one more file, or lie side by side, each complete. By default the
            directory keeps its layout; a new one has its files side by side.

    Returns:
        The paths of the removed files, relative to the directory.

    Raises:
        UsageError: The directory cannot be written.
    """
    expected = _expected_files(derived, directory, grouped=grouped)
    try:
        obsolete = _obsolete(expected, directory)
        for path in expected:
            if path.exists() and not path.is_file():
                what = "a schema cannot be written: its path is not a file"
                raise UsageError(what, where=str(path))
        for folder in {path.parent for path in expected}:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory, prefix=".derive-") as beside:
            for path, text in expected.items():
                (Path(beside) / path.name).write_bytes(text)
            for path in expected:
                (Path(beside) / path.name).replace(path)
        for path in obsolete:
            path.unlink()
    except OSError as problem:
        raise _file_error(problem, directory) from problem
    return tuple(str(path.relative_to(directory)) for path in obsolete)


def _expected_files(
    derived: Derived, directory: Path, *, grouped: bool | None
) -> dict[Path, bytes]:
    """
    Map the path of each schema file to its content.
    """
    if not ((directory / SHARED_FILE).is_file() if grouped is None else grouped):
        return {
            directory / f"{name}.json": render(schema).encode()
            for name, schema in derived.schemas.items()
        }
    with_references, shared = share(derived.schemas)
    files = {
        directory / schema["x-seam"]["group"] / f"{name}.json": render(schema).encode()
        for name, schema in with_references.items()
    }
    return {directory / SHARED_FILE: render(shared).encode(), **files}


def _obsolete(expected: Collection[Path], directory: Path) -> list[Path]:
    """
    Find the schema files of a directory that are not expected.
    """
    if directory.exists() and not directory.is_dir():
        what = "the schemas need a directory, and this is a file"
        raise UsageError(what, where=str(directory))
    return [
        path
        for path in sorted(directory.rglob("*.json"))
        if path not in expected
        and path.is_file()
        and any(f'"$id": "{ours}'.encode() in path.read_bytes()[:400] for ours in _OURS)
    ]


def _file_error(problem: OSError, directory: Path) -> UsageError:
    what = f"the schemas cannot be read or written: {problem.strerror}"
    return UsageError(what, where=str(problem.filename or directory))
