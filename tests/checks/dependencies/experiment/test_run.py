"""
Tests of the experiment: handlers of which is known what they use.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from queue import SimpleQueue
from random import Random
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks.dependencies.experiment.run import find_dependencies
from seamproof.checks.dependencies.uses import UseKind
from seamproof.checks.runner.resolve import resolve
from seamproof.checks.runner.session import open_session
from seamproof.signing import Secret
from tests.checks.dependencies.animals import drawn_animal
from tests.checks.dependencies.served import served

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.dependencies.uses import Dependencies, PropertyUse

#: How many handlers are drawn; a few of each style are enough for the fast run.
ANIMALS: Final = 60
FAST: Final = 4


def examine(
    handler: Callable[..., object], state: Callable[[], object], **options: Any
) -> Dependencies:
    """
    Find out what a handler depends on.
    """
    resolved = resolve(
        handler, state=state, thorough=True, kind="function", **{"seed": 0, **options}
    )
    with open_session(resolved) as session:
        return find_dependencies(session)


@dataclass
class Written:
    """
    A handler that is written by hand, without a signature to verify.
    """

    act: Callable[[dict[str, Any], dict[str, Any]], object]
    kept: dict[str, Any]

    def handle(self, body: bytes, headers: dict[str, str]) -> int:
        """
        Act on a delivery.
        """
        del headers
        self.act(json.loads(body), self.kept)
        return 204

    def examine(self, **options: Any) -> Dependencies:
        """
        Find out what it depends on.
        """
        return examine(self.handle, lambda: self.kept, **options)


def uses_of(found: Dependencies, event_type: str) -> dict[str, PropertyUse]:
    """
    Return what is used of an event type, by pointer.
    """
    (one,) = (one for one in found.types if one.event_type == event_type)
    assert not one.reason
    return {use.pointer: use for use in one.properties if use.use is not UseKind.UNUSED}


@pytest.mark.parametrize(
    "number",
    [pytest.param(one, marks=[pytest.mark.slow] * (one >= FAST)) for one in range(ANIMALS)],
)
def test_what_a_handler_uses_is_found(number: int) -> None:
    """
    Neither more nor less than the table of the handler says.
    """
    animal = drawn_animal(number)

    found = examine(animal.handle, animal.state)

    uses = {(one.event_type, use.pointer): use.use for one in found.types for use in one.properties}
    assert found.pairs == animal.pairs
    assert not found.stopped
    assert {pair: use for pair, use in uses.items() if pair in animal.uses} == animal.uses


@pytest.mark.slow
@pytest.mark.parametrize(("number", "delay"), [*((one, 0.0) for one in range(8)), (12, 0.01)])
def test_by_url_the_same_is_found(
    number: int, delay: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Without exceptions, and with several deliveries at a time where the handler takes long.
    """
    animal = drawn_animal(number)
    secret = Secret.generate()
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", secret.reveal())

    with served(animal, delay=delay) as url:
        resolved = resolve(f"{url}/hook", state=f"{url}/state", thorough=True, seed=0)
        with open_session(resolved) as session:
            found = find_dependencies(session)

    assert found.pairs == animal.pairs
    assert not found.stopped


def test_ways_of_use_are_told_apart() -> None:
    """
    Required, read and copied are three things; the first that applies is the use.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "device.low_battery":
            kept[event["device_id"]] = {
                "level": event.get("battery_level"),
                "is_known": bool(event.get("customer_key")),
                "at": event["occurred_at"],
            }

    uses = uses_of(Written(act, {}).examine(events="device.*"), "device.low_battery")

    assert {pointer: (use.use, use.is_copied) for pointer, use in uses.items()} == {
        "/battery_level": (UseKind.COPIED, True),
        "/customer_key": (UseKind.READ, False),
        "/device_id": (UseKind.REQUIRED, True),
        "/event_type": (UseKind.REQUIRED, False),
        "/occurred_at": (UseKind.REQUIRED, True),
    }


def test_what_is_read_in_a_branch_only_is_found() -> None:
    """
    The plain event need not lead there: the events that lead elsewhere are varied as well.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.unlocked":
            row = {"at": event["occurred_at"]}
            if event.get("method") == "manual":
                row["who"] = event.get("customer_key")
            elif not event.get("is_via_nfc"):
                row["code"] = event.get("code") or event.get("connected_account_id")
            kept["rows"].append(row)

    uses = uses_of(Written(act, {"rows": []}).examine(events="lock.*"), "lock.unlocked")

    assert {*uses} == {
        "/code",
        "/connected_account_id",
        "/customer_key",
        "/event_type",
        "/is_via_nfc",
        "/method",
        "/occurred_at",
    }


