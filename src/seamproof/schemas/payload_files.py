"""
Reader of payload files.

A file contains one event, an array of events, one event per line (NDJSON), events one after
another, or an answer of Seam's `/events/list` or `/events/get`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from seamproof.schemas import json_text
from seamproof.schemas.json_text import Flaw
from seamproof.schemas.validation.contract import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO, TypeAlias

    from seamproof.json_types import Json

    #: The number of the first line of a piece of a file, and its bytes.
    Piece: TypeAlias = tuple[int, bytes]

#: Suffixes of payload files, and of those that hold one payload per line.
SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
LINE_SUFFIXES: Final = (".jsonl", ".ndjson")
#: In a directory that is searched: packages of other people, and what marks a virtual environment.
_PACKAGES: Final = "node_modules"
_ENVIRONMENTS: Final = ("pyvenv.cfg", "conda-meta")


@dataclass(frozen=True, slots=True)
class FilePayload:
    """
    One payload of a file.

    Attributes:
        index: Its index among the payloads of the file, from 0.
        line: The line on which it begins, from 1.
        column: The column at which it begins, from 1.
        body: Its exact bytes, without surrounding white space.
        payload: The parsed value; None if the bytes do not parse.
        flaws: What is wrong with the bytes as JSON.
    """

    index: int
    line: int
    column: int
    body: bytes
    payload: Json
    flaws: tuple[Flaw, ...]

    def flaw_violations(self) -> tuple[Violation, ...]:
        """
        Convert the flaws to violations.
        """
        return tuple(
            Violation(flaw.path, flaw.rule, _EXPECTED[flaw.rule], flaw.found, flaw.message)
            for flaw in self.flaws
        )

    def place_of(self, violation: Violation) -> tuple[int, int]:
        """
        Find the line and column in the file at which the value of a violation begins.
        """
        for flaw in self.flaws:
            if (flaw.path, flaw.rule) == (violation.path, violation.rule):
                return flaw.line, flaw.column
        text = self.body.decode(errors="surrogatepass")
        line, column = json_text.place_of(text, violation.path)
        return self.line + line - 1, column if line > 1 else self.column + column - 1


_EXPECTED: Final = {
    "duplicate_key": "each name once",
    "encoding": "UTF-8",
    "json": "JSON",
    "not_a_number": "a number",
}


def find_files(directory: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """
    List the files of a directory and of those in it, without what no person keeps payloads in.

    Left out are hidden files and directories, `node_modules` and virtual environments. The
    directory itself may be one of them.

    Raises:
        OSError: A directory cannot be read: its files must not count as looked at.
    """

    def fail(problem: OSError) -> NoReturn:
        raise problem

    found = []
    for folder, folders, files in os.walk(directory, onerror=fail):
        inside = Path(folder)
        folders[:] = [
            one for one in folders if _is_visible(one) and not _is_environment(inside / one)
        ]
        found += [inside / one for one in files if _is_visible(one) and one.endswith(suffixes)]
    return sorted(one for one in found if one.is_file())


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name != _PACKAGES


def _is_environment(directory: Path) -> bool:
    return any((directory / one).exists() for one in _ENVIRONMENTS)


def read_payloads(stream: BinaryIO, *, one_a_line: bool = False) -> Iterator[FilePayload]:
    """
    Read the payloads of a file; NDJSON is read line by line.

    The first two lines decide whether a file is NDJSON: it is if either is a
    complete JSON value.

    Args:
        stream: The file, opened in binary mode.
        one_a_line: Read the file as NDJSON without looking at the first lines.
    """
    pieces = (
        event for piece in _pieces(stream, one_a_line=one_a_line) for event in _events_of(piece)
    )
    for index, (line, raw) in enumerate(pieces):
        yield _item(index, line, raw)


def _pieces(stream: BinaryIO, *, one_a_line: bool) -> Iterator[Piece]:
    lines = ((number, line) for number, line in enumerate(stream, start=1) if line.strip())
    first = next(lines, (1, b""))
    second = next(lines, None)
    ahead = [one for one in (first, second) if one]
    if one_a_line or _is_ndjson(first[1], second[1] if second else None):
        yield from chain(ahead, lines)
        return
    # The file is one JSON value, or several: blank lines matter only for line numbers.
    yield from _whole(first[0], _with_rest(ahead, stream))


def _with_rest(ahead: list[Piece], stream: BinaryIO) -> bytes:
    gap = ahead[1][0] - ahead[0][0] - 1 if len(ahead) > 1 else 0
    return b"".join([ahead[0][1], b"\n" * gap, *(line for _, line in ahead[1:]), stream.read()])


def _is_ndjson(first: bytes, second: bytes | None) -> bool:
    opening = first.removeprefix(b"\xef\xbb\xbf").strip()
    if opening.startswith(b"["):
        return False
    # A line that ends in the middle of a value continues on the next line.
    continues = opening.endswith((b"{", b"[", b":", b","))
    return _parses(first) or (second is not None and not continues and _parses(second))


def _parses(line: bytes) -> bool:
    text, flaw = json_text.decode_bytes(line)
    return flaw is None and json_text.read(text.strip())[1] is None


def _item(index: int, line: int, raw: bytes) -> FilePayload:
    if not raw.strip():
        flaw = Flaw("json", "", "line 1, column 1: there is no JSON value", "the end")
        return FilePayload(index, line, 1, b"", None, (flaw,))
    text, not_utf8 = json_text.decode_bytes(raw, first_line=line)
    if not_utf8:
        return FilePayload(index, line, 1, raw.strip(), None, (not_utf8,))
    payload, flaws = json_text.parse(text.rstrip("\r\n"), first_line=line)
    body = text.strip()
    column = len(text) - len(text.lstrip()) + 1
    return FilePayload(index, line, column, body.encode(errors="surrogatepass"), payload, flaws)


def _whole(first_line: int, raw: bytes) -> Iterator[Piece]:
    text, _ = json_text.decode_bytes(raw)
    value, unread = json_text.read(text)
    if unread is None and isinstance(value, list):
        yield from _cut(first_line, text, json_text.item_spans(text))
    elif unread and not text.lstrip().startswith("[") and _has_events(raw):
        yield from _full_lines(first_line, raw)
    elif unread and len(spans := _one_after_another(text)) > 1:
        yield from _cut(first_line, text, spans)
    else:
        yield first_line, raw


def _one_after_another(text: str) -> list[tuple[int, int]]:
    """
    Find objects that stand one after another; what does not parse is the last one.
    """
    spans = list(json_text.value_spans(text)) if text.lstrip().startswith("{") else []
    end = spans[-1][1] if spans else len(text)
    if text[end:].lstrip().startswith("{"):
        spans.append((len(text) - len(text[end:].lstrip()), len(text)))
    return spans


def _cut(first_line: int, text: str, spans: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    """
    Cut values out of a text; spaces before each keep its column.
    """
    line, counted = first_line, 0
    for start, end in spans:
        line += text.count("\n", counted, start)
        counted = start
        indent = " " * (start - text.rfind("\n", 0, start) - 1)
        yield line, (indent + text[start:end]).encode(errors="surrogatepass")


def _events_of(piece: Piece) -> Iterator[Piece]:
    """
    Take the events out of an answer of Seam's API; anything else stays as it is.
    """
    line, raw = piece
    if b'"event"' in raw or b'"events"' in raw:
        text, _ = json_text.decode_bytes(raw)
        value, _ = json_text.read(text)
        answer = value if isinstance(value, dict) and "event_type" not in value else {}
        if isinstance(answer.get("events"), list):
            begin, end = json_text.member_span(text, "events")
            spans = json_text.item_spans(text[begin:end])
            yield from _cut(line, text, ((begin + one, begin + two) for one, two in spans))
            return
        if isinstance(answer.get("event"), dict):
            yield from _cut(line, text, [json_text.member_span(text, "event")])
            return
    yield piece


def _full_lines(first_line: int, raw: bytes) -> Iterator[Piece]:
    return ((n, line) for n, line in enumerate(raw.split(b"\n"), first_line) if line.strip())


def _has_events(raw: bytes) -> bool:
    """
    Whether any line is a complete object: then the file is NDJSON with broken lines.
    """
    return any(line.lstrip().startswith(b"{") and _parses(line) for _, line in _full_lines(1, raw))
