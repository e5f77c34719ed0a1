"""
Suggestions of the name that was meant instead of an unknown one.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Longer names resemble none; to compare them would take time.
_LONGEST: Final = 100


def nearest_names(
    name: str, known: Iterable[str], limit: int = 3, *, cutoff: float = 0.6
) -> list[str]:
    """
    Return the known names that resemble another one, the most similar first.

    Args:
        name: The unknown name.
        known: The known names.
        limit: How many at most.
        cutoff: The least similarity, from 0 to 1.
    """
    if len(name) > _LONGEST:
        return []
    return get_close_matches(name, [*known], limit, cutoff)
