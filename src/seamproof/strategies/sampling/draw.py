"""
State of a sampled event: seeded randomness, time, text, and values that properties share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from seamproof.formats import format_milliseconds, format_uuid
from seamproof.strategies.sampling.seam_errors import ReportedErrors

if TYPE_CHECKING:
    from random import Random

    from faker import Faker

    from seamproof.json_types import Json

#: Samples occur within `SPAN` milliseconds after this moment, so that a seed gives the same
#: bytes on any day.
ANCHOR: Final = datetime(2026, 1, 5, 6, tzinfo=UTC)
SPAN: Final = 60 * 24 * 3600 * 1000

_ANCHOR_MS: Final = int(ANCHOR.timestamp() * 1000)
_POOL: Final = 48


@dataclass(slots=True)
class SharedValues:
    """
    Values that several properties of one event agree on; None until the first of them is drawn.

    Attributes:
        pin_length: The number of digits of each PIN.
        battery_level: From 0 to 1.
        decibels: The noise level.
        noise_maker: The maker of the noise sensor.
        mutation: The code of the requested mutation of an access code.
        changed_property: The property of the access code that has changed.
        lock_method: How the lock was operated.
        stay: Start and end of access, in hours after the event.
        new_stay: The same after a change.
        before: The value before a change.
        temperatures: In degrees Celsius, by property without its unit.
        list_lengths: By property without its suffix.
        errors: The errors and warnings of the event.
    """

    pin_length: int | None = None
    battery_level: float = 1.0
    decibels: float | None = None
    noise_maker: str | None = None
    mutation: str | None = None
    changed_property: str | None = None
    lock_method: str | None = None
    stay: tuple[int, int] | None = None
    new_stay: tuple[int, int] | None = None
    before: Json = None
    temperatures: dict[str, float] = field(default_factory=dict)
    list_lengths: dict[str, int] = field(default_factory=dict)
    errors: ReportedErrors = field(default_factory=ReportedErrors)


@dataclass(slots=True)
class Draw:
    """
    The state of the event that is being sampled.

    Attributes:
        random: Seeded; the only source of randomness.
        event_type: The type of the event.
        present: The properties that the event has.
        occurred: When the event occurred, in milliseconds since the epoch.
        next_at: When the next event occurs; None for a random time.
        delay: Milliseconds from `occurred` until `created_at`.
        fine: Whether times have six fraction digits rather than three.
        shared: Values that several properties of the event agree on.
    """

    random: Random
    event_type: str = ""
    present: frozenset[str] = frozenset()
    occurred: int = 0
    next_at: int | None = None
    delay: int = 0
    fine: bool = False
    shared: SharedValues = field(default_factory=SharedValues)

    def begin(self, event_type: str, present: frozenset[str] = frozenset()) -> None:
        """
        Start the next event, at `next_at` or at a random time.
        """
        self.event_type = event_type
        self.present = present
        random_time = _ANCHOR_MS + self.random.randrange(SPAN)
        self.occurred = random_time if self.next_at is None else self.next_at
        self.delay = self.random.randrange(30, 3000)
        self.fine = self.chance(0.25)
        self.shared = SharedValues()

    def chance(self, probability: float) -> bool:
        """
        Return True with a probability.
        """
        return self.random.random() < probability

    def time(self, offset: int = 0) -> str:
        """
        Format the time some milliseconds after the event, in UTC.
        """
        micros = self.random.randrange(1000) if self.fine else 0
        return format_milliseconds(self.occurred + offset, micros if self.fine else None)

    def hour(self, hours: int) -> str:
        """
        Format the full hour some hours after the event, in UTC.
        """
        whole = self.occurred // 3_600_000 + hours
        return format_milliseconds(whole * 3_600_000, 0 if self.fine else None)

    def uuid(self) -> str:
        """
        Generate a version 4 UUID in lower case (RFC 9562).
        """
        return format_uuid(self.random.getrandbits(128))


@cache
def texts(kind: str, **options: int) -> tuple[str, ...]:
    """
    Return a pool of texts that Faker generates once, because choosing from a pool is fast.

    Args:
        kind: A method of Faker: `last_name`, `company`, `sentence` or `word`.
        options: The arguments of that method.
    """
    faker = load_faker()
    # Seeded for each pool, so that no pool depends on which ones were generated before.
    faker.seed_instance(kind)
    return tuple(str(getattr(faker, kind)(**options)) for _ in range(_POOL))


@cache
def load_faker() -> Faker:
    """
    Import Faker, which takes longer than sampling many events.
    """
    from faker import Faker

    return Faker("en_US")
