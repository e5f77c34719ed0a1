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
    codes = [
        one
        for one in call.records.referring(device.key, "access_code")
        if one.kind == "access_code" and call.show(one)["code"] == entered
    ]
    known = next((one for one in codes if call.show(one)["status"] == "set"), None)
    values: JsonObject = {}
    if known is not None:
        values = {
            "access_code_id": known.id,
            "code": entered,
            "method": "keycode",
            "access_code_is_managed": call.show(known)["is_managed"],
        }
    else:
        reason = {"message": "The lock has no such code.", "reason_code": "unknown_code"}
        values = {"reason": reason}
    event = "lock.unlocked" if known is not None else "lock.access_denied"
    effect = WorldEffect(kind="device", id=device.id, event=event, values=values)
    attempt = call.attempt(device, [effect])
    call.answer[call.operation.key] = call.show(attempt)


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
