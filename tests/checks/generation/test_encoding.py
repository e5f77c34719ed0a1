"""
Tests of how a genuine delivery is written.
"""

from __future__ import annotations

import pytest

from seamproof.checks.generation.encoding import Encoding

EVENT = {"b": "é", "a": 24.0, "c": 0.5, "d": True, "e": [1]}


@pytest.mark.parametrize(
    ("style", "written"),
    [
        (Encoding(), '{"b":"é","a":24,"c":0.5,"d":true,"e":[1]}'),
        (Encoding(spaced=True), '{"b": "é", "a": 24, "c": 0.5, "d": true, "e": [1]}'),
        (Encoding(ascii_only=True), '{"b":"\\u00e9","a":24,"c":0.5,"d":true,"e":[1]}'),
        (Encoding(sorted_keys=True), '{"a":24,"b":"é","c":0.5,"d":true,"e":[1]}'),
    ],
)
def test_a_payload_is_written_as_the_style_says(style: Encoding, written: str) -> None:
    """
    Numbers are written as JavaScript writes them, so that a body written anew there is the same.
    """
    assert style.encode(EVENT) == written.encode()


@pytest.mark.parametrize(
    ("number", "written"), [(-0.0, "0"), (1e20, "1" + 20 * "0"), (1e300, "1e+300"), (7, "7")]
)
def test_odd_numbers_stay_what_they_are(number: float, written: str) -> None:
    """
    What is whole is written whole, unless it is too great for that.
    """
    assert Encoding().encode({"n": number}) == f'{{"n":{written}}}'.encode()
