"""
Marks in the body of a request what differs from a genuine event: removed, changed, added.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from seamproof.checks.reporting.bodies import json_text
from seamproof.formats import TIME, UUID_IN_ANY_CASE
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import Json

#: How a line differs from that of the genuine event; empty if it does not.
Mark: TypeAlias = Literal["", "added", "changed", "removed"]
_INDENT: Final = 2
#: Levels of objects and lists that are compared.
_DEEPEST: Final = 20
#: An event that differs in more than this share was drawn at random: nothing in it stands out.
_SHARE: Final = 0.6


class MarkedLine(NamedTuple):
    """
    A line of a body as indented JSON.

    Attributes:
        text: The line.
        mark: How it differs from the genuine event.
        before: What stands there in the genuine event, if the line is changed.
        name: Of the property.
    """

    text: str
    mark: Mark = ""
    before: str = ""
    name: str = ""


def marked_lines(body: bytes, genuine: bytes) -> list[MarkedLine]:
    """
    Indent a body and mark what differs from a genuine event, but for ids and times.

    Nothing is marked in a body that is no JSON, without a genuine event, or where most differs.
    """
    plain = [MarkedLine(line) for line in json_text(body).splitlines()]
    try:
        event, other = parse_json(body), parse_json(genuine)
    except (ValueError, RecursionError):
        return plain
    if not (isinstance(event, dict) and isinstance(other, dict)):
        return plain
    lines = list(_value_lines("", event, other, 0))
    count = sum(1 for one in lines if one.mark)
    return lines if count <= _SHARE * len(lines) else plain


def differences(body: bytes, genuine: bytes) -> list[MarkedLine]:
    """
    List the properties in which a body differs from a genuine event.
    """
    found: dict[str, MarkedLine] = {}
    for one in marked_lines(body, genuine):
        if one.mark:
            found.setdefault(one.name, one)
    return list(found.values())


def _value_lines(
    name: str, value: Json, other: Json, depth: int, key: str = ""
) -> Iterator[MarkedLine]:
    """
    Write a value that the genuine event has as well.
    """
    pad = " " * (_INDENT * depth)
    if depth < _DEEPEST and isinstance(value, dict) and isinstance(other, dict) and value:
        yield MarkedLine(f"{pad}{key}{{", name=name)
        for number, (member, item) in enumerate(value.items(), 1):
            path, label = _path(name, member), f"{_json(member)}: "
            if member in other:
                lines = [*_value_lines(path, item, other[member], depth + 1, label)]
            else:
                lines = [*_all(path, item, depth + 1, label, "added")]
            comma = "," if number < len(value) else ""
            yield from lines[:-1]
            yield lines[-1]._replace(text=f"{lines[-1].text}{comma}")
        for member in other.keys() - value.keys():
            label = f"{_json(member)}: "
            yield from _all(_path(name, member), other[member], depth + 1, label, "removed")
        yield MarkedLine(f"{pad}}}", name=name)
    elif _is_equal(value, other):
        yield from _all(name, value, depth, key, "")
    else:
        yield from _all(name, value, depth, key, "changed", before=_json(other))


def _all(
    name: str, value: Json, depth: int, key: str, mark: Mark, *, before: str = ""
) -> Iterator[MarkedLine]:
    pad = " " * (_INDENT * depth)
    for number, line in enumerate(_json(value, indent=_INDENT).splitlines()):
        text = f"{pad}{line}" if number else f"{pad}{key}{line}"
        yield MarkedLine(text, mark, "" if number else before, name)


def _is_equal(value: Json, other: Json) -> bool:
    """
    Whether two values are the same but for ids and times, which are new in each event.
    """
    if isinstance(value, str) and isinstance(other, str):
        ids = UUID_IN_ANY_CASE.fullmatch(value) and UUID_IN_ANY_CASE.fullmatch(other)
        times = TIME.fullmatch(value) and TIME.fullmatch(other) and len(value) == len(other)
        return bool(ids or times) or value == other
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_is_equal, value, other))
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(_is_equal(value[n], other[n]) for n in value)
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def _path(name: str, member: str) -> str:
    return f"{name}.{member}" if name else member


def _json(value: Json, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)
