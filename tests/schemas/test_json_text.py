"""
The strict JSON parser: flaws, lines and spans.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.json_pointer import to_pointer, walk
from seamproof.schemas import json_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_good_json_has_no_flaw(value: object) -> None:
    """
    Output of the standard library is parsed to the same value without a flaw.
    """
    assert json_text.parse(json.dumps(value, indent=1)) == (value, ())


FLAWED = {
    '{"a": 1,}': ("json", "", 1),
    '{\n "a" 1}': ("json", "", 2),
    "": ("json", "", 1),
    "[" * 100_000: ("json", "", 1),
    '{\n "a": {\n  "b": 1,\n  "b": 2}}': ("duplicate_key", "/a/b", 4),
    '{"x": 1,\n "x": 2}': ("duplicate_key", "/x", 2),
    "[1,\n NaN]": ("not_a_number", "/1", 2),
    '{"a/b": -Infinity}': ("not_a_number", "/a~1b", 1),
    "1e999": ("not_a_number", "", 1),
    '{"a": "\\ud800"}': ("encoding", "/a", 1),
    '{"\\udfff": 1}': ("encoding", "", 1),
}


@pytest.mark.parametrize("text", FLAWED, ids=lambda text: text[:20])
def test_flaws(text: str) -> None:
    """
    Text that is not JSON, or that the standard parser loses, is a flaw with its place.
    """
    _, flaws = json_text.parse(text)
    assert [(flaw.rule, flaw.path, flaw.line) for flaw in flaws] == [FLAWED[text]]


def test_line_and_column_of_bad_json() -> None:
    """
    Invalid JSON is reported with line and column in its file.
    """
    _, (flaw,) = json_text.parse('{\n  "a": tru\n}', first_line=10)
    assert flaw.message.startswith("line 11, column 8:")
    assert flaw.found == "tru"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": "\xe9"}', "line 5, column 8: byte 0xe9 is not UTF-8"),
        (b'{\n"a": "\xff"}', "line 6, column 7"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
    ],
)
def test_bytes_that_are_not_utf8(raw: bytes, said: str) -> None:
    """
    A text in another encoding is a flaw with line and column.
    """
    _, flaw = json_text.decode_bytes(raw, first_line=5)
    assert flaw
    assert said in flaw.message


def test_a_byte_order_mark_is_passed_over() -> None:
    """
    A UTF-8 byte order mark is not part of the text.
    """
    assert json_text.decode_bytes(b"\xef\xbb\xbf{}") == ("{}", None)


@given(JSON)
def test_lines_of_pointers(value: object) -> None:
    """
    The lines of the values of an indented text increase, and contain the names.
    """
    text = json.dumps(value, indent=1)
    paths = [path for path, _ in walk(value) if path]
    lines = [json_text.line_of(text, to_pointer(path)) for path in paths]
    assert lines == sorted(lines)
    for path, line in zip(paths, lines, strict=True):
        token = path[-1]
        assert isinstance(token, int) or json.dumps(token) in text.split("\n")[line - 1]


def test_the_line_of_what_is_absent() -> None:
    """
    The line of an absent member is that of its nearest existing ancestor.
    """
    assert json_text.line_of('{\n "a": {\n }\n}', "/a/b/c") == 2


@given(st.lists(JSON, max_size=4))
def test_spans_of_items(items: list[Any]) -> None:
    """
    The spans of an array are the texts of its items.
    """
    text = json.dumps(items, indent=1)
    assert [json.loads(text[start:end]) for start, end in json_text.item_spans(text)] == items


@given(st.dictionaries(st.text(max_size=3), JSON, min_size=1, max_size=4))
def test_a_member_is_cut_out_as_it_is_written(value: dict[str, Any]) -> None:
    """
    The text of a member keeps its white space and escapes.
    """
    for name, member in value.items():
        written = json.dumps(member, indent=2, ensure_ascii=False)
        others = [f"{json.dumps(one)} : {json.dumps(value[one])}" for one in value if one != name]
        text = " {" + " ,".join([*others, f"{json.dumps(name)}:\n{written} "]) + "}\n"

        assert json_text.member_text(text, name) == written


def test_a_member_that_is_not_there_is_a_key_error() -> None:
    """
    A member that does not exist is a `KeyError`.
    """
    with pytest.raises(KeyError):
        json_text.member_text('{"a": {"b": 1}}', "b")
