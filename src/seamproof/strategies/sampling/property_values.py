"""
What a property looks like: one table from names to plausible values.

Everything drawn from here is made up. A row is tried where the name fits and
the schema says nothing more exact (an enum, a const or a format).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from seamproof.strategies.sampling.draw import Draw
from seamproof.strategies.sampling.seam_errors import TROUBLES, first_told, trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonObject

_PLACES: Final = (
    "Front Door", "Back Door", "Garage", "Lobby", "Loft", "Studio 4", "Room 12", "Room 214",
    "Apartment 3B", "Guest House", "Pool Gate", "Server Room", "Meeting Room", "Side Entrance",
)  # fmt: skip
#: What a device is called, by how the event types about it begin.
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


def _digits(draw: Draw, length: int) -> str:
    return "".join(draw.random.choices("0123456789", k=length))


def pin(draw: Draw) -> str:
    """
    Make a PIN; all those of one event are of one length.
    """
    return _digits(draw, draw.agreed("pin length", lambda: draw.random.choice((4, 4, 6))))


def _device(draw: Draw) -> str:
    kinds = _DEVICES.get(draw.event_type.partition(".")[0], _ANY_DEVICE)
    return f"{draw.random.choice(_PLACES)} {draw.random.choice(kinds)}"


def _person(draw: Draw) -> str:
    return f"{draw.random.choice(draw.words.surnames)} - {draw.random.choice(_PLACES)}"


def key(draw: Draw) -> str:
    """
    Make a key as a customer would choose it.
    """
    return f"{draw.random.choice(draw.words.companies)}-{draw.random.randrange(1000, 10000)}"


def _metadata(draw: Draw) -> JsonObject:
    entries: tuple[tuple[str, Any], ...] = (
        ("internal_id", f"acct-{draw.random.randrange(1000, 100000)}"),
        ("site", draw.random.choice(_PLACES)),
        ("vip", draw.random.random() < 0.5),  # noqa: PLR2004 - as often as not
    )
    return dict(entries[: draw.random.randrange(len(entries) + 1)])


def _celsius(draw: Draw, stem: str) -> float:
    """
    Make a temperature that both units, the limits and the set point agree on.
    """
    if stem not in draw.shared:
        low, high = _STEMS.get(stem, (19.0, 25.0))
        if draw.event_type.endswith("threshold_exceeded") and stem == "temperature":
            low, high = 31.5, 36.0
        elif "desired_temperature" in draw.shared and stem == "temperature":
            reached = draw.shared["desired_temperature"]
            low, high = reached - 0.9, reached + 0.9
        draw.shared[stem] = round(draw.random.uniform(low, high), 1)
    return float(draw.shared[stem])


def _fahrenheit(celsius: float) -> float:
    return round(celsius * 9 / 5 + 32, 1)


def _battery(draw: Draw) -> float:
    high = 0.2 if draw.event_type.endswith("low_battery") else 1.0
    level = draw.shared["battery_level"] = round(draw.random.uniform(0.01, high), 2)
    return float(level)


def _battery_status(draw: Draw) -> str:
    level = draw.shared.get("battery_level", 1.0)
    return next(status for status, least in _BATTERY if level >= least)


def _decibels(draw: Draw) -> float:
    return float(draw.agreed("decibels", lambda: round(draw.random.uniform(45, 95), 1)))


def _risk(draw: Draw) -> float:
    """
    Make Noiseaware's risk score, from 0 to 100, which rises with the level.
    """
    return round((_decibels(draw) - 40) / 60 * 100, 1)


def _noise(maker: str) -> Callable[[Draw], JsonObject]:
    """
    Make what one maker of noise sensors adds; the sensor is of one maker only.
    """

    def make(draw: Draw) -> JsonObject:
        whose = draw.agreed("maker", lambda: draw.random.choice(("minut", "noiseaware")))
        return {"duration_minutes": draw.random.randint(5, 30)} if whose == maker else {}

    return make


#: What a requested mutation of an access code changes, with how each value is made.
_MUTATIONS: Final[Mapping[str, Mapping[str, Callable[[Draw], Any]]]] = {
    "updating_name": {"name": _person},
    "updating_code": {"code": pin},
    "updating_time_frame": {
        "ends_at": lambda draw: draw.hour(draw.random.randint(48, 120)),
        "starts_at": lambda draw: draw.hour(draw.random.randint(1, 24)),
    },
}


def _mutation(draw: Draw) -> str:
    """
    Name the kind of a requested mutation, which decides what its values are of.
    """
    every = (*_MUTATIONS, "creating", "deferring_creation", "deleting")
    return str(draw.agreed("mutation", lambda: draw.random.choice(every)))


def _mutated(draw: Draw) -> JsonObject:
    return {name: make(draw) for name, make in _MUTATIONS.get(_mutation(draw), {}).items()}


def _changed(draw: Draw) -> str:
    """
    Name the part of an access code that is different.
    """
    return str(draw.agreed("changed", lambda: draw.random.choice(("code", "name"))))


def _changed_value(draw: Draw) -> str:
    return pin(draw) if _changed(draw) == "code" else _person(draw)


def another(make: Callable[[Draw], Json], draw: Draw, first: object) -> Json:
    """
    Make a value that differs from an earlier one.
    """
    value = make(draw)
    while value == first:
        value = make(draw)
    return value


def _before(make: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    """
    Make the value that there was before a change.
    """
    return lambda draw: draw.shared.setdefault("before", make(draw))


def _after(make: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    """
    Make the value that there is after a change: another one.
    """
    return lambda draw: another(make, draw, draw.shared.pop("before", None))


def _last(make: Callable[[Draw], Any], agreed: str) -> Callable[[Draw], Any]:
    """
    Make the last value of an item that several agree on; the next item is another one.
    """

    def last(draw: Draw) -> Json:
        value = make(draw)
        draw.shared.pop(agreed, None)
        return value

    return last


def _method(draw: Draw) -> str:
    """
    Tell how a lock was operated, by what else the event says of it.
    """
    if draw.present & {"access_code_id", "code"}:
        return "keycode"
    if "action_attempt_id" in draw.present:
        return "remote"
    others = ("manual", "automatic", "remote", "card", "unknown")
    return str(draw.agreed("method", lambda: draw.random.choice(others)))


def _via(*methods: str) -> Callable[[Draw], bool]:
    """
    Tell whether a lock was operated over a kind of radio, which goes with a few methods.
    """
    return lambda draw: _method(draw) in methods and draw.random.random() < 0.5  # noqa: PLR2004


def _lasting(draw: Draw) -> tuple[int, int]:
    start = draw.random.randint(1, 24)
    return start, start + draw.random.randint(24, 120)


def _start(draw: Draw) -> str:
    return draw.hour(draw.agreed("stay", lambda: _lasting(draw))[0])


def _end(draw: Draw) -> str:
    return draw.hour(draw.agreed("stay", lambda: _lasting(draw))[1])


def _new_stay(make: Callable[[Draw], str]) -> Callable[[Draw], str]:
    """
    Make the later of two time frames: another one than the first.
    """

    def later(draw: Draw) -> str:
        first = draw.shared.pop("stay", None)
        second = draw.shared["stay"] = draw.agreed("new stay", lambda: _lasting(draw))
        text = make(draw)
        draw.shared["stay"] = first if first is not None else second
        return text

    return later


def _some(*values: str) -> Callable[[Draw], str]:
    """
    Make one of a few values.
    """
    return lambda draw: draw.random.choice(values)


#: From a property (a glob over `name`, or `list.name` and `object.name` of nested ones)
#: to its JSON type and what makes its value.
LOOKS: Final[tuple[tuple[str, str, Callable[[Draw], Any]], ...]] = (
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
    ("changed_properties.to", "string", _last(_after(_changed_value), "changed")),
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
    ("requested_mutations.to", "object", _last(_mutated, "mutation")),
    *(
        (f"{holder}{name}", "string", trouble(holder.rstrip("."), column))
        for holder in (*(f"{one}." for one in TROUBLES), "*")
        for name, column in (("error_code", 0), ("warning_code", 0), ("message", 1))
    ),
    ("*_id", "string", Draw.uuid),
    ("*_key", "string", key),
    ("*_keys", "string", key),
)


#: Properties with listed values of which one agrees with the rest of the event.
AGREEING: Final[Mapping[str, Callable[[Draw], Any]]] = {
    "battery_status": _battery_status,
    "error_code": first_told,
    "method": _method,
    "requested_mutations.mutation_code": _mutation,
}

#: Properties that are sent only along with another one.
ALONG_WITH: Final[Mapping[str, str]] = {"access_code_is_managed": "access_code_id"}


def look(path: str, kind: str) -> Callable[[Draw], Any] | None:
    """
    Find what makes a plausible value of a property, if the table has it.

    Args:
        path: The property; of a nested one, after the name of what it stands in and
            a dot; of an item of an array, the array's.
        kind: Its JSON type.
    """
    for unit, convert in (("_celsius", float), ("_fahrenheit", _fahrenheit)):
        if kind == "number" and path.endswith(unit):
            stem = path.removesuffix(unit)
            return lambda draw: convert(_celsius(draw, stem))
    return next(
        (make for glob, its, make in LOOKS if its == kind and fnmatchcase(path, glob)), None
    )


def usual_length(path: str, draw: Draw) -> int:
    """
    Choose how many items a list has.

    Where something is in trouble, its own list of errors says so; ids and keys
    of the same things are as many as each other.
    """
    owner, errors, _ = path.rpartition("_errors")
    if errors:
        over = draw.event_type.endswith(".resolved")
        own = draw.event_type.startswith(owner) and not over
        return 0 if over else draw.random.randint(int(own), 1 + own)
    if path.endswith("_warnings"):
        return draw.random.randint(0, 1)
    stem = path.removesuffix("_ids").removesuffix("_keys")
    return int(draw.agreed((stem, "count"), lambda: draw.random.randint(1, 2)))
