"""
Tests of the checks of deliveries where the state shows a part, late, or another value each time.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.reporting.formats.run_times import watched_text
from tests.checks.small import Small, check, found

if TYPE_CHECKING:
    from tests.checks.simulated_time import SimulatedTime


pytestmark = pytest.mark.usefixtures("simulated_time")


class LastTwenty(Small):
    """
    All that is to be seen of it are the last twenty events.
    """

    def __init__(self) -> None:
        super().__init__()
        self.last: deque[str] = deque(maxlen=20)

    def act(self, event: dict[str, Any]) -> None:
        """
        Write the event down.
        """
        self.last.append(str(event.get("event_type")))

    def look(self) -> Snapshot:
        """
        Show the last events.
        """
        return Snapshot(list(self.last), time.time())


class LosingCount(LastTwenty):
    """
    Of the last twenty, too; and how many there were is read, and written back a moment later.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Forget to lock.
        """
        if message_id not in self.handled:
            self.handled.add(message_id)
            self.act(event)
            count = self.count
            time.sleep(0.001)
            self.count = count + 1
        return 204

    def look(self) -> Snapshot:
        """
        Show the count as well.
        """
        return Snapshot({"last": list(self.last), "count": self.count}, time.time())


def test_what_is_lost_is_found_beside_what_always_differs() -> None:
    """
    What lasts in any order has to last in a crowd.
    """
    (result,) = check(LosingCount(), "delivery.concurrent_burst", events="device.*").results

    assert result.status == "failed"
    assert "count +50" in result.failures[0].cause


class Dropping(Small):
    """
    Each row holds a figure that is another one each time; while it fails nothing is written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[object]] = []

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Say that all is well, whatever happens.
        """
        if not self.is_broken and message_id not in self.handled:
            self.handled.add(message_id)
            self.rows.append([event["event_type"], time.perf_counter()])
        return 204

    def look(self) -> Snapshot:
        """
        Show the rows.
        """
        return Snapshot([*self.rows], time.time())


def test_what_is_dropped_is_found_whatever_an_effect_looks_like() -> None:
    """
    No two effects are equal; but a missing effect is seen.
    """
    (result,) = check(Dropping(), "delivery.retry_after_failure", events="device.*").results

    assert result.status == "failed"
    assert {one.cause for one in result.failures} == {"nothing was done: answered 204"}


class Measuring(Small):
    """
    With each device goes a figure that is another one each time.
    """

    def look(self) -> Snapshot:
        """
        Show the figures, and what is as good as any state.
        """
        seen = super().look()
        figures = {name: 1.5 * len(name) + at**2 for at, name in enumerate(self.latest)}
        return Snapshot({**seen.data, "figures": figures}, seen.at)


@pytest.mark.parametrize(
    ("check_id", "events"), [("concurrent_duplicates", "device.*"), ("out_of_order", "[dl]*")]
)
def test_where_nothing_can_be_compared_it_is_said_what_differs(check_id: str, events: str) -> None:
    """
    A reader wants to leave it out of the state.
    """
    (result,) = check(Measuring(), f"delivery.{check_id}", events=events).results

    assert result.status == "inconclusive"
    assert "figures.‹device_id›" in result.note


class Batching(Small):
    """
    What is to be done is done every half second, by a worker.
    """

    def __init__(self, clock: SimulatedTime) -> None:
        super().__init__()
        self.clock = clock
        self.waiting: deque[dict[str, Any]] = deque()
        self.work()

    def act(self, event: dict[str, Any]) -> None:
        """
        Leave it to the worker.
        """
        self.waiting.append(event)

    def work(self) -> None:
        """
        Do what waits, and again later.
        """
        while self.waiting:
            super().act(self.waiting.popleft())
        self.clock.later(0.5, self.work)


class LastTen(Small):
    """
    It shows how many events came, and the types of the last ten.
    """

    def __init__(self) -> None:
        super().__init__()
        self.types: list[str] = []

    def act(self, event: dict[str, Any]) -> None:
        """
        Write the type down.
        """
        self.types.append(event["event_type"])

    def look(self) -> Snapshot:
        """
        Show the end of the list.
        """
        return Snapshot({"count": len(self.types), "last": self.types[-10:]}, time.time())


class Moving(LastTen):
    """
    It shows how many events came, and a figure that moves on at times, by itself.
    """

    def look(self) -> Snapshot:
        """
        Show the figure of every few events.
        """
        return Snapshot({"count": len(self.types), "era": f"era {len(self.types) // 7}"}, 0.0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [LastTen, Moving])
@pytest.mark.parametrize(
    "check_id",
    ["concurrent_duplicates", "retry_after_failure", "no_effect_when_rejected"],
)
def test_a_measure_that_no_longer_holds_is_no_bug(
    kind: type[Small], check_id: str, seed: int
) -> None:
    """
    What changes now and then with any event does not count as the effect of a delivery.
    """
    report = check(kind(), f"delivery.{check_id}", events="device.*", seed=seed)

    assert found(report) == {}


def test_what_is_seen_in_part_is_no_bug() -> None:
    """
    A view of a few rows is a good one.
    """
    (result,) = check(LastTwenty(), "delivery.concurrent_burst", quick=True).results

    assert result.status == "passed"


@pytest.mark.parametrize("check_id", ["delivery.duplicate", "delivery.no_effect_when_rejected"])
def test_what_is_seen_late_is_no_bug(check_id: str, simulated_time: SimulatedTime) -> None:
    """
    Work that is done by and by is waited for.
    """
    (result,) = check(Batching(simulated_time), check_id, quick=True).results

    assert result.status == "passed"
    assert result.note.endswith("s for late changes")


def test_what_is_left_to_do_is_no_noise() -> None:
    """
    While a handler still works on earlier events, no path counts as background noise.
    """
    handler = Small()
    looks = itertools.count()
    at_rest = handler.look

    def look() -> Snapshot:
        seen = at_rest()
        seen.data["open"] = max(0, 30 - next(looks))
        seen.data["counts"]["device"] = seen.data["counts"].get("device", 0) - seen.data["open"]
        return seen

    handler.look = look  # type: ignore[method-assign]
    (result,) = check(handler, "delivery.duplicate", events="device.*", quick=True).results

    assert (result.status, result.note) == ("passed", "")


class MailingLater(Small):
    """
    It sends a mail for each message, and for each duplicate another one seconds later.

    Args:
        clock: When a mail is sent.
        seconds: How long it takes.
        forgetful: Whether duplicates have a mail; otherwise the first delivery has another one.
    """

    def __init__(self, clock: SimulatedTime, seconds: float, *, forgetful: bool) -> None:
        super().__init__()
        self.clock, self.seconds, self.forgetful = clock, seconds, forgetful
        self.mails: list[dict[str, Any]] = []

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Send a mail now, or later.
        """
        mail = {"device": event.get("device_id"), "type": event["event_type"]}
        is_first = message_id not in self.handled
        self.handled.add(message_id)
        if is_first:
            self.mails.append(mail)
        if is_first is not self.forgetful:
            self.clock.later(self.seconds, lambda: self.mails.append({**mail, "again": True}))
        return 204

    def look(self) -> Snapshot:
        """
        Show the mails.
        """
        return Snapshot([*self.mails], time.time())


