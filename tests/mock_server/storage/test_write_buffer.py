"""
Write buffer: attempts are written together, in the order in which they were recorded.
"""

from __future__ import annotations

import pytest

from tests.mock_server.workbench import EVENT, answer, handling, serving

pytestmark = pytest.mark.anyio


async def test_a_read_sees_every_recorded_attempt() -> None:
    """
    A read through the buffer comes after the attempts that were recorded before it.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        ids = await service.emit(event=EVENT, count=300)
        await service._scheduler.settle()
        assert service._buffer.unsaved <= 300
        page = await service.messages(limit=300)
        assert [one.message.message_id for one in page.messages] == ids[::-1]
        assert {one.sendings[0].attempts for one in page.messages} == {1}
