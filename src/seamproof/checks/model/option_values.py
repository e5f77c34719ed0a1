"""
Reading what a user writes about a run: lists, statuses, the name of a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.statuses import VALID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


#: An option of the command line, with which messages tell what to do.
_OPTION: Final = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")


def worded(text: str, words: Callable[[str], str]) -> str:
    """
    Write the options in a message as its reader has them.

    Args:
        text: Names options of the command line: `--state`.
        words: From the name of an option, `state`, to what its reader calls it.
    """
    return _OPTION.sub(lambda found: words(found[1]), text)


def read_several(texts: Iterable[str]) -> tuple[str, ...]:
    """
    Read ids and globs, also several in one text with commas between them.
    """
    return tuple(one.strip() for text in texts for one in text.split(",") if one.strip())


def read_statuses(text: str) -> tuple[tuple[int, int], ...]:
    """
    Read `200-299,404`.

    Raises:
        UsageError: It is nothing of the kind.
    """
    ranges = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        numbers = (first, last) if dash else (first, first)
        if not all(one.isascii() and one.isdigit() for one in numbers):
            raise _no_statuses(text)
        low, high = map(int, numbers)
        if low not in VALID or high not in VALID or low > high:
            raise _no_statuses(text)
        ranges.append((low, high))
    return tuple(ranges)


def _no_statuses(text: str) -> UsageError:
    what, expected = "these are no statuses", "200-299 or 200-299,404"
    return UsageError(what, where="--accept", expected=expected, found=text)
