"""
Replacements of numbers: each has as many digits as its original.
"""

from __future__ import annotations

from typing import Final

from seamproof.pseudonyms.permutation import LARGEST, derange
from seamproof.pseudonyms.texts import replace_text

#: Below this a number is a quantity; above, it may be a phone number or an id.
_QUANTITY: Final = 1000
#: Decimals of a quantity; a coordinate has more.
_DECIMALS: Final = 2


def replace_number(value: float, key: bytes, *, small: bool = False) -> float:
    """
    Replace a number by another one of as many digits.

    Args:
        value: The original, an integer or a finite number.
        key: Decides the replacement.
        small: Whether small quantities are replaced as well.
    """
    quantity = abs(value) < _QUANTITY and round(value, _DECIMALS) == value
    if quantity and not small:
        return value
    if isinstance(value, int):
        return _replace_integer(value, key)
    digits, _, exponent = repr(abs(value)).partition("e")
    whole, _, decimals = digits.partition(".")
    replaced = f"{_replace_integer(int(whole), key)}.{replace_text(decimals or '0', key)}"
    return float(f"{'-' if value < 0 else ''}{replaced}{'e' if exponent else ''}{exponent}")


def _replace_integer(value: int, key: bytes) -> int:
    digits = str(abs(value))
    least = 10 ** (len(digits) - 1) if len(digits) > 1 else 0
    size = 10 ** len(digits) - least
    if size <= LARGEST:
        replaced = least + derange(abs(value) - least, size, key)
    else:
        replaced = int(digits[0] + replace_text(digits[1:], key))
    return -replaced if value < 0 else replaced
