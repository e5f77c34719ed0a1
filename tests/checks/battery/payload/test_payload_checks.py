"""
Payload checks: a bug is reported once, by the check that is about it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.schemas import catalog
from seamproof.strategies.generators.search import simplest_event
from tests.checks.small import Small, check, found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.checks.model.exchange import Request

    Act = Callable[[dict[str, Any]], object]

pytestmark = pytest.mark.usefixtures("simulated_time")


def acting(act: Act) -> Small:
    """
    Make a handler that does something more with each event, and good it is otherwise.
    """

    class Acting(Small):
        def act(self, event: dict[str, Any]) -> None:
            act(event)
            super().act(event)

    return Acting()


class ByUrl(Small):
    """
    A handler of which nothing is seen but the status.
    """

    def send(self, request: Request) -> Received:
        """
        Forget what has escaped.
        """
        received = super().send(request)
        return Received(status=received.status, milliseconds=received.milliseconds)


def of_type(event_type: str, act: Act) -> Act:
    """
    Do something with events of one type only.
    """
    return lambda event: act(event) if event["event_type"] == event_type else None


def six_digits(event: Mapping[str, Any]) -> None:
    """
    Refuse times that have not three digits and a Z.
    """
    if len(event["occurred_at"]) != len("2026-01-01T00:00:00.000Z"):
        raise ValueError


#: A bug in what is done with an event, the check that finds it, and the types it is aimed at.
BUGS: dict[str, tuple[Act, str, str]] = {
    "a type that crashes": (
        of_type("device.low_battery", lambda _: 1 / 0),
        "payload.every_event_type",
        "device.*",
    ),
    "an optional property is expected": (
        of_type("device.low_battery", lambda event: event["customer_key"]),
        "payload.required_only",
        "device.low*",
    ),
    "an optional property is not expected": (
        lambda event: 1 / 0 if event.get("battery_source") else None,
        "payload.all_optional",
        "device.low*",
    ),
    "null is not expected": (
        of_type("access_code.deleted", lambda event: event["code"].strip()),
        "payload.nulls",
        "access_code.deleted",
    ),
    "three digits are expected": (six_digits, "payload.timestamp_precision", "device.low*"),
    "ASCII is expected": (
        lambda event: event.get("event_description", "").encode("latin-1"),
        "payload.unicode",
        "device.low*",
    ),
    "the first item is expected": (
        lambda event: event.get("device_errors", [1])[0],
        "payload.empty_values",
        "device.disconnected",
    ),
    "little is expected": (
        lambda event: 1 / 0 if len(str(event)) > 90_000 else None,
        "payload.large",
        "device.low*",
    ),
    "nothing unknown is expected": (
        lambda event: 1 / 0 if any(name.startswith("future") for name in event) else None,
        "payload.unknown_property",
        "device.low*",
    ),
    "no unknown type is expected": (
        lambda event: {"device": 1}[event["event_type"].partition(".")[0]],
        "payload.unknown_event_type",
        "device.low*",
    ),
    "two values never meet": (
        lambda event: (
            1 / 0 if event.get("battery_source") == "lock" and "customer_key" not in event else None
        ),
        "payload.property_fuzz",
        "device.low*",
    ),
}


@pytest.mark.parametrize(("act", "check_id", "events"), BUGS.values(), ids=BUGS)
def test_a_bug_is_told_by_its_check_alone(act: Act, check_id: str, events: str) -> None:
    """
    A failure is reported by one check, once for each type and place.
    """
    failed = found(check(acting(act), "payload.*", events=events, seen=False))

    assert failed.keys() == {check_id}
    causes = [(one.event_type, one.cause) for one in failed[check_id].failures]
    assert len(causes) == len(set(causes))


@pytest.mark.parametrize("check_id", ["payload.signed_malformed_json", "payload.signed_non_object"])
def test_a_crash_on_what_is_no_event_is_a_warning(check_id: str) -> None:
    """
    Seam sends no such thing, so that a crash is a warning.
    """

    class Trusting(Small):
        def answer(self, request: Request, headers: dict[str, str]) -> int:
            if self.is_genuine(request.body, headers) and request.body[:1] != b"{":
                raise KeyError
            if self.is_genuine(request.body, headers) and request.body[-1:] != b"}":
                raise ValueError
            return super().answer(request, headers)

    (result,) = check(Trusting(), check_id).results

    assert result.status == "warning"


@pytest.mark.parametrize("events", ["[cl]*", pytest.param("*", marks=pytest.mark.slow)])
def test_a_good_handler_passes_all(events: str) -> None:
    """
    No check of payloads has anything to say of a good handler, whatever the type.
    """
    report = check(Small(), "payload.*", events=events, max_examples=5)

    assert {one.status for one in report.results} == {"passed"}


def test_two_bugs_of_one_status_are_two_failures() -> None:
    """
    Where only a status is seen, a missing property and a null one are distinguished.
    """

    class Both(ByUrl):
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] == "access_code.deleted":
                event["code"].strip()
                event["event_description"].strip()
            super().act(event)

    failed = found(check(Both(), "payload.*", events="access_code.deleted", seen=False))

    causes = {name: [one.cause for one in result.failures] for name, result in failed.items()}
    assert causes == {
        "payload.required_only": ["without event_description: answered 500"],
        "payload.nulls": ["code is null: answered 500"],
    }


def test_edges_are_warnings() -> None:
    """
    What only a standard allows is a warning.
    """
    handler = acting(lambda event: 1 / 0 if "+05:30" in event["occurred_at"] else None)

    failed = found(check(handler, "payload.*", events="device.low*", seen=False))

    assert {name: one.status for name, one in failed.items()} == {
        "payload.timestamp_precision": "warning"
    }


def test_each_event_has_an_id_of_its_own() -> None:
    """
    A handler that recognises duplicates by the event's id sees no duplicate among them.
    """
    handler = Small()
    ids: list[str] = []
    handler.act = lambda event: ids.append(event["event_id"])  # type: ignore[method-assign]

    check(handler, "payload.*", events="device.low*", seen=False)

    assert len(ids) > 200
    assert len(set(ids)) == len(ids)


def test_what_the_user_sets_is_in_every_event() -> None:
    """
    An override is in each event that has the property, and ids stay new beside it.
    """
    handler = Small()
    seen: list[tuple[str, str]] = []
    handler.act = lambda event: seen.append((event["device_id"], event["event_id"]))  # type: ignore[method-assign]
    aimed = "11111111-2222-4333-8444-555555555555"

    check(
        handler,
        "payload.required_only",
        events="device.low*",
        overrides=(f"device_id={aimed}",),
        seen=False,
    )

    assert {device for device, _ in seen} == {aimed}
    assert len({event for _, event in seen}) == len(seen)


def test_a_value_that_the_sweep_begins_with_is_told_by_its_name() -> None:
    """
    Where the event without any edit is refused, it is for a value, and for none of the edits.
    """
    event_type = "thermostat.temperature_changed"
    begins_with = simplest_event(catalog()[event_type], "realistic")["temperature_celsius"]

    def other(event: dict[str, Any]) -> None:
        if event.get("temperature_celsius") == begins_with:
            raise ValueError

    handler = acting(of_type(event_type, other))
    report = check(handler, "payload.property_fuzz", events="thermostat.*", max_examples=0)

    assert {one.expected for result in found(report).values() for one in result.failures} == {
        "accepted with 2xx: temperature_celsius is a number with a fraction"
    }


def test_with_fewer_properties_an_event_is_the_same_otherwise() -> None:
    """
    A value that is refused is no matter of the properties that are left out beside it.
    """
    handler = Small()
    check(handler, "payload.required_only", events="device.low_battery", seed=3)
    sent = [json.loads(one.body) for one in handler.sent]

    assert len({one["battery_level"] for one in sent if "battery_level" in one}) == 1


@pytest.mark.parametrize("milliseconds", [0.1, 20.0])
def test_a_slow_handler_has_the_same_bugs(milliseconds: float) -> None:
    """
    Events that are delivered at once find what those that are delivered in turn find.
    """

    class Pausing(Small):
        def send(self, request: Request) -> Received:
            return replace(super().send(request), milliseconds=milliseconds)

        def act(self, event: dict[str, Any]) -> None:
            if event.get("battery_source") == "lock" and "customer_key" not in event:
                raise ZeroDivisionError
            super().act(event)

    report = check(Pausing(), "payload.*", events="device.low*", max_examples=100)

    assert found(report).keys() == {"payload.property_fuzz"}


def test_of_a_resource_whose_events_are_all_refused_no_event_is_drawn() -> None:
    """
    The run goes on, and the check that is about the types reports them.
    """

    def no_thermostat(event: dict[str, Any]) -> None:
        if event["event_type"].startswith("thermostat."):
            raise KeyError(event["event_type"])

    select = ("payload.every_event_type", "payload.property_fuzz")
    report = check(acting(no_thermostat), *select, events="[dt]*", thorough=False, max_examples=20)

    assert found(report).keys() == {"payload.every_event_type"}


def test_text_is_not_proved_where_all_other_bytes_are_rejected() -> None:
    """
    A handler that verifies what it has serialised again rejects text for its bytes.
    """

    class Reserialising(Small):
        def is_genuine(self, body: bytes, headers: dict[str, str]) -> bool:
            event = json.loads(body)
            again = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
            astral = any(letter > "\uffff" for letter in body.decode())
            return super().is_genuine(again, headers) and not astral

    report = check(Reserialising(), "payload.unicode", events="device.*", quick=True)

    assert [one.status for one in report.results] == ["inconclusive"]
