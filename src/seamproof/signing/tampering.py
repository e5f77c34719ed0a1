"""
Changes of a body that a signature does not cover.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from seamproof.formats import UUID_TEXT
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

_UUID: Final = re.compile(UUID_TEXT.encode())
_ALPHANUMERIC: Final = re.compile(rb"[0-9A-Za-z]")


def other_character(place: int) -> Callable[[bytes], bytes]:
    """
    Replace a letter or digit of a body.

    Args:
        place: Which one of them, from the beginning or, negative, from the end.
    """

    def edit(body: bytes) -> bytes:
        places = [found.start() for found in _ALPHANUMERIC.finditer(body)]
        return _replaced(body, places[place % len(places)] if places else 0)

    return edit


def _replaced(body: bytes, at: int) -> bytes:
    other = b"0" if body[at : at + 1] != b"0" else b"1"
    return body[:at] + other + body[at + 1 :]


def tamper(body: bytes) -> bytes:
    """
    Change a digit of the first id in a body, so that an event stays valid.

    A body without an id gets another last letter or digit, or else a space at its end.
    """
    found = _UUID.search(body)
    if found:
        return _replaced(body, found.end() - 1)
    return other_character(-1)(body) if _ALPHANUMERIC.search(body) else body + b" "


def reserialise(body: bytes) -> bytes:
    """
    Parse a JSON body and serialise it to other bytes of the same meaning.
    """
    value = parse_json(body)
    # The last one for a value that both others write like the body: an empty object.
    styles = (json.dumps(value), json.dumps(value, indent=2), json.dumps(value) + "\n")
    return next(text.encode() for text in styles if text.encode() != body)