@pytest.mark.parametrize("name", ["delivery.duplicate", "delivery.duplicate_resigned"])
@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("seconds", [1.0, 1.9])
def test_a_second_effect_seconds_later_is_found(
    name: str, forgetful: bool, quick: bool, seconds: float, simulated_time: SimulatedTime
) -> None:
    """
    The end of the run shows it; a late effect of the first delivery is none.
    """
    handler = MailingLater(simulated_time, seconds, forgetful=forgetful)
    (result,) = check(handler, name, events="device.*", quick=quick).results

    assert result.status == ("failed" if forgetful else "passed")
    assert forgetful is ("seconds later" in "".join(one.cause for one in result.failures))


def test_a_pass_says_how_long_it_waited(simulated_time: SimulatedTime) -> None:
    """
    Where a worker may make a second effect after the end of a run.
    """
    handler = MailingLater(simulated_time, 9.0, forgetful=True)
    report = check(handler, "delivery.duplicate", events="device.*", quick=True)
    (result,) = report.results

    assert result.status == "passed"
    assert result.watched is not None
    assert 2.0 <= result.watched < 3.0
    assert [one.id for one in report.watching] == ["delivery.duplicate"]
    assert watched_text(result) == "no second effect within 2.0 s; --settle waits longer"


class CountingLater(MailingLater):
    """
    Its state has the number of mails alone.
    """

    def look(self) -> Snapshot:
        """
        Show how many there are.
        """
        return Snapshot({"mails": len(self.mails)}, time.time())


@pytest.mark.parametrize("name", ["delivery.duplicate", "delivery.duplicate_resigned"])
@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("seconds", [1.0, 4.0])
def test_a_second_effect_shows_in_a_count(
    name: str, forgetful: bool, seconds: float, simulated_time: SimulatedTime
) -> None:
    """
    A whole run waits for it while nothing else is sent.
    """
    handler = CountingLater(simulated_time, seconds, forgetful=forgetful)
    (result,) = check(handler, name, events="device.*").results

    assert result.status == ("failed" if forgetful else "passed")
    assert result.watched is None or result.watched > seconds
