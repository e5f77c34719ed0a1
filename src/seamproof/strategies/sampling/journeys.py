"""
Table of life cycles: the events of each, in the order in which they occur.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.errors import UsageError, nearest_names
from seamproof.strategies.sampling.access_code_values import another, pin
from seamproof.strategies.sampling.property_values import key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonObject
    from seamproof.strategies.sampling.draw import Draw

#: The values that the events of a journey share, by property.
SharedProperties: TypeAlias = "JsonObject"

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

#: Properties, as globs, that have the same value in all events of a journey.
_SHARED: Final = (
    *("*_id", "*_ids", "*_key", "*_keys", "*_custom_metadata", "*_limit_*"),
    *("code", "device_name", "connected_account_type"),
)
#: Of these, the ones that are new in each event.
_PER_EVENT: Final = frozenset({"event_id", "action_attempt_id", "climate_preset_key"})


@dataclass(frozen=True, slots=True)
class Step:
    """
    One event of a life cycle.

    Attributes:
        event_type: The type of the event.
        after: The least and the most seconds since the previous event.
        sets: From property to the function that determines its value, if the event
            has the property.
        learns: From property to the function that reads from this event the value
            that later events share.
        without: Properties that this event lacks, even with presence "all".
    """

    event_type: str
    after: tuple[int, int] = (10, _HOUR)
    sets: Mapping[str, Callable[[SharedProperties, Draw], Json]] = field(default_factory=dict)
    learns: Mapping[str, Callable[[JsonObject], Json]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


def _constant(value: object) -> Callable[[SharedProperties, Draw], Json]:
    return lambda *_: value


def _list_of(name: str) -> Callable[[SharedProperties, Draw], Json]:
    """
    Make a list of the one id that an earlier event has.
    """
    return lambda known, draw: [known[name] if name in known else draw.uuid()]


def _key(known: SharedProperties, draw: Draw) -> Json:
    return [known.setdefault("access_grant_key", key(draw))]


def _code(known: SharedProperties, draw: Draw) -> JsonObject:
    return {"code": known.setdefault("code", pin(draw))}


_METHOD: Final = {"access_grant_ids": _list_of("access_grant_id"), "access_grant_keys": _key}
_BY_CODE: Final = {
    "method": _constant("keycode"),
    # Seam reports the code, so Seam manages it.
    "access_code_is_managed": _constant(value=True),
    "is_via_bluetooth": _constant(value=False),
    "is_via_nfc": _constant(value=False),
}
_BY_HAND: Final = {**_BY_CODE, "method": _constant("manual")}
#: Properties that do not apply to a lock that is operated by hand, or by a code at its keypad.
_NO_ATTEMPT: Final = frozenset({"action_attempt_id"})
_NO_CODE: Final = _NO_ATTEMPT | {"access_code_id", "access_code_is_managed", "code"}

#: From name to steps. The first steps of a life cycle are consistent without the others.
JOURNEYS: Final[Mapping[str, tuple[Step, ...]]] = {
    "connected_account": (
        Step("connected_account.created"),
        Step("connected_account.connected", (5, 20)),
        Step("connected_account.completed_first_sync", (20, 10 * _MINUTE)),
        Step("connected_account.reauthorization_requested", (_DAY, 30 * _DAY)),
        Step("connected_account.disconnected", (_HOUR, 2 * _DAY)),
        Step("connected_account.connected", (_MINUTE, _DAY)),
        Step("connected_account.completed_first_sync_after_reconnection", (20, 10 * _MINUTE)),
        Step("connected_account.deleted", (_DAY, 60 * _DAY)),
    ),
    "acs_credential": (
        Step("acs_credential.issued"),
        Step("acs_credential.reissued", (_HOUR, 10 * _DAY)),
        Step("acs_credential.invalidated", (_HOUR, 10 * _DAY)),
        Step("acs_credential.deleted", (_MINUTE, _DAY)),
    ),
    "access_code": (
        Step("access_code.created"),
        Step("access_code.scheduled_on_device", (5, _MINUTE)),
        Step("access_code.set_on_device", (_MINUTE, _DAY)),
        Step("lock.unlocked", (_MINUTE, _DAY), _BY_CODE, without=_NO_ATTEMPT),
        Step("lock.locked", (10, _HOUR), _BY_HAND, without=_NO_CODE),
        Step(
            "access_code.code_changed",
            (_HOUR, _DAY),
            {"from": _code, "to": lambda known, draw: {"code": another(pin, draw, known["code"])}},
            {"code": lambda event: event["to"]["code"]},
        ),
        Step("lock.unlocked", (_MINUTE, _DAY), _BY_CODE, without=_NO_ATTEMPT),
        Step("access_code.removed_from_device", (_HOUR, 3 * _DAY)),
        Step("access_code.deleted", (5, _MINUTE)),
    ),
    "access_grant": (
        Step("access_grant.created", learns={"access_grant_ids": lambda e: [e["access_grant_id"]]}),
        Step("access_method.created", (5, _MINUTE), _METHOD),
        Step("access_method.issued", (5, 10 * _MINUTE), _METHOD),
        Step("access_grant.access_granted_to_door", (5, _MINUTE)),
        Step("access_grant.access_granted_to_all_doors", (5, 10)),
        Step("access_grant.access_times_changed", (_HOUR, _DAY)),
        Step("access_method.revoked", (_DAY, 7 * _DAY), _METHOD),
        Step("access_grant.access_to_door_lost", (5, _MINUTE)),
        Step("access_method.deleted", (5, _MINUTE), _METHOD),
        Step("access_grant.deleted", (5, _MINUTE)),
    ),
    "device": (
        Step("device.added"),
        Step("device.connected", (5, _MINUTE)),
        Step("lock.unlocked", (_MINUTE, _DAY), _BY_HAND, without=_NO_CODE),
        Step("lock.locked", (10, _HOUR), _BY_HAND, without=_NO_CODE),
        Step(
            "device.battery_status_changed",
            (_DAY, 30 * _DAY),
            {"battery_level": _constant(0.18), "battery_status": _constant("low")},
        ),
        Step(
            "device.low_battery",
            (_HOUR, 5 * _DAY),
            dict.fromkeys(("battery_level", "device_battery_level"), _constant(0.09)),
        ),
        Step("device.disconnected", (_HOUR, 5 * _DAY)),
        Step("device.connected", (_MINUTE, _DAY)),
        Step("device.removed", (_DAY, 30 * _DAY)),
    ),
    "thermostat": (
        Step("device.added"),
        Step("device.connected", (5, _MINUTE)),
        Step("thermostat.climate_preset_activated", (_MINUTE, _HOUR)),
        Step("thermostat.temperature_changed", (_MINUTE, _HOUR)),
        Step("thermostat.temperature_reached_set_point", (_MINUTE, _HOUR)),
        Step("thermostat.manually_adjusted", (_MINUTE, _DAY)),
        Step("thermostat.temperature_threshold_exceeded", (_MINUTE, _DAY)),
        Step("thermostat.temperature_threshold_no_longer_exceeded", (_MINUTE, _HOUR)),
        Step("device.removed", (_DAY, 30 * _DAY)),
    ),
}


def journey_steps(name: str) -> tuple[Step, ...]:
    """
    Return the steps of a life cycle.

    Raises:
        UsageError: There is no such life cycle; lists the existing ones.
    """
    if name not in JOURNEYS:
        what = f"there is no journey {name}"
        near = nearest_names(name, JOURNEYS, limit=1)
        cure = f"did you mean {near[0]}?" if near else ""
        raise UsageError(what, expected=", ".join(JOURNEYS), found=name, cure=cure)
    return JOURNEYS[name]


def make_consistent(event: JsonObject, step: Step, known: SharedProperties, draw: Draw) -> None:
    """
    Make an event consistent with the previous ones, and record what the next ones share.

    Args:
        event: The sampled event; it is changed in place.
        step: The step of the life cycle.
        known: The shared values so far; they are updated in place.
        draw: The state of sampling.
    """
    for name in step.without & event.keys():
        del event[name]
    for name, value in event.items():
        if name in step.sets:
            event[name] = step.sets[name](known, draw)
        elif name not in _PER_EVENT and any(fnmatchcase(name, glob) for glob in _SHARED):
            event[name] = copy.deepcopy(known.setdefault(name, value))
    known.update({name: learn(event) for name, learn in step.learns.items()})
