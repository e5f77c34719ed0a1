"""
Reader of payload files: one event, an array of events, or one event per line (NDJSON).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Final

from seamproof.schemas import json_text
from seamproof.schemas.json_text import Flaw
from seamproof.schemas.validation.contract import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from seamproof.json_types import Json

#: Suffixes of payload files, and of those that hold one payload per line.
SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
LINE_SUFFIXES: Final = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class FilePayload:
    """
    One payload of a file.

    Attributes:
        index: Its index among the payloads of the file, from 0.
        line: The line on which it begins, from 1.
        body: Its exact bytes, without surrounding white space.
        payload: The parsed value; None if the bytes do not parse.
        flaws: What is wrong with the bytes as JSON.
    """

    index: int
    line: int
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


_EXPECTED: Final = {
    "duplicate_key": "each name once",
    "encoding": "UTF-8",
    "json": "JSON",
    "not_a_number": "a number",
}


def read_payloads(stream: BinaryIO, *, one_a_line: bool = False) -> Iterator[FilePayload]:
    """
    Read the payloads of a file; NDJSON is read line by line.

    The first two lines decide whether a file is NDJSON: it is if either is a
    complete JSON value.

    Args:
        stream: The file, opened in binary mode.
        one_a_line: Read the file as NDJSON without looking at the first lines.
    """
    lines = ((number, line) for number, line in enumerate(stream, start=1) if line.strip())
    first = next(lines, None)
    if first is None:
        flaw = Flaw("json", "", "line 1, column 1: there is no JSON value", "the end")
        yield FilePayload(0, 1, b"", None, (flaw,))
        return
    second = next(lines, None)
    ahead = [one for one in (first, second) if one]
    if one_a_line or _is_ndjson(first[1], second[1] if second else None):
        for index, (number, line) in zip(count(), chain(ahead, lines), strict=False):
            yield _item(index, number, line)
        return
    # The file is one JSON value: blank lines matter only for its line numbers.
    yield from _whole(first[0], _with_rest(ahead, stream))


def _with_rest(ahead: list[tuple[int, bytes]], stream: BinaryIO) -> bytes:
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
    text, flaw = json_text.decode_bytes(raw, first_line=line)
    if flaw:
        return FilePayload(index, line, raw.strip(), None, (flaw,))
    payload, flaws = json_text.parse(text.rstrip("\r\n"), first_line=line)
    return FilePayload(index, line, text.strip().encode(errors="surrogatepass"), payload, flaws)


def _whole(first_line: int, raw: bytes) -> Iterator[FilePayload]:
    text, _ = json_text.decode_bytes(raw)
    value, unread = json_text.read(text)
    if unread is None and isinstance(value, list):
        yield from _array(first_line, text)
    elif unread and not text.lstrip().startswith("[") and _has_events(raw):
        for index, (number, line) in enumerate(_full_lines(first_line, raw)):
            yield _item(index, number, line)
    else:
        yield _item(0, first_line, raw)


def _array(first_line: int, text: str) -> Iterator[FilePayload]:
    line, counted = first_line, 0
    for index, (start, end) in enumerate(json_text.item_spans(text)):
        line += text.count("\n", counted, start)
        counted = start
        yield _item(index, line, text[start:end].encode(errors="surrogatepass"))


def _full_lines(first_line: int, raw: bytes) -> Iterator[tuple[int, bytes]]:
    return ((n, line) for n, line in enumerate(raw.split(b"\n"), first_line) if line.strip())


def _has_events(raw: bytes) -> bool:
    """
    Whether any line is a complete object: then the file is NDJSON with broken lines.
    """
    return any(line.lstrip().startswith(b"{") and _parses(line) for _, line in _full_lines(1, raw))
