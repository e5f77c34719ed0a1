"""
Redelivery: single messages are resent, failed messages of an endpoint are recovered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seamproof.errors import UsageError
from tests.mock_server.workbench import (
    EVENT,
    OK,
    START,
    answer,
    attempt,
    attempts,
    handling,
    serving,
)

if TYPE_CHECKING:
    from seamproof.mock_server.service.service import Service


pytestmark = pytest.mark.anyio


HOUR = 3600.0


DAY = 24 * HOUR


ALL = 27 * HOUR + 35 * 60 + 5


async def emitted(service: Service, event: bytes = EVENT) -> str:
    """
    Emit one event and return the id of its message.
    """
    (message_id,) = await service.emit(event=event)
    return message_id


async def test_a_resend_is_one_attempt() -> None:
    """
    A resend that fails is not retried, and leaves the schedule as it is.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await attempt(service, message_id)
        await service.advance(1)
        await service.redelivery.resend(message_id)
        await service.advance(300)

        made = await attempts(service, message_id)
        assert [(one.kind, one.at - START) for one in made] == [
            *(("schedule", 0), ("resend", 1), ("schedule", 5)),
        ]


async def test_a_resend_that_succeeds_ends_the_schedule() -> None:
    """
    After a successful resend the message is delivered, and its schedule ends.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await attempt(service, message_id)
        handler.answer = OK
        await service.redelivery.resend(message_id)
        await service.advance(ALL)

        assert (await service.message(message_id)).status == "delivered"
        assert len(handler.received) == 2


async def test_a_resend_ignores_the_event_types_and_respects_disabling() -> None:
    """
    A resend ignores the subscribed types, but not that an endpoint is disabled.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url, event_types=["lock.locked"])
        message_id = await emitted(service)
        assert (await service.message(message_id)).status == "unmatched"
        await service.redelivery.resend(message_id, webhook_id=endpoint.webhook_id)
        assert (await attempt(service, message_id)).delivered
        assert (await service.message(message_id)).status == "delivered"

        await service.endpoints.disable(endpoint.webhook_id)
        with pytest.raises(UsageError, match="disabled"):
            await service.redelivery.resend(message_id, webhook_id=endpoint.webhook_id)
        assert len(handler.received) == 1


async def test_recovery_sends_undelivered_messages() -> None:
    """
    Recovery sends the failed messages since a moment, and no delivered one.
    """
    async with handling(answer(500)) as handler, serving(schedule=(0.0,)) as service:
        endpoint = await service.endpoints.create(handler.url)
        early = await emitted(service)
        await service.advance(60)
        failed = [await emitted(service), await emitted(service)]
        await service.advance(60)
        handler.answer = OK
        await emitted(service)
        await service.advance(60)

        assert await service.redelivery.recover(endpoint.webhook_id, since=START + 30) == failed
        assert await service.wait_idle(60)
        for message_id in failed:
            assert (await service.message(message_id)).status == "delivered"
        assert (await service.message(early)).status == "failed"
        assert await service.redelivery.recover(endpoint.webhook_id, since=START + 30) == []


async def test_recovery_reaches_back_fourteen_days() -> None:
    """
    Messages older than 14 days are not recovered.
    """
    async with serving() as service:
        endpoint = await service.endpoints.create("http://127.0.0.1:9/")
        await service.redelivery.recover(endpoint.webhook_id, since=START - 14 * DAY)
        with pytest.raises(UsageError, match="14 days"):
            await service.redelivery.recover(endpoint.webhook_id, since=START - 14 * DAY - 1)


async def test_messages_that_an_endpoint_never_got() -> None:
    """
    What was emitted before an endpoint was registered is sent to it once, if it subscribes to it.
    """
    async with handling() as first, handling() as second, serving() as service:
        await service.endpoints.create(first.url)
        old = [await emitted(service), await emitted(service)]
        await service.emit(event_type="lock.locked")
        event_type = (await service.message(old[0])).message.event_type
        late = await service.endpoints.create(second.url, event_types=[event_type])
        new = await emitted(service)
        await service.advance(1)

        replay = service.redelivery.replay_missing
        assert await replay(late.webhook_id, since=START) == old
        await service.advance(1)
        assert [one.headers["svix-id"] for one in second.received] == [new, *old]
        assert (await service.message(old[0])).status == "delivered"
        assert await replay(late.webhook_id, since=START) == []


async def test_many_messages_are_resent() -> None:
    """
    Each message is resent once; those that cannot be are listed with the reason.
    """
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        ids = [await emitted(service), await emitted(service)]
        await service.advance(1)
        skipped = await service.redelivery.resend_many([*ids, *ids, "msg_0"])
        await service.advance(1)

        assert skipped == {"msg_0": "there is no such message"}
        assert sorted(one.headers["svix-id"] for one in handler.received) == sorted(ids * 2)
