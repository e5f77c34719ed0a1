"""
Table of realistic property values: from the name of a property to the function that draws it.

All values are invented. A row applies to a property with a matching name whose
schema has no enum, const or format.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Final

from seamproof.strategies.sampling import access_code_values as access
from seamproof.strategies.sampling.draw import Draw, texts
from seamproof.strategies.sampling.seam_errors import ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonObject

#: Names of devices, by the resource of the event.
_DEVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "access_code": ("Lock", "Keypad", "Deadbolt"),
    "camera": ("Camera", "Doorbell"),
    "lock": ("Lock", "Keypad", "Deadbolt"),
    "noise_sensor": ("Noise Sensor",),
    "thermostat": ("Thermostat",),
}
_ANY_DEVICE: Final = ("Lock", "Keypad", "Deadbolt", "Thermostat", "Reader", "Sensor")
_PROVIDERS: Final = (
    *("august", "ecobee", "igloohome", "nest", "salto_ks", "schlage", "ttlock", "yale"),
)
_BATTERY: Final = (("full", 0.75), ("good", 0.4), ("low", 0.1), ("critical", 0.0))
_STEMS: Final[Mapping[str, tuple[float, float]]] = {
    "lower_limit": (14.0, 18.0),
    "heating_set_point": (18.0, 21.0),
    "desired_temperature": (19.0, 24.0),
    "cooling_set_point": (22.0, 26.0),
    "upper_limit": (26.0, 31.0),
}


def _device(draw: Draw) -> str:
    kinds = _DEVICES.get(draw.event_type.partition(".")[0], _ANY_DEVICE)
    return f"{draw.random.choice(access.PLACES)} {draw.random.choice(kinds)}"


def key(draw: Draw) -> str:
    """
    Draw a key such as a customer would choose.
    """
    name = draw.random.choice(texts("company")).lower()
    words = ("".join(filter(str.isalnum, word)) for word in name.split())
    return f"{'-'.join(words)}-{draw.random.randrange(1000, 10000)}"


def _metadata(draw: Draw) -> JsonObject:
    entries: tuple[tuple[str, Json], ...] = (
        ("internal_id", f"acct-{draw.random.randrange(1000, 100000)}"),
        ("site", draw.random.choice(access.PLACES)),
        ("vip", draw.chance(0.5)),
    )
    return dict(entries[: draw.random.randrange(len(entries) + 1)])


def _celsius(draw: Draw, stem: str) -> float:
    """
    Draw a temperature that is consistent with the other unit, the limits and the set point.
    """
    temperatures = draw.shared.temperatures
    if stem not in temperatures:
        low, high = _STEMS.get(stem, (19.0, 25.0))
        if draw.event_type.endswith("threshold_exceeded") and stem == "temperature":
            low, high = 31.5, 36.0
        elif "desired_temperature" in temperatures and stem == "temperature":
            reached = temperatures["desired_temperature"]
            low, high = reached - 0.9, reached + 0.9
        temperatures[stem] = round(draw.random.uniform(low, high), 1)
    return temperatures[stem]


def _fahrenheit(celsius: float) -> float:
    return round(celsius * 9 / 5 + 32, 1)


def _battery(draw: Draw) -> float:
    high = 0.2 if draw.event_type.endswith("low_battery") else 1.0
    draw.shared.battery_level = round(draw.random.uniform(0.01, high), 2)
    return draw.shared.battery_level


def _other_battery(draw: Draw) -> float:
    """
    Derive the level of a battery that is not the low one, from 0.25 to 1, from the time.

    Nothing is drawn, so that a seed still gives the other values that it gave before.
    """
    return round(0.25 + draw.occurred % 76 / 100, 2)


def _battery_status(draw: Draw) -> str:
    return next(status for status, least in _BATTERY if draw.shared.battery_level >= least)


def _decibels(draw: Draw) -> float:
    if draw.shared.decibels is None:
        draw.shared.decibels = round(draw.random.uniform(45, 95), 1)
    return draw.shared.decibels


def _risk(draw: Draw) -> float:
    """
    Compute Noiseaware's risk score, from 0 to 100, from the noise level.
    """
    return round((_decibels(draw) - 40) / 60 * 100, 1)


def _noise(maker: str) -> Callable[[Draw], JsonObject]:
    """
    Draw the metadata of one maker of noise sensors; that of the other makers is empty.
    """

    def make(draw: Draw) -> JsonObject:
        if draw.shared.noise_maker is None:
            draw.shared.noise_maker = draw.random.choice(("minut", "noiseaware"))
        is_maker = draw.shared.noise_maker == maker
        return {"duration_minutes": draw.random.randint(5, 30)} if is_maker else {}

    return make


def _error_code(name: str) -> Callable[[Draw], str]:
    return lambda draw: draw.shared.errors.next(name, draw.event_type, draw.random).code


def _error_message(name: str) -> Callable[[Draw], str]:
    return lambda draw: draw.shared.errors.next(name, draw.event_type, draw.random).message


def _first_device_error(draw: Draw) -> str | None:
    """
    Return the code of the first error of the device, if one is drawn already.
    """
    errors = draw.shared.errors.by_list.get("device_errors")
    return errors[0].code if errors else None


def _some(*values: str) -> Callable[[Draw], str]:
    """
    Draw one of a few values.
    """
    return lambda draw: draw.random.choice(values)


#: Rows of a property, its JSON type and the function that draws its value. The property is a
#: glob over `name`, or over `list.name` and `object.name` for a nested one.
VALUE_MAKERS: Final[tuple[tuple[str, str, Callable[[Draw], Json]], ...]] = (
    ("code", "string", access.pin),
    ("device_name", "string", _device),
    ("name", "string", access.access_code_name),
    ("noise_threshold_name", "string", _some("Party alert", "Quiet hours", "Daytime limit")),
    ("action_type", "string", lambda draw: draw.event_type.split(".")[-2].upper()),
    ("change_reason", "string", _some("changed in the app", "ongoing code auto-renewed")),
    ("climate_preset_key", "string", _some("away", "eco", "home", "occupied", "sleep")),
    ("connected_account_type", "string", _some(*_PROVIDERS)),
    ("description", "string", _some("Changed in the provider's app.", "Changed by the provider.")),
    ("error_message", "string", _some("Two of the devices take no codes of this kind.")),
    (
        "status",
        "string",
        lambda draw: "success" if draw.event_type.endswith(".succeeded") else "error",
    ),
    ("starts_at", "string", access.start),
    ("ends_at", "string", access.end),
    ("*_custom_metadata", "object", _metadata),
    ("minut_metadata", "object", _noise("minut")),
    ("noiseaware_metadata", "object", _noise("noiseaware")),
    ("battery_level", "number", _battery),
    ("device_battery_level", "number", lambda draw: draw.shared.battery_level),
    ("*_battery_level", "number", _other_battery),
    ("noise_level_decibels", "number", _decibels),
    ("noise_level_nrs", "number", _risk),
    ("is_via_bluetooth", "boolean", access.via_radio("remote", "unknown", "mobile_key")),
    ("is_via_nfc", "boolean", access.via_radio("card", "unknown", "mobile_key")),
    ("changed_properties.from", "string", access.before(access.changed_value)),
    ("changed_properties.property", "string", access.changed_property),
    ("changed_properties.to", "string", access.changed_value_after),
    ("from.code", "string", access.before(access.pin)),
    ("to.code", "string", access.after(access.pin)),
    ("from.name", "string", access.before(access.access_code_name)),
    ("to.name", "string", access.after(access.access_code_name)),
    ("from.starts_at", "string", access.start),
    ("from.ends_at", "string", access.end),
    ("to.starts_at", "string", access.in_new_stay(access.start)),
    ("to.ends_at", "string", access.in_new_stay(access.end)),
    ("reason.message", "string", _some("The lock does not take the code that was entered.")),
    ("requested_mutations.from", "object", access.mutated_values),
    ("requested_mutations.to", "object", access.last_mutated_values),
    *(
        (f"{prefix}{name}", "string", make(prefix.rstrip(".")))
        for prefix in (*(f"{name}." for name in ERRORS), "*")
        for name, make in (
            ("error_code", _error_code),
            ("warning_code", _error_code),
            ("message", _error_message),
        )
    ),
    ("*_id", "string", Draw.uuid),
    ("*_ids", "string", Draw.uuid),
    ("*_key", "string", key),
    ("*_keys", "string", key),
)


#: Properties with an enum, of whose values one is consistent with the rest of the event.
CONSISTENT_VALUES: Final[Mapping[str, Callable[[Draw], Json]]] = {
    "battery_status": _battery_status,
    "error_code": _first_device_error,
    "method": access.lock_method,
    "requested_mutations.mutation_code": access.mutation_code,
}

#: Properties that are sent only together with another one.
SENT_WITH: Final[Mapping[str, str]] = {"access_code_is_managed": "access_code_id"}


@cache
def find_value_maker(path: str, kind: str) -> Callable[[Draw], Json] | None:
    """
    Find the function that draws a realistic value of a property, if the table has one.

    Args:
        path: The property; a nested property as `object.name` or `list.name`, an
            item of a list as the list itself.
        kind: The JSON type of the value.
    """
    for unit, convert in (("_celsius", float), ("_fahrenheit", _fahrenheit)):
        if kind == "number" and path.endswith(unit):
            stem = path.removesuffix(unit)
            return lambda draw: convert(_celsius(draw, stem))
    return next(
        (make for glob, type_, make in VALUE_MAKERS if type_ == kind and fnmatchcase(path, glob)),
        None,
    )


def list_length(path: str, draw: Draw) -> int:
    """
    Draw the number of items of a list.

    The event's own resource has an error, unless the event says that it is
    resolved. A list of ids and the list of the keys of the same things have the
    same length.
    """
    owner, errors, _ = path.rpartition("_errors")
    if errors:
        resolved = draw.event_type.endswith(".resolved")
        own = draw.event_type.startswith(owner) and not resolved
        return 0 if resolved else draw.random.randint(int(own), 1 + own)
    if path.endswith("_warnings"):
        return draw.random.randint(0, 1)
    stem = path.removesuffix("_ids").removesuffix("_keys")
    if stem not in draw.shared.list_lengths:
        draw.shared.list_lengths[stem] = draw.random.randint(1, 2)
    return draw.shared.list_lengths[stem]
