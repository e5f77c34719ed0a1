"""
The one reader of JSON: whatever cannot be read is a ValueError.
"""

from __future__ import annotations

import pytest

from seamproof.json_types import MAX_DEPTH, parse_json


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        '{"a":' * 300 + "1" + "}" * 300,
        "9" * 5000,
        "",
        b"\xff\xfe\xff",
    ],
)
def test_what_cannot_be_read_is_a_value_error(text: str | bytes) -> None:
    """
    Nesting, digits and encodings are no other kind of error.
    """
    with pytest.raises(ValueError):  # noqa: PT011 - of any message
        parse_json(text)


def test_values_are_read_as_usual() -> None:
    """
    Many brackets are not deep, and the deepest value that is allowed is read.
    """
    assert parse_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
    assert parse_json("[" + "[]," * 1000 + "[]]") == [[]] * 1001
    assert MAX_DEPTH == 200
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert parse_json('{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH)
