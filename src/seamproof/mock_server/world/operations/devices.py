"""
Operations of devices: locks, thermostats, noise sensors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import UNMANAGED, Emit, act, delete, planned, update
from seamproof.mock_server.world.operations import climate
from seamproof.mock_server.world.records import WorldEffect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.calls.rows import Row

_BY_CALL: Final = {"method": "remote"}
_NEW_NAME: Final = Emit(event="device.name_changed", changed=("properties.name",))
_NAMED: Final = {"nickname": "$name", "properties.name": "$name"}


def _enter_code(call: Call) -> None:
    """
    Enter a code: a code that is set unlocks the lock, any other one is denied.
    """
    device = call.find()
    entered = call.given["code"]
    codes = [call.show(one) for one in call.records.referring(device.key, "access_code")]
    known = next((one for one in codes if one["code"] == entered and one["status"] == "set"), None)
    values: JsonObject = {
        "reason": {"message": "The lock has no such code.", "reason_code": "unknown_code"}
    }
    if known is not None:
        names = {"access_code_id": "access_code_id", "access_code_is_managed": "is_managed"}
        values = {name: known[path] for name, path in names.items()}
        values |= {"code": entered, "method": "keycode"}
    event = "lock.unlocked" if known is not None else "lock.access_denied"
    call.attempt(device, [WorldEffect.on(device, event, values=values)])


def _make_noise(call: Call) -> None:
    """
    Exceed the first noise threshold of a sensor.
    """
    device = call.find()
    found = call.records.referring(device.key, "noise_threshold")
    more: JsonObject = {}
    if found:
        threshold = call.show(found[0])
        more["values"] = {
            "noise_threshold_id": found[0].id,
            "noise_threshold_name": threshold["name"],
        }
        more["sets"] = {
            "properties.noise_level_decibels": threshold["noise_threshold_decibels"] + 10,
            "properties.currently_triggering_noise_threshold_ids": [found[0].id],
        }
    call.affect(device, "noise_sensor.noise_threshold_triggered", **more)


DEVICES: Final[Mapping[str, Row]] = {
    "/devices/update": update(
        "device",
        _NEW_NAME,
        Emit(event="device.converted_to_unmanaged", changed=("is_managed",)),
        sets=_NAMED,
    ),
    "/devices/unmanaged/update": update(
        "device",
        Emit(event="device.unmanaged.converted_to_managed", changed=("is_managed",)),
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
    "/locks/lock_door": act("device", Emit(event="lock.locked", values=_BY_CALL)),
    "/locks/unlock_door": act("device", Emit(event="lock.unlocked", values=_BY_CALL)),
    "/locks/configure_auto_lock": act(
        "device",
        sets={
            "properties.auto_lock_enabled": "$auto_lock_enabled",
            "properties.auto_lock_delay_seconds": "$auto_lock_delay_seconds",
        },
    ),
    "/locks/simulate/keypad_code_entry": planned("device", _enter_code),
    "/locks/simulate/manual_lock_via_keypad": act(
        "device", Emit(event="lock.locked", values={"method": "manual"})
    ),
    "/noise_sensors/simulate/trigger_noise_threshold": planned("device", _make_noise),
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
    "/thermostats/set_temperature_threshold": update("device", sets=climate.LIMITS),
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
    "/thermostats/update_weekly_program": planned("device", climate.set_week),
    "/thermostats/schedules/create": planned("thermostat_schedule", climate.create_schedule),
    "/thermostats/schedules/update": planned("thermostat_schedule", climate.update_schedule),
}
