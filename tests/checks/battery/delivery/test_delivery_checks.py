"""
Tests of the checks of deliveries: how often, in which order, and with what effect.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.model.snapshot import Snapshot
from tests.checks.small import Small, check, found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Request

pytestmark = pytest.mark.usefixtures("simulated_time")


class Forgetful(Small):
    """
    It handles whatever comes.
    """

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Act, on a known message too.
        """
        self.handled.discard(message_id)
        return super().once(message_id, event)


class Journal(Forgetful):
    """
    It handles whatever comes, and writes down when it happened, as a number.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, Any]] = []

    def act(self, event: dict[str, Any]) -> None:
        """
        Write a row.
        """
        at = datetime.fromisoformat(event["occurred_at"]).timestamp()
        self.rows.append({"at": int(at * 1000), "type": event["event_type"]})

    def look(self) -> Snapshot:
        """
        Show the rows.
        """
        return Snapshot([*self.rows], time.time())


class BySignature(Small):
    """
    It recognises duplicates by the signature.
    """

    def answer(self, request: Request, headers: dict[str, str]) -> int:
        """
        Put the signature where the id was, once it is known to be right.
        """
        if request.method != "POST" or not self.is_genuine(request.body, headers):
            return 400
        return self.once(headers["svix-signature"], json.loads(request.body))


class Racing(Small):
    """
    It asks whether an id is new, waits, and then does the work.
    """

    def __init__(self) -> None:
        super().__init__()
        self._at_once = self._count = 0
        self._second = threading.Event()

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Let the first request wait for the second one, however slow the machine is.
        """
        self._at_once, self._count = len(requests), 0
        self._second.clear()
        try:
            return super().send_all(requests)
        finally:
            self._at_once = 0

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Look first, act later.
        """
        if message_id in self.handled:
            return 204
        with self._lock:
            self._count += 1
            is_first = self._count == 1
        if not is_first:
            self._second.set()
        elif self._at_once > 1:
            self._second.wait(60)
        self.act(event)
        self.handled.add(message_id)
        return 204


class LastWins(Small):
    """
    It keeps what arrived last.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Keep it, whenever it happened.
        """
        self.latest.pop(str(event.get("device_id")), None)
        super().act(event)


class Swallowing(Small):
    """
    It says 2xx while nothing can be done.
    """

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Give up quietly.
        """
        return 204 if self.is_broken else super().once(message_id, event)


class MarkingFirst(Small):
    """
    It marks a message as handled before the work is done.
    """

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Mark, then fail.
        """
        if message_id in self.handled:
            return 204
        status = super().once(message_id, event)
        self.handled.add(message_id)
        return status


class ActingFirst(Small):
    """
    It acts before it verifies.
    """

    def answer(self, request: Request, headers: dict[str, str]) -> int:
        """
        Count, then refuse.
        """
        if request.method == "POST" and not self.is_genuine(request.body, headers):
            self.counts["device"] += 1
        return super().answer(request, headers)


class ClaimingFirst(Small):
    """
    It marks the id before it verifies.
    """

    def answer(self, request: Request, headers: dict[str, str]) -> int:
        """
        Mark, then refuse.
        """
        if not self.is_genuine(request.body, headers):
            self.handled.add(headers.get("svix-id", ""))
        return super().answer(request, headers)


class AnyMethod(Small):
    """
    It does not look at the method.
    """

    def answer(self, request: Request, headers: dict[str, str]) -> int:
        """
        Take any for POST.
        """
        return super().answer(replace(request, method="POST"), headers)


class Crowded(Small):
    """
    It fails when many come at once.
    """

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Fail for the last ones.
        """
        return [
            Received(status=500) if place > 20 else self.send(one)
            for place, one in enumerate(requests)
        ]


