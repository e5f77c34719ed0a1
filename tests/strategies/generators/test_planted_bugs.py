"""
Typical bugs of handlers: each is found within 200 examples and shrunk to its cause.
"""

from __future__ import annotations

import json
import re
import struct
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
from hypothesis import Phase, find, given, seed, settings

from seamproof.signing import Secret
from seamproof.strategies import deliveries, events, journeys, unknown_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

    from seamproof.events import Delivery

EXAMPLES: Final = 200
SECRET: Final = Secret.generate()


@dataclass(frozen=True)
class Bug:
    """
    A handler with one mistake.

    Attributes:
        pattern: Of the events that it handles.
        handle: Raises when it meets what its author did not think of.
        cause: The properties that matter; the reduced example is simple in all others.
        options: Which events are drawn.
    """

    pattern: str
    handle: Callable[[dict[str, Any]], object]
    cause: set[str]
    options: dict[str, Any] = field(default_factory=dict)


def refuse(condition: object) -> None:
    """
    Fail as a handler does whose assumption does not hold.
    """
    if condition:
        raise ValueError


def texts(value: object) -> Iterator[str]:
    """
    Find every string in a payload.
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


EDGE: Final = {"values": "edge"}
METHODS: Final = {"keycode": 1, "manual": 2, "automatic": 3, "unknown": 4, "remote": 5}

BUGS: Final[dict[str, Bug]] = {
    "a missing optional": Bug("device.low_battery", lambda e: e["customer_key"], {"customer_key"}),
    "missing metadata": Bug(
        "device.connected", lambda e: e["device_custom_metadata"], {"device_custom_metadata"}
    ),
    "an optional that the example has not": Bug(
        "connected_account.connected",
        lambda e: refuse("event_description" in e),
        {"event_description"},
    ),
    "two missing optionals": Bug(
        "lock.locked",
        lambda e: refuse("code" not in e and "customer_key" not in e),
        {"code", "customer_key"},
    ),
    "a method without its code": Bug(
        "lock.unlocked",
        lambda e: e["method"] == "keycode" and e["access_code_id"],
        {"access_code_id", "access_code_is_managed"},
    ),
    "null": Bug("access_code.deleted", lambda e: "code" in e and e["code"].strip(), {"code"}),
    "microseconds": Bug(
        "acs_credential.issued",
        lambda e: refuse(len(e["occurred_at"]) != len("2026-01-05T06:00:00.000Z")),
        {"occurred_at", "created_at"},
    ),
    "an empty list": Bug(
        "connected_account.disconnected", lambda e: e["connected_account_errors"][0], set()
    ),
    "a second error in the list": Bug(
        "connected_account.disconnected",
        lambda e: refuse(len(errors(e)) > 1),
        {"connected_account_errors"},
    ),
    "an error code that is new": Bug(
        "connected_account.disconnected",
        lambda e: [{"bridge_disconnected": 1}[o["error_code"]] for o in errors(e)],
        {"connected_account_errors"},
    ),
    "a value that the list had not": Bug(
        "lock.unlocked", lambda e: METHODS[e["method"]], {"method"}
    ),
    "a boolean in the metadata": Bug(
        "connected_account.created",
        lambda e: [v.upper() for v in e.get("connected_account_custom_metadata", {}).values()],
        {"connected_account_custom_metadata"},
    ),
    "a warm room": Bug(
        "thermostat.temperature_threshold_exceeded",
        lambda e: refuse(e["temperature_fahrenheit"] > 96),
        {
            *("temperature_celsius", "temperature_fahrenheit", "upper_limit_celsius"),
            *("upper_limit_fahrenheit", "lower_limit_celsius", "lower_limit_fahrenheit"),
        },
    ),
    "a property too many": Bug(
        "acs_user.created", lambda e: refuse("future_property" in e), set(), {"extra": True}
    ),
    "an object where there was none": Bug(
        "acs_user.created",
        lambda e: refuse(any(isinstance(value, dict) for value in e.values())),
        {"future_object"},
        {"extra": True},
    ),
    "a name that is no identifier": Bug(
        "acs_user.created",
        lambda e: refuse(not all(name.isascii() for name in e)),
        {"🔮"},
        {"extra": True},
    ),
    "an offset": Bug(
        "lock.locked",
        lambda e: refuse(not e["occurred_at"].upper().endswith("Z")),
        {"occurred_at"},
        EDGE,
    ),
    "a lower-case z": Bug(
        "lock.locked", lambda e: refuse(e["occurred_at"].endswith("z")), {"occurred_at"}, EDGE
    ),
    "nanoseconds": Bug(
        "lock.locked",
        lambda e: refuse(re.search(r"\.\d{7,}", e["created_at"])),
        {"created_at"},
        EDGE,
    ),
    "no fraction": Bug(
        "lock.locked",
        lambda e: time.strptime(e["created_at"][:20].upper(), "%Y-%m-%dT%H:%M:%S."),
        {"created_at"},
        EDGE,
    ),
    "an upper-case id": Bug(
        "acs_entrance.added",
        lambda e: refuse(e["acs_entrance_id"] != str(UUID(e["acs_entrance_id"]))),
        {"acs_entrance_id"},
        EDGE,
    ),
    "an id of another version": Bug(
        "acs_entrance.added",
        lambda e: refuse(UUID(e["acs_entrance_id"]).version != 4),
        {"acs_entrance_id"},
        EDGE,
    ),
    "an emoji": Bug(
        "access_code.set_on_device", lambda e: e["code"].encode("latin-1"), {"code"}, EDGE
    ),
    "an astral character": Bug(
        "space.deleted",
        lambda e: refuse(max(map(ord, e.get("space_key", "-") or "-")) > 0xFFFF),
        {"space_key"},
        EDGE,
    ),
    "a combining character": Bug(
        "space.deleted",
        lambda e: refuse(not unicodedata.is_normalized("NFC", e.get("space_key", ""))),
        {"space_key"},
        EDGE,
    ),
    "a line separator": Bug(
        "access_code.set_on_device",
        lambda e: refuse("\u2028" in e["code"]),
        {"code"},
        EDGE,
    ),
    "a null byte": Bug(
        "access_code.set_on_device", lambda e: refuse("\x00" in e["code"]), {"code"}, EDGE
    ),
    "a quotation mark": Bug(
        "access_code.set_on_device",
        lambda e: json.loads('{"code": "' + e["code"].replace("\x00", "") + '"}', strict=False),
        {"code"},
        EDGE,
    ),
    "a leading zero": Bug(
        "access_code.set_on_device",
        lambda e: refuse(e["code"].isdecimal() and str(int(e["code"])) != e["code"]),
        {"code"},
        EDGE,
    ),
    "an empty string": Bug("access_code.set_on_device", lambda e: e["code"][0], {"code"}, EDGE),
    "a long text": Bug(
        "space.deleted", lambda e: refuse(len(e.get("space_key", "")) > 255), {"space_key"}, EDGE
    ),
    "much metadata": Bug(
        "device.connected",
        lambda e: refuse(len(e.get("device_custom_metadata", {})) > 40),
        {"device_custom_metadata"},
        EDGE,
    ),
    "a key without a name": Bug(
        "device.connected",
        lambda e: refuse("" in e.get("device_custom_metadata", {})),
        {"device_custom_metadata"},
        EDGE,
    ),
    "an empty battery": Bug(
        "device.low_battery", lambda e: 1 / e["battery_level"], {"battery_level"}, EDGE
    ),
    "a number past 32 bits": Bug(
        "thermostat.temperature_changed",
        lambda e: struct.pack("!f", e["temperature_celsius"]),
        {"temperature_celsius"},
        EDGE,
    ),
}


def errors(event: dict[str, Any]) -> list[dict[str, Any]]:
    """
    Return the errors of the account.
    """
    listed: list[dict[str, Any]] = event["connected_account_errors"]
    return listed


def reduced(strategy: SearchStrategy[Any], handle: Callable[[Any], object]) -> Any | None:
    """
    Run a property test, and return the shrunk example of its failure.
    """
    failed: list[Any] = []

    @seed(2026)
    @settings(
        database=None,
        deadline=None,
        max_examples=EXAMPLES,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
    )
    @given(strategy)
    def check(example: Any) -> None:
        try:
            handle(example)
        except Exception:
            failed.append(example)
            raise

    with suppress(Exception):
        check()
    return failed[-1] if failed else None


@pytest.mark.parametrize("name", list(BUGS))
def test_a_bug_is_found_and_reduced_to_its_cause(name: str) -> None:
    """
    The shrunk example is the simplest event except for the properties that matter.
    """
    bug = BUGS[name]
    strategy = events(bug.pattern, **bug.options)
    simplest = find(strategy, lambda _: True)

    event = reduced(strategy, bug.handle)

    assert event is not None, "not found"
    differing = {n for n in {*event, *simplest} if event.get(n, ...) != simplest.get(n, ...)}
    assert differing - {"event_id"} == bug.cause


def test_an_event_type_with_two_dots_is_found() -> None:
    """
    A handler that splits a type in two fails on the first type that has three parts.
    """

    def handle(event: dict[str, Any]) -> None:
        _resource, _action = event["event_type"].split(".")

    event = reduced(events("*"), handle)

    assert event is not None
    assert event["event_type"].count(".") == 2


def test_an_event_type_that_does_not_exist_yet_is_found() -> None:
    """
    A handler that looks every type up in a table fails on a new one.
    """
    event = reduced(unknown_events(), lambda e: {"lock.unlocked": print}[e["event_type"]])

    assert event is not None


def test_a_duplicate_is_found() -> None:
    """
    A handler that counts deliveries counts twice; one duplicate shows it.
    """

    def handle(arrived: list[Delivery]) -> None:
        assert len(arrived) == len({one.message_id for one in arrived})

    arrived = reduced(deliveries(events("acs_credential.*"), secret=SECRET), handle)

    assert arrived is not None
    assert arrived == [arrived[0]] * 2


def test_a_retry_with_a_new_signature_is_found() -> None:
    """
    A handler that identifies messages by their signature fails for a retry.
    """

    def handle(arrived: list[Delivery]) -> None:
        signatures = {one.headers["svix-signature"] for one in arrived}
        assert len(signatures) == len({one.message_id for one in arrived})

    arrived = reduced(deliveries(events("acs_credential.*"), secret=SECRET), handle)

    assert arrived is not None
    assert len(arrived) == 2
    assert arrived[0].body == arrived[1].body


def test_a_dependence_on_order_is_found() -> None:
    """
    A handler that uses the last arrived event ends in the wrong state.
    """

    def handle(arrived: list[Delivery]) -> None:
        types = [json.loads(one.body)["event_type"] for one in arrived]
        assert types[-1] == "acs_credential.deleted"

    journey = journeys("acs_credential")
    arrived = reduced(deliveries(journey, secret=SECRET, duplicates=False), handle)

    assert arrived is not None
    assert len(arrived) == 4


def test_a_late_delivery_is_found() -> None:
    """
    A handler with a tolerance of a minute rejects a late delivery.
    """

    def handle(arrived: list[Delivery]) -> None:
        assert all(1_000_000 - one.timestamp < 60 for one in arrived)

    late = deliveries(events("lock.*"), secret=SECRET, delay=True, clock=lambda: 1_000_000)
    arrived = reduced(late, handle)

    assert arrived is not None
    assert [1_000_000 - one.timestamp for one in arrived] == [60]
