"""
Life cycles: events that belong together, in the order in which they happen.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from seamproof.errors import UsageError
from seamproof.strategies.sampling.property_values import another, key, pin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonObject
    from seamproof.strategies.sampling.draw import Draw

#: What the events so far agree on, by property.
Known: TypeAlias = "JsonObject"

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

#: Properties, as globs, that keep the value of the first event that has them.
_KEPT: Final = (
    *("*_id", "*_ids", "*_key", "*_keys", "*_custom_metadata", "*_limit_*"),
    *("code", "device_name", "connected_account_type"),
)
#: Of these, the ones that are new in each event.
_NEW: Final = frozenset({"event_id", "action_attempt_id", "climate_preset_key"})


@dataclass(frozen=True, slots=True)
class Step:
    """
    One event of a life cycle.

    Attributes:
        event_type: Its type.
        after: Seconds since the event before, at least and at most.
        sets: By property, what makes its value from what is known so far. It is
            used where the event has the property.
        learns: By property, what the events after this one agree on.
        without: Properties that this event has not, even where all are asked for.
    """

    event_type: str
    after: tuple[int, int] = (10, _HOUR)
    sets: Mapping[str, Callable[[Known, Draw], Any]] = field(default_factory=dict)
    learns: Mapping[str, Callable[[JsonObject], Any]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


def _the(value: object) -> Callable[[Known, Draw], Any]:
    return lambda *_: value


def _only(name: str) -> Callable[[Known, Draw], Any]:
    """
    Make a list of the one thing that an earlier event named.
    """
    return lambda known, draw: [known[name] if name in known else draw.uuid()]


def _key(known: Known, draw: Draw) -> Json:
    return [known.setdefault("access_grant_key", key(draw))]


def _code(known: Known, draw: Draw) -> JsonObject:
    return {"code": known.setdefault("code", pin(draw))}


_METHOD: Final = {"access_grant_ids": _only("access_grant_id"), "access_grant_keys": _key}
_BY_CODE: Final = {
    "method": _the("keycode"),
    # Seam tells of it, so Seam manages it.
    "access_code_is_managed": _the(value=True),
    "is_via_bluetooth": _the(value=False),
    "is_via_nfc": _the(value=False),
}
_BY_HAND: Final = {**_BY_CODE, "method": _the("manual")}
#: What a lock that is operated by hand, or by a code at its keypad, has nothing to tell of.
_NO_ATTEMPT: Final = frozenset({"action_attempt_id"})
_NO_CODE: Final = _NO_ATTEMPT | {"access_code_id", "access_code_is_managed", "code"}

#: By name. Each can be cut off after any event and still make sense.
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
            {"battery_level": _the(0.18), "battery_status": _the("low")},
        ),
        Step("device.low_battery", (_HOUR, 5 * _DAY), {"battery_level": _the(0.09)}),
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
    Find a life cycle by its name.

    Raises:
        UsageError: There is none; names those that there are.
    """
    if name not in JOURNEYS:
        what = f"there is no journey {name}"
        raise UsageError(what, expected=", ".join(JOURNEYS), found=name)
    return JOURNEYS[name]


def fit(event: JsonObject, step: Step, known: Known, draw: Draw) -> None:
    """
    Make an event agree with those before it, and remember what the next ones agree on.

    Args:
        event: As it was made by itself; it is changed.
        step: Of the life cycle.
        known: What is agreed on; it is changed.
        draw: What values come from.
    """
    for name in step.without & event.keys():
        del event[name]
    for name, value in event.items():
        if name in step.sets:
            event[name] = step.sets[name](known, draw)
        elif name not in _NEW and any(fnmatchcase(name, glob) for glob in _KEPT):
            event[name] = copy.deepcopy(known.setdefault(name, value))
    known.update({name: learn(event) for name, learn in step.learns.items()})