class OnceConnected(Small):
    """
    It cannot see a device come back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.connected: set[str] = set()

    def act(self, event: dict[str, Any]) -> None:
        """
        Expect each to be connected once.
        """
        if event["event_type"] == "device.connected":
            if event["device_id"] in self.connected:
                raise KeyError
            self.connected.add(event["device_id"])
        super().act(event)


class Slow(Small):
    """
    It takes six seconds for one type, by its own watch.
    """

    def send(self, request: Request) -> Received:
        """
        Say that it took long.
        """
        received = super().send(request)
        slow = request.event_type == "device.low_battery"
        return replace(received, milliseconds=6000.0) if slow else received


BUGS: dict[str, tuple[type[Small], str, set[str]]] = {
    "no memory": (
        Forgetful,
        "delivery.duplicate",
        {"delivery.duplicate_resigned", "delivery.concurrent_duplicates"},
    ),
    "recognised by the signature": (BySignature, "delivery.duplicate_resigned", set()),
    "check, then act": (Racing, "delivery.concurrent_duplicates", set()),
    "the last one wins": (LastWins, "delivery.out_of_order", set()),
    "2xx while it fails": (Swallowing, "delivery.retry_after_failure", set()),
    "marked before it is done": (MarkingFirst, "delivery.retry_after_failure", set()),
    "done before it is verified": (ActingFirst, "delivery.no_effect_when_rejected", set()),
    "claimed before it is verified": (ClaimingFirst, "delivery.no_effect_when_rejected", set()),
    "any method": (AnyMethod, "delivery.wrong_method", set()),
    "a crowd": (Crowded, "delivery.concurrent_burst", set()),
    "not twice in a life": (OnceConnected, "delivery.journey", set()),
    "slow": (Slow, "delivery.response_time", set()),
}


class FewTypes(Small):
    """
    It processes event types that are not the first of their resource.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Keep what came last, not what happened last.
        """
        name = event["event_type"]
        if name in ("access_code.set_on_device", "access_code.removed_from_device"):
            self.latest[event["access_code_id"]] = [name]
        if name == "thermostat.temperature_threshold_no_longer_exceeded":
            self.latest[event["device_id"]] = [f"{event.get('lower_limit_celsius', 0):.1f}"]


def test_a_quick_run_sends_the_types_that_the_handler_processes() -> None:
    """
    They are found out first, so that a check which passes has sent them.
    """
    checks = ("delivery.out_of_order", "payload.nulls")
    report = check(FewTypes(), *checks, events="*", quick=True, thorough=False)

    assert found(report).keys() == {*checks}


class ShortMemory(Small):
    """
    It remembers the last ten messages, and acts on one event type.
    """

    def __init__(self) -> None:
        super().__init__()
        self.recent: deque[str] = deque(maxlen=10)

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Act on a message that is not among them.
        """
        if message_id not in self.recent:
            self.recent.append(message_id)
            self.act(event)
        return 204

    def act(self, event: dict[str, Any]) -> None:
        """
        Count the events of the type.
        """
        if event["event_type"] == "device.connected":
            super().act(event)


def test_a_message_that_is_forgotten_is_named_with_how_many_came_between() -> None:
    """
    The proof ends with the message itself, and the fix is about how long ids are kept.
    """
    report = check(ShortMemory(), "delivery.duplicate")

    (failure,) = found(report)["delivery.duplicate"].failures
    assert failure.event_type == "device.connected"
    assert failure.context == "after 16 other messages"
    assert failure.sent[0].message_id == failure.sent[-1].message_id
    assert failure.cure.startswith("Keep svix-id for longer")


class OnceOfEachType(Small):
    """
    It takes a second event of one type and device for a duplicate of the first.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Log the first.
        """
        key = f"{event['event_type']} of {event.get('device_id')}"
        if event["event_type"].startswith("lock."):
            self.latest.setdefault(key, [str(event["occurred_at"])])


def test_an_event_that_is_ignored_as_a_duplicate_has_that_fix() -> None:
    """
    It is the order that shows it, but no comparison of times is the first thing to do.
    """
    report = check(OnceOfEachType(), "delivery.out_of_order", events="*", quick=True)

    (failure,) = found(report)["delivery.out_of_order"].failures
    assert "recognise duplicates by svix-id" in failure.cure


@pytest.mark.parametrize(("kind", "check_id", "also"), BUGS.values(), ids=BUGS)
def test_a_bug_is_found_by_its_check(kind: type[Small], check_id: str, also: set[str]) -> None:
    """
    The check that is about a bug fails, and what does not follow from it does not.
    """
    failed = found(check(kind(), "delivery.*", events="[dl]*", quick=True))

    assert failed.keys() == {check_id, *also}


def test_a_good_handler_passes_all() -> None:
    """
    With its state and its switch in hand, every check of deliveries passes a good handler.
    """
    report = check(Small(), "delivery.*", events="[dl]*")

    failed = {one.check.id: one.failures for one in report.results if one.status != "passed"}
    # Exceptions of background work, processes and clocks are those of a target, which this handler
    # is not.
    assert failed.keys() == {
        "delivery.background_work",
        "delivery.duplicate_elsewhere",
        "delivery.duplicate_next_day",
    }


