"""
Writes directories of schemas, and compares them with what the sources give.
"""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.schemas.derive.derivation import ID_PREFIX, Derived, derive
from seamproof.schemas.derive.source_files import read_sources
from seamproof.schemas.validation.shared_definitions import SHARED_FILE, SHARED_ID, share

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from seamproof.json_types import JsonMapping
    from seamproof.schemas.derive.source_files import Stamp

_OURS: Final = (ID_PREFIX, SHARED_ID)


def derive_from(sources: Iterable[str | Path], stamps: Iterable[Stamp] = ()) -> Derived:
    """
    Derive schemas from documentation pages, OpenAPI documents and SDKs.

    Args:
        sources: Pages, OpenAPI documents, SDKs, or directories of them.
        stamps: Version and date of those that do not say them.

    Raises:
        SourceInvalid: A source is malformed; has file and line.
        UsageError: A source cannot be read.
    """
    read = read_sources(sources, stamps)
    return derive(read.pages, read.openapi, read.sdks, read.known)


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
    if derived.sources:
        shared["x-seam"] = {"sources": [one.note for one in derived.sources]}
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
