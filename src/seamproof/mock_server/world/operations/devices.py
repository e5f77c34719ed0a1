"""
Operations of devices: locks, thermostats, noise sensors.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import (
    MANAGED,
    UNMANAGED,
    Emit,
    act,
    create,
    delete,
    find,
    find_all,
    planned,
    update,
)
from seamproof.mock_server.world.operations import climate, keypad

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.mock_server.world.calls.rows import Row

_BY_CALL: Final = {"method": "remote"}
_NEW_NAME: Final = Emit(event="device.name_changed", changed="properties.name")
_NAMED: Final = {"nickname": "$name", "properties.name": "$name"}

_ROWS: Final[Mapping[str, Row]] = {
    "/devices/get": find("device", **MANAGED),
    "/devices/list": find_all("device", **MANAGED),
    "/devices/update": update(
        "device",
        _NEW_NAME,
        Emit(event="device.converted_to_unmanaged", changed="is_managed"),
        sets=_NAMED,
    ),
    "/devices/delete": delete("device", "device.deleted"),
    "/devices/unmanaged/get": find("device", **UNMANAGED),
    "/devices/unmanaged/list": find_all("device", **UNMANAGED),
    "/devices/unmanaged/update": update(
        "device",
        Emit(event="device.unmanaged.converted_to_managed", changed="is_managed"),
        where=UNMANAGED,
    ),
    "/devices/simulate/connect": update("device", "device.connected"),
    "/devices/simulate/disconnect": update("device", "device.disconnected"),
    "/devices/simulate/connect_to_hub": update("device", "device.connected"),
    "/devices/simulate/disconnect_from_hub": update("device", "device.disconnected"),
    "/devices/simulate/paid_subscription": update(
        "device",
        Emit(event="device.error.subscription_required", given="is_expired"),
        Emit(event="device.error.subscription_required.resolved", absent="is_expired"),
    ),
    "/devices/simulate/remove": delete("device", "device.removed"),
    "/locks/get": find("device", **MANAGED),
    "/locks/list": find_all("device", **MANAGED),
    "/locks/lock_door": act("device", Emit(event="lock.locked", values=_BY_CALL)),
    "/locks/unlock_door": act("device", Emit(event="lock.unlocked", values=_BY_CALL)),
    "/locks/configure_auto_lock": act(
        "device",
        sets={
            "properties.auto_lock_enabled": "$auto_lock_enabled",
            "properties.auto_lock_delay_seconds": "$auto_lock_delay_seconds",
        },
    ),
    "/locks/simulate/keypad_code_entry": planned("device", keypad.enter_code),
    "/locks/simulate/manual_lock_via_keypad": act(
        "device", Emit(event="lock.locked", values={"method": "manual"})
    ),
    "/noise_sensors/list": find_all("device", **MANAGED),
    "/noise_sensors/noise_thresholds/create": create("noise_threshold"),
    "/noise_sensors/noise_thresholds/get": find("noise_threshold"),
    "/noise_sensors/noise_thresholds/list": find_all("noise_threshold"),
    "/noise_sensors/noise_thresholds/update": update("noise_threshold"),
    "/noise_sensors/noise_thresholds/delete": delete("noise_threshold"),
    "/noise_sensors/simulate/trigger_noise_threshold": planned("device", keypad.make_noise),
    "/thermostats/get": find("device", **MANAGED),
    "/thermostats/list": find_all("device", **MANAGED),
    "/thermostats/cool": climate.mode("cool"),
    "/thermostats/heat": climate.mode("heat"),
    "/thermostats/heat_cool": climate.mode("heat_cool"),
    "/thermostats/off": climate.mode("off"),
    "/thermostats/set_hvac_mode": climate.mode("$hvac_mode_setting"),
    "/thermostats/set_fan_mode": act(
        "device",
        sets={
            "properties.current_climate_setting.fan_mode_setting": "$fan_mode_setting",
            "properties.fan_mode_setting": "$fan_mode_setting",
        },
    ),
    "/thermostats/activate_climate_preset": planned("device", climate.activate),
    "/thermostats/create_climate_preset": planned("device", climate.put_preset),
    "/thermostats/update_climate_preset": planned("device", climate.put_preset),
    "/thermostats/delete_climate_preset": planned("device", climate.delete_preset),
    "/thermostats/set_fallback_climate_preset": update(
        "device", sets={"properties.fallback_climate_preset_key": "$climate_preset_key"}
    ),
    "/thermostats/set_temperature_threshold": update(
        "device",
        sets={
            f"properties.temperature_threshold.{name}": f"${name}"
            for name in (
                *("lower_limit_celsius", "lower_limit_fahrenheit"),
                *("upper_limit_celsius", "upper_limit_fahrenheit"),
            )
        },
    ),
    "/thermostats/simulate/hvac_mode_adjusted": update(
        "device",
        Emit(event="thermostat.manually_adjusted", values={"method": "external"}),
        sets={
            "properties.current_climate_setting.hvac_mode_setting": "$hvac_mode",
            "properties.is_temporary_manual_override_active": True,
            **climate.SET_POINTS,
        },
    ),
    "/thermostats/simulate/temperature_reached": planned("device", climate.reach),
    "/thermostats/daily_programs/create": create("thermostat_daily_program"),
    "/thermostats/daily_programs/update": update("thermostat_daily_program"),
    "/thermostats/daily_programs/delete": delete("thermostat_daily_program"),
    "/thermostats/update_weekly_program": planned("device", climate.set_week),
    "/thermostats/schedules/create": planned("thermostat_schedule", climate.create_schedule),
    "/thermostats/schedules/get": find("thermostat_schedule"),
    "/thermostats/schedules/list": find_all("thermostat_schedule"),
    "/thermostats/schedules/update": update("thermostat_schedule"),
    "/thermostats/schedules/delete": delete("thermostat_schedule"),
}

#: The category of the devices that calls are about, by the first part of their paths.
_CATEGORIES: Final = {"locks": "lock", "noise_sensors": "noise_sensor", "thermostats": "thermostat"}

DEVICES: Final[Mapping[str, Row]] = {
    path: replace(row, category=_CATEGORIES.get(path.split("/")[1], ""))
    if row.kind == "device"
    else row
    for path, row in _ROWS.items()
}
