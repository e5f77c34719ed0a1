"""
Secrets of endpoints: rotation with a grace period, generated secrets.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from seamproof.errors import UsageError
from seamproof.signing import Secret, verify
from tests.mock_server.workbench import (
    EVENT,
    START,
    attempt,
    handling,
    serving,
)

if TYPE_CHECKING:
    from seamproof.mock_server.service.service import Service


pytestmark = pytest.mark.anyio


HOUR = 3600.0


DAY = 24 * HOUR


async def emitted(service: Service, event: bytes = EVENT) -> str:
    """
    Emit one event and return the id of its message.
    """
    (message_id,) = await service.emit(event=event)
    return message_id


async def test_a_rotation_signs_with_both_secrets_for_a_day() -> None:
    """
    The new secret's signature comes first, the old one's follows until its grace period ends.
    """
    async with handling() as handler, serving() as service:
        old = await service.endpoints.create(handler.url)
        new = await service.endpoints.rotate_secret(old.webhook_id)
        await attempt(service, await emitted(service))
        await service.advance(DAY)
        await attempt(service, await emitted(service))

    assert new.secret != old.secret
    during, after = handler.received
    first, second = during.headers["svix-signature"].split(" ")
    for secret, signature in ((new.secret, first), (old.secret, second)):
        only = during.headers | {"svix-signature": signature}
        assert verify(during.body, only, secret, now=START)
    assert verify(after.body, after.headers, new.secret, now=START + DAY)
    assert not verify(after.body, after.headers, old.secret, now=START + DAY)


async def test_the_limits_of_a_rotation() -> None:
    """
    A grace period lasts up to 7 days, and up to 10 old secrets sign.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        for grace in (-1, 7 * DAY + 1):
            with pytest.raises(UsageError, match="7 days"):
                await service.endpoints.rotate_secret(endpoint.webhook_id, grace=grace)
        given = Secret.generate()
        for _ in range(10):
            await service.endpoints.rotate_secret(endpoint.webhook_id, secret=given, grace=7 * DAY)
        with pytest.raises(UsageError, match="10 old secrets"):
            await service.endpoints.rotate_secret(endpoint.webhook_id)
        await attempt(service, await emitted(service))

    assert len(handler.received[0].headers["svix-signature"].split(" ")) == 11


async def test_a_generated_secret() -> None:
    """
    A generated secret is `whsec_` and base64 of 24 bytes.
    """
    async with serving() as service:
        endpoint = await service.endpoints.create("http://127.0.0.1:9/")
    text = endpoint.secret.reveal()
    assert text.startswith("whsec_")
    assert len(base64.b64decode(text.removeprefix("whsec_"))) == 24
    assert text not in repr(endpoint)
