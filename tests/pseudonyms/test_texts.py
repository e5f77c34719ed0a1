"""
Replacements of texts keep the form of the original.
"""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.pseudonyms.numbers import replace_number
from seamproof.pseudonyms.texts import replace_text

KEY = b"k" * 32
VISIBLE = st.text(min_size=1).filter(lambda text: text.strip())


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("0042", r"\d{4}"),
        ("Front Door 2", r"[A-Z][a-z]{4} [A-Z][a-z]{3} \d"),
        ("hotel-9", r"[a-z]{5}-\d"),
        ("ada.l@hotel.test", r"[a-z]+@example\.com"),
        ("+49 170 1234567", r"\+\d\d \d{3} \d{7}"),
        ("https://seam.test/a/clip.mp4?token=1", r"https://media\.example\.com/[a-z]+\.mp4"),
        ("---", "[a-z]{3}"),
        ("李 明", r"[^ ] [^ ]"),
        ("🏠", "."),
        ("", ""),
        (" \n", r" \n"),
    ],
)
def test_the_form_is_kept(text: str, form: str) -> None:
    """
    Letters are replaced by letters, digits by digits; addresses are of example.com.
    """
    replaced = replace_text(text, KEY)

    assert re.fullmatch(form, replaced)
    assert replaced == replace_text(text, KEY)
    assert replaced != text or not text.strip()


@given(text=VISIBLE, key=st.binary(min_size=1, max_size=64))
def test_a_visible_text_never_stays(text: str, key: bytes) -> None:
    """
    Any text with a visible character is replaced, always by the same one.
    """
    replaced = replace_text(text, key)

    assert replaced != text
    assert replaced == replace_text(text, key)


@given(st.uuids())
def test_a_uuid_stays_one(value: uuid.UUID) -> None:
    """
    The replacement is of version 4, in the same case, and contains no number of three digits.
    """
    text = str(value)
    replaced = replace_text(text, KEY)

    assert uuid.UUID(replaced).version == 4
    assert replace_text(text.upper(), KEY) == (
        replaced.upper() if text.upper() != text else replaced
    )
    assert not re.search(r"\d{3}", replaced)


@given(value=st.uuids(), before=st.text("abc XYZ"), after=st.text("abc XYZ"))
def test_a_uuid_within_a_text_has_its_own_replacement(
    value: uuid.UUID, before: str, after: str
) -> None:
    """
    An id in a message stays the id of the property.
    """
    assert replace_text(str(value), KEY) in replace_text(f"{before} {value} {after}", KEY)


def test_codes_stay_different() -> None:
    """
    No two codes of the same length have the same replacement.
    """
    codes = [f"{number:04d}" for number in range(3000)]

    assert len({replace_text(code, KEY) for code in codes}) == len(codes)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_digits(value: float) -> None:
    """
    A large number has another one of as many digits; a small one is a quantity, and stays.
    """
    replaced = replace_number(value, KEY)

    assert type(replaced) is type(value)
    if isinstance(value, int):
        assert len(str(replaced)) == len(str(value))
        assert (replaced == value) == (abs(value) < 1000)
    assert replace_number(value, KEY, small=True) != value
