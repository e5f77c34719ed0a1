"""
Strict JSON parser that reports every flaw of a text with its line.

The standard parser accepts three things that are not JSON or that lose data:
duplicate names in one object, NaN and infinities, lone surrogates.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined] # documented in its source only
from typing import TYPE_CHECKING, Final

from seamproof.json_pointer import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import Json, JsonObject

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_EXCERPT: Final = 40

#: The most levels of nesting that `parse` accepts. An event has three.
DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Flaw:
    """
    Something in a JSON text that is not valid JSON, or that the standard parser loses.

    Attributes:
        rule: `json`, `duplicate_key`, `not_a_number` or `encoding`.
        path: JSON Pointer to the value; empty if the text does not parse.
        message: What is wrong, with line and column if the text does not parse.
        found: The text at that place.
        line: Line of that place, counted from 1.
        column: Column of that place, counted from 1.
    """

    rule: str
    path: str
    message: str
    found: Json = None
    line: int = 1
    column: int = 1


class _DuplicateNames(dict[str, object]):
    """
    A JSON object in which some names occur more than once.
    """

    names: tuple[str, ...] = ()


class _NotFinite(float):
    """
    A number that JSON cannot represent: NaN or an infinity.
    """


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    duplicates = _DuplicateNames(plain)
    counts = Counter(name for name, _ in pairs)
    duplicates.names = tuple(name for name, count in counts.items() if count > 1)
    return duplicates


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _NotFinite(number)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_NotFinite, parse_float=_float
)


def decode_bytes(raw: bytes, *, first_line: int = 1) -> tuple[str, Flaw | None]:
    """
    Decode UTF-8, as RFC 8259 requires; a byte order mark is skipped.

    Returns:
        The text, and the flaw if the bytes are not UTF-8.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "", Flaw("encoding", "", "the text is UTF-16, JSON is UTF-8", line=first_line)
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start)
        column = problem.start - (raw.rfind(b"\n", 0, problem.start) + 1) + 1
        where = f"line {first_line + line}, column {column}"
        found = raw[problem.start : problem.start + 1].hex()
        message = f"{where}: byte 0x{found} is not UTF-8"
        return "", Flaw("encoding", "", message, f"0x{found}", first_line + line, column)


def read(text: str, *, first_line: int = 1) -> tuple[Json, Flaw | None]:
    """
    Parse one JSON value; report only that it does not parse.

    Args:
        text: The whole text of the value.
        first_line: The number of the text's first line in messages.

    Returns:
        The value, or None and why it does not parse.
    """
    try:
        return _DECODER.decode(text), None
    except json.JSONDecodeError as problem:
        line = first_line + problem.lineno - 1
        where = f"line {line}, column {problem.colno}"
        found = text[problem.pos : problem.pos + _EXCERPT].partition("\n")[0] or "the end"
        message = problem.msg[:1].lower() + problem.msg[1:]
        return None, Flaw("json", "", f"{where}: {message}", found, line, problem.colno)
    except RecursionError:
        return None, _too_deep(first_line)
    except ValueError:  # Python reads no integer of more than 4300 digits
        what = f"line {first_line}: a number is too long to be read"
        return None, Flaw("json", "", what, line=first_line)


def parse(text: str, *, first_line: int = 1) -> tuple[Json, tuple[Flaw, ...]]:
    """
    Parse one JSON value and report everything that is wrong with it.

    Args:
        text: The whole text of the value.
        first_line: The number of the text's first line in messages.

    Returns:
        The value (None if it does not parse) and its flaws.
    """
    value, flaw = read(text, first_line=first_line)
    if flaw:
        return None, (flaw,)
    if _depth(value) > DEPTH:
        return None, (_too_deep(first_line),)
    return value, tuple(_flaws(value, "", text, first_line))


def _too_deep(line: int) -> Flaw:
    return Flaw("json", "", f"line {line}: more than {DEPTH} levels are nested", line=line)


def _depth(value: object) -> int:
    """
    Count the levels of nesting of a value, without recursion.
    """
    level, depth = [value], 0
    while level := [
        member
        for holder in level
        if isinstance(holder, dict | list)
        for member in (holder.values() if isinstance(holder, dict) else holder)
    ]:
        depth += 1
    return depth


