"""
Emission: sampled and given events, journeys, overrides and seeds.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import UnknownEventType, UnknownProperty, UsageError
from seamproof.schemas import catalog, is_valid
from tests.mock_server.workbench import EVENT, START, serving

if TYPE_CHECKING:
    from collections.abc import Mapping


pytestmark = pytest.mark.anyio


async def test_events_of_a_pattern() -> None:
    """
    A pattern gives valid events of each type in turn, created now.
    """
    async with serving() as service:
        ids = await service.emit(event_type="lock.*", count=5)
        assert len(ids) == 5
        found = [json.loads((await service.message(one)).message.body) for one in ids]
    assert all(map(is_valid, found))
    assert len({one["event_type"] for one in found}) == len(catalog().match("lock.*"))
    for event in found:
        assert datetime.fromisoformat(event["created_at"]).timestamp() == START
        assert 0 <= START - datetime.fromisoformat(event["occurred_at"]).timestamp() < 3


async def test_the_same_seed_makes_the_same_events() -> None:
    """
    A seed decides the values: that of the request, or else that of the service.
    """
    bodies = []
    for seed in (1, 1, 2, None, None):
        async with serving(seed="service") as service:
            (message_id,) = await service.emit(event_type="lock.locked", seed=seed)
            bodies.append((await service.message(message_id)).message.body)
    assert bodies[0] == bodies[1]
    assert bodies[3] == bodies[4]
    assert len({*bodies}) == 3


async def test_two_emissions_differ() -> None:
    """
    A second request without a seed does not repeat the first.
    """
    async with serving(seed="service") as service:
        for _ in range(2):
            await service.emit(event_type="lock.locked")
        page = await service.messages()
    assert len({one.message.event_id for one in page.messages}) == 2


async def test_overrides() -> None:
    """
    Overrides set values in the events, as text or as JSON.
    """
    overrides = {"device_id": "d-1", "workspace_id": 5}
    async with serving() as service:
        with pytest.raises(UsageError, match="device_id"):
            await service.emit(event_type="lock.locked", overrides=overrides)
        with pytest.raises(UnknownProperty, match="colour"):
            await service.emit(event_type="lock.*", overrides={"colour": "red"})
        given = "6b0c4f0e-8d5f-4c5b-9a6e-2f1d3c4b5a69"
        (one,) = await service.emit(event_type="lock.locked", overrides={"device_id": given})
        assert json.loads((await service.message(one)).message.body)["device_id"] == given
        assert len((await service.messages()).messages) == 1


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "names an event_type"),
        ({"event_type": "lock.locked", "event": EVENT}, "names an event_type"),
        ({"event": EVENT, "overrides": {"a": 1}}, "a given event is sent as it is"),
        ({"event": b"{"}, "not JSON"),
        ({"event": b'{"event_type": "a", "b": NaN}'}, "not JSON"),
        ({"event": b'{"event_type": "\xff"}'}, "not JSON"),
        ({"event": b"[]"}, "an event is a JSON object"),
        ({"event": b"{}"}, "has an event_type"),
        ({"event": b'{"event_type": 5}'}, "has an event_type"),
        ({"event": {"event_type": "a", "b": float("inf")}}, "not JSON"),
        ({"event": {"event_type": "a", "b": object()}}, "not JSON"),
        ({"event": {"event_type": "a", "b": "x" * 400_000}}, "too large"),
        ({"event": EVENT, "count": -1}, "count is out of range"),
        ({"event": EVENT, "count": 10**9}, "count is out of range"),
    ],
)
async def test_what_cannot_be_emitted(request_: Mapping[str, Any], message: str) -> None:
    """
    An invalid request is rejected, and nothing is stored.
    """
    async with serving() as service:
        with pytest.raises(UsageError, match=message):
            await service.emit(**request_)
        with pytest.raises(UnknownEventType):
            await service.emit(event_type="nonsense")
        assert (await service.messages()).messages == ()


async def test_an_event_given_as_an_object() -> None:
    """
    An object is encoded as compactly as Seam does.
    """
    async with serving() as service:
        (message_id,) = await service.emit(event={"event_type": "a", "b": "é"})
        assert (await service.message(message_id)).message.body == (
            '{"event_type":"a","b":"é"}'.encode()
        )


async def test_a_journey() -> None:
    """
    The events of a journey are sent together; the last one is created now.
    """
    from seamproof.strategies import JOURNEYS  # noqa: PLC0415 - comes with another issue

    async with serving() as service:
        name = next(iter(JOURNEYS))
        ids = await service.emit(journey=name)
        last = json.loads((await service.message(ids[-1])).message.body)
        assert datetime.fromisoformat(last["created_at"]).timestamp() <= START
        with pytest.raises(UsageError, match="no journey"):
            await service.emit(journey="nonsense")
