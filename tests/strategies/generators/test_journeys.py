"""
Life cycles: strategy and sampler.
"""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamproof.errors import UnknownEventType, UsageError
from seamproof.schemas import Catalogue, catalog, violations
from seamproof.strategies import JOURNEYS, Sampler, journey_steps, journeys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.strategies import Presence
    from tests.strategies.conftest import Find, Run

Journey: TypeAlias = list[dict[str, Any]]

PRESENCES: Final[list[Presence]] = ["all", "required", "mixed"]
#: Ids that each event has of its own.
OWN_IDS: Final = {"event_id", "action_attempt_id"}
UUID: Final = "00000000-0000-4000-8000-000000000000"


@st.composite
def any_journey(draw: st.DrawFn, name: str | None = None) -> Journey:
    """
    Draw a journey with any presence.
    """
    return draw(journeys(name, presence=draw(st.sampled_from(PRESENCES))))


def types(journey: Journey) -> list[str]:
    """
    Return the event types of a journey.
    """
    return [event["event_type"] for event in journey]


def moment(event: dict[str, Any], name: str = "occurred_at") -> datetime:
    """
    Parse a time of an event.
    """
    return datetime.fromisoformat(event[name])


@pytest.mark.parametrize(
    ("name", "resource", "actions"),
    [
        (
            "connected_account",
            "connected_account",
            """created connected completed_first_sync reauthorization_requested disconnected
            connected completed_first_sync_after_reconnection deleted""",
        ),
        ("acs_credential", "acs_credential", "issued reissued invalidated deleted"),
    ],
)
def test_the_table_goes_by_the_life_cycle(
    drawn: Run, name: str, resource: str, actions: str
) -> None:
    """
    The events are in the order in which they occur at Seam, sampled and generated.
    """
    expected = [f"{resource}.{action}" for action in actions.split()]

    assert types(Sampler(0).journey(name)) == expected
    assert {tuple(types(one)) for one in drawn(journeys(name), 20)} == {tuple(expected)}


def test_the_table_has_every_life_cycle() -> None:
    """
    There is a life cycle of each kind of resource.
    """
    assert {*JOURNEYS} == {
        *("connected_account", "acs_credential", "access_code", "access_grant"),
        *("device", "thermostat"),
    }
    resources = {
        name: {one.event_type.split(".")[0] for one in JOURNEYS[name]} for name in JOURNEYS
    }
    assert resources["access_grant"] == {"access_grant", "access_method"}
    assert resources["device"] == {"device", "lock"}
    assert {"access_code", "lock"} == resources["access_code"]
    assert {"device", "thermostat"} == resources["thermostat"]


@pytest.mark.parametrize("name", JOURNEYS)
def test_every_step_is_of_a_documented_type(name: str) -> None:
    """
    Life cycles have no undocumented or deprecated events.
    """
    steps = journey_steps(name)

    assert [one.event_type for one in steps if not catalog()[one.event_type].listed] == []
    for step in steps:
        known = {*catalog()[step.event_type].properties}
        assert {*step.sets} | step.without <= known | {"access_grant_keys"}
        assert 0 < step.after[0] < step.after[1]


@settings(max_examples=30)
@given(any_journey())
def test_every_event_of_a_journey_keeps_the_contract(journey: Journey) -> None:
    """
    The events of a journey are valid.
    """
    assert [one for event in journey for one in violations(event)] == []


def test_every_life_cycle_is_drawn(drawn: Run) -> None:
    """
    Without a name, each journey occurs.
    """
    expected = {tuple(step.event_type for step in steps) for steps in JOURNEYS.values()}

    assert {tuple(types(one)) for one in drawn(journeys(), 200)} == expected


@settings(max_examples=30)
@given(any_journey())
def test_ids_agree_across_a_journey(journey: Journey) -> None:
    """
    Ids of the same resource are the same in all events, single or in a list.
    """
    ids: dict[str, str] = {}
    for event in journey:
        for name in [name for name in event if name.endswith("_id") and name not in OWN_IDS]:
            assert ids.setdefault(name, event[name]) == event[name]
        for name in [name for name in event if name.endswith("_ids")]:
            assert event[name] == [ids.setdefault(name.removesuffix("s"), event[name][0])]
    assert len(set(ids.values())) == len(ids)


@settings(max_examples=30)
@given(any_journey())
def test_every_event_has_an_id_of_its_own(journey: Journey) -> None:
    """
    The steps of a journey have different ids.
    """
    assert len({event["event_id"] for event in journey}) == len(journey)


@settings(max_examples=30)
@given(any_journey())
def test_time_never_runs_back(journey: Journey) -> None:
    """
    Each step occurs after the previous one, and its other times are consistent.
    """
    for event in journey:
        assert moment(event) <= moment(event, "created_at")
        for name in [name for name in event if name.endswith(("_errors", "_warnings"))]:
            assert all(moment(one, "created_at") <= moment(event) for one in event[name])
    for before, after in pairwise(journey):
        assert moment(before) < moment(after)
        assert moment(before, "created_at") <= moment(after, "created_at")


