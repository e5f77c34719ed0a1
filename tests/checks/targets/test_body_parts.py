"""
The parts of a body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seamproof.checks.targets.adapters.body_parts import SPLIT, parts_of

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Transfer


@pytest.mark.parametrize("transfer", sorted(SPLIT))
@pytest.mark.parametrize("text", ["", "a", "Zoë and Zoë", "ë"])
def test_the_parts_are_the_body(transfer: Transfer, text: str) -> None:
    """
    Nothing is lost, whatever the body is.
    """
    assert b"".join(parts_of(text.encode(), transfer)) == text.encode()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Zoë!", [b"Zo\xc3", b"\xab!"]),
        ("key 🔑", [b"key \xf0", b"\x9f\x94\x91"]),
        ("Zoe", [b"Zoe"]),
    ],
)
def test_the_first_part_ends_within_a_letter(text: str, parts: list[bytes]) -> None:
    """
    The first letter of several bytes is divided; a body without one is not.
    """
    assert parts_of(text.encode(), "divided letter") == parts
