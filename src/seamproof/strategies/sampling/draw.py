"""
Where the randomness, the words and the time of an event come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

from seamproof.formats import format_milliseconds, format_uuid

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

#: Samples happen in the weeks after this moment, so that a seed gives the same bytes any day.
ANCHOR: Final = datetime(2026, 1, 5, 6, tzinfo=UTC)
SPAN: Final = 60 * 24 * 3600 * 1000

_ANCHOR_MS: Final = int(ANCHOR.timestamp() * 1000)
_POOL: Final = 48


@dataclass(slots=True)
class Draw:
    """
    The making of one event.

    Attributes:
        random: Seeded; nothing else decides.
        event_type: Of the event that is being made.
        present: The properties that the event has.
        occurred: Milliseconds since the epoch.
        next_at: When the next event happens; None leaves it to chance.
        delay: Milliseconds from then until the event was made.
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
    shared: dict[Any, Any] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """
        Text to choose from.
        """
        return words()

    def begin(self, event_type: str, present: frozenset[str] = frozenset()) -> None:
        """
        Start the next event, at a moment of its own or at the one that is set.
        """
        self.event_type = event_type
        self.present = present
        anywhen = _ANCHOR_MS + self.random.randrange(SPAN)
        self.occurred = anywhen if self.next_at is None else self.next_at
        self.delay = self.random.randrange(30, 3000)
        self.fine = self.random.random() < 0.25  # noqa: PLR2004 - a share, explained by `fine`
        self.shared.clear()

    def agreed(self, key: Any, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - any JSON value
        """
        Make a value once for the whole event.
        """
        if key not in self.shared:
            self.shared[key] = make()
        return self.shared[key]

    def time(self, offset: int = 0) -> str:
        """
        Write the moment that lies some milliseconds after the event, in UTC.
        """
        micros = self.random.randrange(1000) if self.fine else 0
        return format_milliseconds(self.occurred + offset, micros if self.fine else None)

    def hour(self, hours: int) -> str:
        """
        Write the full hour that lies some hours after the event, in UTC.
        """
        whole = self.occurred // 3_600_000 + hours
        return format_milliseconds(whole * 3_600_000)

    def uuid(self) -> str:
        """
        Make a version 4 UUID in lower case (RFC 9562).
        """
        return format_uuid(self.random.getrandbits(128))


class Words:
    """
    Pools of text that Faker writes once; choosing from them is cheap.
    """

    @cached_property
    def surnames(self) -> tuple[str, ...]:
        """
        Family names.
        """
        return _pool("last_name")

    @cached_property
    def companies(self) -> tuple[str, ...]:
        """
        Names of firms, as they would stand in a key.
        """
        return tuple(
            "-".join("".join(c for c in word if c.isalnum()) for word in name.lower().split())
            for name in _pool("company")
        )

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """
        Short sentences.
        """
        return _pool("sentence", nb_words=5)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """
        Single words.
        """
        return _pool("word")


def _pool(kind: str, **options: Any) -> tuple[str, ...]:  # noqa: ANN401 - as Faker has them
    faker = _faker()
    # Anew for each pool, so that none depends on which other ones were needed before.
    faker.seed_instance(kind)
    return tuple(str(getattr(faker, kind)(**options)) for _ in range(_POOL))


@cache
def _faker() -> Any:  # noqa: ANN401 - faker is imported late
    from faker import Faker

    return Faker("en_US")


def load_words() -> None:
    """
    Load what writes the words, which takes longer than drawing many events.
    """
    _faker()


@cache
def words() -> Words:
    """
    Text to choose from, the same in every run.
    """
    return Words()
