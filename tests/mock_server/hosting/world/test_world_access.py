"""
The world in Python: read, changed, and added to without a call.
"""

from __future__ import annotations

import pytest

from seamproof.mock_server import MockServer


def test_resources_are_read_and_changed() -> None:
    """
    What a test adds, changes or removes is what calls then show; no event is emitted.
    """
    with MockServer() as server:
        account = server.world.connected_accounts.add(account_type="yale")
        properties = {"name": "Room 1"}
        device = server.world.devices.add(
            connected_account_id=account.id, device_type="yale_lock", properties=properties
        )
        assert device.display_name == "Room 1"
        assert device["properties.online"] is True
        device.set({"properties.online": False})
        shown = server.world.call("/devices/get", device_id=device.id)["device"]
        assert shown["properties"]["online"] is False
        assert shown["device_type"] == server.world.devices[device.id].device_type
        assert [*server.world.devices] == [device.id]
        assert len(server.world.devices) == 1
        account.delete()
        assert device.id not in server.world.devices
        with pytest.raises(AttributeError, match="device has no property colour"):
            _ = device.colour
        assert server.messages == []
