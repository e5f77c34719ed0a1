"""
A server that is killed between a call and its events loses neither.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.mock_server.sdk import KEY
from tests.mock_server.storage.test_crash import Server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DEVICE = "11111111-1111-4111-8111-111111111111"


async def call(server: Server, path: str, **given: Any) -> Any:
    """
    Make a call of Seam's API.
    """
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
        answer = await client.post(path, json=given)
    return answer.json()


async def test_a_kill_between_a_call_and_its_events(tmp_path: Path) -> None:
    """
    The code, its events and what is still to happen with it are all there after the restart.
    """
    server = Server(tmp_path / "store.db", "http://127.0.0.1:9/")
    await server.start()
    event = {"event_type": "device.added", "device_id": DEVICE}
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        (await client.post("/mock/events", json={"event": event})).raise_for_status()
    made = [
        (await call(server, "/access_codes/create", device_id=DEVICE))["access_code"]
        for _ in range(5)
    ]
    server.kill()
    await server.start()
    try:
        listed = await call(server, "/access_codes/list", device_id=DEVICE)
        ids = [one["access_code_id"] for one in made]
        assert [one["access_code_id"] for one in listed["access_codes"]] == ids
        async with asyncio.timeout(60):
            while True:
                found = await call(server, "/events/list", since="2020-01-01T00:00:00Z")
                types = [one["event_type"] for one in found["events"]]
                if types.count("access_code.set_on_device") == len(made):
                    break
                await asyncio.sleep(0.1)
        assert types.count("access_code.created") == len(made)
        listed = await call(server, "/access_codes/list", device_id=DEVICE)
        assert {one["status"] for one in listed["access_codes"]} == {"set"}
    finally:
        server.kill()
