"""
Tests of the observer: which event types to send, the roles of ids, reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from seamproof.checks.model.observation import Observation
from seamproof.checks.model.state_changes import StateChange
from seamproof.checks.state.normaliser import event_roles, roles_of
from seamproof.checks.state.observer import NO_CHANGE, NOT_REPRODUCIBLE, StateObserver

if TYPE_CHECKING:
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject


def changes(*paths: str) -> StateDiff:
    """
    Make a diff that sets some paths.
    """
    return tuple(StateChange(path, "set", "1") for path in paths)


def observer_with(observation: Observation) -> StateObserver:
    """
    Make an observer that sends nothing.
    """
    return StateObserver(cast("Probe", None), observation)


def test_types_that_change_different_paths_come_first() -> None:
    """
    Of those, the types that change the most do.
    """
    observer = observer_with(
        Observation(
            changes_by_type={
                "a.one": changes("x"),
                "b.one": changes("x", "y"),
                "b.two": changes("x", "y"),
                "c.one": changes("z"),
            }
        )
    )

    assert observer.most_changing_types(3) == ["b.one", "a.one", "c.one"]
    assert observer.most_changing_types(9) == ["b.one", "a.one", "c.one", "b.two"]


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (Observation(), NO_CHANGE),
        (Observation(changes_by_type={"a.one": changes("x")}), NOT_REPRODUCIBLE),
        (
            Observation(changes_by_type={"a.one": changes("x")}, differing_path=""),
            f"{NOT_REPRODUCIBLE}; they differ in the state",
        ),
    ],
)
def test_the_reason_why_nothing_is_decided(observation: Observation, reason: str) -> None:
    """
    It names the path at which equivalent events changed the state differently.
    """
    assert observer_with(observation).undecided_reason == reason


def test_ids_have_roles() -> None:
    """
    Ids that events share have one role; the ids of the events themselves have a number.
    """
    events: list[JsonObject] = [
        {"event_id": "e0", "event_type": "a.one", "device_id": "d", "user_keys": "-"},
        {"event_id": "e1", "device_id": "d", "device_ids": ["d", "f", 7]},
    ]

    assert roles_of(events) == {
        "e0": "event_id 0",
        "e1": "event_id 1",
        "d": "device_id",
        "f": "device_ids",
    }


def test_a_single_event_has_roles_for_its_type_and_times() -> None:
    """
    Events of all types that do the same make equal changes.
    """
    event = {"event_id": "e0", "event_type": "a.one", "created_at": "2026-01-01"}

    assert event_roles(event) == {"a.one": "event_type", "2026-01-01": "created_at"}
    assert roles_of([event]) == {**event_roles(event), "e0": "event_id 0"}


def test_a_worker_is_busy_for_as_long_as_its_queue_takes() -> None:
    """
    Time in which it had nothing to do is not counted, nor is what it has processed meanwhile.
    """
    observation = Observation(lag_per_delivery=0.1)

    for at in (10.0, 10.0, 10.05, 20.0):
        observation.queue(at)

    assert observation.busy_until == pytest.approx(20.1)
