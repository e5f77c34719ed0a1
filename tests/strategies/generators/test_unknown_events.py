"""
Strategy for events of unknown types.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from seamproof.events import Event
from seamproof.schemas import catalog, is_valid, violations
from seamproof.schemas.catalogue import envelope
from seamproof.strategies import events, unknown_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis import strategies as st

    from tests.strategies.conftest import Find, Own, Run

RESOURCES = {schema.resource for schema in catalog().values()}
ENVELOPE = {"created_at", "event_id", "event_type", "occurred_at", "workspace_id"}


@settings(max_examples=40)
@given(unknown_events())
def test_the_type_is_unknown_and_the_envelope_right(event: dict[str, Any]) -> None:
    """
    A tolerant consumer accepts the event, and a strict one rejects it because of its type alone.
    """
    assert event["event_type"] not in catalog()
    assert envelope().is_valid(event)
    assert violations(event, unknown="allow") == ()
    assert [(one.path, one.rule) for one in violations(event)] == [("/event_type", "event_type")]
    assert not is_valid(event)
    assert json.loads(Event.of(event).body) == event


def test_near_and_far_types_occur(drawn: Run) -> None:
    """
    The type is a new action of a known resource, or has a new resource.
    """
    found = drawn(unknown_events(), 400)

    near = [event for event in found if event["event_type"].partition(".")[0] in RESOURCES]
    far = [event for event in found if event not in near]
    assert len({event["event_type"].partition(".")[0] for event in near}) > 10
    assert len({event["event_type"] for event in far}) > 4
    # A new action has the properties of its resource; a new resource may have any.
    assert all(any(name.endswith("_id") for name in {*event} - ENVELOPE) for event in near)
    assert {len({*event} - ENVELOPE) for event in far} == {0, 1}


def test_the_simplest_unknown_event_is_a_known_one_renamed(simplest: Find) -> None:
    """
    The simplest example is the simplest event with another type.
    """
    known = simplest(events())

    event = simplest(unknown_events())

    assert {name for name in event if event[name] != known.get(name)} == {"event_id", "event_type"}
    assert {*event} == {*known}


def test_no_two_different_events_of_a_run_share_an_id(drawn: Run) -> None:
    """
    Different events have different ids, so that a handler ignores only duplicates.
    """
    contents: dict[str, set[str]] = {}
    for event in drawn(unknown_events(), 300):
        contents.setdefault(event["event_id"], set()).add(json.dumps(event, sort_keys=True))

    assert {len(of_one_id) for of_one_id in contents.values()} == {1}
    assert len(contents) > 150


def test_what_is_unknown_goes_by_the_catalogue(drawn: Run, own: Own) -> None:
    """
    With a custom contract, new actions are of its resources.
    """
    catalogue = own(workspace_id={"type": "string", "format": "uuid"})

    types = {event["event_type"] for event in drawn(unknown_events(catalogue=catalogue), 200)}

    assert "robot.awakened" not in types
    assert any(one.startswith("robot.") for one in types)


def containers(value: object) -> Iterator[object]:
    """
    Find every object and array in a value, itself included.
    """
    if isinstance(value, dict | list):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from containers(member)


@pytest.mark.parametrize(
    "strategy",
    [
        events("connected_account.*"),
        events("connected_account.*", values="edge", extra=True),
        events("connected_account.*", connected_account_custom_metadata={"a": "b"}),
        unknown_events(),
    ],
    ids=repr,
)
def test_no_two_examples_share_what_a_handler_may_change(
    drawn: Run, strategy: st.SearchStrategy[dict[str, Any]]
) -> None:
    """
    A handler that changes an event in place does not affect later events.
    """
    found = drawn(strategy, 150)

    # The examples are still held, so that no number is given out twice.
    numbers = [id(one) for event in found for one in containers(event)]
    assert len(set(numbers)) == len(numbers)
