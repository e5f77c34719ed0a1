"""
Reads the sources of the contract from disk: pages, OpenAPI documents and SDKs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid, UsageError
from seamproof.schemas.sources.mdx_pages import PageEvent, read_page
from seamproof.schemas.sources.openapi import OpenApiEvent, read_openapi
from seamproof.schemas.sources.recorded import built_in_sources
from seamproof.schemas.sources.sdk.packages import FORMS, SDKS, find_sdk_files
from seamproof.schemas.sources.source import Source, SourceEvent, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.schemas.sources.sdk.packages import SdkFile

#: Where Seam publishes its documents.
OPENAPI_PLACE: Final = "https://connect.getseam.com/openapi.json"
PAGES_PLACE: Final = "https://docs.seam.co/llms.txt"

_DOCUMENTS: Final = (".json", ".md", ".mdx")
#: What is read of a directory that is no SDK itself.
_SUFFIXES: Final = (*_DOCUMENTS, ".whl", ".tgz")
_STAMP: Final = re.compile(r"(?P<source>.+?)=(?P<version>[^=@]*)(?:@(?P<date>[^=@]*))?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """
    The version and the date of a source that does not say them.

    Attributes:
        source: The path as it is given among the sources.
        version: The version; "" if unknown.
        date: The date, as in 2026-10-20; "" if unknown.
    """

    source: str
    version: str
    date: str

    def apply(self, source: Source) -> Source:
        """
        Return the source with this version and date, where they are given.
        """
        return replace(
            source, version=self.version or source.version, date=self.date or source.date
        )


def parse_stamp(text: str) -> Stamp:
    """
    Parse a stamp: `openapi.json=1.1038.0@2026-08-21`; the version or the date can be left out.

    Raises:
        UsageError: It has another form.
    """
    match = _STAMP.fullmatch(text)
    if match is None or not (match["version"] or match["date"]):
        what, expected = "the stamp is not understood", "SOURCE=VERSION@DATE"
        raise UsageError(what, expected=expected, found=text)
    try:
        day = date.fromisoformat(match["date"]).isoformat() if match["date"] else ""
    except ValueError as problem:
        what, expected = "the date of the stamp is not a date", "a date such as 2026-10-20"
        raise UsageError(what, expected=expected, found=match["date"]) from problem
    return Stamp(match["source"], match["version"], day)


@dataclass(frozen=True, slots=True)
class Statements:
    """
    What all sources say.

    Attributes:
        pages: The events of documentation pages.
        openapi: The events of OpenAPI documents.
        sdks: The events of SDKs.
        known: Name, version and date of each document, by its path.
    """

    pages: list[PageEvent] = field(default_factory=list)
    openapi: list[OpenApiEvent] = field(default_factory=list)
    sdks: list[SourceEvent] = field(default_factory=list)
    known: dict[str, Source] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[Source, ...]:
        """
        The sources, the oldest first.
        """
        of_sdks = {one.source for one in self.sdks}
        return tuple(sorted({*self.known.values(), *of_sdks}, key=lambda one: one.age))


def read_sources(sources: Iterable[str | Path], stamps: Iterable[Stamp] = ()) -> Statements:
    """
    Read the sources.

    Args:
        sources: Pages, OpenAPI documents, SDKs, or directories of them.
        stamps: Version and date of those that do not say them.

    Raises:
        SourceInvalid: A source is malformed; has file and line.
        UsageError: A source cannot be read, or a stamp is of none of them.
    """
    given, by_source = list(sources), {one.source: one for one in stamps}
    for name in by_source.keys() - {str(one) for one in given}:
        what, expected = "the stamp is of no SOURCE", ", ".join(str(one) for one in given)
        raise UsageError(what, expected=expected, found=name)
    read = Statements()
    for one in given:
        stamp = by_source.get(str(one))
        for found in _files(one):
            if isinstance(found, Path):
                _add_document(read, found, stamp)
            else:
                read.sdks.extend(found.events(stamped(found.source, stamp)))
    return read


def stamped(source: Source, stamp: Stamp | None = None) -> Source:
    """
    Add what is known of a source: by the user, or because the built-in contract rests on it.
    """
    for known in built_in_sources():
        same_text = bool(source.digest) and known.digest == source.digest
        same_release = bool(source.version) and known.version == source.version
        if known.kind == source.kind and (same_text or (same_release and not source.digest)):
            source = replace(known, name=source.name)
    return stamp.apply(source) if stamp else source


def _add_document(read: Statements, path: Path, stamp: Stamp | None) -> None:
    text = _read(path)
    is_openapi = path.suffix == ".json"
    if path.suffix not in _DOCUMENTS:
        is_openapi = text.lstrip().startswith("{")
    if is_openapi:
        read.openapi.extend(read_openapi(text, str(path)))
    else:
        read.pages.extend(read_page(text, str(path)))
    kind = "openapi" if is_openapi else "page"
    source = Source(kind, path.name, digest=digest_of(text))
    read.known[str(path)] = stamped(source, stamp)


def _files(source: str | Path) -> Iterator[Path | SdkFile]:
    """
    Find the files of a source: documents by their path, SDKs with their text.
    """
    sdks = find_sdk_files(source)
    path = Path(source)
    if sdks:
        yield from sdks
    elif not path.is_dir():
        if str(source) in {one.package for one in SDKS} and not path.exists():
            what = f"the package {source} is not installed here"
            raise UsageError(what, expected=FORMS)
        yield path
    else:
        inside = sorted(one for one in path.rglob("*") if one.suffix in _SUFFIXES)
        if not inside:
            what, expected = "the directory contains no source", " or ".join(_SUFFIXES)
            raise UsageError(what, where=str(source), expected=f"files ending in {expected}")
        for one in inside:
            yield from [one] if one.suffix in _DOCUMENTS else find_sdk_files(one)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        what = f"the source cannot be read: {problem.strerror}"
        cure = f"get the OpenAPI document from {OPENAPI_PLACE}; {PAGES_PLACE} lists the pages"
        raise UsageError(what, where=str(path), cure=cure) from problem
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        what = f"byte 0x{problem.object[problem.start]:02x} is not UTF-8"
        raise SourceInvalid(what, where=f"{path}:{line}") from problem