def test_a_quick_run_looks_for_an_event_that_shows() -> None:
    """
    If the first type of each family changes nothing, the others are tried.
    """
    handler = Small()
    act = handler.act

    def only_one(event: dict[str, Any]) -> None:
        if event["event_type"] == "device.removed":
            act(event)

    handler.act = only_one  # type: ignore[method-assign]
    (result,) = check(handler, "delivery.duplicate", events="device.*", quick=True).results

    assert (result.status, result.note) == ("passed", "")


def test_what_cannot_be_seen_is_inconclusive() -> None:
    """
    Without a look at the state, checks of effects say so, and none of them passes.

    What work after the answer does is seen by its exceptions or by its effects: here by neither.
    """
    report = check(Small(), "delivery.*", events="[dl]*", seen=False)

    unseen = {
        one.check.id.partition(".")[2] for one in report.results if one.status == "inconclusive"
    }
    assert unseen == {
        "duplicate",
        "duplicate_resigned",
        "duplicate_later",
        "concurrent_duplicates",
        "copies_while_failing",
        "distinct_events",
        "out_of_order",
        "retry_after_failure",
        "no_effect_when_rejected",
        "background_work",
        "still_working",
    }
    assert {one.status for one in report.results} == {"passed", "inconclusive", "skipped"}


def test_a_state_that_nothing_changes_is_inconclusive() -> None:
    """
    If no event changes the state, the checks of the state are inconclusive.
    """
    handler = Small()
    handler.act = lambda event: None  # type: ignore[method-assign]  # noqa: ARG005 - by its name

    report = check(handler, "delivery.duplicate", "delivery.out_of_order", events="device.*")

    assert {one.status for one in report.results} <= {"inconclusive", "skipped"}


def test_a_switch_that_breaks_nothing_is_inconclusive() -> None:
    """
    If all is done while it should fail, the switch is to blame and nothing is proved.
    """
    handler = Small()
    handler.switch = lambda broken: None  # type: ignore[method-assign]  # noqa: ARG005 - likewise

    (result,) = check(handler, "delivery.retry_after_failure", events="device.*").results

    assert result.status == "inconclusive"
    assert "the dependency does not fail" in result.note


class ConnectedByReport(Small):
    """
    It keeps whether a device is connected, of the event that was reported last.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Compare `created_at`; no other event is of interest.
        """
        kind = event["event_type"]
        now = [event["created_at"].replace("z", "Z"), kind]
        if kind in ("device.connected", "device.disconnected"):
            known = self.latest.get(event["device_id"], now)
            self.latest[event["device_id"]] = max(known, now, key=_moment)

    def look(self) -> Snapshot:
        """
        Show the type alone.
        """
        return Snapshot({name: kind for name, (_, kind) in self.latest.items()}, time.time())


def _moment(kept: list[str]) -> datetime:
    return datetime.fromisoformat(kept[0])


def test_a_record_that_goes_back_to_what_it_was_shows_a_wrong_order() -> None:
    """
    Reversed, `connected`, `disconnected` and `connected` end with `connected` as well.
    """
    report = check(ConnectedByReport(), "delivery.out_of_order", events="[dl]*", quick=True)

    (failure,) = found(report)["delivery.out_of_order"].failures
    assert [one.event_type for one in failure.sent] == ["device.connected", "device.disconnected"]


def test_two_events_show_what_order_does() -> None:
    """
    The failing order is reduced to two events that change places.
    """
    (result,) = check(LastWins(), "delivery.out_of_order", events="[dl]*").results

    assert all(len(one.sent) == 2 for one in result.failures)


def test_a_function_sees_no_method() -> None:
    """
    For a target without methods the check of the method is skipped, not passed.
    """
    handler = Small()
    handler.receives_method = False

    (result,) = check(handler, "delivery.wrong_method").results

    assert result.status == "skipped"


@pytest.mark.parametrize("name", ["delivery.duplicate", "delivery.duplicate_resigned"])
def test_one_bug_of_all_types_is_told_once_and_alike_each_time(name: str) -> None:
    """
    When an event happened is no part of what is wrong: a baseline would know it no more.
    """
    causes = [
        [one.cause for one in found(check(Journal(), name, events="lock.*"))[name].failures]
        for _ in range(2)
    ]

    row = '{"at": "‹time›", "type": "‹event_type›"}'
    assert causes[0] == causes[1] == [f"changed again: the state + {row}: answered 204"]
