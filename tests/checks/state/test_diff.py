"""
Tests of telling what an act changed.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.checks.state.sources import Snapshot, difference, numbered_in

NOW = 1_790_000_000.0
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def told(before: Any, after: Any, **names: str) -> tuple[str, ...]:
    """
    Tell the difference of two states, five seconds apart.
    """
    return difference(Snapshot(before, NOW), Snapshot(after, NOW + 5), names)


def uuid(number: int) -> str:
    """
    Make an id.
    """
    return str(UUID(int=number, version=4))


@given(JSON)
def test_no_change_is_no_line(state: object) -> None:
    """
    A state differs in nothing from itself.
    """
    assert told(state, state) == ()


@given(JSON, JSON)
def test_any_two_states(before: object, after: object) -> None:
    """
    Any two states can be told apart, and only different ones are.
    """
    assert bool(told(before, after)) <= (before != after or type(before) is not type(after))


def test_what_a_delivery_was_signed_with_is_no_difference() -> None:
    """
    A timestamp and a signature within a text are another at each attempt, and told alike.
    """
    one, other = (
        told({"seen": []}, {"seen": [f"x:{int(NOW) + late} v1,{letter * 43}="]})
        for late, letter in ((-6, "a"), (1, "B"))
    )

    assert one == other == ('seen + "x:‹now› ‹id›"',)
    assert told({"seen": []}, {"seen": ["x:1500000000"]}) == ('seen + "x:1500000000"',)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({"n": 3}, {"n": 4}, ("n +1",)),
        ({"n": 3}, {"n": 1}, ("n -2",)),
        ({"x": 0.5}, {"x": 0.75}, ("x +0.25",)),
        (3, 4, ("the state +1",)),
        ({}, {"n": 1}, ("n +1",)),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, ('a.b = "y"',)),
        ({"a": 1}, {}, ("a is gone",)),
        ({"on": True}, {"on": False}, ("on = false",)),
        ({"on": 1}, {"on": True}, ("on = true",)),
        ({"a": None}, {"a": [1]}, ("a = [1]",)),
        ({"l": ["a"]}, {"l": ["a", "a", "b"]}, ('l + "a"', 'l + "b"')),
        ({"l": ["a", "b"]}, {"l": ["b"]}, ('l - "a"',)),
        ({"l": ["a", "b"]}, {"l": ["b", "a"]}, ()),
        ({}, {"seen": {"a": 1}}, ("seen.a +1",)),
        ({}, {"seen": ["x"]}, ('seen + "x"',)),
        ({}, {"seen": {}}, ("seen = {}",)),
    ],
)
def test_lines(before: object, after: object, lines: tuple[str, ...]) -> None:
    """
    Each change is a line in words.
    """
    assert told(before, after) == lines


def test_records_told_apart_by_their_ids() -> None:
    """
    A row that changed is a change of the row, not one row less and one more.
    """
    before = {"rows": [{"id": uuid(1), "n": 3}, {"id": uuid(2), "n": 1}]}
    after = {"rows": [{"id": uuid(2), "n": 1}, {"id": uuid(1), "n": 4}]}

    assert told(before, after) == ("rows.‹id›.n +1",)


STATES = {
    "by id": lambda ids: {ids[0]: {"status": "gone", "seen": ids[1]}},
    "list of ids": lambda ids: [*ids],
    "rows": lambda ids: [{"pk": 7 + int(ids[0][-1], 16), "device": ids[0], "status": "gone"}],
    "joined": lambda ids: {f"device:{ids[0]}": f"{ids[1]}/done"},
}


@pytest.mark.parametrize("make", STATES.values(), ids=STATES)
def test_other_ids_make_no_difference(make: Any) -> None:
    """
    Two acts that do the same under other ids are told alike, one after the other.
    """
    first, second = [uuid(1), "msg_2Xb"], [uuid(2), "msg_7Yc"]
    empty: Any = type(make(first))()
    one = make(first)
    both = [*one, *make(second)] if isinstance(one, list) else {**one, **make(second)}

    lines = told(
        {"all": empty}, {"all": one}, **dict(zip(first, ("device", "message"), strict=True))
    )
    again = told(
        {"all": one}, {"all": both}, **dict(zip(second, ("device", "message"), strict=True))
    )

    assert lines == again
    assert lines


def test_ids_are_told_by_their_part() -> None:
    """
    An effect on another record than the one meant is another effect.
    """
    names = {uuid(1): "device", uuid(2): "account"}

    assert told({}, {"gone": [uuid(1)]}, **names) != told({}, {"gone": [uuid(2)]}, **names)


def test_counters_are_relative() -> None:
    """
    How often something happened before makes no difference to how often it did now.
    """
    assert told({"n": {"x": 1}}, {"n": {"x": 3}}) == told({"n": {"x": 8}}, {"n": {"x": 10}})
    assert told({"n": {}}, {"n": {"x": 2}}) == told({"n": {"x": 8}}, {"n": {"x": 10}})


def test_values_are_not_relative() -> None:
    """
    A code or a level that a record ends up with is what an outcome is about.
    """
    record = {"code": "1234", "level": 0.5}
    other = {"code": "4321", "level": 0.5}

    assert told({}, {uuid(1): record}) != told({}, {uuid(1): other})
    assert told({}, {uuid(1): record}) != told({}, {uuid(1): {**record, "level": 0.25}})


@pytest.mark.parametrize(
    "write",
    [
        lambda at: at,
        int,
        lambda at: int(at * 1000),
        str,
        lambda at: str(int(at)),
        lambda at: datetime.fromtimestamp(at, UTC).isoformat(),
        lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        lambda at: datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat(" "),
        lambda at: datetime.fromtimestamp(at).isoformat(),  # noqa: DTZ006 - as handlers do
        lambda at: formatdate(at, usegmt=True),
        formatdate,
        lambda at: formatdate(at, localtime=True),
        lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ"),
        lambda at: int(at * 10**6),
        lambda at: int(at) * 10**9,
    ],
)
def test_the_time_of_the_act_is_now(write: Any) -> None:
    """
    When an act was recorded makes no difference; when an event occurred does.
    """
    states = [{"done": [{"key": "a", "at": write(NOW + second)}]} for second in (1, 4)]

    assert told({"done": []}, states[0]) == told({"done": []}, states[1])
    assert told(*states) == ()
    assert told({"last": write(NOW - 100)}, {"last": write(NOW + 1)}) == ('last = "‹now›"',)
    assert told({"done": []}, {"done": [{"key": "a", "at": write(NOW - 100)}]}) != told(
        {"done": []}, states[0]
    )


@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda text: text.replace("T", " ").replace("Z", ""),
        lambda text: text.replace("Z", "000+00:00"),
        lambda text: text[:19],
        lambda text: datetime.fromisoformat(text).timestamp(),
        lambda text: int(datetime.fromisoformat(text).timestamp()),
        lambda text: int(datetime.fromisoformat(text).timestamp() * 1000),
    ],
)
def test_a_time_that_has_a_name_is_told_by_it(write: Any) -> None:
    """
    However a handler stores when an event occurred: it is no number that has moved.
    """
    times = ["2026-09-21T13:00:00.250Z", "2026-09-21T13:07:31.001Z"]
    states = [{"at": write(at), "log": [{"when": write(at)}]} for at in times]
    none = {"at": write("2026-09-20T01:02:03.004Z"), "log": []}

    first, second = (
        told(none, state, **{at: "occurred_at"}) for state, at in zip(states, times, strict=True)
    )

    assert first == second == ('at = "‹time›"', 'log + {"when": "‹time›"}')


@pytest.mark.parametrize(
    "write",
    [
        lambda at: int(at) + 7 * 86_400,
        lambda at: (at + 3_600) * 1000,
        lambda at: datetime.fromtimestamp(at + 3_600, UTC).isoformat(),
        lambda at: f"done at {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} by a worker",
    ],
)
def test_a_time_that_the_act_leads_to_is_that_of_the_act(write: Any) -> None:
    """
    When a row expires, or what a line of a log begins with, differs by when the act was.
    """
    rows = [{uuid(1): {"kind": "seen", "at": write(NOW + second)}} for second in (1, 4)]

    assert told({}, rows[0]) == told({}, rows[1])
    assert told({}, rows[0]) != told({}, {uuid(1): {"kind": "seen", "at": write(NOW - 900)}})


def test_what_falls_out_of_a_list_of_the_last_is_no_effect() -> None:
    """
    What comes into it is one; and so is what goes without anything in its place.
    """
    assert told({"last": ["a", "b"]}, {"last": ["b", "c"]}) == ('last + "c"',)
    assert told({"last": ["a", "b"]}, {"last": ["b"]}) == ('last - "a"',)


def test_items_that_are_numbered_are_told_without_their_numbers() -> None:
    """
    Whatever the number is called: it follows the order of arrival.
    """
    before = {"log": [{"n": n, "what": "mail"} for n in range(4)]}
    after = {"log": [*before["log"], {"n": 4, "what": "call"}]}

    assert told(before, after) == ('log + {"n": "‹number›", "what": "call"}',)


def test_figures_that_happen_to_rise_are_told() -> None:
    """
    Unless several follow each other one by one, a number is a value.
    """
    before = {"log": [{"n": n} for n in (1, 2, 3, 5)]}
    after = {"log": [*before["log"], {"n": 6}]}

    assert told(before, after) == ('log + {"n": 6}',)


def test_how_often_a_row_was_written_is_no_outcome() -> None:
    """
    Of events that come too late fewer are written; that a row is written again is a change.
    """
    first, second = ({uuid(1): {"kind": "on", "version": number}} for number in (1, 2))

    assert told({}, first) == told({}, second)
    assert told(first, second) == ("‹id›.version +1",)


def test_the_order_of_arrival_makes_no_difference() -> None:
    """
    Row numbers and logs follow the order of arrival, whatever the outcome.
    """
    events = [{"type": one} for one in "abc"]
    outcomes = {
        told({"log": []}, {"log": [{"id": n, **one} for n, one in enumerate(order, 5)]})
        for order in itertools.permutations(events)
    }

    assert len(outcomes) == 1


def test_unnamed_ids_do_not_melt_records_together() -> None:
    """
    What belongs to one new record stays together, even where ids are told alike.
    """
    right = {uuid(1): {"kind": "a", "door": "x"}, uuid(2): {"kind": "b", "door": "y"}}
    wrong = {uuid(1): {"kind": "a", "door": "y"}, uuid(2): {"kind": "b", "door": "x"}}

    assert told({}, right) != told({}, wrong)


def test_what_was_seen_to_be_a_running_number_stays_one() -> None:
    """
    With gaps in it, the last few items of a list do not tell; somebody may have seen it before.
    """
    before, after = {"log": [{"n": 1}, {"n": 4}]}, {"log": [{"n": 1}, {"n": 4}, {"n": 9}]}
    known = numbered_in({"log": [{"n": n} for n in range(4)]})

    lines = difference(Snapshot(before, NOW), Snapshot(after, NOW + 5), numbered=known)

    assert known == {"n"}
    assert lines == ('log + {"n": "‹number›"}',)


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00", "2026-99-99T00:00:00Z", "Mon, 99 Foo 2026", 10**400, "9" * 400]
)
def test_what_only_looks_like_a_time_is_a_value(value: object) -> None:
    """
    A date that there is not, or one beyond all clocks, is told as it stands.
    """
    names = {str(value): "occurred_at"} if isinstance(value, str) and "T" in value else {}

    assert told({}, {"at": [value]}, **names)