def test_a_record_that_all_events_share_is_put_back() -> None:
    """
    Where a plain event changes nothing any more, one with another value does.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "device.low_battery":
            kept["last"] = event.get("customer_key")
            kept["level"] = event["battery_level"]

    written = Written(act, {"last": None, "level": 0})
    uses = uses_of(written.examine(events="device.*"), "device.low_battery")

    assert {pointer: use.use for pointer, use in uses.items()} == {
        "/battery_level": UseKind.REQUIRED,
        "/customer_key": UseKind.COPIED,
        "/event_type": UseKind.REQUIRED,
    }


def test_members_of_the_items_of_a_list_are_found() -> None:
    """
    Properties inside of others have a pointer of their own.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "access_code.changed":
            names = [one["property"] for one in event["changed_properties"]]
            kept[event["access_code_id"]] = names

    uses = uses_of(Written(act, {}).examine(events="access_code.*"), "access_code.changed")

    assert {*uses} == {
        "/access_code_id",
        "/changed_properties",
        "/changed_properties/*/property",
        "/event_type",
    }
    assert uses["/changed_properties/*/property"].use is UseKind.REQUIRED


@pytest.mark.parametrize("form", ["records", "list"])
def test_all_of_an_event_that_is_stored_is_copied(form: str) -> None:
    """
    Objects and lists in it as well, whether it is stored by its id or in a list.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if form == "list":
            kept["events"].append(event)
        else:
            kept["events"][event["event_id"]] = event

    events = "access_code.changed,access_code.unmanaged.fail*,access_code.code_changed,camera.*"
    found = Written(act, {"events": [] if form == "list" else {}}).examine(events=events)

    uses = {(one.event_type, use.pointer): use for one in found.types for use in one.properties}
    of_ids = UseKind.COPIED if form == "list" else UseKind.REQUIRED
    assert len(found.types) == 4
    assert all(one.is_copied and not one.is_read for one in uses.values())
    assert all(
        one.use is (of_ids if pointer == "/event_id" else UseKind.COPIED)
        for (_, pointer), one in uses.items()
    )


def test_an_effect_that_depends_on_chance_is_undecided() -> None:
    """
    What differs without a reason is no finding.
    """
    random = Random(1)

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "device.low_battery" and random.random() < 0.6:
            kept[event["device_id"]] = event["battery_level"]

    found = Written(act, {}).examine(events="device.*")

    assert [one.event_type for one in found.types if one.properties] == []
    assert all(one.reason for one in found.types)


def test_a_value_that_differs_each_time_is_ignored() -> None:
    """
    A random token beside the data, or a time that is derived, hides nothing.
    """
    random = Random(1)

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "device.low_battery":
            row = {"token": random.random(), "level": event["battery_level"]}
            kept[event["device_id"]] = row

    uses = uses_of(Written(act, {}).examine(events="device.*"), "device.low_battery")

    assert {*uses} == {"/battery_level", "/device_id", "/event_type"}


def test_a_handler_that_uses_nothing_acts_on_no_type() -> None:
    """
    Its types are ignored.
    """
    found = Written(lambda *_: None, {}).examine(events="lock.*")

    assert not found.types
    assert "lock.locked" in found.ignored


def test_the_line_that_reads_a_property_is_named() -> None:
    """
    In process, where the handler parses the event itself; in branches as well.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.unlocked":
            row = {"at": event["occurred_at"]}
            if event.get("method") == "manual":
                row["who"] = event.get("customer_key")
            kept["rows"].append(row)

    first = act.__code__.co_firstlineno
    uses = uses_of(Written(act, {"rows": []}).examine(events="lock.*"), "lock.unlocked")

    file = "tests/checks/dependencies/experiment/test_run.py"
    assert {pointer: use.place for pointer, use in uses.items()} == {
        "/customer_key": f"{file}:{first + 4}",
        "/event_type": f"{file}:{first + 1}",
        "/method": f"{file}:{first + 3}",
        "/occurred_at": f"{file}:{first + 2}",
    }


def test_a_model_that_reads_everything_is_no_explanation() -> None:
    """
    Its reads are in code of a library.
    """
    animal = drawn_animal(5)

    found = examine(animal.handle, animal.state)

    places = {one.pointer: one.place for use in found.types for one in use.used}
    assert animal.style == "pydantic"
    assert places.pop("/event_type")
    assert not any(places.values())


def test_a_key_that_is_called_as_a_value_is_no_copy() -> None:
    """
    It is there with any value.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.locked":
            kept[event["device_id"]] = {name: event["method"] == name for name in ("manual", "any")}

    uses = uses_of(Written(act, {}).examine(events="lock.*"), "lock.locked")

    assert uses["/method"].use is UseKind.REQUIRED
    assert not uses["/method"].is_copied


def test_a_state_that_shows_the_last_event_hides_none() -> None:
    """
    Of several events that are delivered together only the last one shows.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] in ("lock.locked", "lock.unlocked"):
            kept["count"] += 1
            kept["last"] = {"door": event["device_id"], "at": event["occurred_at"]}

    found = Written(act, {"count": 0, "last": {}}).examine(events="lock.*")

    expected = {"/device_id", "/event_type", "/occurred_at"}
    assert {*uses_of(found, "lock.locked")} == {*uses_of(found, "lock.unlocked")} == expected


