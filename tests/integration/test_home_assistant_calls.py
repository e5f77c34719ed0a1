"""
The calls of two public integrations of Home Assistant, in their order and with their arguments.

One programs access codes of August locks (`iluvdata/august_access_codes`), the other shows a lock
and its history (`ajvwhite/seam-lock-ha`). Both use the Python SDK and a webhook.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from seam.exceptions import SeamHttpApiError
from seam.seam import Seam
from seam.seam_webhook import SeamWebhook

from seamproof import MockServer
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mock_server.receiver import Receiver

KEY = "seam_test_1"


@pytest.fixture
def handler() -> Iterator[Receiver]:
    """
    The webhook of an integration.
    """
    with receiving() as one:
        yield one


@pytest.fixture
def server() -> Iterator[MockServer]:
    """
    A world with an August lock.
    """
    with MockServer(world="short_stay", clock="manual", jitter=0) as one:
        yield one


@pytest.fixture
def sdk(server: MockServer) -> Iterator[Any]:
    """
    The official SDK.
    """
    client: Any = Seam(KEY, endpoint=server.url)
    with client.client:
        yield client


def test_access_codes_are_programmed(server: MockServer, sdk: Any, handler: Receiver) -> None:
    """
    Locks are found by their type and provider; codes are made, changed, listed and deleted.
    """
    devices = {
        one.properties.august_metadata["lock_id"]: one
        for one in sdk.devices.list(device_type="august_lock")
    }
    assert sdk.webhooks.list() == []
    webhook = sdk.webhooks.create(
        url=f"{handler.url}/api/webhook/codes",
        event_types=["access_code.set_on_device", "access_code.deleted_external_to_seam"],
    )
    assert [one.webhook_id for one in sdk.webhooks.list()] == [webhook.webhook_id]
    accounts = sdk.connected_accounts.list(search="august")
    assert {one.account_type for one in accounts} == {"august"}
    [device] = devices.values()
    assert "access_code" in device.capabilities_supported
    assert device.can_program_online_access_codes

    starts = datetime.now(UTC) + timedelta(hours=1)
    ends = starts + timedelta(days=1)
    made = sdk.access_codes.create(
        device_id=device.device_id,
        name="Cleaning",
        code="3344",
        starts_at=str(starts),
        ends_at=str(ends),
        allow_external_modification=True,
    )
    assert datetime.fromisoformat(made.starts_at) == starts.replace(
        microsecond=starts.microsecond // 1000 * 1000
    )
    assert sdk.access_codes.get(access_code_id=made.access_code_id).is_managed
    server.advance("2h")
    assert sdk.access_codes.get(access_code_id=made.access_code_id).status == "set"
    sdk.access_codes.update(access_code_id=made.access_code_id, name=None, code="5566")
    listed = {one.name: one.code for one in sdk.access_codes.list(device_id=device.device_id)}
    assert listed["Cleaning"] == "5566"
    assert sdk.access_codes.unmanaged.list(device_id=device.device_id) == []

    server.emit(
        "access_code.deleted_external_to_seam",
        overrides={"access_code_id": made.access_code_id, "device_id": device.device_id},
    )
    server.wait_idle()
    received = [
        SeamWebhook(webhook.secret).verify(one.body.decode(), dict(one.headers))
        for one in handler.received
    ]
    assert received[-1].event_type == "access_code.deleted_external_to_seam"
    sdk.access_codes.delete(access_code_id=received[-1].access_code_id)
    with pytest.raises(SeamHttpApiError, match="not found"):
        sdk.access_codes.get(access_code_id=made.access_code_id)
    sdk.webhooks.delete(webhook_id=webhook.webhook_id)
    assert sdk.webhooks.list() == []


def test_a_lock_and_its_history_are_shown(server: MockServer, sdk: Any) -> None:
    """
    A lock is polled after each event; its history is listed by device, type and time.
    """
    headers = {"authorization": f"Bearer {KEY}"}
    locks = httpx.post(f"{server.url}/locks/list", headers=headers, json={}).json()["devices"]
    lock = next(one for one in locks if one["device_type"] == "august_lock")
    device_id = lock["device_id"]
    code = sdk.access_codes.list(device_id=device_id)[0]
    server.emit(
        "lock.unlocked",
        overrides={
            "device_id": device_id,
            "access_code_id": code.access_code_id,
            "method": "keycode",
        },
    )
    device = sdk.devices.get(device_id=device_id)
    assert device.properties.locked is False
    assert device.properties.online is True
    assert device.properties.battery.level == 0.86
    since = datetime.now(UTC) - timedelta(days=7)
    history = {
        name: sdk.events.list(
            device_id=device_id,
            event_type=name,
            since=since.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            limit=20,
        )
        for name in ("lock.unlocked", "lock.locked", "lock.access_denied")
    }
    assert [len(one) for one in history.values()] == [1, 0, 0]
    shown = history["lock.unlocked"][0]
    assert (shown.method, shown.access_code_id) == ("keycode", code.access_code_id)
