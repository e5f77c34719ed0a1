"""
Finds out why no event has an effect: which changed event has one.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.model.tuning import DIAGNOSIS_PATIENCE
from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.probe.sending.sender import OutOfTime
from seamproof.checks.state.normaliser import roles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonMapping, JsonObject

#: Keys under which handlers of other services find the properties of an event.
_ENVELOPES: Final = (
    "payload",
    "data",
    "event",
    "body",
    "detail",
    "object",
    "resource",
    "attributes",
)
#: Keys under which they find its type.
_TYPE_KEYS: Final = ("type", "event", "name", "topic", "eventType", "event_name", "action")
#: Types that do not exist, and the one that they are mistaken for.
_INVENTED: Final = {
    "access_code.used": "lock.unlocked",
    "access_code.activated": "access_code.set_on_device",
    "access_code.active": "access_code.set_on_device",
    "access_code.expired": "access_code.removed_from_device",
    "access_code.updated": "access_code.changed",
    "access_code.failed": "access_code.failed_to_set_on_device",
    "device.battery.low": "device.low_battery",
    "device.battery_low": "device.low_battery",
    "device.locked": "lock.locked",
    "device.unlocked": "lock.unlocked",
    "device.online": "device.connected",
    "device.offline": "device.disconnected",
    "device.updated": "device.connected",
    "noise.detected": "noise_sensor.noise_threshold_triggered",
}


#: Other ways to write a type.
_RENAMED: Final[Mapping[str, Callable[[str], str]]] = {
    "with underscores": lambda name: name.replace(".", "_"),
    "in upper case": lambda name: name.upper().replace(".", "_"),
    "after a prefix": lambda name: f"seam.{name}",
    "with slashes": lambda name: name.replace(".", "/"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """
    A way to change an event, and what it shows if the changed event has an effect.

    Attributes:
        change: Changes an event.
        reason: Where the handler looks, and what Seam sends instead.
    """

    change: Callable[[JsonMapping], JsonObject]
    reason: str


def _extended(envelopes: Sequence[str], type_keys: Sequence[str], event: JsonMapping) -> JsonObject:
    """
    Copy an event with its type under more keys, and all of it under others.
    """
    typed = dict(event) | dict.fromkeys(type_keys, event["event_type"])
    return typed | dict.fromkeys(envelopes, typed)


def _camel_case(event: JsonMapping) -> JsonObject:
    names = {name: re.sub(r"_([a-z])", lambda found: found[1].upper(), name) for name in event}
    return {**event, **{names[name]: value for name, value in event.items()}}


def _combined(envelopes: Sequence[str], type_keys: Sequence[str], event: JsonMapping) -> JsonObject:
    return _camel_case(event) | _extended(envelopes, type_keys, event)


#: Events that have an effect if one of the variants, or two together, has one.
_EVERYTHING: Final = (
    partial(_combined, [one for one in _ENVELOPES if one not in _TYPE_KEYS], _TYPE_KEYS),
    partial(_combined, _ENVELOPES, [one for one in _TYPE_KEYS if one not in _ENVELOPES]),
)
_VARIANTS: Final = (
    *(
        Variant(
            partial(_extended, (key,), ()),
            f'it looks for the properties under event["{key}"], but the events of Seam are flat',
        )
        for key in _ENVELOPES
    ),
    *(
        Variant(
            partial(_extended, (), (key,)),
            f'it looks for the type under event["{key}"], but Seam sends event["event_type"]',
        )
        for key in _TYPE_KEYS
    ),
    Variant(_camel_case, "it looks for names in camelCase, but Seam sends event_type, device_id"),
    *(
        Variant(
            partial(_extended, (key,), (type_key,)),
            f'it looks for the type under event["{type_key}"] and for the properties under '
            f'event["{key}"], but the events of Seam are flat and have event["event_type"]',
        )
        for key in _ENVELOPES
        for type_key in _TYPE_KEYS
        if key != type_key
    ),
)


def find_reason(observer: StateObserver) -> str:
    """
    Find a changed event that has an effect, and say what that shows; empty if none is found.
    """
    until = time.monotonic() + DIAGNOSIS_PATIENCE
    with suppress(OutOfTime):
        return next(_reasons(observer, until), "")
    return ""


def _reasons(observer: StateObserver, until: float) -> Iterator[str]:
    types = observer.probe.events.event_types
    for everything in _EVERYTHING:
        acting = (one for one in types if _acts(observer, one, everything, until))
        event_type = next(acting, None)
        if event_type is not None:
            for variant in _VARIANTS:
                if _acts(observer, event_type, variant.change, until):
                    yield variant.reason
    for invented, real in _INVENTED.items():
        mistaken = {real: invented}
        if real in types and _acts(observer, real, partial(_rename, mistaken.__getitem__), until):
            yield f"it knows the type {invented}, which Seam does not send"
    for words, rename in _RENAMED.items():
        for event_type in types:
            if _acts(observer, event_type, partial(_rename, rename), until):
                yield f"it knows {rename(event_type)}, a type {words}, but Seam sends {event_type}"


def _rename(rename: Callable[[str], str], event: JsonMapping) -> JsonObject:
    return {**event, "event_type": rename(str(event["event_type"]))}


def _acts(
    observer: StateObserver,
    event_type: str,
    change: Callable[[JsonMapping], JsonObject],
    until: float,
) -> bool:
    """
    Whether a changed event of a type has an effect; not sent once the time is over.
    """
    probe = observer.probe
    if time.monotonic() > until or accepted_presence(probe, event_type) is None:
        return False
    event = accepted_event(probe, probe.events.catalogue[event_type])
    before = observer.snapshot()
    changed = change(event)
    request, _ = probe.deliver(changed, event_type=event_type)
    changes = observer.changes_since(before, roles_of([changed], [request]))
    return bool(ArrivalMarks.of(observer.observation).work_in(changes))
