"""
Suggestions of the name that was meant.
"""

from __future__ import annotations

from seamproof.errors import nearest_names


def test_the_most_similar_come_first() -> None:
    """
    Names that are not similar are left out.
    """
    assert nearest_names("lokc", ["lock", "clock", "door"]) == ["lock", "clock"]
    assert nearest_names("lokc", ["lock", "clock", "door"], limit=1) == ["lock"]


def test_a_long_name_resembles_none() -> None:
    """
    It is not compared, which would take minutes.
    """
    assert nearest_names("lock" * 25_000, ["lock" * 24_999]) == []
