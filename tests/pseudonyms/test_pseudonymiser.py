"""
Pseudonymised events: nothing that identifies is left, and all that is vocabulary stays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.events import Event
from seamproof.pseudonyms.pseudonymiser import Pseudonymiser
from seamproof.schemas import catalog, is_valid, violations
from seamproof.strategies import Sampler, events

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The replacements of this key are those of every run.
PSEUDONYMS = Pseudonymiser(b"a key of thirty-two bytes, or so!")
#: Texts that are found by search: no word of the contract, no part of a time has these letters. The
#: replacement of one of four letters is another one of the same event every few thousand times.
MARKED = st.text("QXZWJK", min_size=6, max_size=12)
CODES = st.from_regex(r"\A[3-9]{6,8}\Z")
METADATA = st.dictionaries(MARKED, MARKED | st.booleans(), max_size=3)

#: Properties that identify, with the values that a test searches for.
IDENTIFYING: dict[str, st.SearchStrategy[Any]] = {
    "access_code.changed": st.fixed_dictionaries(
        {
            "access_code_id": st.uuids().map(str),
            "device_id": st.uuids().map(str),
            "change_reason": MARKED,
            "changed_properties": st.lists(
                st.fixed_dictionaries({"from": CODES, "property": st.just("code"), "to": MARKED})
            ),
            "device_custom_metadata": METADATA,
        }
    ),
    "lock.unlocked": st.fixed_dictionaries(
        {
            "code": CODES,
            "customer_key": MARKED,
            "event_description": MARKED,
            "user_identity_id": st.uuids().map(str),
            "connected_account_custom_metadata": METADATA,
            "a_new_property": MARKED
            | st.lists(MARKED)
            | st.fixed_dictionaries({"name": MARKED, "property": MARKED}),
            "a_new_number": st.integers(10**9, 10**12),
            "contact": st.tuples(MARKED, MARKED).map(lambda two: f"{two[0]}@{two[1]}.test"),
        }
    ),
    "a.type_of_tomorrow": st.fixed_dictionaries(
        {"device_id": st.uuids().map(str), "name": MARKED, "guest_phone": CODES}
    ),
}


@pytest.mark.parametrize("event_type", IDENTIFYING)
@given(data=st.data())
def test_no_identifying_value_survives(event_type: str, data: st.DataObject) -> None:
    """
    No value of an identifying property is anywhere in the text of the event.
    """
    own = data.draw(IDENTIFYING[event_type])
    base = {"event_type": event_type, "occurred_at": "2026-01-02T10:20:30.400Z"}
    event = {**(Sampler(1).event(event_type) if event_type in catalog() else base), **own}

    text = Event.of(PSEUDONYMS.event(event)).body.decode()

    assert [one for one in texts_of(own) if one in text] == []


def texts_of(value: Any, name: str = "") -> Iterator[str]:
    """
    List the texts that must not survive: all but the name of a property that has changed.
    """
    if isinstance(value, dict):
        for key, member in value.items():
            if name.endswith("custom_metadata"):
                yield key
            yield from texts_of(member, key)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item, name)
    elif not isinstance(value, bool) and value != "code":
        yield str(value)


@given(event=events(undocumented=True))
def test_no_identifying_value_of_any_event_survives(event: dict[str, Any]) -> None:
    """
    Of each event type, ids, codes, names, keys, metadata and messages are all replaced.
    """
    original = [*identifying_texts(event, catalog()[event["event_type"]].description)]
    replaced = PSEUDONYMS.event(event)
    text = json.dumps(replaced, ensure_ascii=False)

    assert [one for one in original if len(one) > 4 and one in text] == []
    assert not {*original} & {*identifying_texts(replaced, "")}


def identifying_texts(value: Any, description: str, name: str = "") -> Iterator[str]:
    """
    List the texts of an event that may identify somebody, by the names of their properties.
    """
    if isinstance(value, dict):
        for key, member in value.items():
            yield from identifying_texts(member, description, name if "custom" in name else key)
    elif isinstance(value, list):
        for item in value:
            yield from identifying_texts(item, description, name)
    elif isinstance(value, str) and value.strip() and value != description:
        words = ("_id", "_ids", "_key", "_keys", "code", "name", "message", "metadata")
        kept = ("error_code", "warning_code", "reason_code", "mutation_code")
        if name.endswith(words) and name not in kept:
            yield value


@given(event=events(undocumented=True))
def test_a_valid_event_stays_valid(event: dict[str, Any]) -> None:
    """
    The contract holds as before, types, times and the presence of properties are the same.
    """
    replaced = PSEUDONYMS.event(event)

    assert is_valid(replaced)
    assert [*replaced] == [*event]
    for name in ("event_type", "occurred_at", "created_at"):
        assert replaced.get(name) == event.get(name)
    assert replaced["event_id"] != event["event_id"]


@given(event=events("access_code.*", values="edge", extra=True))
def test_any_event_can_be_replaced(event: dict[str, Any]) -> None:
    """
    Unusual values and unknown properties are replaced without a new violation.
    """
    assert is_valid(PSEUDONYMS.event(event))


def test_a_value_has_one_replacement() -> None:
    """
    The same id, code and name have the same replacement in other properties, events and runs.
    """
    device, code = "7b0e2b0a-5d2c-4a5e-8f55-0d7b8a1b2c3d", "4821"
    one = PSEUDONYMS.event(
        {"event_type": "lock.unlocked", "device_id": device, "code": code, "device_name": "Gate 1"}
    )
    again = Pseudonymiser(b"a key of thirty-two bytes, or so!").event(
        {
            "event_type": "access_code.changed",
            "device_ids": [device],
            "changed_properties": [{"property": "code", "from": code, "to": None}],
            "device_custom_metadata": {"pin": code, "label": "Gate 1"},
        }
    )
    other = Pseudonymiser(b"another key").event({"event_type": "lock.unlocked", "code": code})

    assert again["device_ids"] == [one["device_id"]]
    assert again["changed_properties"][0]["from"] == one["code"] != other["code"]
    assert {*again["device_custom_metadata"].values()} == {one["code"], one["device_name"]}


def test_vocabulary_and_measurements_stay() -> None:
    """
    Event types, enums, also new values of them, error codes, times and figures are kept.
    """
    event = {
        "event_type": "lock.unlocked",
        "method": "telepathy",
        "battery_level": 0.42,
        "is_via_nfc": True,
        "starts_at": "2026-01-02T10:20:30.400Z",
        "device_errors": [{"error_code": "hub_disconnected", "created_at": "2026-01-02T00:00:00Z"}],
        "event_description": catalog()["lock.unlocked"].description,
        "code": None,
        "future_ids": [],
    }

    changed = {
        "event_type": "access_code.changed",
        "changed_properties": [{"property": "starts_at", "from": "2026-01-02T00:00Z", "to": None}],
    }

    assert PSEUDONYMS.event(event) == event
    assert PSEUDONYMS.event(changed) == changed


def test_a_violation_stays() -> None:
    """
    A recorded deviation from the contract is still one.
    """
    event = Sampler(3).event("lock.unlocked")
    event |= {"device_id": 491701234567, "workspace_id": None, "occurred_at": "yesterday evening"}
    del event["event_id"]

    before, after = violations(event), violations(PSEUDONYMS.event(event))

    assert [(one.path, one.rule) for one in after] == [(one.path, one.rule) for one in before]
    assert "491701234567" not in json.dumps(PSEUDONYMS.event(event))
