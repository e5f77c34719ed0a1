"""
What a property looks like: one table from names to plausible values.

Everything drawn from here is made up. A row is tried where the name fits and
the schema says nothing more exact (an enum, a const or a format).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from random import Random

#: Samples happen in the weeks after this moment, so that a seed gives the same bytes any day.
ANCHOR: Final = datetime(2026, 1, 5, 6, tzinfo=UTC)
SPAN: Final = 60 * 24 * 3600 * 1000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ANCHOR_MS: Final = int(ANCHOR.timestamp() * 1000)
_HOUR: Final = 3_600_000
_POOL: Final = 48

_PLACES: Final = (
    "Front Door", "Back Door", "Garage", "Lobby", "Loft", "Studio 4", "Room 12", "Room 214",
    "Apartment 3B", "Guest House", "Pool Gate", "Server Room", "Meeting Room", "Side Entrance",
)  # fmt: skip
_DEVICES: Final = ("Lock", "Keypad", "Deadbolt", "Thermostat", "Reader", "Sensor")
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
_PROBLEMS: Final = (
    ("account_disconnected", "The account lost its connection. Sign in again to restore it."),
    ("bridge_disconnected", "The bridge that the account goes through is offline."),
    ("device_disconnected", "The device lost its connection."),
    ("hub_disconnected", "The hub that the device talks through is offline."),
    ("provider_service_unavailable", "The provider's service does not answer at the moment."),
)
_CONCERNS: Final = (
    ("device_communication_degraded", "Some messages to the device get lost."),
    ("device_has_flaky_connection", "The device has gone offline several times today."),
    ("many_active_backup_codes", "Many backup codes are in use at once."),
    ("scheduled_maintenance_window", "The provider has announced maintenance for tonight."),
)
_BATTERY: Final = (("full", 0.75), ("good", 0.4), ("low", 0.1), ("critical", 0.0))
_STEMS: Final[Mapping[str, tuple[float, float]]] = {
    "lower_limit": (14.0, 18.0),
    "heating_set_point": (18.0, 21.0),
    "desired_temperature": (19.0, 24.0),
    "cooling_set_point": (22.0, 26.0),
    "upper_limit": (26.0, 31.0),
}


@dataclass(slots=True)
class Draw:
    """
    The making of one event: where its randomness, words and time come from.

    Attributes:
        random: Seeded; nothing else decides.
        words: What Faker has written for this seed.
        event_type: Of the event that is being made.
        occurred: Milliseconds since the epoch.
        delay: Milliseconds from then until the event was made.
        fine: Whether times have six fraction digits rather than three.
        shared: Values that several properties of the event agree on.
    """

    random: Random
    words: Words
    event_type: str = ""
    occurred: int = 0
    delay: int = 0
    fine: bool = False
    shared: dict[str, Any] = field(default_factory=dict)

    def begin(self, event_type: str) -> None:
        """
        Start the next event, at a moment of its own.
        """
        self.event_type = event_type
        self.occurred = _ANCHOR_MS + self.random.randrange(SPAN)
        self.delay = self.random.randrange(30, 3000)
        self.fine = self.random.random() < 0.25  # noqa: PLR2004 - a share, explained by `fine`
        self.shared.clear()

    def time(self, offset: int = 0) -> str:
        """
        Write the moment that lies some milliseconds after the event, in UTC.
        """
        micros = self.random.randrange(1000) if self.fine else 0
        moment = _EPOCH + timedelta(milliseconds=self.occurred + offset, microseconds=micros)
        text = moment.isoformat(timespec="microseconds" if self.fine else "milliseconds")
        return text[:-6] + "Z"

    def uuid(self) -> str:
        """
        Make a version 4 UUID in lower case (RFC 9562).
        """
        text = f"{self.random.getrandbits(128):032x}"
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


class Words:
    """
    Pools of text that Faker writes once for a seed; drawing from them is cheap.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed

    @cached_property
    def _faker(self) -> Any:  # noqa: ANN401 - faker is imported late
        from faker import Faker  # noqa: PLC0415 - start-up cost

        faker = Faker("en_US")
        faker.seed_instance(self._seed)
        return faker

    @cached_property
    def surnames(self) -> tuple[str, ...]:
        """
        Family names.
        """
        return tuple(self._faker.last_name() for _ in range(_POOL))

    @cached_property
    def companies(self) -> tuple[str, ...]:
        """
        Names of firms, as they would stand in a key.
        """
        return tuple(
            "-".join("".join(c for c in word if c.isalnum()) for word in name.lower().split())
            for name in (self._faker.company() for _ in range(_POOL))
        )

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """
        Short sentences.
        """
        return tuple(self._faker.sentence(nb_words=5) for _ in range(_POOL))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """
        Single words.
        """
        return tuple(self._faker.word() for _ in range(_POOL))


def _pin(draw: Draw) -> str:
    return "".join(draw.random.choices("0123456789", k=draw.random.choice((4, 4, 6))))


def _device(draw: Draw) -> str:
    return f"{draw.random.choice(_PLACES)} {draw.random.choice(_DEVICES)}"


def _person(draw: Draw) -> str:
    return f"{draw.random.choice(draw.words.surnames)} {draw.random.choice(_PLACES)}"


def _key(draw: Draw) -> str:
    return f"{draw.random.choice(draw.words.companies)}-{draw.random.randrange(1000, 10000)}"


