"""
Tests of the experiment: what handlers keep of the values, and in what form.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from seamproof.checks.dependencies.uses import UseKind
from tests.checks.dependencies.experiment.test_run import Written, uses_of


def test_only_the_arrival_of_some_types_is_an_effect() -> None:
    """
    Where the ids of others are not even recorded, the handler makes a choice.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        kept["seen"].append(event["event_id"])
        if event["event_type"] == "lock.locked":
            kept["rows"].append({"id": event["event_id"], "is_known": "customer_key" in event})

    found = Written(act, {"seen": [], "rows": []}).examine(events="lock.*")

    assert [one.event_type for one in found.types] == ["lock.locked"]
    assert {*uses_of(found, "lock.locked")} == {"/customer_key", "/event_id", "/event_type"}


def test_numbers_in_a_text_are_copied_and_rounded_ones_are_read() -> None:
    """
    Also where the text says None instead, and where the number of the plain event is whole.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "thermostat.temperature_threshold_exceeded":
            kept[event["event_id"]] = {
                "text": f"It is {event.get('temperature_celsius')}.",
                "limit": round(event.get("upper_limit_celsius") or 0),
            }

    written = Written(act, {})
    overrides = ["upper_limit_celsius=24"]
    found = written.examine(events="thermostat.temperature*", overrides=overrides)
    uses = uses_of(found, "thermostat.temperature_threshold_exceeded")

    assert uses["/temperature_celsius"].use is UseKind.COPIED
    assert uses["/upper_limit_celsius"].use is UseKind.READ


@pytest.mark.parametrize("form", ["record", "rows", "facts"])
def test_what_is_made_of_ids_or_looks_like_one_is_found(form: str) -> None:
    """
    Cut, or hashed, beside a value that differs each time by chance.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] != "access_code.set_on_device":
            return
        row = {
            "device": event.get("device_id", "")[:8],
            "code": sha256(event.get("code", "").encode()).hexdigest(),
            "token": str(uuid4()),
            "at": event.get("occurred_at"),
            "hour": event.get("created_at", "")[11:19],
        }
        if form == "record":
            kept[event["event_id"]] = row
        elif form == "rows":
            kept.setdefault("rows", []).append(row)
        else:
            kept.setdefault("facts", []).extend([name, value] for name, value in row.items())

    found = Written(act, {}).examine(events="access_code.set_on_device")
    uses = {one: use.use for one, use in uses_of(found, "access_code.set_on_device").items()}

    assert uses.pop("/event_id", UseKind.REQUIRED) is UseKind.REQUIRED
    assert uses == {
        "/code": UseKind.READ,
        "/created_at": UseKind.READ,
        "/device_id": UseKind.READ,
        "/event_type": UseKind.REQUIRED,
        "/occurred_at": UseKind.COPIED,
    }


def test_what_a_property_is_inside_of_is_used_with_it() -> None:
    """
    Also where the handler does the same with a value that it does not know.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.access_denied":
            reason = event.get("reason", {}).get("reason_code")
            kept[event["event_id"]] = {"is_expired": reason == "expired_code"}

    uses = uses_of(Written(act, {}).examine(events="lock.access_denied"), "lock.access_denied")

    assert uses["/reason"].use is UseKind.READ
    assert uses["/reason/reason_code"].use is UseKind.READ
    assert "/reason/message" not in uses


def test_one_id_in_place_of_another_is_found() -> None:
    """
    Each id is left out alone, where there are a few: without both, the text has none.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.unlocked":
            who = event.get("user_identity_id") or event.get("access_code_id") or "somebody"
            kept["log"].append(f"{event.get('device_id')} was opened by {who}")

    uses = uses_of(Written(act, {"log": []}).examine(events="lock.unlocked"), "lock.unlocked")

    assert {*uses} == {"/access_code_id", "/device_id", "/event_type", "/user_identity_id"}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_type_that_has_an_effect_with_one_value_of_an_enum_is_found(seed: int) -> None:
    """
    Each value is tried of a type of which the plain event does nothing.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        value = "critical" if event["event_type"] == "device.battery_status_changed" else "-"
        if event.get("battery_status") == value:
            kept[event["device_id"]] = event["battery_level"]

    found = Written(act, {}).examine(events="device.battery_status_changed", seed=seed)
    uses = uses_of(found, "device.battery_status_changed")

    assert {*uses} == {"/battery_level", "/battery_status", "/device_id", "/event_type"}


@pytest.mark.parametrize("is_caught", [False, True])
def test_a_property_without_which_background_work_fails_is_required(
    *, is_caught: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The exception comes after the answer: nobody handles it, or a worker logs it.
    """

    def work(event: dict[str, Any], kept: dict[str, Any]) -> None:
        try:
            kept[event["device_id"]] = {"key": event.get("customer_key")}
        except KeyError:
            logging.getLogger("worker").exception("an event was dropped")
            if not is_caught:
                raise

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event.get("event_type") == "device.low_battery":
            thread = Thread(target=work, args=(event, kept))
            thread.start()

    monkeypatch.setattr("threading.excepthook", lambda *_: None)
    uses = uses_of(Written(act, {}).examine(events="device.low_battery"), "device.low_battery")

    assert {pointer: use.use for pointer, use in uses.items()} == {
        "/customer_key": UseKind.COPIED,
        "/device_id": UseKind.REQUIRED,
        "/event_type": UseKind.READ,
    }
