"""
Tests of the stream: reproducible, valid, mixed as requested, with ids that agree.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

import pytest

from seamproof import catalog, violations
from seamproof.errors import UnknownEventType, UsageError
from seamproof.load.messages.mix import Mix
from seamproof.load.messages.stream import EventStream, SignableMessage
from seamproof.strategies.sampling.journeys import JOURNEYS

EVERYTHING = Mix({"*": 1}, dict.fromkeys(JOURNEYS, 1.0), 0.1, 0.1, 0.01)


def payload(message: SignableMessage) -> dict[str, Any]:
    """
    Parse the body of a message.
    """
    event = json.loads(message.body)
    assert isinstance(event, dict)
    return event


def test_a_message_is_a_function_of_seed_worker_and_number() -> None:
    """
    In any order, in any process, with the same bytes; another worker or seed gives others.
    """
    forward = EventStream("s", 3, EVERYTHING)
    backward = EventStream("s", 3, EVERYTHING)
    numbers = range(400)

    first = [forward.message(number) for number in numbers]

    assert [backward.message(number) for number in reversed(numbers)] == first[::-1]
    for other in (EventStream("s", 4, EVERYTHING), EventStream("t", 3, EVERYTHING)):
        assert not {other.message(number).body for number in numbers} & {one.body for one in first}


@pytest.mark.parametrize("mix", [Mix(), EVERYTHING, Mix({}, {"access_grant": 1.0})])
def test_every_message_is_valid(mix: Mix) -> None:
    """
    Ids are put into samples without breaking the contract.
    """
    stream = EventStream(1, 0, mix)
    for number in range(600):
        message = stream.message(number)
        event = payload(message)
        assert not violations(event), event
        assert event["event_type"] == message.event_type
        assert stream.ids.locate(event["event_id"]) == (0, number)
        assert stream.ids.locate(message.message_id) == (0, number)


def test_ids_of_two_events_differ() -> None:
    """
    No two events share a device, an account or a key, unless a life cycle says so.
    """
    stream = EventStream(1, 0, Mix({"lock.unlocked": 1}))
    devices = [payload(stream.message(number))["device_id"] for number in range(2000)]

    assert len({*devices}) == len(devices)


def test_the_ids_of_a_life_cycle_agree() -> None:
    """
    Life cycles overlap; each has its own ids, and its events are in their order.
    """
    stream = EventStream(1, 0, Mix({}, {"access_code": 1}))
    by_device: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(1280):
        event = payload(stream.message(number))
        by_device[event["device_id"]].append(event)
    types = [step.event_type for step in JOURNEYS["access_code"]]

    for events in by_device.values():
        assert [one["event_type"] for one in events] == types[: len(events)]
        assert len({one["access_code_id"] for one in events if "access_code_id" in one}) == 1
    assert sum(len(events) == len(types) for events in by_device.values()) > len(by_device) / 2


def test_weights_and_shares_are_kept() -> None:
    """
    The weight of a glob is shared by its types; a share is that of all messages.
    """
    mix = Mix({"lock.*": 3, "device.connected": 1}, {}, 0.2, 0.05, 0.02)
    stream = EventStream(5, 0, mix)
    messages = [stream.message(number) for number in range(10_000)]
    types = Counter(one.event_type for one in messages)

    assert {*types} == {one.event_type for one in catalog().match("lock.*")} | {"device.connected"}
    assert 2300 < types["device.connected"] < 2700
    assert 1800 < sum(one.duplicated for one in messages) < 2200
    assert 400 < sum(one.redelivered for one in messages) < 600
    assert 150 < sum(len(one.body) > 90_000 for one in messages) < 250


def test_what_is_not_there_is_not_sent() -> None:
    """
    Unknown types, unknown life cycles and a mix without weights are named.
    """
    with pytest.raises(UnknownEventType):
        EventStream(1, 0, Mix({"lok.*": 1}))
    with pytest.raises(UsageError, match="no journey"):
        EventStream(1, 0, Mix({}, {"nothing": 1}))
    with pytest.raises(UsageError, match="nothing to send"):
        EventStream(1, 0, Mix({}))
