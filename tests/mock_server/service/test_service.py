"""
The service: endpoints, events, messages and the stream, without anything in front of it.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import NotFound, UnknownEventType, UnknownProperty, UsageError
from seamproof.mock_server.model.clocks import ManualClock, RealClock
from seamproof.mock_server.storage import reads
from seamproof.schemas import catalog, is_valid
from seamproof.signing import Secret
from tests.mock_server.workbench import EVENT, START, answer, handling, serving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seamproof.mock_server.model.records import StreamEntry
    from seamproof.mock_server.service.service import Service

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:9/"


# Endpoints


async def test_an_endpoint_is_kept(tmp_path: Path) -> None:
    """
    What an endpoint was given is still there after a restart, secrets and all.
    """
    where = str(tmp_path / "store.db")
    async with serving(database=where) as service:
        made = await service.endpoints.create(
            NOWHERE, event_types=["lock.locked"], headers={"x-one": "1"}, webhook_id="w-1"
        )
        made = await service.endpoints.rotate_secret("w-1")
        made = await service.endpoints.update("w-1", event_types=["*"], url=f"{NOWHERE}more")
    async with serving(database=where) as service:
        assert await service.endpoints.all() == [made]
        assert (await service.endpoints.get("w-1")).event_types == ("*",)
        with pytest.raises(UsageError, match="in use"):
            await service.endpoints.create(NOWHERE, webhook_id="w-1")


async def test_unknown_event_types_are_refused() -> None:
    """
    A type that the contract does not know is refused, with the ones that look like it.
    """
    async with serving() as service:
        with pytest.raises(UnknownEventType, match=r"lock\.locked"):
            await service.endpoints.create(NOWHERE, event_types=["*", "lock.lockd"])
        endpoint = await service.endpoints.create(NOWHERE)
        with pytest.raises(UnknownEventType):
            await service.endpoints.update(endpoint.webhook_id, event_types=["nonsense"])
        assert (await service.endpoints.get(endpoint.webhook_id)).event_types == ("*",)


async def test_what_is_not_there() -> None:
    """
    An id that nothing has is told as such, whatever is asked of it.
    """
    async with serving() as service:
        for asked in (
            service.endpoints.get("w"),
            service.endpoints.update("w"),
            service.endpoints.delete("w"),
            service.endpoints.enable("w"),
            service.endpoints.disable("w"),
            service.endpoints.rotate_secret("w"),
            service.recover("w", since=START),
            service.message("msg_1"),
            service.resend("msg_1"),
            service.messages(endpoint="w"),
            service.event(event_id="e"),
        ):
            with pytest.raises(NotFound):
                await asked


async def test_a_deleted_endpoint_leaves_its_attempts() -> None:
    """
    What was sent to an endpoint that is gone can still be looked at.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        (message_id,) = await service.emit(event=EVENT)
        assert await service.wait_idle(60)
        await service.endpoints.delete(endpoint.webhook_id)
        (only,) = (await service.message(message_id)).attempts
        assert only.webhook_id == endpoint.webhook_id
        assert await service.endpoints.all() == []


# Making events


async def test_events_of_a_pattern() -> None:
    """
    A pattern makes valid events in turn, whose times are those of now.
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
    Without a seed of its own, the second request does not repeat the first.
    """
    async with serving(seed="service") as service:
        for _ in range(2):
            await service.emit(event_type="lock.locked")
        page = await service.messages()
    assert len({one.message.event_id for one in page.messages}) == 2


