"""
The handler, tried with what Seam sends.
"""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from app import STORE

from seamproof import MockServer
from seamproof.pytest_plugin import CheckRunner, DeliveryFactory, Post

pytestmark = pytest.mark.anyio
Client = TestClient[Request, Application]


async def test_an_issued_credential_is_known(
    seam_delivery: DeliveryFactory, seam_post: Post, client: Client
) -> None:
    """
    A message is handled once, however often it comes.
    """
    delivery = seam_delivery("acs_credential.issued")

    for one in (delivery, delivery.duplicate(), delivery.resigned()):
        response = await seam_post(client, one)
        assert response.status == 204

    assert client.app[STORE].state()["handled"] == 1


async def test_what_is_not_genuine_is_refused(
    seam_delivery: DeliveryFactory, seam_post: Post, client: Client
) -> None:
    """
    A forgery is answered 400 and changes nothing.
    """
    delivery = seam_delivery("acs_credential.issued")

    for one in (delivery.tampered(), delivery.stale(), delivery.unsigned()):
        response = await seam_post(client, one)
        assert response.status == 400

    assert client.app[STORE].state()["handled"] == 0


async def test_nothing_is_lost_on_the_way(seam_mock_server: MockServer, client: Client) -> None:
    """
    What Seam's service sends arrives, and is sent again where the first attempt was lost.
    """
    url = str(client.make_url("/webhooks/seam"))
    seam_mock_server.register(url, faults=["drop_then_retry"])

    def deliver() -> None:
        seam_mock_server.emit("acs_credential.*")
        seam_mock_server.wait_idle()
        seam_mock_server.advance("10s")

    await asyncio.to_thread(deliver)

    sent = len(seam_mock_server.messages)
    assert client.app[STORE].state()["handled"] == sent > 0


async def test_the_battery(seam_check: CheckRunner, client: Client) -> None:
    """
    Every check of seamproof passes; this thread answers meanwhile.
    """
    await asyncio.to_thread(seam_check, str(client.make_url("/webhooks/seam")), quick=True)
