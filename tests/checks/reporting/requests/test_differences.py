"""
Tests of what is marked in a body: what differs from a genuine event.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from seamproof.checks.reporting.requests.differences import differences, marked_lines

GENUINE: dict[str, Any] = {
    "event_id": "0b1c7c5e-9d57-4f0e-9d28-1b3f6f3f7b1a",
    "event_type": "lock.unlocked",
    "occurred_at": "2025-11-15T19:57:00.000Z",
    "method": "keycode",
    "errors": [{"code": "a"}],
    "nested": {"kept": 1, "level": True},
}


def body(**changes: Any) -> bytes:
    """
    Make a body with other members; None leaves one out.
    """
    event = {**GENUINE, "event_id": "9f1c7c5e-9d57-4f0e-9d28-1b3f6f3f7b1b", **changes}
    event["occurred_at"] = changes.get("occurred_at", "2025-11-16T00:00:00.123Z")
    return json.dumps({name: value for name, value in event.items() if value != "gone"}).encode()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"method": "gone"}, [("method", "removed", "")]),
        ({"method": "remote"}, [("method", "changed", '"keycode"')]),
        ({"method": None}, [("method", "changed", '"keycode"')]),
        ({"new": [1, {"a": 2}]}, [("new", "added", "")]),
        ({"errors": []}, [("errors", "changed", '[{"code": "a"}]')]),
        ({"nested": {"kept": 1}}, [("nested.level", "removed", "")]),
        ({"nested": {"kept": 1, "level": 1}}, [("nested.level", "changed", "true")]),
        (
            {"occurred_at": "2025-11-16T00:00:00Z"},
            [("occurred_at", "changed", '"2025-11-15T19:57:00.000Z"')],
        ),
    ],
)
def test_what_differs_is_marked(changes: Any, expected: list[tuple[str, str, str]]) -> None:
    """
    Removed, changed or added; ids and times are new in each event, and so no difference.
    """
    found = differences(body(**changes), json.dumps(GENUINE).encode())

    assert [(one.name, one.mark, one.before) for one in found] == expected


def test_the_lines_are_those_of_indented_json() -> None:
    """
    A line that is marked stands where it is sent, one that was removed at the end of its object.
    """
    lines = marked_lines(body(method="gone", extra={"a": [1]}), json.dumps(GENUINE).encode())

    assert [one.text for one in lines if one.mark == "added"] == [
        '  "extra": {',
        *('    "a": [', "      1", "    ]", "  }"),
    ]
    assert lines[-2] == ('  "method": "keycode"', "removed", "", "method")


@pytest.mark.parametrize("odd", [b"", b"[1]", b"no JSON", b"\xff\xfe"])
def test_nothing_is_marked_in_what_is_no_event(odd: bytes) -> None:
    """
    It is shown as it is.
    """
    assert differences(odd, body()) == []
    assert differences(body(), odd) == []


def test_nothing_stands_out_in_an_event_that_was_drawn_at_random() -> None:
    """
    Where most differs, nothing is marked.
    """
    other = {name: f"other {name}" for name in GENUINE}

    assert differences(json.dumps(other).encode(), body()) == []
