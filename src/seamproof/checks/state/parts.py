"""
Encodes and parses a state part by part: parts that are equal in two readings are one object.

A delivery changes a record or two, and each reading has all of them. So only those are encoded and
parsed, and a comparison passes over the others.
"""

from __future__ import annotations

import json
import marshal
from datetime import date
from datetime import time as time_of_day
from decimal import Decimal
from operator import is_
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.json_types import Json

#: The JSON text of a value, or those of the members of an object or a list.
Parts: TypeAlias = "str | dict[str, Parts] | list[Parts]"

#: Levels of objects and lists that are divided: the tables of a state, and their rows.
_LEVELS: Final = 2
#: The version of the format in which the bytes of a value do not depend on what refers to it.
_WITHOUT_REFERENCES: Final = 0


class PartsEncoder:
    """
    Encodes the readings of a state as JSON texts: the handler goes on changing its own data.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, str] = {}

    def encode(self, state: Json) -> Parts:
        """
        Encode a reading; what is equal in the one before has the same text.

        Raises:
            Exception: It is not JSON-ready.
        """
        known: dict[bytes, str] = {}
        parts = self._encode(state, _LEVELS, known)
        self._known = known
        return parts

    def _encode(self, state: Json, levels: int, known: dict[bytes, str]) -> Parts:
        if levels and isinstance(state, dict):
            # A copy first: threads of the handler may add to it.
            members = dict(state)
            if _has_containers(members.values()) and all(type(name) is str for name in members):
                return {name: self._encode(one, levels - 1, known) for name, one in members.items()}
        elif levels and isinstance(state, list) and _has_containers(items := list(state)):
            return [self._encode(one, levels - 1, known) for one in items]
        try:
            # It takes a fraction of the time of the JSON text, and distinguishes what JSON does.
            key = marshal.dumps(state, _WITHOUT_REFERENCES)
        except ValueError:  # it has members that are not of Python's plain types
            return _ENCODER.encode(state)
        text = known[key] = self._known.get(key) or _ENCODER.encode(state)
        return text


class PartsParser:
    """
    Parses the readings of a state.
    """

    def __init__(self) -> None:
        self._known: dict[str, Json] = {}
        self._last: Json = None

    def parse(self, parts: Parts) -> Json:
        """
        Parse a reading; what is equal in the one before is the same object.

        Raises:
            ValueError: It is nested too deeply, or has an integer that is too long.
        """
        known: dict[str, Json] = {}
        self._last = self._parse(parts, self._last, known)
        self._known = known
        return self._last

    def _parse(self, parts: Parts, last: Json, known: dict[str, Json]) -> Json:
        if isinstance(parts, str):
            if parts not in known:
                is_new = parts not in self._known
                known[parts] = parse_json(parts) if is_new else self._known[parts]
            return known[parts]
        if isinstance(parts, dict):
            was = last if isinstance(last, dict) else {}
            members = {n: self._parse(one, was.get(n), known) for n, one in parts.items()}
            is_same = was.keys() == members.keys() and all(was[n] is members[n] for n in members)
            return was if is_same else members
        old = last if isinstance(last, list) else []
        items = [
            self._parse(one, old[at] if at < len(old) else None, known)
            for at, one in enumerate(parts)
        ]
        is_same = len(old) == len(items) and all(map(is_, old, items))
        return old if is_same else items


def _has_containers(members: Iterable[Json]) -> bool:
    return any(isinstance(one, dict | list) for one in members)


def _encode_scalar(value: object) -> str:
    """
    Encode the types of database columns that JSON does not have.
    """
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    message = f"Object of type {type(value).__name__} is not JSON serializable"
    raise TypeError(message)


_ENCODER: Final = json.JSONEncoder(allow_nan=False, default=_encode_scalar)
