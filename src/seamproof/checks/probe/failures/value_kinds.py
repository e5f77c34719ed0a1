"""
Kinds of values: two bugs of one property may differ in the kind of value that provokes them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seamproof.json_types import Json, JsonMapping

MISSING: Final = "missing"
#: The kind of every value, where the property must not be there at all.
PRESENT: Final = "present"
_EMPTY: Final[Mapping[type, str]] = {str: "text", list: "list", dict: "object"}
_LARGE: Final = 2**31
_LONG: Final = 200
_FEW: Final = 2
_TIME: Final = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d"
#: The kinds of texts; the first that fits.
_TEXTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rf"{_TIME}(?:\.\d+)?z", "a time with a lower-case z"),
        (rf"{_TIME}(?:\.\d+)?[+-]00:00", "a time with an offset of zero"),
        (rf"{_TIME}(?:\.\d+)?[+-]\d\d:\d\d", "a time with an offset"),
        (rf"{_TIME}Z", "a time without a fraction"),
        (rf"{_TIME}\.\d{{3}}Z", "a time with 3 digits"),
        (rf"{_TIME}\.\d{{6}}Z", "a time with 6 digits"),
        (rf"{_TIME}\.\d{{7,}}Z", "a time with nanoseconds"),
        (rf"{_TIME}\.\d+Z", "a time with 1 or 2 digits"),
        (r"(?=.*[A-F])[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}", "an id in upper case"),
        (r"([0f])\1{7}(?:-\1{4}){3}-\1{12}", "an id of one digit"),
        (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "an id"),
        (r".*\x00.*", "a text with U+0000"),
        (r"\s+", "a text of white space"),
        (r"0\d+", "a number in a text with a leading zero"),
        (r"\d+", "a number in a text"),
        (r".*[^\x00-\x7f].*", "a text with letters beyond ASCII"),
        (r".*[\x01-\x1f].*", "a text with control characters"),
        (rf".{{{_LONG},}}", "a long text"),
    )
)


def kind_of(event: JsonMapping, name: str, shapes: Mapping[str, JsonMapping]) -> str:
    """
    Name the kind of a property's value: `null`, `an empty list`, `"card"`.

    Args:
        event: The event.
        name: Of the property.
        shapes: By property, its schema.
    """
    if name not in event:
        return MISSING
    value = event[name]
    if value is None or isinstance(value, bool) or value in shapes.get(name, {}).get("enum", ()):
        return json.dumps(value)
    if value in ("", [], {}):
        return f"an empty {_EMPTY[type(value)]}"
    if isinstance(value, int | float):
        return _kind_of_number(value)
    if isinstance(value, str):
        return next((kind for pattern, kind in _TEXTS if pattern.fullmatch(value)), "a text")
    return _kind_of_list(value) if isinstance(value, list) else "an object"


def describe_properties(
    event: JsonMapping, names: Iterable[str], shapes: Mapping[str, JsonMapping]
) -> str:
    """
    Describe properties by the kind of their value: `code is null, without method`.
    """
    kinds = ((name, kind_of(event, name, shapes)) for name in names)
    return ", ".join(
        f"without {name}" if kind == MISSING else f"{name} is {kind}" for name, kind in kinds
    )


def _kind_of_number(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= _LARGE:
        return "a large number"
    sign = "negative" if value < 0 else ""
    if isinstance(value, int):
        return f"a {sign} integer" if sign else "an integer"
    fraction = "number with a fraction" if value % 1 else "whole number with a decimal point"
    return " ".join(filter(None, ("a", sign, fraction)))


def _kind_of_list(items: list[Json]) -> str:
    codes = dict.fromkeys(
        str(one.get("error_code", one.get("warning_code")))
        for one in items
        if isinstance(one, dict)
    )
    codes.pop("None", None)
    if codes and len(codes) <= _FEW:
        return f"a list with {' and '.join(codes)}"
    count = len(items)
    return "a list of one" if count == 1 else f"a list of {count if count <= _FEW else 'several'}"
