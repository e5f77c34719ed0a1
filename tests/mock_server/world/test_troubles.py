"""
Troubles: what goes wrong on purpose, for a device, an account or the whole world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from seam.exceptions import (
    SeamActionAttemptFailedError,
    SeamActionAttemptTimeoutError,
    SeamHttpApiError,
)
from seam.seam import Seam

from seamproof import MockServer
from seamproof.errors import Conflict, NotFound, UsageError
from seamproof.mock_server.world.troubles import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "ca000000-0000-4000-8000-000000000001"
LOCK = "de000000-0000-4000-8000-000000000101"
OTHER = "de000000-0000-4000-8000-000000000102"
THERMOSTAT = "de000000-0000-4000-8000-000000001105"


@pytest.fixture(scope="module")
def shared() -> Iterator[MockServer]:
    """
    A server for the module.
    """
    with MockServer(clock="manual", world="hotel") as server:
        yield server


@pytest.fixture
def server(shared: MockServer) -> MockServer:
    """
    The server of the module, as it was at its start.
    """
    shared.reset()
    return shared


@pytest.fixture
def sdk(server: MockServer) -> Iterator[Any]:
    """
    The official SDK.
    """
    client: Any = Seam("seam_test_1", endpoint=server.url)
    with client.client:
        yield client


def types(server: MockServer) -> list[str]:
    """
    List the types of the events that were emitted.
    """
    return [one.message.event_type for one in server.messages]


def create(sdk: Any, server: MockServer, device_id: str = LOCK) -> Any:
    """
    Create an access code, and read it five minutes later.
    """
    made = sdk.access_codes.create(device_id=device_id, name="Guest")
    server.advance("5m")
    return sdk.access_codes.get(access_code_id=made.access_code_id)


def test_an_offline_device_catches_up(server: MockServer, sdk: Any) -> None:
    """
    Codes are delayed and actions fail while a device is offline; afterwards the codes are set.
    """
    server.world.devices[LOCK].trouble("offline")
    device = sdk.devices.get(device_id=LOCK)
    assert (device.properties.online, len(device.errors)) == (False, 1)
    code = create(sdk, server)
    assert code.status == "setting"
    with pytest.raises(SeamActionAttemptFailedError):
        sdk.locks.unlock_door(device_id=LOCK)
    assert create(sdk, server, OTHER).status == "set"
    server.world.devices[LOCK].end_trouble("offline")
    assert sdk.access_codes.get(access_code_id=code.access_code_id).status == "set"
    assert sdk.devices.get(device_id=LOCK).properties.online is True
    found = types(server)
    assert found[0] == "device.disconnected"
    assert found[-2:] == ["device.connected", "access_code.set_on_device"]


def test_a_low_battery_is_low_in_record_and_event(server: MockServer, sdk: Any) -> None:
    """
    The events of a low battery and the device agree; what has no battery has no such trouble.
    """
    server.world.trouble("low_battery", device_id=LOCK)
    battery = sdk.devices.get(device_id=LOCK).properties.battery
    assert (battery.level, battery.status) == (0.08, "critical")
    events = {one.message.event_type: one.message.body for one in server.messages}
    assert set(events) == {"device.low_battery", "device.battery_status_changed"}
    assert all(b'"battery_level":0.08' in body for body in events.values())
    server.world.trouble("low_battery", device_id=THERMOSTAT)
    assert len(server.messages) == 2


def test_a_code_is_refused(server: MockServer, sdk: Any) -> None:
    """
    A code that the provider refuses has an error, and the event says so.
    """
    server.world.trouble("code_refused", connected_account_id=ACCOUNT)
    code = create(sdk, server)
    assert [one.error_code for one in code.errors] == ["failed_to_set_on_device"]
    assert types(server)[-1] == "access_code.failed_to_set_on_device"


def test_effects_are_late(server: MockServer, sdk: Any) -> None:
    """
    What follows a call happens ten minutes later.
    """
    server.world.trouble("late", device_id=LOCK)
    code = create(sdk, server)
    assert code.status == "setting"
    server.advance("6m")
    assert sdk.access_codes.get(access_code_id=code.access_code_id).status == "set"


def test_an_action_attempt_is_late(server: MockServer, sdk: Any) -> None:
    """
    It is pending until then, and so is what it does to the device.
    """
    server.world.devices[LOCK].trouble("late")
    given = {"device_id": LOCK, "wait_for_action_attempt": {"timeout": 0.05}}
    with pytest.raises(SeamActionAttemptTimeoutError) as caught:
        sdk.locks.unlock_door(**given)
    attempt = caught.value.action_attempt.action_attempt_id
    assert types(server) == []
    server.advance("10m")
    assert sdk.action_attempts.get(action_attempt_id=attempt).status == "success"
    assert types(server) == ["lock.unlocked", "action_attempt.unlock_door.succeeded"]


def test_codes_are_removed_silently(server: MockServer, sdk: Any) -> None:
    """
    Codes go from the device, those that are set later too, and no event says so.
    """
    server.world.trouble("removed_silently", device_id=LOCK)
    assert types(server) == []
    assert {one.status for one in sdk.access_codes.list(device_id=LOCK)} == {"unset"}
    assert {one.status for one in sdk.access_codes.list(device_id=OTHER)} == {"set"}
    assert create(sdk, server).status == "unset"
    assert types(server) == ["access_code.created", "access_code.set_on_device"]


def test_an_account_is_disconnected(server: MockServer, sdk: Any) -> None:
    """
    An account that is disconnected takes its devices with it, and brings them back.
    """
    account = server.world.connected_accounts[ACCOUNT]
    account.trouble("account_disconnected")
    shown = sdk.connected_accounts.get(connected_account_id=ACCOUNT)
    assert [one.error_code for one in shown.errors] == ["account_disconnected"]
    device = sdk.devices.get(device_id=LOCK)
    assert device.properties.online is False
    assert [one.error_code for one in device.errors] == ["account_disconnected"]
    assert sdk.devices.get(device_id=THERMOSTAT).properties.online is True
    assert b'"error_code":"account_disconnected"' in server.messages[1].message.body
    account.end_trouble("account_disconnected")
    assert sdk.connected_accounts.get(connected_account_id=ACCOUNT).errors == []
    assert sdk.devices.get(device_id=LOCK).properties.online is True


def test_calls_are_refused(server: MockServer, sdk: Any) -> None:
    """
    Calls about a device, of an account or of a path are refused; others are answered.
    """
    server.world.devices[LOCK].trouble("rate_limit")
    server.world.trouble("server_error", path="/thermostats/*")
    with pytest.raises(SeamHttpApiError) as caught:
        sdk.access_codes.create(device_id=LOCK)
    assert (caught.value.status_code, caught.value.code) == (429, "rate_limit_exceeded")
    # Without the SDK, which tries again after the second.
    headers = {"authorization": "Bearer seam_test_1"}

    def ask(path: str, **given: str) -> httpx.Response:
        return httpx.post(f"{server.url}{path}", headers=headers, json=given)

    assert ask("/access_codes/list", device_id=LOCK).status_code == 429
    assert ask("/thermostats/list").status_code == 500
    answer = ask("/devices/get", device_id=LOCK)
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["type"] == "rate_limit_exceeded"
    assert sdk.devices.get(device_id=OTHER).device_id == OTHER
    assert types(server) == []
    # Webhooks and events have no part in what the whole world has, unless the path names them.
    server.world.trouble("server_error")
    assert ask("/events/list", since="2020-01-01T00:00:00Z").status_code == 200
    server.world.trouble("server_error", path="/events/*")
    assert ask("/events/list", since="2020-01-01T00:00:00Z").status_code == 500
    assert ask("/webhooks/list").status_code == 200
    server.world.end_trouble("server_error")
    assert ask("/events/list").status_code == 400
    statuses = [one.status for one in server.calls if one.path == "/events/list"]
    assert statuses == [200, 500, 400]


def test_cancelled_effects_do_not_happen(server: MockServer, sdk: Any) -> None:
    """
    A code that is to be set later is not set any more.
    """
    sdk.access_codes.create(device_id=LOCK)
    server.world.cancel_later()
    server.advance("2d")
    assert types(server) == ["access_code.created"]


def test_troubles_are_listed_and_survive(tmp_path: Any) -> None:
    """
    A trouble lasts until it is ended, also when the server starts again from its database.
    """
    database = str(tmp_path / "world.db")
    with MockServer(world="hotel", database=database) as server:
        server.world.trouble("late", device_id=LOCK)
        server.world.trouble("late", device_id=LOCK)
        server.world.trouble("server_error")
    with MockServer(world="short_stay", database=database) as server:
        found = [(one.name, one.device_id) for one in server.world.troubles]
        assert found == [("server_error", ""), ("late", LOCK)]
        assert LOCK in server.world.devices
        server.world.end_trouble("late", device_id=LOCK)
        assert len(server.world.troubles) == 1


def test_troubles_are_set_from_elsewhere(server: MockServer) -> None:
    """
    The control API starts, lists and ends troubles; it refuses what there is not.
    """
    url = f"{server.url}/mock/world/trouble"
    late = {"name": "late", "device_id": LOCK}
    shown = {**late, "connected_account_id": "", "path": "*"}
    assert httpx.post(url, json=late).json() == {"ok": True, "troubles": [shown]}
    listed = httpx.get(f"{url}s").json()
    assert listed["troubles"] == [shown]
    assert [one["name"] for one in listed["known"]] == [*TROUBLES]
    assert httpx.post(f"{url}/end", json=late).json() == {"ok": True, "troubles": []}
    assert httpx.post(f"{url}/end", json=late).status_code == 404
    assert httpx.post(url, json={"name": "lte"}).status_code == 400
    assert httpx.post(url, json={"name": "account_disconnected"}).status_code == 409


def test_a_world_begins_with_troubles() -> None:
    """
    A trouble of a world's file is there from the start, without an event.
    """
    account: Any = {"connected_account_id": ACCOUNT, "account_type": "yale"}
    device: Any = {"device_id": LOCK, "connected_account_id": ACCOUNT, "device_type": "yale_lock"}
    trouble = {"name": "offline", "device_id": LOCK}
    world: Any = {"connected_accounts": [account], "devices": [device], "troubles": [trouble]}
    with MockServer(world=world) as server:
        assert server.world.devices[LOCK]["properties.online"] is False
        assert [one.name for one in server.world.troubles] == ["offline"]
        assert server.messages == []
    world["troubles"] = [{"name": "account_disconnected", "device_id": LOCK}]
    with pytest.raises(UsageError, match="not possible"):
        MockServer(world=world)


def test_what_there_is_not_is_refused(server: MockServer) -> None:
    """
    An unknown trouble, device or target is an error that says what there is.
    """
    with pytest.raises(UsageError, match="did you mean offline"):
        server.world.trouble("offlin")
    with pytest.raises(NotFound, match="no device"):
        server.world.trouble("offline", device_id=ACCOUNT)
    with pytest.raises(Conflict, match="connected_account_id"):
        server.world.devices[LOCK].trouble("account_disconnected")
    with pytest.raises(NotFound, match="no trouble"):
        server.world.end_trouble("offline", device_id=LOCK)
