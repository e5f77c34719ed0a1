"""
Masks what differs from run to run in a text: the values of an event, figures, ids and times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from seamproof.json_types import Json, JsonMapping

#: An escaped letter, or a word with a digit: a figure, an id, a time, a signature, an address.
_VARYING: Final = re.compile(
    r"\\+(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})+"
    r"|[-+]?[\w+/=.:-]*\d[\w+/=.:-]*"
)
#: What stands for a value.
_LABEL: Final = re.compile("‹[^›]*›")
_QUOTED: Final = "\"'`"
#: Values that are shorter stand in many texts by chance.
_SHORT: Final = 4
#: Characters of a text that are looked at.
_LONGEST: Final = 300


def masked(text: str, event: JsonMapping, words: Collection[str]) -> str:
    """
    Mask the first line of a text.

    Args:
        text: Such as the message of an exception.
        event: The event that provoked it: its values are replaced by the names of their properties.
        words: Names of properties and values of enums, which stay as they are.
    """
    line = next((one for one in text.splitlines() if one.strip()), "").strip()[:_LONGEST]
    line = without_values(line, event, words)
    return _VARYING.sub(lambda found: found[0] if found[0] in words else "N", line)


def without_values(text: str, event: JsonMapping, words: Collection[str] = ()) -> str:
    """
    Replace the texts of an event within another text by the names of their properties.
    """
    for value, name in sorted(_texts(event), key=lambda one: -len(one[0])):
        if value and value not in words:
            for form in {value, repr(value)[1:-1], ascii(value)[1:-1]}:
                text = _replaced(text, form, f"‹{name}›")
    return text


def names_in(text: str, names: Collection[str]) -> list[str]:
    """
    Find the names of properties in a masked text; one that is an English word has to be quoted.
    """
    text = _LABEL.sub("", text)
    found = set(re.findall(r"\w+", text))
    return [
        name
        for name in names
        if name in found
        and ("_" in name or re.search(rf"[\"'`.\[]{re.escape(name)}(?:[\"'`\]:]|\Z)", text))
    ]


def _replaced(line: str, value: str, instead: str) -> str:
    if len(value) >= _SHORT and re.fullmatch(r"\w+", value):
        # Not a part of another word: the value "error" within `literal_error`.
        return re.sub(rf"(?<!\w){value}(?!\w)", lambda _: instead, line)
    if len(value) >= _SHORT:
        return line.replace(value, instead)
    for quote in _QUOTED:
        line = line.replace(f"{quote}{value}{quote}", f"{quote}{instead}{quote}")
    return line


def _texts(value: Json, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(member, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, str):
        yield value, name
