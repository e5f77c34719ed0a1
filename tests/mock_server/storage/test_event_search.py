"""
Event search: events are listed by time and filtered by ids.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import NotFound
from tests.mock_server.workbench import serving

if TYPE_CHECKING:
    from seamproof.mock_server.service.service import Service


pytestmark = pytest.mark.anyio


async def emit_at(service: Service, created: str, **properties: object) -> None:
    """
    Emit an event that says when it was created.
    """
    await service.emit(event={"event_type": "a", "created_at": created, **properties})


async def listed(service: Service, **filters: Any) -> list[int]:
    """
    List the numbers of the matching events.
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
    An event matches by a property, or by an item of the list with the plural name.
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