@settings(max_examples=30)
@given(any_journey())
def test_a_step_waits_as_long_as_the_table_says(journey: Journey) -> None:
    """
    The time between steps is realistic.
    """
    steps = next(
        steps for steps in JOURNEYS.values() if [one.event_type for one in steps] == types(journey)
    )
    for step, (before, after) in zip(steps[1:], pairwise(journey), strict=True):
        # The events of one journey may have milliseconds or microseconds.
        waited = (moment(after) - moment(before)).total_seconds()
        assert step.after[0] - 0.001 <= waited <= step.after[1] + 0.001


@settings(max_examples=30)
@given(any_journey())
def test_what_is_gone_is_not_heard_of_again(journey: Journey) -> None:
    """
    After a resource is deleted or removed, no event has its id.
    """
    gone: dict[str, int] = {}
    for place, event in enumerate(journey):
        resource, _, action = event["event_type"].partition(".")
        assert not [name for name in gone if name in event]
        if action in ("deleted", "removed"):
            gone[f"{resource}_id"] = place
    assert len(journey) - 1 in gone.values()


@settings(max_examples=30)
@given(any_journey("access_code"))
def test_the_code_at_the_lock_is_the_one_that_was_set(journey: Journey) -> None:
    """
    A code stays the same until it is changed, then the new one is used.
    """
    current = None
    on_device = False
    for event in journey:
        action = event["event_type"]
        if action == "access_code.code_changed":
            assert current in (None, event["from"]["code"])
            current = event["to"]["code"]
        elif "code" in event:
            assert current in (None, event["code"])
            current = event["code"]
        on_device = (on_device or action.endswith(".set_on_device")) and not action.endswith(
            ".removed_from_device"
        )
        if action == "lock.unlocked":
            assert on_device
            assert event["method"] == "keycode"


@pytest.mark.parametrize(
    ("event_type", "count"),
    [("access_code.name_changed", 4000), ("access_code.code_changed", 30000)],
)
def test_a_change_changes_something(event_type: str, count: int) -> None:
    """
    A changed value differs from the previous one.
    """
    made = Sampler(0).events(event_type, count=count)

    assert [event["to"] for event in made if event["to"] == event["from"]] == []


def test_a_change_on_a_journey_changes_something() -> None:
    """
    The new code differs from the old one, also with a seed that draws the same digits.
    """
    for seed in (0, 5766):
        changed = Sampler(seed).journey("access_code")[5]
        assert changed["from"] != changed["to"]


@settings(max_examples=30)
@given(any_journey("access_code"))
def test_a_code_that_seam_tells_of_is_managed_by_seam(journey: Journey) -> None:
    """
    The lock reports that Seam manages the code of `access_code.created`.
    """
    assert {event.get("access_code_is_managed", True) for event in journey} == {True}


@pytest.mark.parametrize("name", ["access_code", "device"])
@settings(max_examples=25)
@given(data=st.data())
def test_a_lock_takes_turns(name: str, data: st.DataObject) -> None:
    """
    Locking and unlocking alternate, and manual operation has neither code nor radio.
    """
    unlocked = False
    for event in data.draw(any_journey(name)):
        if event["event_type"].startswith("lock."):
            assert unlocked != (event["event_type"] == "lock.unlocked")
            unlocked = not unlocked
            assert not event.get("is_via_bluetooth")
            assert not event.get("is_via_nfc")
            assert "action_attempt_id" not in event
            if event["method"] == "manual":
                assert not {"code", "access_code_id", "access_code_is_managed"} & {*event}


@settings(max_examples=25)
@given(any_journey("device") | any_journey("thermostat") | any_journey("connected_account"))
def test_only_what_is_connected_is_disconnected(journey: Journey) -> None:
    """
    Connections and disconnections alternate; an account syncs only while it is connected.
    """
    connected = False
    for event in journey:
        _, _, action = event["event_type"].partition(".")
        if action in ("connected", "disconnected"):
            assert connected == (action == "disconnected")
            connected = not connected
        if action.startswith("completed_first_sync") or event["event_type"].startswith(
            "thermostat"
        ):
            assert connected


@settings(max_examples=25)
@given(any_journey("device"))
def test_a_battery_runs_down(journey: Journey) -> None:
    """
    A low battery warning comes after the low status, and the level only falls.
    """
    reports = [event for event in journey if "battery_level" in event]

    assert types(reports) == ["device.battery_status_changed", "device.low_battery"]
    assert reports[0]["battery_status"] == "low"
    assert 0.1 <= reports[0]["battery_level"] < 0.4
    assert 0 < reports[1]["battery_level"] < reports[0]["battery_level"]


