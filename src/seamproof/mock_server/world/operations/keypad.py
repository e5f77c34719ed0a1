"""
What people do at a device: enter a code at a lock, make noise near a sensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.mock_server.world.records import WorldEffect

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject
    from seamproof.mock_server.world.calls.call import Call


def enter_code(call: Call) -> None:
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
    effect = WorldEffect(kind="device", id=device.id, event=event, values=values)
    call.attempt(device, [effect])


def make_noise(call: Call) -> None:
    """
    Exceed the first noise threshold of a sensor.
    """
    device = call.find()
    found = call.records.referring(device.key, "noise_threshold")
    values: JsonObject = {}
    sets: JsonObject = {}
    if found:
        threshold = call.show(found[0])
        values = {
            "noise_threshold_id": threshold["noise_threshold_id"],
            "noise_threshold_name": threshold["name"],
        }
        loud = threshold["noise_threshold_decibels"] + 10
        sets = {
            "properties.noise_level_decibels": loud,
            "properties.currently_triggering_noise_threshold_ids": [found[0].id],
        }
    event = "noise_sensor.noise_threshold_triggered"
    call.affect(device, event, values=values, sets=sets)
