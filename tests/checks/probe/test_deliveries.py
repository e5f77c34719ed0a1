"""
Tests of events that are delivered at once: to whom, and what a failure among them means.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.generation.event_source import EventSource
from seamproof.checks.generation.signed_request import forged
from seamproof.checks.model.options import Settings
from seamproof.checks.model.tuning import MAX_AT_ONCE, TRIED_OVERLAPS
from seamproof.checks.probe.deliveries import deliver_each, is_rejected, send_each, send_groups
from seamproof.checks.probe.presence import find_presences
from seamproof.checks.probe.probe import Probe
from seamproof.checks.probe.sending.pacing import Pacer
from seamproof.checks.probe.sending.sender import OutOfTime
from seamproof.checks.probe.sending.time_budget import TypeTime
from tests.checks.small import SECRET, Small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Received, Request


class Slow(Small):
    """
    It seems to take some milliseconds, and remembers how many requests came at once.
    """

    milliseconds = 20.0

    def __init__(self) -> None:
        super().__init__()
        self.at_once: list[int] = []
        self.alone = True

    def send(self, request: Request) -> Received:
        """
        Answer as if it had taken long.
        """
        return replace(super().send(request), milliseconds=self.milliseconds)

    def send_each(self, requests: Sequence[Request], **options: int) -> list[Received]:
        """
        Answer several.
        """
        at_once = options["at_once"]
        self.at_once.append(at_once)
        self.alone = at_once == 1
        responses = [self.send(one) for one in requests]
        self.alone = True
        return responses


def probe_of(handler: Small, **options: Any) -> Probe:
    """
    Make a probe that has measured the handler.
    """
    settings = Settings(secret=SECRET, seed=1)
    probe = Probe(handler, settings, EventSource(settings, 0.0), **options)
    probe.default_type = "lock.locked"
    probe.deliver(probe.plain())
    return probe


def deliver(probe: Probe, count: int) -> list[tuple[int, Request, Received]]:
    """
    Deliver some plain events.
    """
    return list(deliver_each(probe, ((probe.plain(), at) for at in range(count))))


def ids_of(handler: Small) -> list[str]:
    """
    List the ids of the events that were sent.
    """
    return [json.loads(one.body)["event_id"] for one in handler.sent]


def test_events_are_delivered_at_once_where_the_handler_takes_long() -> None:
    """
    Each gets its own response, in order.
    """
    handler = Slow()
    probe = probe_of(handler)

    delivered = deliver(probe, 50)

    assert [at for at, _, _ in delivered] == list(range(50))
    assert set(handler.at_once) == {MAX_AT_ONCE}
    assert [request for _, request, _ in delivered] == handler.sent[1:]
    assert len(set(ids_of(handler))) == 51


def test_a_quick_handler_gets_one_event_after_the_other() -> None:
    """
    Nothing would be gained, and runs stay the same each time.
    """
    handler = Slow()
    handler.milliseconds = 0.5

    deliver(probe_of(handler), 50)

    assert set(handler.at_once) == {1}


def test_a_failure_among_others_counts_if_it_happens_alone_as_well() -> None:
    """
    The event is sent again under new ids; what is reported is that request.
    """

    class Failing(Slow):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            return 500 if event["marked"] else super().once(message_id, event)

    handler = Failing()
    probe = probe_of(handler)
    marked = ((probe.plain() | {"marked": at == 3}, at) for at in range(10))
    handler.sent.clear()

    delivered = list(deliver_each(probe, marked))

    assert [at for at, _, received in delivered if received.status == 500] == [3]
    assert len(handler.sent) == 11
    assert delivered[3][1] == handler.sent[-1]
    assert len(set(ids_of(handler))) == 11


def test_a_failure_that_comes_from_the_others_is_none() -> None:
    """
    Fewer are under way from then on.
    """

    class Crowded(Slow):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            return super().once(message_id, event) if self.alone else 500

    handler = Crowded()
    probe = probe_of(handler)

    delivered = deliver(probe, 10)

    assert {received.status for _, _, received in delivered} == {204}
    assert probe.overlap.most == 1


def test_nothing_is_gained_from_a_handler_that_handles_one_after_the_other() -> None:
    """
    It gets one event at a time from then on.
    """
    overlap = probe_of(Slow()).overlap

    for _ in range(TRIED_OVERLAPS):
        assert overlap.at_once == MAX_AT_ONCE
        overlap.measure(seconds=10.0, deliveries=32)

    assert overlap.at_once == 1


def test_a_machine_that_is_busy_for_a_moment_changes_nothing() -> None:
    """
    Batches that take long count only if none in between takes less time.
    """
    overlap = probe_of(Slow()).overlap

    for seconds in (10.0, 0.0) * TRIED_OVERLAPS:
        overlap.measure(seconds=seconds, deliveries=32)

    assert overlap.at_once == MAX_AT_ONCE


def groups_of(probe: Probe, count: int) -> list[tuple[Request, ...]]:
    """
    Make some forgeries, each after its original.
    """
    originals = [probe.signed(probe.plain()) for _ in range(count)]
    return [(one, forged(one, "another secret", SECRET)) for one in originals]


@pytest.mark.parametrize("milliseconds", [0.5, Slow.milliseconds])
def test_groups_of_requests_are_sent_in_their_order(milliseconds: float) -> None:
    """
    The first of each group comes before the second, and the response is that to the last.
    """
    handler = Slow()
    handler.milliseconds = milliseconds
    probe = probe_of(handler)
    groups = groups_of(probe, 40)

    sent = list(send_groups(probe, groups, is_rejected))

    assert [group for group, _ in sent] == groups
    assert {received.status for _, received in sent} == {400}
    order = [one for one in handler.sent if any(one in group for group in groups)]
    assert all(order.index(first) < order.index(last) for first, last in groups)


def test_a_group_with_another_response_is_sent_again_alone() -> None:
    """
    Under new ids, and as a whole: what is reported is what was sent then.
    """

    class Careless(Slow):
        def is_genuine(self, body: bytes, headers: dict[str, str]) -> bool:
            return super().is_genuine(body, headers) or not self.alone

    handler = Careless()
    probe = probe_of(handler)
    groups = groups_of(probe, 2)

    sent = list(send_groups(probe, groups, is_rejected))

    assert {received.status for _, received in sent} == {400}
    ids = {one.message_id for group in groups for one in group}
    assert [one for group, _ in sent for one in group] == handler.sent[-4:]
    assert ids.isdisjoint(one.message_id for group, _ in sent for one in group)


def test_leaks_and_rejections_are_noted_of_requests_at_once() -> None:
    """
    As they are of those that are sent one by one.
    """
    probe = probe_of(Slow())

    with probe.watched_rejections() as rejected:
        list(send_groups(probe, groups_of(probe, 10), is_rejected))

    assert len(rejected) == 10
    assert ("another secret", 0) in probe.state.forgeries


def test_a_quick_pass_is_brief_where_the_handler_takes_long() -> None:
    """
    A pass that follows sends the rest.
    """
    probe = probe_of(Slow(), one_of_each=True)

    assert probe.is_brief
    assert probe.progress.was_shortened
    assert not probe_of(Slow()).is_brief


def test_response_times_among_others_are_no_response_times() -> None:
    """
    Each waits for the others: only deliveries that are alone are judged by their time.
    """
    handler = Slow()
    probe = probe_of(handler)
    handler.milliseconds = 900.0

    deliver(probe, 10)

    assert max(received.milliseconds for _, received in probe.slowest.values()) == 20.0


def test_a_paced_run_delivers_one_after_the_other() -> None:
    """
    A rate is kept.
    """
    handler = Slow()
    probe = probe_of(handler, pacer=Pacer(1000.0, sleep=lambda _: None))

    assert len(deliver(probe, 3)) == 3
    assert set(handler.at_once) == {1}


def test_types_that_take_too_long_are_left_out() -> None:
    """
    The others are delivered, and of them those that took long only by their number.
    """
    probe = probe_of(Small())
    probe.times["lock.unlocked"] = TypeTime(seconds=1_000.0, requests=100)
    probe.times["device.connected"] = TypeTime(seconds=1_000.0, requests=10_000)
    types = ("lock.unlocked", "lock.locked", "device.connected")
    events = ((probe.plain(one), one) for one in types)

    sent = [one for one, _, _ in deliver_each(probe, events)]
    assert sent == ["lock.locked", "device.connected"]
    assert probe.progress.slow_types == {"lock.unlocked"}


def test_at_the_end_of_the_time_nothing_more_is_delivered() -> None:
    """
    Whoever asked for it learns that it is not complete.
    """
    probe = probe_of(Slow())
    probe.budget.deadline = 0.0

    with pytest.raises(OutOfTime):
        deliver(probe, 3)


def test_the_plain_events_of_several_types_are_tried_at_once() -> None:
    """
    A type that is not accepted is left to be tried alone.
    """

    class Choosy(Slow):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            refused = event["event_type"] == "lock.unlocked"
            return 400 if refused else super().once(message_id, event)

    probe = probe_of(Choosy())
    find_presences(probe, ["lock.unlocked", "lock.locked", "device.connected"])

    assert probe.state.plain_deliveries.keys() == {"lock.locked", "device.connected"}


def test_messages_are_sent_at_once_and_retried_where_they_fail_among_others() -> None:
    """
    Each gets a response, in order.
    """

    class Crowded(Slow):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            return super().once(message_id, event) if self.alone else 500

    handler = Crowded()
    probe = probe_of(handler)
    requests = [probe.signed(probe.plain()) for _ in range(40)]

    sent = list(send_each(probe, requests))

    assert [request for request, _ in sent] == requests
    assert {received.status for _, received in sent} == {204}
    assert probe.overlap.most == 1
