"""
A booking from account to check-out with the official SDK, and lists in pages.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from seam.exceptions import SeamActionAttemptFailedError, SeamHttpApiError
from seam.seam import Seam

from seamproof.formats import format_timestamp
from seamproof.mock_server import MockServer
from seamproof.mock_server.model.clocks import ManualClock
from tests.mock_server.sdk import KEY, Sdk

DAY: Final = 86_400.0
START: Final = 1_800_000_000.0


def types(server: MockServer) -> list[str]:
    """
    List the types of the events so far.
    """
    return [one.message.event_type for one in server.messages]


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_booking_from_account_to_check_out(form: str) -> None:
    """
    An account is connected, a guest gets a grant with a code, enters it, and leaves.
    """
    with MockServer(clock=ManualClock(START), seed=3) as server:
        sdk = Sdk(form, server.url)
        webview = sdk("connect_webviews.create", accepted_providers=["yale"])
        assert (webview.status, webview.login_successful) == ("pending", False)
        server.advance(1)
        webview = sdk("connect_webviews.get", connect_webview_id=webview.connect_webview_id)
        assert (webview.status, webview.login_successful) == ("authorized", True)
        (account,) = sdk("connected_accounts.list")
        assert account.connected_account_id == webview.connected_account_id
        lock, *_ = sdk("devices.list", connected_account_id=account.connected_account_id)
        space = sdk("spaces.create", name="Room 1", device_ids=[lock.device_id])
        grant = sdk(
            "access_grants.create",
            user_identity={"full_name": "Jane Doe"},
            space_ids=[space.space_id],
            requested_access_methods=[{"mode": "code"}],
            starts_at=format_timestamp(START + DAY),
            ends_at=format_timestamp(START + 3 * DAY),
        )
        (method,) = sdk("access_methods.list", access_grant_id=grant.access_grant_id)
        (code,) = sdk("access_codes.list", access_grant_id=grant.access_grant_id)
        assert (code.status, code.code) == ("unset", method.code)
        server.advance(DAY)
        assert sdk("access_codes.get", access_code_id=code.access_code_id).status == "set"
        entry = {"device_id": lock.device_id, "code": method.code}
        sdk("locks.simulate.keypad_code_entry", **entry)
        shown = sdk("devices.get", device_id=lock.device_id)
        assert shown.properties.locked is False
        assert sdk("locks.lock_door", device_id=lock.device_id).status == "success"
        server.advance(2 * DAY)
        assert sdk("access_codes.get", access_code_id=code.access_code_id).status == "unset"
        sdk("access_grants.delete", access_grant_id=grant.access_grant_id)
        assert sdk("access_codes.list", device_id=lock.device_id) == []
        with pytest.raises(SeamHttpApiError, match="Access grant not found"):
            sdk("access_grants.get", access_grant_id=grant.access_grant_id)
        happened = types(server)
        expected = (
            *("connected_account.connected", "connect_webview.login_succeeded", "device.added"),
            *("space.created", "access_grant.created", "access_method.created"),
            *("access_code.created", "access_method.issued", "access_code.set_on_device"),
            *("lock.unlocked", "lock.locked", "access_code.removed_from_device"),
            *("access_method.revoked", "access_code.deleted", "access_grant.deleted"),
        )
        assert [one for one in expected if one not in happened] == []
        listed = sdk("events.list", since="2020-01-01T00:00:00Z")
        assert len(listed) == len(happened)


def test_an_action_of_a_device_that_is_offline_fails() -> None:
    """
    The SDK raises its own exception for the action attempt.
    """
    with MockServer() as server:
        sdk = Sdk("sync", server.url)
        account = server.world.connected_accounts.add()
        device = server.world.devices.add(connected_account_id=account.id)
        sdk("devices.simulate.disconnect", device_id=device.id)
        with pytest.raises(SeamActionAttemptFailedError):
            sdk("locks.unlock_door", device_id=device.id)
        assert types(server) == ["device.disconnected", "action_attempt.unlock_door.failed"]


def test_a_list_in_pages() -> None:
    """
    The SDK's paginator gets every record once, whatever is removed in between.
    """
    with MockServer() as server:
        account = server.world.connected_accounts.add()
        ids = [server.world.devices.add(connected_account_id=account.id).id for _ in range(7)]
        client: Any = Seam(KEY, endpoint=server.url)
        with client.client:
            paginator = client.create_paginator(client.devices.list, {"limit": 3})
            assert [one.device_id for one in paginator.flatten_to_list()] == ids
            first, page = paginator.first_page()
            server.world.devices[ids[0]].delete()
            second, _ = paginator.next_page(page.next_page_cursor)
            assert [one.device_id for one in (*first, *second)] == ids[:6]
