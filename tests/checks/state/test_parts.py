"""
Reading a state part by part: equal parts of two readings are one object.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.state.parts import PartsEncoder, PartsParser

if TYPE_CHECKING:
    from seamproof.json_types import Json

STATES: list[Json] = [
    None,
    1,
    "text",
    [],
    {},
    [1, "a", None],
    {"n": 1, "of": {"a": {"x": [1, {"y": 2}]}, "b": [1.0, True, 1]}},
    {"rows": [{"id": 1, "tags": []}, {"id": 2, "tags": ["é"]}], "count": 2},
    {1: {"a": []}, None: "b"},
    {"pair": ({"a": 1}, (1, 2))},
]


@pytest.mark.parametrize("state", STATES, ids=repr)
def test_a_state_is_read_as_json_has_it(state: Json) -> None:
    """
    Whatever is divided, the value is that of the whole JSON text.
    """
    assert PartsParser().parse(PartsEncoder().encode(state)) == json.loads(json.dumps(state))


def test_what_has_not_changed_is_the_same_object() -> None:
    """
    Rows and tables that are equal in two readings are not made again; what has changed is.
    """
    encoder, parser = PartsEncoder(), PartsParser()

    def read(state: Json) -> Any:
        return parser.parse(encoder.encode(state))

    first = read({"rows": [{"id": [1]}, {"id": [2]}], "log": {"a": {"n": 1}}})
    second = read({"rows": [{"id": [0]}, {"id": [1]}, {"id": [2]}], "log": {"a": {"n": 1}}})

    assert second["log"] is first["log"]
    assert second["rows"][1] is first["rows"][0]
    assert second["rows"][2] is first["rows"][1]
    assert second["rows"][0] == {"id": [0]}
    assert read({"rows": [{"id": [0]}, {"id": [1]}, {"id": [2]}], "log": second["log"]}) is second


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), (1, 1.0), (0.0, -0.0)])
def test_values_that_only_python_takes_for_equal_are_different(old: Json, new: Json) -> None:
    """
    1, 1.0 and true are three values in JSON.
    """
    encoder, parser = PartsEncoder(), PartsParser()
    parser.parse(encoder.encode({"a": {"b": [old]}, "c": [[old]]}))
    read = parser.parse(encoder.encode({"a": {"b": [new]}, "c": [[new]]}))
    assert repr(read) == repr({"a": {"b": [new]}, "c": [[new]]})
