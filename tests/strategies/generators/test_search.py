"""
Search with Hypothesis: each failure once, shrunk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from seamproof.schemas import catalog
from seamproof.strategies.generators.search import (
    differing_properties,
    edits_of,
    events_for_pairs,
    events_of_types,
    find_failures,
    single_edits,
)

if TYPE_CHECKING:
    from seamproof.strategies.generators.plan import Values

LOW = catalog()["device.low_battery"]


def test_nothing_found_is_nothing_told() -> None:
    """
    A check that never fails has no findings.
    """
    assert find_failures(st.integers(), lambda _: None, max_examples=50, number=1) == []


def test_each_reason_is_reduced_by_itself() -> None:
    """
    Two reasons give two examples, each the smallest.
    """

    def check(number: int) -> str | None:
        if number > 1000:
            return "large"
        return "negative" if number < -10 else None

    found = find_failures(st.integers(), check, max_examples=500, number=1)

    assert sorted(found) == [(-11, "negative"), (1001, "large")]


def test_what_fails_only_sometimes_is_told_too() -> None:
    """
    A flaky check is a finding, not an error.
    """
    calls = 0

    def check(_: int) -> str | None:
        nonlocal calls
        calls += 1
        return "once" if calls == 7 else None

    found = find_failures(st.integers(), check, max_examples=50, number=1)

    assert [reason for _, reason in found] == ["once"]


def test_an_error_of_the_check_itself_is_not_swallowed() -> None:
    """
    An exception of the check is raised, not a finding.
    """

    def check(number: int) -> str | None:
        raise ZeroDivisionError(number)

    with pytest.raises(ZeroDivisionError):
        find_failures(st.integers(), check, max_examples=50, number=1)


@pytest.mark.parametrize("values", ["realistic", "edge"])
def test_single_edits_are_valid_and_all_different(values: Values) -> None:
    """
    Each edit gives a valid event that differs from the simplest one in the named properties.
    """
    made = list(single_edits(LOW, values))

    assert len(made) > 10
    assert all(LOW.contract.is_valid(event) for event, _ in made)
    for event, names in made:
        assert {*differing_properties(LOW, values, event)} <= {*names}


def test_events_are_of_the_types_that_are_asked_for() -> None:
    """
    Generated events have all of the given types.
    """
    types = ["device.low_battery", "lock.unlocked"]
    seen: set[str] = set()

    find_failures(
        events_of_types(types, "realistic", None),
        lambda event: seen.add(event["event_type"]),
        max_examples=60,
        number=1,
    )

    assert seen == {*types}


def test_chosen_edits_are_generated() -> None:
    """
    Only the edits of the given places are made, in their order.
    """
    edits = edits_of(LOW, "realistic")
    places = [len(edits) - 1, 0]

    made = [names for _, names in single_edits(LOW, "realistic", places)]

    assert made == [edits[place].names for place in places]


def test_few_events_are_enough_where_few_properties_can_meet() -> None:
    """
    The number grows with the pairs of properties, up to the limit.
    """
    few = events_for_pairs([catalog()["acs_user.created"]], "realistic", 200)
    some = events_for_pairs([LOW], "realistic", 200)

    assert 1 <= few < some <= 200
    assert events_for_pairs([LOW], "realistic", 3) <= 3