async def test_overrides() -> None:
    """
    Values are put into the events, as text or as JSON.
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
        ({"event": b"{"}, "no JSON"),
        ({"event": b'{"event_type": "a", "b": NaN}'}, "no JSON"),
        ({"event": b'{"event_type": "\xff"}'}, "no JSON"),
        ({"event": b"[]"}, "an event is a JSON object"),
        ({"event": b"{}"}, "has an event_type"),
        ({"event": b'{"event_type": 5}'}, "has an event_type"),
        ({"event": {"event_type": "a", "b": float("inf")}}, "no JSON"),
        ({"event": {"event_type": "a", "b": object()}}, "no JSON"),
        ({"event": {"event_type": "a", "b": "x" * 400_000}}, "too large"),
        ({"event": EVENT, "count": -1}, "count is out of range"),
        ({"event": EVENT, "count": 10**9}, "count is out of range"),
    ],
)
async def test_what_cannot_be_emitted(request_: Mapping[str, Any], message: str) -> None:
    """
    A request that makes no sense is refused, and nothing is stored.
    """
    async with serving() as service:
        with pytest.raises(UsageError, match=message):
            await service.emit(**request_)
        with pytest.raises(UnknownEventType):
            await service.emit(event_type="nonsense")
        assert (await service.messages()).messages == ()


async def test_an_event_given_as_an_object() -> None:
    """
    An object is written as compactly as Seam does.
    """
    async with serving() as service:
        (message_id,) = await service.emit(event={"event_type": "a", "b": "é"})
        assert (await service.message(message_id)).message.body == (
            '{"event_type":"a","b":"é"}'.encode()
        )


async def test_a_journey() -> None:
    """
    The events of a journey are sent together, the last of them made just now.
    """
    from seamproof.strategies import JOURNEYS  # noqa: PLC0415 - comes with another issue

    async with serving() as service:
        name = next(iter(JOURNEYS))
        ids = await service.emit(journey=name)
        last = json.loads((await service.message(ids[-1])).message.body)
        assert datetime.fromisoformat(last["created_at"]).timestamp() <= START
        with pytest.raises(UsageError, match="no journey"):
            await service.emit(journey="nonsense")


# Listing events


async def emit_at(service: Service, created: str, **properties: object) -> None:
    """
    Emit an event that says when it was created.
    """
    await service.emit(event={"event_type": "a", "created_at": created, **properties})


async def listed(service: Service, **filters: Any) -> list[int]:
    """
    List events by their own numbers.
    """
    return [event["n"] for event in await service.events(**filters)]


async def test_events_are_listed_by_their_own_times() -> None:
    """
    `since` and `between` are exclusive, and the oldest comes first.
    """
    async with serving() as service:
        for number, second in enumerate([30, 10, 20, 40]):
            await emit_at(service, f"2026-01-01T00:00:{second}.000Z", n=number)
        start = datetime.fromisoformat("2026-01-01T00:00:00Z").timestamp()

        assert await listed(service, since=start) == [1, 2, 0, 3]
        assert await listed(service, since=start + 10) == [2, 0, 3]
        assert await listed(service, between=(start + 10, start + 40)) == [2, 0]
        assert await listed(service, since=start, limit=2) == [1, 2]
        assert await listed(service, since=start, limit=2, offset=3) == [3]


async def test_events_are_filtered_by_ids() -> None:
    """
    An event matches by a property of its own or by an item of the plural's list.
    """
    async with serving() as service:
        when = "2026-01-01T00:00:00Z"
        await emit_at(service, when, n=0, device_id="d-0", event_id="e-0", customer_key="c")
        await emit_at(service, when, n=1, device_id="d-1", event_id="e-1", device_ids="odd")
        await emit_at(service, when, n=2, device_ids=["d-1", "d-2"])
        await service.emit(event={"event_type": "b", "created_at": when, "n": 3})

        assert await listed(service, ids={"device_id": ["d-1"]}) == [1, 2]
        assert await listed(service, ids={"device_id": ["d-0", "d-2"]}) == [0, 2]
        assert await listed(service, ids={"event_id": ["e-0", "e-1"]}) == [0, 1]
        assert await listed(service, ids={"customer_key": ["c"]}) == [0]
        assert await listed(service, ids={"customer_key": []}) == []
        assert await listed(service, ids={"x'\"y": ["c"]}) == []
        assert await listed(service, ids={"device_id": ["d-1"], "event_id": ["e-1"]}) == [1]
        assert await listed(service, event_types=["b", "c"]) == [3]
        assert await listed(service, event_types=[]) == []
        assert await listed(service) == [0, 1, 2, 3]
        assert (await service.event(event_id="e-1"))["n"] == 1
        assert (await service.event(event_type="a"))["n"] == 2
        assert (await service.event(device_id="d-1"))["n"] == 2
        with pytest.raises(NotFound):
            await service.event(event_id="e-1", event_type="b")


# Listing messages


async def test_messages_page_by_page() -> None:
    """
    The newest come first, and each page leads on to the next.
    """
    async with serving() as service:
        ids = await service.emit(event=EVENT, count=7)
        seen, before = list[str](), None
        for size in (3, 3, 1):
            page = await service.messages(limit=3, before=before)
            assert len(page.messages) == size
            seen += [one.message.message_id for one in page.messages]
            before = page.before
        assert before is None
        assert seen == ids[::-1]


async def test_messages_filtered() -> None:
    """
    Messages are found by how they stand, by type and by endpoint.
    """
    async with handling() as good, handling(answer(500)) as bad, serving() as service:
        one = await service.endpoints.create(good.url, event_types=["lock.locked"])
        two = await service.endpoints.create(bad.url, event_types=["lock.unlocked"])
        for event_type in ("lock.locked", "lock.unlocked", "device.connected"):
            await service.emit(event_type=event_type)
        assert await service.wait_idle(60)

        async def types(**filters: Any) -> list[str]:
            found = (await service.messages(**filters)).messages
            return [one.message.event_type for one in found]

        assert await types(status="delivered") == ["lock.locked"]
        assert await types(status="pending") == ["lock.unlocked"]
        assert await types(status="unmatched") == ["device.connected"]
        assert await types(status="failed") == []
        assert await types(event_type="lock.locked") == ["lock.locked"]
        assert await types(endpoint=two.webhook_id) == ["lock.unlocked"]
        assert await types(endpoint=one.webhook_id, status="pending") == []
        await service.advance(28 * 3600)
        assert await types(status="failed") == ["lock.unlocked"]


# The stream


async def collected(service: Service, after: int | None, count: int) -> list[StreamEntry]:
    """
    Follow the stream until so many entries have come.
    """
    found: list[StreamEntry] = []
    async with asyncio.timeout(60):
        async for entry in service.subscribe(after):
            found.append(entry)
            if len(found) == count:
                break
    return found


async def test_the_stream_tells_everything_in_order() -> None:
    """
    Every message and every attempt is an entry, numbered upwards without a gap.
    """
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        following = asyncio.create_task(collected(service, None, 600))
        await asyncio.sleep(0)
        ids = await service.emit(event=EVENT, count=300)
        found = await following

    assert [one.number for one in found] == list(range(1, 601))
    assert [one.message.message_id for one in found if one.message] == ids
    assert sorted(one.attempt.message_id for one in found if one.attempt) == sorted(ids)


async def test_the_stream_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    """
    After a break, and even a restart, nothing is missing and nothing comes twice.
    """
    where = str(tmp_path / "store.db")
    async with handling() as handler:
        async with serving(database=where) as service:
            await service.endpoints.create(handler.url)
            await service.emit(event=EVENT, count=10)
            first = await collected(service, 0, 13)
            assert await service.wait_idle(60)
        async with serving(database=where) as service:
            await service.emit(event=EVENT)
            rest = await collected(service, first[-1].number, 9)
    assert [one.number for one in first + rest] == list(range(1, 23))


async def test_the_stream_ends_with_the_service() -> None:
    """
    Who follows the stream gets its last entries, and then its end.
    """
    found: list[StreamEntry] = []
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)

        async def follow() -> None:
            async for entry in service.subscribe(0):
                found.append(entry)  # noqa: PERF401 - it may end in the middle

        following = asyncio.create_task(follow())
        await service.emit(event=EVENT, count=3)
        await service.stop()
        await asyncio.wait_for(following, 60)
    assert len(found) >= 3


# Time


async def test_a_clock_is_kept_though_its_advance_was_cut_short() -> None:
    """
    No attempt lies in the future of the clock after the next start.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT)
        await service.advance(7)
        assert await service._database.read(reads.clock) == START + 7
        await service._database.write(
            lambda connection: connection.execute("DELETE FROM manual_clock")
        )
        assert await service._database.read(reads.clock) == START + 5


