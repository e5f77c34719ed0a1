"""
Tests of the checks of effects: some event acts, the expected ones do, and at any age.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks.model.options import Settings
from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.runner.runner import run_battery
from tests.checks.small import SECRET, Small

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.results import Report, Result
    from tests.checks.simulated_time import SimulatedTime

pytestmark = pytest.mark.usefixtures("simulated_time")


class InProcess:
    """
    A reader of the state of a handler in this process, that has no other thread.
    """

    def __init__(self, handler: Small) -> None:
        self._handler = handler

    def __call__(self) -> Snapshot:
        """
        Read the state.
        """
        return replace(self._handler.look(), is_final=True)


def run(handler: Small, *select: str, **options: Any) -> Report:
    """
    Run the checks of effects on a handler whose state can be read.
    """
    settings = Settings(secret=SECRET, seed=0, select=select or ("effect.*",), **options)
    return run_battery(handler, settings, state=InProcess(handler))


def result_of(handler: Small, name: str, **options: Any) -> Result:
    """
    Run one check of effects.
    """
    (result,) = run(handler, f"effect.{name}", **options).results
    return result


def outcomes(report: Report) -> Counter[str]:
    """
    Count the event types by outcome.
    """
    return Counter(one.outcome for one in report.event_types)


class Nested(Small):
    """
    It looks for the properties of an event under a key that Seam does not send.
    """

    key = "payload"
    type_key = "event_type"

    def act(self, event: dict[str, Any]) -> None:
        """
        Act on what is under the key.
        """
        nested = event.get(self.key)
        if isinstance(nested, dict) and self.type_key in event:
            super().act(nested)


class StripeLike(Nested):
    """
    It looks for type and data.
    """

    key, type_key = "data", "type"


class Invented(Small):
    """
    It knows a type that does not exist.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Act on that type.
        """
        if event["event_type"] == "device.battery.low":
            super().act(event)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (Nested(), 'under event["payload"], but the events of Seam are flat'),
        (StripeLike(), 'type under event["type"] and for the properties under event["data"]'),
        (Invented(), "it knows the type device.battery.low, which Seam does not send"),
    ],
)
@pytest.mark.parametrize("quick", [True, False])
def test_a_handler_that_does_nothing_fails_with_the_reason(
    handler: Small, words: str, *, quick: bool
) -> None:
    """
    An event that is changed as the handler wants it shows what it looks for.
    """
    result = result_of(handler, "any", quick=quick)

    assert result.status == "failed"
    (failure,) = result.failures
    assert failure.event_type is None
    assert words in failure.cause


def test_a_handler_that_crashes_on_what_it_acts_on_is_not_said_to_do_nothing() -> None:
    """
    The crash is reported, and whether something is done shows once it is mended.
    """

    class Crashing(Small):
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] == "device.connected":
                raise ValueError

    result = result_of(Crashing(), "any", events="device.*")

    assert result.status == "inconclusive"
    assert result.note == "no event changes the state, but device.connected made the handler crash"


def test_a_handler_that_processes_two_event_types_has_effects() -> None:
    """
    One acting type is enough, in a quick run as well, and the table lists the others.
    """

    class Two(Small):
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] in ("lock.locked", "lock.unlocked"):
                super().act(event)

    report = run(Two(), "effect.any")
    quick = run(Two(), "effect.any", quick=True)

    assert report.passed
    assert quick.passed
    assert outcomes(report)["acts"] == 2
    assert outcomes(quick)["acts"] >= 1


class Recording(Small):
    """
    It records which messages arrived, shows that, and does nothing else.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Do nothing.
        """

    def look(self) -> Snapshot:
        """
        Show the ids.
        """
        return Snapshot({"messages": sorted(self.handled)}, time.time())


def test_a_record_of_arrivals_is_no_effect() -> None:
    """
    With nothing else in the state it cannot be decided; with empty tables beside it, it can.
    """

    class Empty(Recording):
        def look(self) -> Snapshot:
            return Snapshot({"messages": sorted(self.handled), "codes": {}}, time.time())

    undecided = run(Recording(), "effect.any")

    assert undecided.results[0].status == "inconclusive"
    assert {one.reason for one in undecided.event_types} == {"only its id is recorded"}
    assert result_of(Empty(), "any").status == "failed"


class Showing(Small):
    """
    It records each event in some way, and shows that.
    """

    def __init__(self, show: Callable[[list[dict[str, Any]]], Any], *types: str) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self._show, self._types = show, types

    def act(self, event: dict[str, Any]) -> None:
        """
        Record an event, and process some types.
        """
        self.events.append(event)
        if event["event_type"] in self._types:
            super().act(event)

    def look(self) -> Snapshot:
        """
        Show the record, and what was processed if anything is.
        """
        data = {
            "events": self._show(self.events),
            **({"counts": self.counts} if self._types else {}),
        }
        return Snapshot(json.loads(json.dumps(data)), time.time())


#: Ways to show every event that arrived.
RECORDS: Final[dict[str, Callable[[list[dict[str, Any]]], Any]]] = {
    "a counter": len,
    "a counter for each type": lambda events: Counter(one["event_type"] for one in events),
    "a table of counts": lambda events: sorted(
        Counter(one["event_type"] for one in events).items()
    ),
    "types and times": lambda events: [[one["event_type"], one["occurred_at"]] for one in events],
    "payloads": list,
    "payloads by id": lambda events: {one["event_id"]: one for one in events},
    "rows": lambda events: [
        {"id": at, "device": one.get("device_id"), "body": json.dumps(one)}
        for at, one in enumerate(events)
    ],
    "under the resource": lambda events: {
        resource: [
            {"id": one["event_id"], "did": one["event_type"].partition(".")[2]}
            for one in events
            if one["event_type"].partition(".")[0] == resource
        ]
        for resource in {one["event_type"].partition(".")[0] for one in events}
    },
}


@pytest.mark.parametrize("quick", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("show", RECORDS.values(), ids=RECORDS)
def test_a_state_that_every_event_changes_proves_nothing(
    show: Callable[[list[dict[str, Any]]], Any], *, quick: bool
) -> None:
    """
    Counters and logs of all events are undecided, and no failure: the work may not be shown.
    """
    report = run(Showing(show), expect=("lock.*",), quick=quick)

    statuses = {one.check.id: one.status for one in report.results}
    assert {*statuses.values()} == {"inconclusive"}, statuses
    assert outcomes(report)["acts"] == 0


@pytest.mark.parametrize("quick", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("show", RECORDS.values(), ids=RECORDS)
def test_work_beside_a_record_of_all_events_is_an_effect(
    show: Callable[[list[dict[str, Any]]], Any], *, quick: bool
) -> None:
    """
    A handler that records each event, and processes two types, passes.
    """
    handler = Showing(show, "lock.locked", "lock.unlocked")

    assert result_of(handler, "any", quick=quick).status == "passed"


def test_a_counter_beside_empty_tables_is_a_failure() -> None:
    """
    What is empty as long as all goes well does not count as empty.
    """

    class Tables(Showing):
        name_of_table = "devices"

        def look(self) -> Snapshot:
            shown = {"received": len(self.events), self.name_of_table: {}}
            return Snapshot(shown, time.time())

    class Errors(Tables):
        name_of_table = "failed_events"

    assert result_of(Tables(len), "any").status == "failed"
    assert result_of(Errors(len), "any").status == "inconclusive"


@pytest.mark.parametrize("name", ["a counter for each type", "a table of counts"])
def test_counts_by_type_beside_empty_tables_are_no_failure(name: str) -> None:
    """
    They may be all that a handler has to keep; the other tables may belong to somebody else.
    """

    class Tables(Showing):
        def look(self) -> Snapshot:
            return replace(super().look(), data={"bookings": {}, "stats": super().look().data})

    results = run(Tables(RECORDS[name]), expect=("lock.*",)).results

    assert {one.status for one in results} == {"inconclusive"}


def test_an_effect_that_comes_late_is_waited_for(simulated_time: SimulatedTime) -> None:
    """
    A worker that begins its work after seconds is no handler that does nothing.
    """

    class Late(Small):
        def act(self, event: dict[str, Any]) -> None:
            simulated_time.later(1.5, partial(super().act, event))

    handler = Late()
    settings = Settings(secret=SECRET, seed=0, select=("effect.any",), events="lock.*")
    report = run_battery(handler, settings, state=handler.look)

    assert report.results[0].status == "passed"
    assert outcomes(report)["acts"] == 3


def test_each_expected_type_has_to_act() -> None:
    """
    A type without an effect fails, and one that is not accepted; each by its name.
    """

    class Some(Small):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            if event["event_type"] == "lock.access_denied":
                return 422
            return super().once(message_id, event)

        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] == "lock.locked":
                super().act(event)

    result = result_of(Some(), "expected", expect=("lock.*",))

    causes = {one.event_type: one.cause for one in result.failures}
    assert causes == {
        "lock.access_denied": "not accepted: answered 422",
        "lock.unlocked": "nothing is done",
    }
    assert result_of(Some(), "expected", expect=("lock.locked",)).status == "passed"
    assert result_of(Some(), "expected").status == "skipped"


def test_event_types_are_expected_in_a_quick_run_as_well() -> None:
    """
    What the user names is sent, although a quick run would leave it out.
    """

    class Lazy(Small):
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] != "access_code.deleted":
                super().act(event)

    result = result_of(Lazy(), "expected", expect=("access_code.*",), quick=True)

    assert [one.event_type for one in result.failures] == ["access_code.deleted"]


class Guarded(Small):
    """
    It ignores events by their age.
    """

    oldest = timedelta(hours=24)
    furthest = timedelta(days=365)
    names = ("occurred_at",)

    def act(self, event: dict[str, Any]) -> None:
        """
        Act on what is neither too old nor of the future.
        """
        for name in self.names:
            age = datetime.now(UTC) - datetime.fromisoformat(event[name])
            if not -self.furthest < age < self.oldest:
                return
        super().act(event)


class Minutes(Guarded):
    """
    Five minutes are too old for it.
    """

    oldest = timedelta(minutes=5)


class ByCreation(Guarded):
    """
    It looks at the other time.
    """

    names = ("created_at",)


class Rejecting(Small):
    """
    It rejects what is older than a day.
    """

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Reject it.
        """
        age = datetime.now(UTC) - datetime.fromisoformat(event["occurred_at"])
        return 400 if age > timedelta(days=1) else super().once(message_id, event)


