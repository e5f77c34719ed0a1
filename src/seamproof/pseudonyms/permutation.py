"""
Keyed permutations of small domains, by which short values such as PIN codes get replacements.

A permutation keeps different values different, which a hash of four digits would not.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

#: The largest domain that is permuted; in a larger one hashes do not collide.
LARGEST: Final = 2**48

#: Rounds of the shuffle: twice the bits of the largest domain.
_ROUNDS: Final = 96
_PLACE_BYTES: Final = 8


def derange(number: int, size: int, key: bytes) -> int:
    """
    Map a number of a domain to another one; no two are mapped to the same, and none to itself.

    A shift by one has no fixed point, and neither has its conjugate by a permutation.

    Args:
        number: From 0 to `size` - 1.
        size: Of the domain, from 2 to `LARGEST`.
        key: At most 64 bytes.
    """
    return _unshuffle((_shuffle(number, size, key) + 1) % size, size, key)


def _shuffle(number: int, size: int, key: bytes) -> int:
    for place in range(_ROUNDS):
        number = _swap_or_not(number, size, key, place)
    return number


def _unshuffle(number: int, size: int, key: bytes) -> int:
    for place in reversed(range(_ROUNDS)):
        number = _swap_or_not(number, size, key, place)
    return number


def _swap_or_not(number: int, size: int, key: bytes, place: int) -> int:
    """
    One round of the swap-or-not shuffle (Hoang, Morris, Rogaway 2012), which is its own inverse.
    """
    partner = (_offsets(size, key)[place] - number) % size
    swapped = _hash(key, place, size, max(number, partner)) & 1
    return partner if swapped else number


@lru_cache(maxsize=256)
def _offsets(size: int, key: bytes) -> tuple[int, ...]:
    return tuple(_hash(key, place, size) for place in range(_ROUNDS))


def _hash(key: bytes, *numbers: int) -> int:
    text = b"".join(number.to_bytes(_PLACE_BYTES, "big") for number in numbers)
    return int.from_bytes(blake2b(text, digest_size=_PLACE_BYTES, key=key).digest(), "big")
