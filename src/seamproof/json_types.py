"""
JSON values: their types, and the one place that calls `json.loads`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

#: Any JSON value, as `json.loads` returns it.
Json: TypeAlias = Any

#: A JSON object.
JsonObject: TypeAlias = dict[str, Json]

#: A JSON object that is only read.
JsonMapping: TypeAlias = Mapping[str, Json]

#: The most levels of nesting. An event has three; functions that go through a value recursively,
#: such as `json.dumps`, fail at some hundreds.
MAX_DEPTH: Final = 200


def parse_json(text: str | bytes) -> Json:
    """
    Parse a JSON text as the standard parser does.

    Raises:
        ValueError: It is no JSON, nested too deeply, not in a Unicode encoding, or has an integer
            of more digits than Python reads.
    """
    try:
        value: Json = json.loads(text)
    except RecursionError as problem:
        raise ValueError(_TOO_DEEP) from problem
    if _openings(text) > MAX_DEPTH and _is_deep(value):
        raise ValueError(_TOO_DEEP)
    return value


_TOO_DEEP: Final = f"more than {MAX_DEPTH} levels are nested"


def _openings(text: str | bytes) -> int:
    if isinstance(text, str):
        return text.count("[") + text.count("{")
    return text.count(b"[") + text.count(b"{")


def _is_deep(value: Json) -> bool:
    """
    Whether a value has too many levels, without recursion.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            member
            for holder in level
            for member in (holder.values() if type(holder) is dict else holder)
            if type(member) in (dict, list)
        ]
        if not level:
            return False
    return True