def _metadata(draw: Draw) -> dict[str, Any]:
    entries: tuple[tuple[str, Any], ...] = (
        ("internal_id", f"acct-{draw.random.randrange(1000, 100000)}"),
        ("site", draw.random.choice(_PLACES)),
        ("vip", draw.random.random() < 0.5),  # noqa: PLR2004 - as often as not
    )
    return dict(entries[: draw.random.randrange(len(entries) + 1)])


def _told(table: tuple[tuple[str, str], ...], kind: str, column: int) -> Callable[[Draw], str]:
    """
    Make a code, or the message that goes with it.
    """

    def tell(draw: Draw) -> str:
        row = draw.shared.pop(kind, None)
        if row is None:
            row = draw.shared[kind] = draw.random.choice(table)
        return str(row[column])

    return tell


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


def _battery(draw: Draw) -> float:
    high = 0.2 if draw.event_type.endswith("low_battery") else 1.0
    level = draw.shared["battery_level"] = round(draw.random.uniform(0.01, high), 2)
    return float(level)


def _battery_status(draw: Draw) -> str:
    level = draw.shared.get("battery_level", 1.0)
    return next(status for status, least in _BATTERY if level >= least)


def _action(draw: Draw) -> str:
    return draw.event_type.split(".")[-2].upper()


def _status(draw: Draw) -> str:
    return "success" if draw.event_type.endswith(".succeeded") else "error"


def _some(*values: str) -> Callable[[Draw], str]:
    """
    Make one of a few values.
    """
    return lambda draw: draw.random.choice(values)


#: From a property's name (a glob) to its JSON type and what makes its value.
LOOKS: Final[tuple[tuple[str, str, Callable[[Draw], Any]], ...]] = (
    ("code", "string", _pin),
    ("device_name", "string", _device),
    ("name", "string", _person),
    ("noise_threshold_name", "string", _some("Party alert", "Quiet hours", "Daytime limit")),
    ("action_type", "string", _action),
    ("change_reason", "string", _some("changed in the app", "ongoing code auto-renewed")),
    ("climate_preset_key", "string", _some("away", "eco", "home", "occupied", "sleep")),
    ("connected_account_type", "string", _some(*_PROVIDERS)),
    ("description", "string", _some("Changed in the provider's app.", "Changed by the provider.")),
    ("from", "string", _pin),
    ("property", "string", _some("code")),
    ("refusal_message", "string", _some("The code is not one that the lock accepts now.")),
    ("status", "string", _status),
    ("to", "string", _pin),
    ("error_code", "string", _told(_PROBLEMS, "problem", 0)),
    ("warning_code", "string", _told(_CONCERNS, "concern", 0)),
    ("error_message", "string", _told(_PROBLEMS, "problem", 1)),
    ("warning_message", "string", _told(_CONCERNS, "concern", 1)),
    ("starts_at", "string", lambda draw: draw.time(_HOUR * draw.random.randint(1, 24))),
    ("ends_at", "string", lambda draw: draw.time(_HOUR * draw.random.randint(48, 120))),
    ("*_id", "string", Draw.uuid),
    ("*_key", "string", _key),
    ("*_keys", "string", _key),
    ("*_custom_metadata", "object", _metadata),
    ("battery_level", "number", _battery),
    ("noise_level_decibels", "number", lambda draw: round(draw.random.uniform(45, 95), 1)),
    ("noise_level_nrs", "number", lambda draw: round(draw.random.uniform(0, 100), 1)),
)


#: Properties with listed values of which one agrees with the rest of the event.
AGREEING: Final[Mapping[str, Callable[[Draw], Any]]] = {"battery_status": _battery_status}

#: What a property is called here when it stands beside another one.
_BESIDE: Final[Mapping[tuple[str, str], str]] = {
    ("created_at", "error_code"): "noticed_at",
    ("created_at", "warning_code"): "noticed_at",
    ("message", "error_code"): "error_message",
    ("message", "reason_code"): "refusal_message",
    ("message", "warning_code"): "warning_message",
}


def called(name: str, beside: Collection[str]) -> str:
    """
    Name a property of a nested object more exactly by those that it stands beside.
    """
    if "event_id" in beside:
        return name
    return next((_BESIDE[name, one] for one in beside if (name, one) in _BESIDE), name)


def look(name: str, kind: str) -> Callable[[Draw], Any] | None:
    """
    Find what makes a plausible value of a property, if the table has it.

    Args:
        name: The property; of an item of an array, the array's.
        kind: Its JSON type.
    """
    for unit, convert in (("_celsius", float), ("_fahrenheit", _fahrenheit)):
        if kind == "number" and name.endswith(unit):
            stem = name.removesuffix(unit)
            return lambda draw: convert(_celsius(draw, stem))
    return next(
        (make for glob, its, make in LOOKS if its == kind and fnmatchcase(name, glob)), None
    )


def usual_length(name: str, event_type: str) -> tuple[int, int]:
    """
    Tell how many items a list has, at least and at most.

    Where something is in trouble, its own list of errors says so.
    """
    owner, errors, _ = name.rpartition("_errors")
    if errors:
        return (1 if event_type.startswith(owner) else 0), 1
    return (0, 1) if name.endswith("_warnings") else (1, 2)


def _fahrenheit(celsius: float) -> float:
    return round(celsius * 9 / 5 + 32, 1)
