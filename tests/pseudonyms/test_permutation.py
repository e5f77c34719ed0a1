"""
Permutations: different values stay different, and none stays as it is.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.pseudonyms.permutation import LARGEST, derange


@pytest.mark.parametrize("size", [2, 3, 10, 26, 1000])
def test_every_number_is_mapped_to_another_one(size: int) -> None:
    """
    The numbers of a domain are permuted, without a fixed point.
    """
    mapped = [derange(number, size, b"key") for number in range(size)]

    assert sorted(mapped) == [*range(size)]
    assert all(number != one for number, one in enumerate(mapped))


@given(number=st.integers(0, LARGEST - 1), key=st.binary(min_size=1, max_size=64))
def test_a_number_of_the_largest_domain_has_another_one(number: int, key: bytes) -> None:
    """
    The replacement is in the domain, differs, and is the same each time.
    """
    mapped = derange(number, LARGEST, key)

    assert mapped in range(LARGEST)
    assert mapped != number
    assert mapped == derange(number, LARGEST, key)


def test_the_key_decides() -> None:
    """
    With another key, hardly any number has the same replacement.
    """
    one, other = ([derange(number, 10_000, key) for number in range(100)] for key in (b"a", b"b"))

    assert sum(map(int.__eq__, one, other)) < 5
