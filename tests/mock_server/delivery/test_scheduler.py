"""
Scheduler: order and concurrency of attempts, and what a stop or a restart leaves.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from seamproof.mock_server.delivery.endpoint_queue import MAX_DELIVERIES
from seamproof.mock_server.model.clocks import ManualClock, RealClock
from seamproof.mock_server.model.records import AttemptRecord
from tests.mock_server.workbench import (
    EVENT,
    OK,
    START,
    Handler,
    Request,
    answer,
    handling,
    serving,
)

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.mock_server.service.service import Service

pytestmark = pytest.mark.anyio


async def never(_: Request) -> bytes:
    """
    Answer long after every test is over.
    """
    await asyncio.sleep(600)
    return OK


async def until(service: Service, handler: Handler, count: int) -> None:
    """
    Wait until a handler has received some number of requests.
    """
    async with asyncio.timeout(60):
        seen = 0
        async for entry in service.subscribe(0):
            seen += isinstance(entry, AttemptRecord) and entry.delivered
            if seen >= count:
                break
    assert len(handler.received) == count


async def test_an_endpoint_that_never_answers_holds_up_no_other() -> None:
    """
    Many messages reach one endpoint while another keeps all of its attempts waiting.
    """
    async with handling(never) as dead, handling() as alive:
        async with serving(timeout=60) as service:
            await service.endpoints.create(dead.url)
            await service.endpoints.create(alive.url)
            await service.emit(event=EVENT, count=2 * MAX_DELIVERIES)
            await until(service, alive, 2 * MAX_DELIVERIES)
        assert len(dead.received) == 16


async def test_several_dead_endpoints_hold_up_no_other() -> None:
    """
    Attempts at unresponsive endpoints stop counting as concurrent.
    """
    async with (
        handling(never) as dead,
        handling() as alive,
        serving(timeout=60, concurrency=8, per_endpoint=4) as service,
    ):
        for _ in range(4):
            await service.endpoints.create(dead.url)
        await service.emit(event=EVENT, count=20)
        await service.endpoints.create(alive.url)
        await service.emit(event=EVENT, count=50)
        await until(service, alive, 50)


@pytest.mark.parametrize(
    ("endpoints", "concurrency", "per_endpoint", "most"), [(1, 64, 3, 3), (5, 7, 3, 7)]
)
async def test_so_many_attempts_are_under_way_at_once(
    endpoints: int, concurrency: int, per_endpoint: int, most: int
) -> None:
    """
    The limits of concurrency hold for each endpoint and in all.
    """
    full = asyncio.Event()

    async def respond(_: Request) -> bytes:
        if handler.at_once == most:
            full.set()
        await full.wait()
        await asyncio.sleep(0.002)
        return OK

    async with (
        handling(respond) as handler,
        serving(concurrency=concurrency, per_endpoint=per_endpoint) as service,
    ):
        for _ in range(endpoints):
            await service.endpoints.create(handler.url)
        await service.emit(event=EVENT, count=50)
        assert await service.wait_idle(60)
        assert handler.at_once == most
        assert len(handler.received) == 50 * endpoints


@pytest.mark.parametrize("database", [":memory:", "file"])
async def test_more_messages_than_are_held_in_memory(tmp_path: Path, database: str) -> None:
    """
    Deliveries beyond the queue's capacity wait in the database, and each is sent once.
    """
    where = database if database == ":memory:" else str(tmp_path / "store.db")
    async with handling() as handler, serving(database=where) as service:
        await service.endpoints.create(handler.url)
        ids = await service.emit(event=EVENT, count=4 * MAX_DELIVERIES)
        assert await service.wait_idle(60)
        assert sorted(one.headers["svix-id"] for one in handler.received) == sorted(ids)


async def test_more_retries_than_are_held_in_memory() -> None:
    """
    Retries that wait in the database are made when they are due, each of them once.
    """
    async with handling(answer(500)) as handler, serving(schedule=(0.0, 5.0, 5.0)) as service:
        await service.endpoints.create(handler.url)
        ids = await service.emit(event=EVENT, count=2 * MAX_DELIVERIES)
        await service.advance(10)
        got = [one.headers["svix-id"] for one in handler.received]
        assert sorted(got) == sorted(ids * 3)
        handler.answer = OK
        late = await service.emit(event=EVENT, count=3)
        assert await service.wait_idle(60)
        assert sorted(one.headers["svix-id"] for one in handler.received[-3:]) == sorted(late)


async def test_new_messages_pass_retries_that_fill_the_memory() -> None:
    """
    A message that is due now does not wait behind retries that are due later.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT, count=2 * MAX_DELIVERIES)
        assert await service.wait_idle(60)
        handler.answer = OK
        (late,) = await service.emit(event=EVENT)
        assert await service.wait_idle(60)
        assert handler.received[-1].headers["svix-id"] == late
        assert (await service.message(late)).status == "delivered"


