"""
JSON as text: read strictly, with every flaw and the line that it stands on.

The standard parser lets three things through that JSON does not have or that
lose data: a name twice in one object, NaN and infinities, lone surrogates.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined] # documented in its source only
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import Json, JsonObject

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SHOWN: Final = 40

#: Levels of nesting that are read. An event has three.
DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Flaw:
    """
    Something in a JSON text that is not JSON, or that would be lost in reading.

    Attributes:
        rule: `json`, `duplicate_key`, `not_a_number` or `encoding`.
        path: JSON Pointer to the spot; empty where the text does not parse.
        message: What is wrong, with line and column where it does not parse.
        found: The text at the spot.
        line: Line of the spot, counted from 1 in the text given.
    """

    rule: str
    path: str
    message: str
    found: Any = None
    line: int = 1


class _Repeats(dict[str, object]):
    """
    An object in which some names stand more than once.
    """

    names: tuple[str, ...] = ()


class _Unreal(float):
    """
    A number that JSON cannot hold: NaN or an infinity.
    """


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    repeats = _Repeats(plain)
    seen: set[str] = set()
    repeats.names = tuple(
        dict.fromkeys(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    )
    return repeats


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _Unreal(number)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_Unreal, parse_float=_float
)


def decode_bytes(raw: bytes, *, first_line: int = 1) -> tuple[str, Flaw | None]:
    """
    Decode UTF-8, as RFC 8259 demands; a byte order mark is passed over.

    Returns:
        The text, and the flaw when it is not UTF-8.
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
        return "", Flaw("encoding", "", message, f"0x{found}", first_line + line)


def read(text: str, *, first_line: int = 1) -> tuple[Any, Flaw | None]:
    """
    Read one JSON value, looking no further than whether it parses.

    Args:
        text: The whole text of the value.
        first_line: What to call the text's first line in messages.

    Returns:
        The value, or None and why it cannot be read.
    """
    try:
        return _DECODER.decode(text), None
    except json.JSONDecodeError as problem:
        line = first_line + problem.lineno - 1
        where = f"line {line}, column {problem.colno}"
        found = text[problem.pos : problem.pos + _SHOWN].partition("\n")[0] or "the end"
        return None, Flaw("json", "", f"{where}: {_lower(problem.msg)}", found, line)
    except RecursionError:
        return None, _too_deep(first_line)
    except ValueError:  # Python reads no integer of more than 4300 digits
        what = f"line {first_line}: a number is too long to be read"
        return None, Flaw("json", "", what, line=first_line)


def parse(text: str, *, first_line: int = 1) -> tuple[Any, tuple[Flaw, ...]]:
    """
    Read one JSON value and everything that is wrong with it.

    Args:
        text: The whole text of the value.
        first_line: What to call the text's first line in messages.

    Returns:
        The value (None when it cannot be read) and its flaws.
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
    Count the levels of a value, one after the other rather than one inside the other.
    """
    level, depth = [value], 0
    while level := [
        member
        for one in level
        if isinstance(one, dict | list)
        for member in (one.values() if isinstance(one, dict) else one)
    ]:
        depth += 1
    return depth


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _flaws(value: Json, path: str, text: str, first_line: int) -> Iterator[Flaw]:
    if isinstance(value, dict):
        yield from _name_flaws(value, path, text, first_line)
        for name, member in value.items():
            if isinstance(member, dict | list | str | _Unreal):
                yield from _flaws(member, f"{path}/{escape(name)}", text, first_line)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _flaws(member, f"{path}/{index}", text, first_line)
    elif isinstance(value, _Unreal):
        line = first_line + line_of(text, path) - 1
        yield Flaw("not_a_number", path, f"{float(value)} is no JSON number", str(value), line)
    elif isinstance(value, str) and not value.isascii() and _SURROGATE.search(value):
        line = first_line + line_of(text, path) - 1
        yield Flaw("encoding", path, f"the text holds {_HALF}", ascii(value), line)


def _name_flaws(value: JsonObject, path: str, text: str, first_line: int) -> Iterator[Flaw]:
    for name in value.names if isinstance(value, _Repeats) else ():
        spot = f"{path}/{escape(name)}"
        message = f"the name {name!r} stands more than once in one object"
        yield Flaw("duplicate_key", spot, message, name, first_line + line_of(text, spot) - 1)
    for name in value:
        if not name.isascii() and _SURROGATE.search(name):
            yield Flaw("encoding", path, f"a name holds {_HALF}", ascii(name), first_line)


_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HALF: Final = "half of a surrogate pair, which stands for no character"


def escape(name: str) -> str:
    """
    Write a name as a token of a JSON Pointer (RFC 6901).
    """
    return name.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """
    Read a token of a JSON Pointer (RFC 6901).
    """
    return token.replace("~1", "/").replace("~0", "~")


def line_of(text: str, pointer: str) -> int:
    """
    Find the line on which the member that a JSON Pointer names begins.

    The pointer's last existing ancestor stands in for a member that is absent;
    of a name that stands twice, the last one counts, as it does in parsing.

    Args:
        text: A JSON text that parses.
        pointer: As RFC 6901 has it.
    """
    lines = _lines(text)
    while pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines[pointer]


@lru_cache(maxsize=2)
def _lines(text: str) -> dict[str, int]:
    """
    Find the line of every member of a JSON text, in one pass.
    """
    breaks = [position for position, character in enumerate(text) if character == "\n"]
    start = _skip(text, 0)
    lines = {"": bisect_left(breaks, start) + 1}
    stack = [("", start)]
    while stack:
        holder, position = stack.pop()
        for token, begins, opens in _members(text, position):
            pointer = f"{holder}/{escape(token)}"
            lines[pointer] = bisect_left(breaks, begins) + 1
            if opens:
                stack.append((pointer, begins))
    return lines


def _members(text: str, position: int) -> Iterator[tuple[str, int, bool]]:
    """
    Walk the members of the object or array that begins at a position.

    Yields:
        The name or index, where the value begins, and whether it has members itself.
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
        yield token, position, text[position] in "{["
        _, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
        index += 1


def item_spans(text: str) -> Iterator[tuple[int, int]]:
    """
    Find where each item of a JSON array begins and ends.

    Args:
        text: An array that parses.
    """
    position = _skip(text, _skip(text, 0) + 1)
    while text[position] != "]":
        _, end = _DECODER.raw_decode(text, position)
        yield position, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def member_text(text: str, name: str) -> str:
    """
    Cut a member's value out of a JSON object, exactly as it is written there.

    Args:
        text: An object that parses and has the member.
        name: Of the member.
    """
    for token, begins, _ in _members(text, _skip(text, 0)):
        if token == name:
            _, end = _DECODER.raw_decode(text, begins)
            return text[begins:end]
    raise KeyError(name)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
