"""
What the world refuses because of other records, and what follows a change only once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from seam.exceptions import SeamHttpApiError, SeamHttpInvalidInputError

from seamproof.formats import format_timestamp
from seamproof.mock_server import MockServer
from tests.mock_server.sdk import Sdk

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The resources of the world are the same at each start.
LOCK = "de000000-0000-4000-8000-000000000101"
OTHER = "de000000-0000-4000-8000-000000000102"


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """
    Start a hotel whose clock stands still.
    """
    with MockServer(world="hotel", clock="manual", seed=1) as started:
        yield started


@pytest.fixture(scope="module")
def sdk(server: MockServer) -> Sdk:
    """
    Make the client.
    """
    return Sdk("sync", server.url)


def hours(server: MockServer, count: float) -> str:
    """
    Write the time in some hours.
    """
    return format_timestamp(server.now + count * 3600)


def refusal(sdk: Sdk, call: str, **given: Any) -> tuple[int, Any]:
    """
    Make a call that is refused; return the status and the type of the error.
    """
    with pytest.raises(SeamHttpApiError) as caught:
        sdk(call, **given)
    return caught.value.status_code, caught.value.code


def test_a_device_has_each_pin_once_at_a_time(server: MockServer, sdk: Sdk) -> None:
    """
    The same PIN is refused while another code has it, and accepted for another time.
    """
    given = {"device_id": LOCK, "code": "8642"}
    early = {"starts_at": hours(server, 1), "ends_at": hours(server, 2)}
    first = sdk("access_codes.create", **given, **early)
    assert refusal(sdk, "access_codes.create", **given) == (409, "duplicate_access_code")
    later = {"starts_at": hours(server, 2), "ends_at": hours(server, 3)}
    second = sdk("access_codes.create", **given, **later)
    moved = {"access_code_id": second.access_code_id, "starts_at": hours(server, 1.5)}
    assert refusal(sdk, "access_codes.update", **moved) == (409, "duplicate_access_code")
    sdk("access_codes.update", access_code_id=first.access_code_id, name="Same PIN")
    both = {"device_ids": [LOCK, OTHER], "code": "8642"}
    call = "access_codes.create_multiple"
    assert refusal(sdk, call, **both) == (409, "duplicate_access_code")
    random = {"behavior_when_code_cannot_be_shared": "create_random_code"}
    shared = [one.code for one in sdk(call, **both, **random)]
    assert shared[0] != "8642"
    assert shared[1] == "8642"


def test_new_times_are_reported_once(server: MockServer, sdk: Sdk) -> None:
    """
    One event says both the new start and the new end.
    """
    times = {"starts_at": hours(server, 1), "ends_at": hours(server, 2)}
    made = sdk("access_codes.create", device_id=LOCK, **times)
    seen = len(server.messages)
    later = {"starts_at": hours(server, 3), "ends_at": hours(server, 4)}
    sdk("access_codes.update", access_code_id=made.access_code_id, **later)
    types = [one.message.event_type for one in server.messages][seen:]
    assert types == ["access_code.time_frame_changed", "access_code.changed"]


def test_a_key_is_of_one_record(sdk: Sdk) -> None:
    """
    Another user identity cannot have the same key.
    """
    sdk("user_identities.create", user_identity_key="ada", full_name="Ada")
    given = {"user_identity_key": "ada", "full_name": "Ada"}
    assert refusal(sdk, "user_identities.create", **given) == (409, "conflict")


def test_a_call_is_about_devices_of_its_kind(sdk: Sdk) -> None:
    """
    A lock has no noise threshold.
    """
    given = {"starts_daily_at": "22:00:00[UTC]", "ends_daily_at": "07:00:00[UTC]"}
    call = "noise_sensors.noise_thresholds.create"
    assert refusal(sdk, call, device_id=LOCK, **given) == (404, "device_not_found")


def test_a_schedule_begins_and_ends(server: MockServer, sdk: Sdk) -> None:
    """
    Its last times count; at its end it is no longer the active one.
    """
    device = sdk("thermostats.list")[0].device_id
    preset = {"device_id": device, "climate_preset_key": "eco"}
    points = {"heating_set_point_celsius": 17, "hvac_mode_setting": "heat"}
    sdk("thermostats.create_climate_preset", **preset, **points)
    wrong = {"starts_at": hours(server, 2), "ends_at": hours(server, 1)}
    with pytest.raises(SeamHttpInvalidInputError):
        sdk("thermostats.schedules.create", **preset, **wrong)
    times = {"starts_at": hours(server, 1), "ends_at": hours(server, 4)}
    made = sdk("thermostats.schedules.create", **preset, **times).thermostat_schedule_id
    sdk("thermostats.schedules.update", thermostat_schedule_id=made, starts_at=hours(server, 3))

    def active() -> Any:
        server.advance("90m")
        return sdk("devices.get", device_id=device).properties.active_thermostat_schedule_id

    assert [active(), active(), active()] == [None, made, None]


def test_times_are_those_of_seam_everywhere(server: MockServer, sdk: Sdk) -> None:
    """
    A time with another offset is answered in UTC, with milliseconds.
    """
    system = sdk("acs.systems.list")[0].acs_system_id
    given = {"acs_system_id": system, "full_name": "Ada"}
    user = sdk("acs.users.create", **given).acs_user_id
    starts_at = hours(server, 5).replace("Z", "+00:00")
    made = sdk(
        "acs.credentials.create", access_method="card", acs_user_id=user, starts_at=starts_at
    )
    assert made.starts_at == hours(server, 5)