def test_a_state_with_room_for_a_few_events_is_decided() -> None:
    """
    Of many that are delivered together the first ones do not show.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] in ("lock.locked", "lock.unlocked"):
            row = {"door": event["device_id"], "by": event.get("method") == "manual"}
            kept["recent"] = [*kept["recent"], row][-5:]

    found = Written(act, {"recent": []}).examine(events="lock.*")

    for event_type in ("lock.locked", "lock.unlocked"):
        assert {*uses_of(found, event_type)} == {"/device_id", "/event_type", "/method"}


def test_a_branch_in_which_events_share_a_record_leaves_the_rest_decided() -> None:
    """
    Events without an id are stored under one key.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.locked":
            kept[str(event.get("event_id"))] = {"of": event["device_id"]}

    uses = uses_of(Written(act, {}).examine(events="lock.*"), "lock.locked")

    assert {pointer: use.use for pointer, use in uses.items()} == {
        "/device_id": UseKind.REQUIRED,
        "/event_id": UseKind.READ,
        "/event_type": UseKind.REQUIRED,
    }


def test_what_is_refused_after_its_effect_hides_no_other_event() -> None:
    """
    The effect of an event that is answered with an error is among those of the others.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.locked":
            kept["count"] += 1
            kept[event["device_id"]] = event["occurred_at"]
            event["created_at"]

    uses = uses_of(Written(act, {"count": 0}).examine(events="lock.*"), "lock.locked")

    assert {*uses} == {"/created_at", "/device_id", "/event_type", "/occurred_at"}
    assert uses["/created_at"].use is UseKind.REQUIRED


def test_a_state_that_can_no_longer_be_read_ends_the_experiment() -> None:
    """
    A handler may accept what its state cannot show; that is said with what was sent.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "lock.locked":
            kept[event["device_id"]] = event.get("occurred_at")

    written = Written(act, {})
    found = examine(
        written.handle,
        lambda: {name: at.rstrip("Z") for name, at in written.kept.items()},
        events="lock.*",
    )

    assert found.stopped.startswith("the state can no longer be read after the delivery of")
    assert "AttributeError" in found.stopped
    assert not found.proves_something
    (one,) = found.types
    assert {use.pointer for use in one.used} >= {"/device_id", "/occurred_at"}
    assert {use.use for use in one.properties} == {
        UseKind.READ,
        UseKind.COPIED,
        UseKind.UNDECIDED,
    }


def test_a_thread_that_has_ended_is_the_reason() -> None:
    """
    Events have no effect any more, because of one that the thread could not process.
    """
    events: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def work() -> None:
        while True:
            event = events.get()
            if event["event_type"] == "lock.locked":
                written.kept[event["device_id"]] = event["occurred_at"]

    written = Written(lambda event, _: events.put(event), {})
    Thread(target=work, daemon=True).start()
    (found,) = written.examine(events="lock.*").types

    assert "a thread of the handler ended with KeyError at tests/checks" in found.reason


@pytest.mark.slow
def test_work_that_comes_late_is_decided_where_it_is_known_how_late() -> None:
    """
    A worker empties a list from time to time; a delivery that it cannot process has no effect.
    """
    waiting: list[dict[str, Any]] = []
    is_done = Event()

    def work() -> None:
        while not is_done.wait(0.1):
            for event in [waiting.pop(0) for _ in range(len(waiting))]:
                if event.get("event_type") == "lock.locked" and "device_id" in event:
                    row = {"at": event.get("occurred_at"), "by": event.get("method") == "manual"}
                    written.kept[event["device_id"]] = row

    written = Written(lambda event, _: waiting.append(event), {})
    Thread(target=work).start()
    try:
        uses = uses_of(written.examine(events="lock.*", settle=1), "lock.locked")
    finally:
        is_done.set()

    assert {pointer: use.use for pointer, use in uses.items()} == {
        "/device_id": UseKind.READ,
        "/event_type": UseKind.READ,
        "/method": UseKind.READ,
        "/occurred_at": UseKind.COPIED,
    }


def test_a_property_that_is_never_accepted_is_undecided() -> None:
    """
    Nothing is known of it, so that a change of it may break the handler.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "device.low_battery":
            assert "customer_key" not in event
            kept[event["device_id"]] = event["battery_level"]

    uses = uses_of(Written(act, {}).examine(events="device.*"), "device.low_battery")

    assert uses["/customer_key"].use is UseKind.UNDECIDED
    assert uses["/customer_key"].reason
    assert uses["/battery_level"].use is UseKind.REQUIRED