@pytest.mark.parametrize(
    ("handler", "cause"),
    [
        (Guarded(), "occurred_at 27 h 35 min ago: nothing is done"),
        (Minutes(), "occurred_at 27 h 35 min ago: nothing is done"),
        (ByCreation(), "created_at 27 h 35 min ago: nothing is done"),
        (Rejecting(), "occurred_at 27 h 35 min ago: answered 400"),
    ],
)
@pytest.mark.parametrize("quick", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_guard_by_age_loses_retries(handler: Small, cause: str, *, quick: bool) -> None:
    """
    The other checks find effects, because the run adopts events of this moment where it has to.
    """
    report = run(handler, "effect.any", "effect.old_event", quick=quick)

    assert {one.check.id: one.status for one in report.results} == {
        "effect.any": "passed",
        "effect.old_event": "failed",
    }
    assert {one.cause for one in report.failures} == {cause}


def test_a_guard_of_some_event_types_only_is_found() -> None:
    """
    Types without an effect get a recent event, too.
    """

    class Partly(Minutes):
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"].startswith("access_code."):
                Small.act(self, event)
            else:
                super().act(event)

    result = result_of(Partly(), "old_event", events="[al]*")

    assert {one.cause for one in result.failures} == {
        "occurred almost an hour ago: nothing is done"
    }


def test_a_handler_may_do_less_for_an_old_event() -> None:
    """
    Nobody has to be notified of the doorbell of yesterday.
    """

    class Considerate(Small):
        notices = 0

        def act(self, event: dict[str, Any]) -> None:
            super().act(event)
            age = datetime.now(UTC) - datetime.fromisoformat(event["occurred_at"])
            self.notices += age < timedelta(hours=2)

        def look(self) -> Snapshot:
            snapshot = super().look()
            return Snapshot({**snapshot.data, "notices": self.notices}, snapshot.at)

    assert run(Considerate()).failures == ()


def test_an_event_of_the_future_is_only_a_warning() -> None:
    """
    No rule says how far clocks may differ.
    """

    class Impatient(Guarded):
        oldest = timedelta(days=30)
        furthest = timedelta(seconds=5)

    result = result_of(Impatient(), "future_event")

    assert result.status == "warning"
    assert {one.cause for one in result.failures} == {
        "occurred_at 1 min in the future: nothing is done"
    }


def test_effects_cannot_be_seen_without_a_state() -> None:
    """
    Then they are inconclusive; a rejection is found all the same.
    """
    settings = Settings(secret=SECRET, seed=0, select=("effect.*",), expect=("lock.*",))

    report = run_battery(Small(), settings)
    rejecting = run_battery(Rejecting(), settings)

    assert {one.status for one in report.results} == {"inconclusive"}
    assert [one.check.id for one in rejecting.results if one.status == "failed"] == [
        "effect.old_event"
    ]
    assert outcomes(report)["acts"] == outcomes(report)["ignores"] == 0


def test_an_old_event_about_a_known_record_proves_nothing() -> None:
    """
    With ids that the user sets, an older event is rightly ignored.
    """
    known = ("device_id=4fbb1f3c-5f6c-4c3b-9d0e-0f6f3f2f1a11",)

    result = result_of(Small(), "old_event", overrides=known)

    assert result.status == "inconclusive"


class Storing(Small):
    """
    It stores each event under the id of its device, of whatever type it is.

    Args:
        as_list: Whether it keeps all of them.
        mails: Whether it also does something for one type.
        marks: Whether it writes something of its own into the record for one type.
    """

    def __init__(self, *, as_list: bool = False, mails: bool = False, marks: bool = False) -> None:
        super().__init__()
        self.as_list, self.mails, self.marks = as_list, mails, marks
        self.stored: dict[str, Any] = {}
        self.mailed: list[Any] = []

    def act(self, event: dict[str, Any]) -> None:
        """
        Store it.
        """
        key = str(event.get("device_id"))
        is_chosen = event["event_type"] == "device.disconnected"
        if self.as_list:
            self.stored.setdefault(key, []).append(event)
        else:
            self.stored[key] = {**event, "is_online": False} if self.marks and is_chosen else event
        if self.mails and is_chosen:
            self.mailed.append({"device": event["device_id"]})

    def look(self) -> Snapshot:
        """
        Show what is stored, and the mails.
        """
        return Snapshot({"stored": {**self.stored}, "mails": [*self.mailed]}, time.time())


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize(
    ("more", "status"),
    [({}, "inconclusive"), ({"mails": True}, "passed"), ({"marks": True}, "passed")],
)
def test_events_that_are_only_stored_under_their_record_prove_nothing(
    as_list: bool, more: dict[str, bool], status: str
) -> None:
    """
    What one type does besides is work, and so is what is written into the record.
    """
    if as_list and "marks" in more:
        more = {"mails": True}
    result = result_of(Storing(as_list=as_list, **more), "any")

    assert result.status == status
    assert ("it shows which events arrived" in result.note) is (status == "inconclusive")


def test_a_count_by_type_is_no_event_that_was_stored() -> None:
    """
    A number is no copy of an event.
    """

    class Counting(Storing):
        def __init__(self) -> None:
            super().__init__()
            self.types: Counter[str] = Counter()

        def look(self) -> Snapshot:
            stored = {"stored": {**self.stored}, "counts": {**self.types}}
            return Snapshot(stored, time.time())

        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"].startswith("device."):
                self.types[event["event_type"]] += 1
            super().act(event)

    assert result_of(Counting(), "any").status == "passed"


class OfRoom(Small):
    """
    It files each event under the room in the metadata of its device.

    Args:
        is_strict: Whether an event without such metadata is lost.
    """

    def __init__(self, *, is_strict: bool) -> None:
        super().__init__()
        self.is_strict = is_strict

    def act(self, event: dict[str, Any]) -> None:
        """
        Count it; an exception is nobody's business.
        """
        metadata = event.get("device_custom_metadata", {"": ""})
        if metadata or not self.is_strict:
            self.counts[next(iter(metadata), "no room")] += 1


@pytest.mark.parametrize("is_strict", [False, True])
def test_an_event_with_an_empty_object_has_an_effect(*, is_strict: bool) -> None:
    """
    Most devices have no metadata; a handler that swallows the exception loses what they do.
    """
    result = result_of(OfRoom(is_strict=is_strict), "unusual_event")

    assert [one.context for one in result.failures] == (
        ["with empty objects: nothing is done"] if is_strict else []
    )