async def test_a_message_that_went_nowhere_is_not_resent_to_nowhere() -> None:
    """
    Without any endpoint there is nothing to be done, and that is told.
    """
    async with serving() as service:
        (message_id,) = await service.emit(event=EVENT)
        with pytest.raises(UsageError, match="no endpoint that it could go to"):
            await service.resend(message_id)


async def test_only_a_manual_clock_is_advanced() -> None:
    """
    The real clock goes at its own pace, and no clock goes back.
    """
    async with serving(RealClock()) as service:
        with pytest.raises(UsageError, match="manual clock"):
            await service.advance(5)
    async with serving() as service:
        for seconds in (-1, float("nan"), float("inf"), 1e12):
            with pytest.raises(UsageError, match="never put back"):
                await service.advance(seconds)
    clock = ManualClock(5)
    with pytest.raises(UsageError, match="never put back"):
        clock.move_to(4)
    clock.move_to(6)
    assert clock.now() == 6
    assert abs(ManualClock().now() - RealClock().now()) < 60


async def test_two_advances_at_once_come_one_after_the_other() -> None:
    """
    Who advances at the same time as somebody else gets the sum.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT)
        await asyncio.gather(service.advance(200), service.advance(200))
        assert service.clock.now() == START + 400
        assert len(handler.received) == 3


async def test_a_given_secret_signs() -> None:
    """
    An endpoint may be given the secret that its handler has already.
    """
    secret = Secret.generate()
    async with serving() as service:
        assert (await service.endpoints.create(NOWHERE, secret=secret)).secret == secret
