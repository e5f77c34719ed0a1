"""
The service without its API: missing ids, lists of messages, and the clock.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from seamproof.errors import NotFound, UsageError
from seamproof.mock_server.model.clocks import ManualClock, RealClock
from seamproof.mock_server.model.records import MessageFilter
from seamproof.mock_server.service.explanations import explain_message, statistics
from seamproof.mock_server.service.saved_forms import save_message
from seamproof.mock_server.storage import reads
from tests.mock_server.workbench import EVENT, START, answer, handling, serving

pytestmark = pytest.mark.anyio


# Endpoints


async def test_unknown_ids() -> None:
    """
    Every operation on an unknown id raises NotFound.
    """
    async with serving() as service:
        for operation in (
            service.endpoints.get("w"),
            service.endpoints.update("w"),
            service.endpoints.delete("w"),
            service.endpoints.enable("w"),
            service.endpoints.disable("w"),
            service.endpoints.rotate_secret("w"),
            service.redelivery.recover("w", since=START),
            service.redelivery.replay_missing("w", since=START),
            explain_message(service, "msg_1"),
            save_message(service, "msg_1", "fixture"),
            statistics(service, "w", since=None, interval=60.0),
            service.message("msg_1"),
            service.redelivery.resend("msg_1"),
            service.messages(MessageFilter(endpoint="w")),
            service.event(event_id="e"),
        ):
            with pytest.raises(NotFound):
                await operation


# Listing messages


async def test_messages_page_by_page() -> None:
    """
    The newest messages come first, and each page refers to the next.
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
    Messages are filtered by status, by type and by endpoint.
    """
    async with handling() as good, handling(answer(500)) as bad, serving() as service:
        one = await service.endpoints.create(good.url, event_types=["lock.locked"])
        two = await service.endpoints.create(bad.url, event_types=["lock.unlocked"])
        for event_type in ("lock.locked", "lock.unlocked", "device.connected"):
            await service.emit(event_type=event_type)
        assert await service.wait_idle(60)

        async def types(**filters: Any) -> list[str]:
            found = (await service.messages(MessageFilter(**filters))).messages
            return [one.message.event_type for one in found]

        assert await types(status="delivered") == ["lock.locked"]
        assert await types(status="pending") == ["lock.unlocked"]
        assert await types(status="unmatched") == ["device.connected"]
        assert await types(status="failed") == []
        assert await types(event_type="lock.locked") == ["lock.locked"]
        assert await types(event_type="lock.*") == ["lock.unlocked", "lock.locked"]
        assert await types(event_type="lock.[!l]*") == ["lock.unlocked"]
        assert await types(text="LOCK.LOCKED") == ["lock.locked"]
        assert await types(text="lock_locked") == []
        assert await types(text="100%") == []
        assert len(await types(since=START)) == 3
        assert await types(until=START) == []
        assert await types(endpoint=two.webhook_id) == ["lock.unlocked"]
        assert await types(endpoint=one.webhook_id, status="pending") == []
        await service.advance(28 * 3600)
        assert await types(status="failed") == ["lock.unlocked"]


# Time


async def test_a_clock_is_restored_after_an_interrupted_advance() -> None:
    """
    After a restart no attempt is later than the manual clock.
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


async def test_a_resend_without_endpoints_is_rejected() -> None:
    """
    A resend without any endpoint is rejected.
    """
    async with serving() as service:
        (message_id,) = await service.emit(event=EVENT)
        with pytest.raises(UsageError, match="no endpoint that it could go to"):
            await service.redelivery.resend(message_id)


async def test_only_a_manual_clock_is_advanced() -> None:
    """
    The machine's clock cannot be advanced, and no clock is put back.
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


async def test_two_concurrent_advances_add_up() -> None:
    """
    Two concurrent advances add up.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT)
        await asyncio.gather(service.advance(200), service.advance(200))
        assert service.clock.now() == START + 400
        assert len(handler.received) == 3