def _flaws(value: Json, path: str, text: str, first_line: int) -> Iterator[Flaw]:
    if isinstance(value, dict):
        yield from _name_flaws(value, path, text, first_line)
        for name, member in value.items():
            if isinstance(member, dict | list | str | _NotFinite):
                yield from _flaws(member, f"{path}/{escape(name)}", text, first_line)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _flaws(member, f"{path}/{index}", text, first_line)
    elif isinstance(value, _NotFinite):
        line, column = _place(text, path, first_line)
        what = f"{float(value)} is not a JSON number"
        yield Flaw("not_a_number", path, what, str(value), line, column)
    elif isinstance(value, str) and not value.isascii() and SURROGATE.search(value):
        line, column = _place(text, path, first_line)
        yield Flaw("encoding", path, f"the text contains {HALF_A_PAIR}", ascii(value), line, column)


def _name_flaws(value: JsonObject, path: str, text: str, first_line: int) -> Iterator[Flaw]:
    for name in value.names if isinstance(value, _DuplicateNames) else ():
        pointer = f"{path}/{escape(name)}"
        message = f"the name {name!r} occurs more than once in one object"
        line, column = _place(text, pointer, first_line)
        yield Flaw("duplicate_key", pointer, message, name, line, column)
    for name in value:
        if not name.isascii() and SURROGATE.search(name):
            yield Flaw("encoding", path, f"a name contains {HALF_A_PAIR}", ascii(name), first_line)


SURROGATE: Final = re.compile("[\ud800-\udfff]")
HALF_A_PAIR: Final = "half of a surrogate pair, which is not a character"


def line_of(text: str, pointer: str) -> int:
    """
    Find the line on which the value at a JSON Pointer begins; see `place_of`.
    """
    return place_of(text, pointer)[0]


def place_of(text: str, pointer: str) -> tuple[int, int]:
    """
    Find the line and column, from 1, at which the value at a JSON Pointer begins.

    For an absent value, this is the place of its nearest existing ancestor. Of
    duplicate names, the last one counts, as it does in parsing.

    Args:
        text: A JSON text that parses.
        pointer: JSON Pointer (RFC 6901).
    """
    positions = _positions(text)
    while pointer not in positions:
        pointer = pointer.rpartition("/")[0]
    position = positions[pointer]
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _place(text: str, pointer: str, first_line: int) -> tuple[int, int]:
    line, column = place_of(text, pointer)
    return first_line + line - 1, column


@lru_cache(maxsize=2)
def _positions(text: str) -> dict[str, int]:
    """
    Map the JSON Pointer of every value of a JSON text to where it begins, in one pass.
    """
    start = _skip(text, 0)
    positions = {"": start}
    stack = [("", start)]
    while stack:
        holder, position = stack.pop()
        for token, begins, _ in _members(text, position):
            pointer = f"{holder}/{escape(token)}"
            positions[pointer] = begins
            if text[begins] in "{[":
                stack.append((pointer, begins))
    return positions


def _members(text: str, position: int) -> Iterator[tuple[str, int, int]]:
    """
    Go through the members of the object or array that begins at a position.

    Yields:
        The name or index, and the positions at which the value begins and ends.
    """
    opening = text[position : position + 1]
    if opening not in ("{", "["):
        return
    position, index = _skip(text, position + 1), 0
    while text[position] not in "}]":
        token = str(index)
        if opening == "{":
            token, position = scanstring(text, position + 1)
            position = _skip(text, _skip(text, position) + 1)
        _, end = _DECODER.raw_decode(text, position)
        yield token, position, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)
        index += 1


def item_spans(text: str) -> Iterator[tuple[int, int]]:
    """
    Find the start and end position of each item of a JSON array.

    Args:
        text: A JSON array that parses.
    """
    return ((begins, end) for _, begins, end in _members(text, _skip(text, 0)))


def value_spans(text: str) -> Iterator[tuple[int, int]]:
    """
    Find the start and end position of JSON values that stand one after another.

    Ends before the first one that does not parse.
    """
    position = _skip(text, 0)
    while position < len(text):
        try:
            _, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield position, end
        position = _skip(text, end)


def member_span(text: str, name: str) -> tuple[int, int]:
    """
    Find where the value of a member of a JSON object begins and ends.

    Args:
        text: A JSON object that parses.
        name: The name of the member.

    Raises:
        KeyError: The object has no such member.
    """
    for token, begins, end in _members(text, _skip(text, 0)):
        if token == name:
            return begins, end
    raise KeyError(name)


def member_text(text: str, name: str) -> str:
    """
    Return the text of a member of a JSON object, exactly as it is written there.

    Args:
        text: A JSON object that parses.
        name: The name of the member.

    Raises:
        KeyError: The object has no such member.
    """
    begins, end = member_span(text, name)
    return text[begins:end]


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
