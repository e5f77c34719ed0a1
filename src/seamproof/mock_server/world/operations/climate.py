"""
Thermostats: presets, schedules, programs and temperatures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import act
from seamproof.mock_server.world.calls.verbs import change
from seamproof.mock_server.world.operations.access_codes import TIMES, check_times
from seamproof.mock_server.world.records import WorldEffect, value_at
from seamproof.mock_server.world.refusals import not_found

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.calls.rows import Row
    from seamproof.mock_server.world.records import Record

_SETTING: Final = "properties.current_climate_setting"
_ACTIVE: Final = "properties.active_thermostat_schedule_id"
_PRESETS: Final = "properties.available_climate_presets"
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: The limits of a call, as the device has them.
LIMITS: Final = {
    f"properties.temperature_threshold.{limit}_limit_{unit}": f"${limit}_limit_{unit}"
    for limit in ("lower", "upper")
    for unit in ("celsius", "fahrenheit")
}
#: The set points of a call, as the device has them.
SET_POINTS: Final = {
    f"{_SETTING}.{does}_set_point_{unit}": f"${does}_set_point_{unit}"
    for does in ("cooling", "heating")
    for unit in ("celsius", "fahrenheit")
}


def mode(setting: str) -> Row:
    """
    A call that sets the mode of a thermostat.
    """
    return act("device", sets={f"{_SETTING}.hvac_mode_setting": setting, **SET_POINTS})


def _preset(call: Call, device: Record, key: str) -> JsonMapping:
    presets = value_at(call.show(device), _PRESETS) or []
    found = next((one for one in presets if one.get("climate_preset_key") == key), None)
    if found is None:
        kind = "climate_preset"
        raise not_found(kind)
    return dict(found)


def _activation(
    device: Record, preset: JsonMapping, schedule: str | None, due: float
) -> WorldEffect:
    sets = {f"{_SETTING}.{name}": value for name, value in preset.items()}
    if schedule is not None:
        sets[_ACTIVE] = schedule
    values = {"thermostat_schedule_id": schedule, "is_fallback_climate_preset": False}
    event = "thermostat.climate_preset_activated"
    return WorldEffect.on(device, event, sets=sets, values=values, due_at=due)


def activate(call: Call) -> None:
    """
    Activate a climate preset.
    """
    device = call.find()
    preset = _preset(call, device, call.given["climate_preset_key"])
    call.attempt(device, [_activation(device, preset, None, 0.0)])


def put_preset(call: Call) -> None:
    """
    Make or change a climate preset.
    """
    device = call.find()
    key = call.given["climate_preset_key"]
    presets = value_at(call.show(device), _PRESETS) or []
    known: JsonObject = next((one for one in presets if one["climate_preset_key"] == key), {})
    if not known and "update" in call.operation.path:
        _preset(call, device, key)
    given = {name: value for name, value in call.given.items() if name != "device_id"}
    made = {
        **dict.fromkeys(("can_edit", "can_delete", "manual_override_allowed"), True),
        "can_use_with_thermostat_daily_programs": True,
        "name": None,
        **known,
        **given,
    }
    made["display_name"] = made.get("name") or key
    rest = [one for one in presets if one["climate_preset_key"] != key]
    change(call, device, {_PRESETS: [*rest, made]})


def delete_preset(call: Call) -> None:
    """
    Delete a climate preset.
    """
    device = call.find()
    gone = _preset(call, device, call.given["climate_preset_key"])
    presets = value_at(call.show(device), _PRESETS)
    change(call, device, {_PRESETS: [one for one in presets if one != gone]})


def set_week(call: Call) -> None:
    """
    Choose a daily program for each day of the week.
    """
    device = call.find()
    names = [f"{day}_program_id" for day in _DAYS]
    program = {name: call.given.get(name) for name in names}
    sets = {"properties.thermostat_weekly_program": {**program, "created_at": call.turn.time}}
    call.attempt(device, [WorldEffect.on(device, sets=sets)])


def create_schedule(call: Call) -> None:
    """
    Make a schedule, which activates its preset when it starts.
    """
    device = call.find("device")
    _preset(call, device, call.given["climate_preset_key"])
    check_times(call, call.given)
    plan_schedule(call, call.create("thermostat_schedule", call.own_properties()))


def update_schedule(call: Call) -> None:
    """
    Change a schedule: only its new times count.
    """
    record, sets = call.find(), call.own_properties()
    if not sets.keys().isdisjoint(TIMES):
        check_times(call, {**call.show(record), **sets})
    change(call, record, sets)
    if not sets.keys().isdisjoint((*TIMES, "climate_preset_key")):
        plan_schedule(call, record)


def plan_schedule(call: Call, record: Record) -> None:
    """
    Schedule the beginning and the end of a schedule.
    """
    schedule = call.show(call.records.get(*record.key) or record)
    device = call.find("device", {"device_id": schedule["device_id"]})
    preset = _preset(call, device, schedule["climate_preset_key"])
    starts, ends = (max(call.seconds(schedule[name]), call.turn.now) for name in TIMES)
    plan = {f"schedule {record.id}": [starts, ends, schedule["climate_preset_key"]]}
    call.affect(device, links=plan)
    call.turn.do(replace(_activation(device, preset, record.id, starts), guard=plan))
    guard = {**plan, _ACTIVE: record.id}
    call.affect(device, sets={_ACTIVE: None}, guard=guard, due_at=ends)


def reach(call: Call) -> None:
    """
    Let a thermostat reach a temperature, and report if that is beyond its threshold.
    """
    device = call.find()
    before, given = call.show(device), call.picked("temperature_celsius", "temperature_fahrenheit")
    sets = {f"properties.{name}": value for name, value in given.items()}
    call.affect(device, "thermostat.temperature_changed", sets=sets)
    was, now = _exceeds(before), _exceeds(call.show(device))
    if was != now:
        end = "exceeded" if now else "no_longer_exceeded"
        call.affect(device, f"thermostat.temperature_threshold_{end}")


def _exceeds(device: JsonMapping) -> bool:
    limits = value_at(device, "properties.temperature_threshold") or {}
    low, high = limits.get("lower_limit_celsius"), limits.get("upper_limit_celsius")
    reached = value_at(device, "properties.temperature_celsius")
    if reached is None:
        return False
    return (low is not None and reached < low) or (high is not None and reached > high)
