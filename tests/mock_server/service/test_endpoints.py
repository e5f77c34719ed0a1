"""
Endpoint registry: endpoints are created, changed, rotated and removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seamproof.errors import UnknownEventType, UsageError
from seamproof.signing import Secret
from tests.mock_server.workbench import EVENT, handling, serving

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.anyio


NOWHERE = "http://127.0.0.1:9/"


async def test_an_endpoint_is_kept(tmp_path: Path) -> None:
    """
    All properties of an endpoint are restored after a restart, including its secrets.
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
    An undocumented type is rejected, and the error names similar ones.
    """
    async with serving() as service:
        with pytest.raises(UnknownEventType, match=r"lock\.locked"):
            await service.endpoints.create(NOWHERE, event_types=["*", "lock.lockd"])
        endpoint = await service.endpoints.create(NOWHERE)
        with pytest.raises(UnknownEventType):
            await service.endpoints.update(endpoint.webhook_id, event_types=["nonsense"])
        assert (await service.endpoints.get(endpoint.webhook_id)).event_types == ("*",)


async def test_a_deleted_endpoint_leaves_its_attempts() -> None:
    """
    The attempts at a removed endpoint can still be read.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        (message_id,) = await service.emit(event=EVENT)
        assert await service.wait_idle(60)
        await service.endpoints.delete(endpoint.webhook_id)
        (only,) = (await service.message(message_id)).attempts
        assert only.webhook_id == endpoint.webhook_id
        assert await service.endpoints.all() == []


async def test_a_given_secret_signs() -> None:
    """
    A given secret signs the messages of an endpoint.
    """
    secret = Secret.generate()
    async with serving() as service:
        assert (await service.endpoints.create(NOWHERE, secret=secret)).secret == secret
