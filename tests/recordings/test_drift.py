"""
Drift: each deviation is named once, by property, and nothing else is.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from seamproof.recordings.drift import Drift, changes_of, deviations, flawed
from seamproof.schemas import catalog
from seamproof.schemas.diff.changes import KINDS
from seamproof.schemas.json_text import parse
from seamproof.strategies import Sampler, events, invalid_events

EVENT = Sampler(4).event("lock.unlocked")
CHANGED = Sampler(4).event("access_code.changed")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({**EVENT, "future_ids": []}, ["future_ids: unknown"]),
        ({**EVENT, "method": "telepathy"}, ['method: new value "telepathy"']),
        ({**EVENT, "device_id": None}, ["device_id: null"]),
        ({**EVENT, "device_id": 7}, ["device_id: number instead of string"]),
        ({**EVENT, "device_id": "7"}, ["device_id: not a uuid"]),
        ({n: v for n, v in EVENT.items() if n != "workspace_id"}, ["workspace_id: missing"]),
        (
            {**EVENT, "device_custom_metadata": {"Ada": 1, "Bob": [2]}},
            [
                "device_custom_metadata[]: number instead of string or boolean",
                "device_custom_metadata[]: array instead of string or boolean",
            ],
        ),
        (
            {**CHANGED, "changed_properties": [{"from": 1}, {"from": 2, "property": "code"}]},
            [
                "changed_properties[].from: number instead of string or null",
                "changed_properties[].property: missing",
                "changed_properties[].to: missing",
            ],
        ),
        (
            {**CHANGED, "changed_properties": [{"from": None, "property": "a", "to": "", "x": 1}]},
            ["changed_properties[].x: unknown"],
        ),
        ({**EVENT, "event_type": "lock.jammed"}, ["lock.jammed: unknown event type"]),
        (
            {**EVENT, "event_type": "lock.jammed", "event_id": 3},
            ["lock.jammed: unknown event type", "event_id: number instead of string"],
        ),
        ({"event_id": EVENT["event_id"]}, ["event_type: missing"]),
        ([EVENT], ["(event): array instead of object"]),
    ],
)
def test_each_deviation_is_named(event: Any, expected: list[str]) -> None:
    """
    The property and what is different about it; indexes and names of metadata are left out.
    """
    found = deviations(event, catalog())

    assert sorted(f"{one.name}: {one.text}" for one in found) == sorted(expected)


DEVICE = {name: EVENT[name] for name in ("workspace_id", "connected_account_id")} | {
    "device_id": "7b0e2b0a-5d2c-4a5e-8f55-0d7b8a1b2c3d"
}
ENVELOPE = {name: EVENT[name] for name in ("event_id", "created_at")}


@pytest.mark.parametrize(
    ("event", "missing", "unknown"),
    [
        # As the first published types of Seam have it: all within `payload`.
        (
            {"event_type": "device.connected", "payload": DEVICE},
            [*DEVICE, *ENVELOPE, "occurred_at"],
            ["payload"],
        ),
        # As the pages of 2023 have it: flat, before `occurred_at`.
        ({"event_type": "device.connected", **DEVICE, **ENVELOPE}, ["occurred_at"], []),
        # A property that was documented for one release.
        (
            {
                "event_type": "device.low_battery",
                **DEVICE,
                **ENVELOPE,
                "occurred_at": EVENT["occurred_at"],
                "battery_level": 0.1,
                "battery_source": "lock",
            },
            [],
            [],
        ),
    ],
)
def test_old_events_are_judged_by_what_they_lack(
    event: dict[str, Any], missing: list[str], unknown: list[str]
) -> None:
    """
    Events in the forms that Seam has published since 2022 deviate in exactly what has changed.
    """
    found = {(one.name, one.text) for one in deviations(event, catalog())}

    expected = {(name, "missing") for name in missing} | {(name, "unknown") for name in unknown}
    assert found == expected


@given(event=events(undocumented=True))
def test_a_valid_event_has_no_deviation(event: dict[str, Any]) -> None:
    """
    What the contract allows is no drift.
    """
    assert deviations(event, catalog()) == ()


@given(pair=invalid_events("lock.*"))
def test_an_invalid_event_has_one(pair: Any) -> None:
    """
    Each violation is a deviation, of a kind that a comparison of contracts knows.
    """
    found = deviations(pair[0], catalog())

    assert found
    assert {one.kind for one in found} <= {*KINDS}
    assert all(one.text and one.name for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{", ["not JSON"]), ('{"a": 1, "a": 2}', ["a name twice"]), ('{"a": NaN}', ["not JSON"])],
)
def test_a_body_that_is_no_json_deviates(text: str, expected: list[str]) -> None:
    """
    Flaws of the text are deviations of the event.
    """
    assert [one.text for one in flawed(parse(text)[1])] == expected


def test_deviations_are_counted_by_property() -> None:
    """
    An event counts once, however often it is delivered; what breaks handlers comes first.
    """
    drift = Drift()
    new = deviations({**EVENT, "future_ids": []}, catalog())
    null = deviations({**EVENT, "device_id": None}, catalog())
    for event_id in ("1", "2", "2", "3"):
        drift.add(event_id, f"camera.{event_id}", new)
    drift.add("4", "lock.unlocked", null)
    drift.add("5", "lock.unlocked", ())

    null_group, new_group = drift.groups()

    assert (null_group.deviation.name, null_group.events) == ("device_id", 1)
    assert (new_group.deviation.name, new_group.events) == ("future_ids", 3)
    assert new_group.event_types == ("camera.1", "camera.2", "camera.3")
    assert [one.kind for one in changes_of([null_group])] == ["null_admitted"]
    assert [one.event_type for one in changes_of([new_group])] == [*new_group.event_types]


def test_endless_deviations_are_limited() -> None:
    """
    A sender that invents properties does not fill the memory.
    """
    drift = Drift()
    event = {**EVENT, **{f"invented_{number}": 1 for number in range(1500)}}
    drift.add("1", "lock.unlocked", deviations(event, catalog()))

    assert len(drift.groups()) == 1000
    assert drift.left_out == 500
