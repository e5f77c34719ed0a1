"""
Table of realistic property values: from the name of a property to the function that draws it.

All values are invented. A row applies to a property with a matching name whose
schema has no enum, const or format.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from seamproof.strategies.sampling.draw import Draw
from seamproof.strategies.sampling.seam_errors import ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonObject

_PLACES: Final = (
    "Front Door", "Back Door", "Garage", "Lobby", "Loft", "Studio 4", "Room 12", "Room 214",
    "Apartment 3B", "Guest House", "Pool Gate", "Server Room", "Meeting Room", "Side Entrance",
)  # fmt: skip
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
    "august",
    "ecobee",
    "igloohome",
    "nest",
    "salto_ks",
    "schlage",
    "ttlock",
    "yale",
)
_BATTERY: Final = (("full", 0.75), ("good", 0.4), ("low", 0.1), ("critical", 0.0))
_STEMS: Final[Mapping[str, tuple[float, float]]] = {
    "lower_limit": (14.0, 18.0),
    "heating_set_point": (18.0, 21.0),
    "desired_temperature": (19.0, 24.0),
    "cooling_set_point": (22.0, 26.0),
    "upper_limit": (26.0, 31.0),
}


def pin(draw: Draw) -> str:
    """
    Draw a PIN; all PINs of one event have the same length.
    """
    if draw.shared.pin_length is None:
        draw.shared.pin_length = draw.random.choice((4, 4, 6))
    return "".join(draw.random.choices("0123456789", k=draw.shared.pin_length))


def _device(draw: Draw) -> str:
    kinds = _DEVICES.get(draw.event_type.partition(".")[0], _ANY_DEVICE)
    return f"{draw.random.choice(_PLACES)} {draw.random.choice(kinds)}"


def _person(draw: Draw) -> str:
    return f"{draw.random.choice(draw.words.surnames)} - {draw.random.choice(_PLACES)}"


def key(draw: Draw) -> str:
    """
    Draw a key such as a customer would choose.
    """
    return f"{draw.random.choice(draw.words.companies)}-{draw.random.randrange(1000, 10000)}"


def _metadata(draw: Draw) -> JsonObject:
    entries: tuple[tuple[str, Json], ...] = (
        ("internal_id", f"acct-{draw.random.randrange(1000, 100000)}"),
        ("site", draw.random.choice(_PLACES)),
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


#: The properties that each requested mutation of an access code changes.
_MUTATIONS: Final[Mapping[str, Mapping[str, Callable[[Draw], Json]]]] = {
    "updating_name": {"name": _person},
    "updating_code": {"code": pin},
    "updating_time_frame": {
        "ends_at": lambda draw: draw.hour(draw.random.randint(48, 120)),
        "starts_at": lambda draw: draw.hour(draw.random.randint(1, 24)),
    },
}


def _mutation(draw: Draw) -> str:
    """
    Draw the code of a requested mutation, which determines its values.
    """
    if draw.shared.mutation is None:
        codes = (*_MUTATIONS, "creating", "deferring_creation", "deleting")
        draw.shared.mutation = draw.random.choice(codes)
    return draw.shared.mutation


def _mutated(draw: Draw) -> JsonObject:
    return {name: make(draw) for name, make in _MUTATIONS.get(_mutation(draw), {}).items()}


def _last_mutated(draw: Draw) -> JsonObject:
    """
    Draw the last values of a requested mutation; the next item of the list is another mutation.
    """
    values = _mutated(draw)
    draw.shared.mutation = None
    return values


def _changed(draw: Draw) -> str:
    """
    Draw the property of an access code that has changed.
    """
    if draw.shared.changed_property is None:
        draw.shared.changed_property = draw.random.choice(("code", "name"))
    return draw.shared.changed_property


def _changed_value(draw: Draw) -> str:
    return pin(draw) if _changed(draw) == "code" else _person(draw)


def another(make: Callable[[Draw], Json], draw: Draw, first: object) -> Json:
    """
    Draw a value that differs from an earlier one.
    """
    value = make(draw)
    while value == first:
        value = make(draw)
    return value


def _before(make: Callable[[Draw], Json]) -> Callable[[Draw], Json]:
    """
    Draw the value before a change.
    """

    def before(draw: Draw) -> Json:
        value = make(draw)
        if draw.shared.before is None:
            draw.shared.before = value
        return draw.shared.before

    return before


def _after(make: Callable[[Draw], Json]) -> Callable[[Draw], Json]:
    """
    Draw the value after a change, which differs from the one before.
    """

    def after(draw: Draw) -> Json:
        before, draw.shared.before = draw.shared.before, None
        return another(make, draw, before)

    return after


_changed_value_after: Final = _after(_changed_value)


def _changed_to(draw: Draw) -> str:
    """
    Draw the last value of a change; the next item of the list is another change.
    """
    value = str(_changed_value_after(draw))
    draw.shared.changed_property = None
    return value


def _method(draw: Draw) -> str:
    """
    Draw how a lock was operated, consistent with the other properties of the event.
    """
    if draw.present & {"access_code_id", "code"}:
        return "keycode"
    if "action_attempt_id" in draw.present:
        return "remote"
    if draw.shared.lock_method is None:
        methods = ("manual", "automatic", "remote", "card", "unknown")
        draw.shared.lock_method = draw.random.choice(methods)
    return draw.shared.lock_method


def _via(*methods: str) -> Callable[[Draw], bool]:
    """
    Draw whether a lock was operated over a kind of radio, which only some methods use.
    """
    return lambda draw: _method(draw) in methods and draw.chance(0.5)


def _stay(draw: Draw) -> tuple[int, int]:
    start = draw.random.randint(1, 24)
    return start, start + draw.random.randint(24, 120)


def _start(draw: Draw) -> str:
    draw.shared.stay = draw.shared.stay or _stay(draw)
    return draw.hour(draw.shared.stay[0])


def _end(draw: Draw) -> str:
    draw.shared.stay = draw.shared.stay or _stay(draw)
    return draw.hour(draw.shared.stay[1])


def _new_stay(make: Callable[[Draw], str]) -> Callable[[Draw], str]:
    """
    Draw a time of the time frame after a change.
    """

    def new_stay(draw: Draw) -> str:
        first = draw.shared.stay
        draw.shared.stay = draw.shared.new_stay = draw.shared.new_stay or _stay(draw)
        text = make(draw)
        draw.shared.stay = first or draw.shared.new_stay
        return text

    return new_stay


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
    ("code", "string", pin),
    ("device_name", "string", _device),
    ("name", "string", _person),
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
    ("starts_at", "string", _start),
    ("ends_at", "string", _end),
    ("*_custom_metadata", "object", _metadata),
    ("minut_metadata", "object", _noise("minut")),
    ("noiseaware_metadata", "object", _noise("noiseaware")),
    ("battery_level", "number", _battery),
    ("noise_level_decibels", "number", _decibels),
    ("noise_level_nrs", "number", _risk),
    ("is_via_bluetooth", "boolean", _via("remote", "unknown")),
    ("is_via_nfc", "boolean", _via("card", "unknown")),
    ("changed_properties.from", "string", _before(_changed_value)),
    ("changed_properties.property", "string", _changed),
    ("changed_properties.to", "string", _changed_to),
    ("from.code", "string", _before(pin)),
    ("to.code", "string", _after(pin)),
    ("from.name", "string", _before(_person)),
    ("to.name", "string", _after(_person)),
    ("from.starts_at", "string", _start),
    ("from.ends_at", "string", _end),
    ("to.starts_at", "string", _new_stay(_start)),
    ("to.ends_at", "string", _new_stay(_end)),
    ("reason.message", "string", _some("The lock does not take the code that was entered.")),
    ("requested_mutations.from", "object", _mutated),
    ("requested_mutations.to", "object", _last_mutated),
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
    ("*_key", "string", key),
    ("*_keys", "string", key),
)


#: Properties with an enum, of whose values one is consistent with the rest of the event.
CONSISTENT_VALUES: Final[Mapping[str, Callable[[Draw], Json]]] = {
    "battery_status": _battery_status,
    "error_code": _first_device_error,
    "method": _method,
    "requested_mutations.mutation_code": _mutation,
}

#: Properties that are sent only together with another one.
SENT_WITH: Final[Mapping[str, str]] = {"access_code_is_managed": "access_code_id"}


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
