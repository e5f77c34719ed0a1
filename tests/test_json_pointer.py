"""
JSON Pointers on plain JSON data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof import json_pointer

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject

_TOKENS = st.lists(st.text(max_size=5), max_size=4)


@given(_TOKENS)
def test_pointers_are_parsed_as_they_were_formatted(tokens: list[str]) -> None:
    """
    Names with slashes and tildes, and empty names, survive.
    """
    assert json_pointer.parse(json_pointer.to_pointer(tokens)) == tuple(tokens)


@pytest.mark.parametrize(
    ("path", "pointer"),
    [((), ""), (("",), "/"), (("a/b", 0, "m~n"), "/a~1b/0/m~0n"), (("~1",), "/~01")],
)
def test_pointers_are_those_of_the_rfc(path: json_pointer.Path, pointer: str) -> None:
    """
    The escapes are those of RFC 6901, section 3.
    """
    assert json_pointer.to_pointer(path) == pointer
    assert json_pointer.parse(pointer) == tuple(map(str, path))


def test_a_pointer_begins_with_a_slash() -> None:
    """
    A text that is no pointer is refused.
    """
    with pytest.raises(ValueError, match="begins with a slash: 'a/b'"):
        json_pointer.parse("a/b")


@pytest.mark.parametrize("index", [1, "1"])
def test_get_follows_names_and_indexes(index: int | str) -> None:
    """
    An index is a number or its digits.
    """
    assert json_pointer.get({"items": [1, {"b": 2}]}, ("items", index, "b")) == 2
    assert json_pointer.get([7], ()) == [7]


@pytest.mark.parametrize("path", [("b",), ("a", 1), ("a", -1), ("a", "x"), ("a", 0, "deep")])
def test_a_path_that_leads_nowhere_is_a_lookup_error(path: json_pointer.Path) -> None:
    """
    No name, no item, no index, nothing inside a number; nothing changes.
    """
    data = {"a": [1]}
    for act in (json_pointer.get, json_pointer.remove):
        with pytest.raises(LookupError):
            act(data, path)
    assert data == {"a": [1]}


def test_assign_sets_adds_and_appends() -> None:
    """
    A member is replaced, a new name added, the index after the last one appended.
    """
    data = {"a": [1]}
    json_pointer.assign(data, ("a", "0"), 2)
    json_pointer.assign(data, ("a", 1), 3)
    json_pointer.assign(data, ("b",), {})
    json_pointer.assign(data, ("b", "0"), "a name of digits")
    assert data == {"a": [2, 3], "b": {"0": "a name of digits"}}


@pytest.mark.parametrize("path", [("a", 2), ("x", "y"), ("a", 0, "b")])
def test_assign_creates_no_holder(path: json_pointer.Path) -> None:
    """
    Only the last step of a path may be new.
    """
    data = {"a": [1]}
    for act in (json_pointer.assign, json_pointer.replaced):
        with pytest.raises(LookupError):
            act(data, path, None)
    assert data == {"a": [1]}


def test_remove_takes_out_members_and_items() -> None:
    """
    Of objects and of lists.
    """
    data = {"a": [1, 2], "b": {"c": 3, "d": 4}}
    json_pointer.remove(data, ("a", "0"))
    json_pointer.remove(data, ("b", "d"))
    assert data == {"a": [2], "b": {"c": 3}}


def test_a_replaced_value_leaves_the_original_alone() -> None:
    """
    Only what the path passes through is copied.
    """
    data: JsonObject = {"a": [{"b": 1}, {"c": 2}], "d": [3]}
    changed = json_pointer.replaced(data, ("a", 0, "b"), None)
    assert changed == {"a": [{"b": None}, {"c": 2}], "d": [3]}
    assert data == {"a": [{"b": 1}, {"c": 2}], "d": [3]}
    assert changed["d"] is data["d"]
    assert changed["a"][1] is data["a"][1]


def test_walk_visits_every_value_with_its_path() -> None:
    """
    From the outside to the inside, in order.
    """
    data = {"a": [1, {}], "b": None}
    assert list(json_pointer.walk(data)) == [
        ((), data),
        (("a",), [1, {}]),
        (("a", 0), 1),
        (("a", 1), {}),
        (("b",), None),
    ]
