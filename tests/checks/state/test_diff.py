"""
Tests of the diff of two states.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.model.state_changes import StateChange
from seamproof.checks.state.diff import diff, numbered_properties

if TYPE_CHECKING:
    from seamproof.json_types import Json

NOW = 1_790_000_000.0
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


Rows = tuple[tuple[str, ...], ...]


def compare(before: Json, after: Json, **roles: str) -> Rows:
    """
    Compare two states, five seconds apart.
    """
    changes = diff(Snapshot(before, NOW), Snapshot(after, NOW + 5), roles)
    return tuple((one.path, one.op, one.value)[: 2 if one.op == "unset" else 3] for one in changes)


def uuid(number: int) -> str:
    """
    Make an id.
    """
    return str(UUID(int=number, version=4))


@given(JSON)
def test_equal_states_have_no_changes(state: object) -> None:
    """
    A state does not differ from itself.
    """
    assert compare(state, state) == ()


@given(JSON, JSON)
def test_any_two_states(before: object, after: object) -> None:
    """
    Only states that differ have changes. True and 1 differ, although they are equal in Python.
    """
    assert not compare(before, after) or repr(before) != repr(after)


def test_timestamps_and_signatures_of_deliveries_are_normalised() -> None:
    """
    A timestamp and a signature within a text differ for each attempt.
    """
    one, other = (
        compare({"seen": []}, {"seen": [f"x:{int(NOW) + late} v1,{letter * 43}="]})
        for late, letter in ((-6, "a"), (1, "B"))
    )

    assert one == other == (("seen", "add", '"x:‹now› ‹id›"'),)
    assert compare({"seen": []}, {"seen": ["x:1500000000"]}) == (("seen", "add", '"x:1500000000"'),)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"n": 3}, {"n": 4}, (("n", "increment", "+1"),)),
        ({"n": 3}, {"n": 1}, (("n", "increment", "-2"),)),
        ({"x": 0.5}, {"x": 0.75}, (("x", "increment", "+0.25"),)),
        (3, 4, (("", "increment", "+1"),)),
        ({}, {"n": 1}, (("n", "increment", "+1"),)),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, (("a.b", "set", '"y"'),)),
        ({"a": 1}, {}, (("a", "unset"),)),
        ({"on": True}, {"on": False}, (("on", "set", "false"),)),
        ({"on": 1}, {"on": True}, (("on", "set", "true"),)),
        ({"a": None}, {"a": [1]}, (("a", "set", "[1]"),)),
        ({"l": ["a"]}, {"l": ["a", "a", "b"]}, (("l", "add", '"a"'), ("l", "add", '"b"'))),
        ({"l": ["a", "b"]}, {"l": ["b"]}, (("l", "remove", '"a"'),)),
        ({"l": ["a", "b"]}, {"l": ["b", "a"]}, ()),
        ({}, {"seen": {"a": 1}}, (("seen.a", "increment", "+1"),)),
        ({}, {"seen": ["x"]}, (("seen", "add", '"x"'),)),
        ({}, {"seen": {}}, (("seen", "set", "{}"),)),
    ],
)
def test_changes(before: object, after: object, changes: Rows) -> None:
    """
    Each change has a path, an operation and a value.
    """
    assert compare(before, after) == changes


def test_records_are_matched_by_their_ids() -> None:
    """
    A changed row is one change, not a removed row and an added one.
    """
    before = {"rows": [{"id": uuid(1), "n": 3}, {"id": uuid(2), "n": 1}]}
    after = {"rows": [{"id": uuid(2), "n": 1}, {"id": uuid(1), "n": 4}]}

    assert compare(before, after) == (("rows.‹id›.n", "increment", "+1"),)


STATES = {
    "by id": lambda ids: {ids[0]: {"status": "gone", "seen": ids[1]}},
    "list of ids": lambda ids: [*ids],
    "rows": lambda ids: [{"pk": 7 + int(ids[0][-1], 16), "device": ids[0], "status": "gone"}],
    "joined": lambda ids: {f"device:{ids[0]}": f"{ids[1]}/done"},
}


@pytest.mark.parametrize("make", STATES.values(), ids=STATES)
def test_other_ids_make_no_difference(make: Any) -> None:
    """
    Two deliveries that do the same under different ids make equal changes.
    """
    first, second = [uuid(1), "msg_2Xb"], [uuid(2), "msg_7Yc"]
    empty: Any = type(make(first))()
    one = make(first)
    both = [*one, *make(second)] if isinstance(one, list) else {**one, **make(second)}

    lines = compare(
        {"all": empty}, {"all": one}, **dict(zip(first, ("device", "message"), strict=True))
    )
    again = compare(
        {"all": one}, {"all": both}, **dict(zip(second, ("device", "message"), strict=True))
    )

    assert lines == again
    assert lines


def test_ids_are_replaced_by_their_role() -> None:
    """
    A change of another record is another change.
    """
    names = {uuid(1): "device", uuid(2): "account"}

    assert compare({}, {"gone": [uuid(1)]}, **names) != compare({}, {"gone": [uuid(2)]}, **names)


def test_counters_are_relative() -> None:
    """
    The value of a counter before the delivery makes no difference.
    """
    assert compare({"n": {"x": 1}}, {"n": {"x": 3}}) == compare({"n": {"x": 8}}, {"n": {"x": 10}})
    assert compare({"n": {}}, {"n": {"x": 2}}) == compare({"n": {"x": 8}}, {"n": {"x": 10}})


def test_values_are_not_relative() -> None:
    """
    The code or the level of a record is compared as it is.
    """
    record = {"code": "1234", "level": 0.5}
    other = {"code": "4321", "level": 0.5}

    assert compare({}, {uuid(1): record}) != compare({}, {uuid(1): other})
    assert compare({}, {uuid(1): record}) != compare({}, {uuid(1): {**record, "level": 0.25}})


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
def test_the_time_of_the_delivery_is_now(write: Any) -> None:
    """
    The time of the delivery makes no difference; the time of the event does.
    """
    states = [{"done": [{"key": "a", "at": write(NOW + second)}]} for second in (1, 4)]

    assert compare({"done": []}, states[0]) == compare({"done": []}, states[1])
    assert compare(*states) == ()
    assert compare({"last": write(NOW - 100)}, {"last": write(NOW + 1)}) == (
        ("last", "set", '"‹now›"'),
    )
    assert compare({"done": []}, {"done": [{"key": "a", "at": write(NOW - 100)}]}) != compare(
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
def test_timestamps_of_the_event_are_replaced_by_their_name(write: Any) -> None:
    """
    A handler may store the time of an event in any format.
    """
    times = ["2026-09-21T13:00:00.250Z", "2026-09-21T13:07:31.001Z"]
    states = [{"at": write(at), "log": [{"when": write(at)}]} for at in times]
    none = {"at": write("2026-09-20T01:02:03.004Z"), "log": []}

    first, second = (
        compare(none, state, **{at: "occurred_at"}) for state, at in zip(states, times, strict=True)
    )

    assert first == second == (("at", "set", '"‹time›"'), ("log", "add", '{"when": "‹time›"}'))


@pytest.mark.parametrize(
    "write",
    [
        lambda at: int(at) + 7 * 86_400,
        lambda at: (at + 3_600) * 1000,
        lambda at: datetime.fromtimestamp(at + 3_600, UTC).isoformat(),
        lambda at: f"done at {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} by a worker",
    ],
)
def test_times_relative_to_the_delivery_are_now(write: Any) -> None:
    """
    The expiry of a row and the timestamp of a log line depend on the time of the delivery.
    """
    rows = [{uuid(1): {"kind": "seen", "at": write(NOW + second)}} for second in (1, 4)]

    assert compare({}, rows[0]) == compare({}, rows[1])
    assert compare({}, rows[0]) != compare({}, {uuid(1): {"kind": "seen", "at": write(NOW - 900)}})


def test_items_that_drop_out_of_a_bounded_list_are_no_change() -> None:
    """
    An added item is a change; so is a removed one without another in its place.
    """
    assert compare({"last": ["a", "b"]}, {"last": ["b", "c"]}) == (("last", "add", '"c"'),)
    assert compare({"last": ["a", "b"]}, {"last": ["b"]}) == (("last", "remove", '"a"'),)


def test_numbers_of_items_are_left_out() -> None:
    """
    Whatever its name, the number follows the order of arrival.
    """
    before = {"log": [{"n": n, "what": "mail"} for n in range(4)]}
    after = {"log": [*before["log"], {"n": 4, "what": "call"}]}

    assert compare(before, after) == (("log", "add", '{"n": "‹number›", "what": "call"}'),)


def test_figures_that_happen_to_rise_are_values() -> None:
    """
    A number is a value, unless several items have consecutive ones.
    """
    before = {"log": [{"n": n} for n in (1, 2, 3, 5)]}
    after = {"log": [*before["log"], {"n": 6}]}

    assert compare(before, after) == (("log", "add", '{"n": 6}'),)


def test_the_version_of_a_row_is_no_outcome() -> None:
    """
    Events that come too late are not written. A row that is written again is a change.
    """
    first, second = ({uuid(1): {"kind": "on", "version": number}} for number in (1, 2))

    assert compare({}, first) == compare({}, second)
    assert compare(first, second) == (("‹id›.version", "increment", "+1"),)


def test_the_order_of_arrival_makes_no_difference() -> None:
    """
    Row numbers and logs follow the order of arrival, whatever the outcome.
    """
    events = [{"type": one} for one in "abc"]
    outcomes = {
        compare({"log": []}, {"log": [{"id": n, **one} for n, one in enumerate(order, 5)]})
        for order in itertools.permutations(events)
    }

    assert len(outcomes) == 1


def test_records_with_ids_without_a_role_stay_separate() -> None:
    """
    The values of one new record stay together, even if all ids are equal.
    """
    right = {uuid(1): {"kind": "a", "door": "x"}, uuid(2): {"kind": "b", "door": "y"}}
    wrong = {uuid(1): {"kind": "a", "door": "y"}, uuid(2): {"kind": "b", "door": "x"}}

    assert compare({}, right) != compare({}, wrong)


def test_a_known_number_of_items_is_left_out() -> None:
    """
    The last items of this list have gaps; an earlier snapshot had none.
    """
    before, after = {"log": [{"n": 1}, {"n": 4}]}, {"log": [{"n": 1}, {"n": 4}, {"n": 9}]}
    known = numbered_properties({"log": [{"n": n} for n in range(4)]})

    changes = diff(Snapshot(before, NOW), Snapshot(after, NOW + 5), numbered=known)

    assert known == {"n"}
    assert changes == (StateChange("log", "add", '{"n": "‹number›"}'),)


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00", "2026-99-99T00:00:00Z", "Mon, 99 Foo 2026", 10**400, "9" * 400]
)
def test_a_text_like_a_timestamp_is_a_value(value: object) -> None:
    """
    A date that does not exist, or one out of range, is compared as it is.
    """
    names = {str(value): "occurred_at"} if isinstance(value, str) and "T" in value else {}

    assert compare({}, {"at": [value]}, **names)


@pytest.mark.parametrize(
    ("first", "second"),
    [("a", "a"), (1.5, 2.5), (None, True), ({"x": 1}, {"x": 2}), ([1], [2])],
    ids=repr,
)
def test_what_identifies_no_row_is_compared_as_a_whole(first: Json, second: Json) -> None:
    """
    An id that several rows have, or that is neither a text nor an integer, is a value as others.
    """
    rows = [{"id": first, "n": 1}, {"id": second, "n": 2}]
    (change,) = compare({"rows": rows}, {"rows": [*rows, {"id": first, "n": 3}]})

    assert change[:2] == ("rows", "add")


@pytest.mark.parametrize("name", ["id", "key", "pk", "name", "device_id"])
def test_rows_are_identified_by_one_property(name: str) -> None:
    """
    A row that changes is a change of its property.
    """
    before = [{name: "a", "n": 1}, {name: "b", "n": 1}]
    after = [{name: "b", "n": 2}, {name: "a", "n": 1}]

    assert [one[1] for one in compare({"rows": before}, {"rows": after})] == ["increment"]