@settings(max_examples=25)
@given(any_journey("thermostat"))
def test_a_reading_leaves_its_range_and_comes_back(journey: Journey) -> None:
    """
    The limits stay the same, and the reading is outside them only if the event says so.
    """
    by_type = {event["event_type"].removeprefix("thermostat."): event for event in journey}
    out = by_type["temperature_threshold_exceeded"]
    back = by_type["temperature_threshold_no_longer_exceeded"]

    for unit in ("celsius", "fahrenheit"):
        reading, low, high = (
            f"{what}_{unit}" for what in ("temperature", "lower_limit", "upper_limit")
        )
        if {reading, low, high} <= {*out}:
            assert not out[low] <= out[reading] <= out[high]
        if {reading, low, high} <= {*back}:
            assert back[low] <= back[reading] <= back[high]
        assert {name: out[name] for name in (low, high) if name in {*out} & {*back}} == {
            name: back[name] for name in (low, high) if name in {*out} & {*back}
        }


@settings(max_examples=25)
@given(any_journey("access_grant"))
def test_a_grant_has_a_method_before_it_opens_doors(journey: Journey) -> None:
    """
    A door is granted after the method is issued, and lost after the method is revoked.
    """
    order = types(journey)

    assert order.index("access_method.issued") < order.index("access_grant.access_granted_to_door")
    assert order.index("access_method.revoked") < order.index("access_grant.access_to_door_lost")
    keys = {event["access_grant_key"] for event in journey if "access_grant_key" in event}
    keys |= {key for event in journey for key in event.get("access_grant_keys", [])}
    assert len(keys) <= 1


@settings(max_examples=30)
@given(st.sampled_from([*JOURNEYS]), st.sampled_from(PRESENCES), st.integers(0, 2**64) | st.text())
def test_the_seed_decides_the_journey(name: str, presence: Presence, seed: int | str) -> None:
    """
    The same seed makes the same journey, to the order of its properties, whatever came before.
    """
    one, other = (json.dumps(Sampler(seed).journey(name, presence=presence)) for _ in range(2))

    assert one == other


def test_other_seeds_make_other_journeys() -> None:
    """
    Different seeds, and different journeys of one seed, have different account ids.
    """
    ids = {Sampler(seed).journey("connected_account")[0]["event_id"] for seed in range(50)}
    sampler = Sampler(0)
    own = {sampler.journey("connected_account")[0]["connected_account_id"] for _ in range(50)}

    assert len(ids) == 50
    assert len(own) == 50


def test_a_journey_leaves_no_trace_in_the_sampler() -> None:
    """
    After a journey, complete or not, events have random times again.
    """
    lacking = Catalogue(
        {
            name: lambda name=name: catalog()[name]  # type: ignore[misc]
            for name in catalog()
            if name != "acs_credential.invalidated"
        }
    )
    sampler = Sampler(0, catalogue=lacking)
    sampler.journey("connected_account")
    with pytest.raises(UnknownEventType):
        sampler.journey("acs_credential")

    times = {sampler.event("acs_credential.issued")["occurred_at"][:19] for _ in range(20)}

    assert len(times) == 20


def test_no_two_different_events_of_a_run_share_an_id(drawn: Run) -> None:
    """
    Different events of all journeys have different ids.
    """
    contents: dict[str, set[str]] = {}
    for journey in drawn(journeys(), 200):
        for event in journey:
            contents.setdefault(event["event_id"], set()).add(json.dumps(event, sort_keys=True))

    assert {len(of_one_id) for of_one_id in contents.values()} == {1}
    assert len(contents) > 500


def containers(value: object) -> Iterator[object]:
    """
    Find every object and array in a value, itself included.
    """
    if isinstance(value, dict | list):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from containers(member)


@pytest.mark.parametrize("name", JOURNEYS)
def test_no_two_events_share_what_a_handler_may_change(name: str) -> None:
    """
    A handler that changes an event in place does not affect later events.
    """
    journey = Sampler(3).journey(name)

    numbers = [id(one) for event in journey for one in containers(event)]
    assert len(set(numbers)) == len(numbers)


def test_a_bug_in_a_journey_is_found_and_shown_whole(simplest: Find) -> None:
    """
    Hypothesis finds a handler that confuses a second connection with the first.
    """
    found = simplest(
        journeys(),
        lambda journey: sum(one.endswith("account.connected") for one in types(journey)) > 1,
    )

    assert types(found)[0] == "connected_account.created"
    assert len(found) == len(JOURNEYS["connected_account"])


@pytest.mark.parametrize("name", ["acs_credentials", "", "*"])
def test_an_unknown_name_is_answered_with_those_known(name: str) -> None:
    """
    A misspelt name is an error of the call that lists the journeys.
    """
    for ask in (journeys, Sampler(0).journey, journey_steps):
        with pytest.raises(UsageError) as caught:
            ask(name)
        assert caught.value.expected.split(", ") == [*JOURNEYS]
        assert name in str(caught.value)


def test_a_slip_in_the_presence_is_refused_at_the_call() -> None:
    """
    An invalid choice is a usage error, as with `events`.
    """
    with pytest.raises(UsageError) as caught:
        journeys("device", presence="some")  # type: ignore[arg-type]

    assert caught.value.expected == "all, required, mixed"