async def test_large_messages_fill_the_memory_sooner() -> None:
    """
    The queue's capacity is limited in bytes, too.
    """
    event = b'{"event_type":"large","text":"' + b"x" * 300_000 + b'"}'
    async with handling(never) as handler, serving(timeout=60) as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=event, count=60)
        (queue,) = service._scheduler.queues.values()
        assert len(queue.waiting) < 10


async def test_attempts_of_many_messages_are_made_in_order_of_their_times() -> None:
    """
    An advance makes attempts in the order of their due times, also with jitter.
    """
    async with handling(answer(500)) as handler, serving(jitter=0.2) as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT, count=30)
        assert await service.wait_idle(60)
        handler.received.clear()
        await service.advance(400)
        times = [int(one.headers["svix-timestamp"]) for one in handler.received]
        assert len(times) == 60
        assert times == sorted(times)


async def test_a_stop_lets_attempts_end_and_keeps_the_rest(tmp_path: Path) -> None:
    """
    A stop finishes running attempts; other deliveries are attempted after the next start.
    """
    begun = asyncio.Event()

    async def respond(_: Request) -> bytes:
        begun.set()
        await asyncio.sleep(0.2)
        return OK

    where = str(tmp_path / "store.db")
    async with handling(respond) as handler:
        async with serving(database=where, per_endpoint=2) as service:
            await service.endpoints.create(handler.url)
            ids = await service.emit(event=EVENT, count=5)
            await begun.wait()
            await service.lifecycle.stop(grace=60)
        assert len(handler.received) == 2
        async with serving(database=where) as service:
            assert await service.wait_idle(60)
            for message_id in ids:
                assert len((await service.message(message_id)).attempts) == 1
    assert sorted(one.headers["svix-id"] for one in handler.received) == sorted(ids)


async def test_a_cancelled_attempt_is_repeated(tmp_path: Path) -> None:
    """
    An attempt that a stop cancels is repeated after the next start.
    """
    where = str(tmp_path / "store.db")
    async with handling(never) as handler:
        async with serving(database=where, timeout=60) as service:
            await service.endpoints.create(handler.url)
            (message_id,) = await service.emit(event=EVENT)
            async with asyncio.timeout(60):
                while not handler.received:  # noqa: ASYNC110 - the handler has no event to wait for
                    await asyncio.sleep(0.01)
            await service.lifecycle.stop(grace=0.05)
        handler.answer = OK
        async with serving(database=where) as service:
            assert await service.wait_idle(60)
            (only,) = (await service.message(message_id)).attempts
    assert only.delivered
    assert len(handler.received) == 2


async def test_a_restart_carries_on_with_the_schedule(tmp_path: Path) -> None:
    """
    Retries are made when they are due, even if the server was stopped before.
    """
    where = str(tmp_path / "store.db")
    async with handling(answer(500)) as handler:
        async with serving(database=where) as service:
            endpoint = await service.endpoints.create(handler.url, event_types=["device.connected"])
            (message_id,) = await service.emit(event=EVENT)
            await service.advance(5)
            endpoint = await service.endpoints.get(endpoint.webhook_id)
        async with serving(ManualClock(START + 100), database=where) as service:
            assert await service.endpoints.all() == [endpoint]
            await service.advance(205)
            detail = await service.message(message_id)
    assert [one.at - START for one in detail.attempts] == [0, 5, 305]
    assert [one.ordinal for one in detail.attempts] == [1, 2, 3]


async def test_waiting_times_out() -> None:
    """
    Waiting for an unresponsive endpoint returns False.
    """
    async with handling(never) as handler, serving(RealClock(), timeout=60) as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT)
        assert not await service.wait_idle(0.1)


async def test_a_reset_forgets_what_is_under_way() -> None:
    """
    After a reset no earlier message is sent or shown, and the endpoint works as before.
    """
    async with handling(never) as handler, serving(timeout=60) as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT, count=2 * MAX_DELIVERIES)
        await service.reset()
        assert (await service.messages()).messages == ()
        handler.answer = OK
        (message_id,) = await service.emit(event=EVENT)
        assert await service.wait_idle(60)
        assert (await service.message(message_id)).status == "delivered"
        await service.reset(endpoints=True)
        assert await service.endpoints.all() == []
