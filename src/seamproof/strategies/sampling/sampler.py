"""
Realistic samples, the same ones for the same seed.
"""

from __future__ import annotations

import secrets
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.schemas.catalogue import Catalogue, catalog
from seamproof.strategies.sampling.draw import Draw
from seamproof.strategies.sampling.journeys import fit, journey_steps
from seamproof.strategies.sampling.value_makers import maker_of, value_maker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

Presence: TypeAlias = Literal["all", "required", "mixed"]

#: Which share of the optional properties an event gets.
SHARES: Final[Mapping[Presence, float]] = {"all": 1.0, "required": 0.0, "mixed": 0.5}


class Sampler:
    """
    Makes realistic events, the same ones for the same seed.

    Args:
        seed: Whatever decides the values, a number as its digits; by default a random one.
        catalogue: The contract; by default the one that comes with seamproof.
    """

    def __init__(
        self, seed: int | str | None = None, *, catalogue: Catalogue | None = None
    ) -> None:
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        self._catalogue = catalog() if catalogue is None else catalogue
        # As text, so that the seed that a command tells is the one that it takes.
        text = str(self.seed)
        self._draw = Draw(Random(text))  # noqa: S311 - not for secrets

    def event(self, event_type: str, *, presence: Presence = "all") -> JsonObject:
        """
        Make one event.

        Raises:
            UnknownEventType: With the nearest names.
        """
        make = maker_of(self._catalogue[event_type], SHARES[presence])
        event: JsonObject = make(self._draw)
        return event

    def journey(self, name: str, *, presence: Presence = "all") -> list[JsonObject]:
        """
        Make events that belong together, in the order in which they happen.

        Args:
            name: Of the life cycle, as `JOURNEYS` has it.
            presence: Which of the optional properties they have.

        Raises:
            UsageError: There is no such life cycle; names those that there are.
            UnknownEventType: The contract lacks one of its event types.
        """
        events: list[JsonObject] = []
        known: JsonObject = {}
        try:
            for step in journey_steps(name):
                if events:
                    wait = self._draw.random.randint(*step.after)
                    self._draw.next_at = self._draw.occurred + 1000 * wait
                event = self.event(step.event_type, presence=presence)
                fit(event, step, known, self._draw)
                events.append(event)
        finally:
            self._draw.next_at = None
        return events

    def value(self, name: str, schema: JsonMapping) -> Json:
        """
        Make one value of a property.
        """
        return value_maker(name, schema, 1.0)(self._draw)

    def events(
        self,
        pattern: str = "*",
        *,
        count: int | None = None,
        presence: Presence = "all",
        undocumented: bool = False,
    ) -> Iterator[JsonObject]:
        """
        Make events of the types that a pattern fits, in turn.

        Args:
            pattern: A glob over event types.
            count: How many in all; by default one of each type.
            presence: Which of the optional properties they have.
            undocumented: Whether the pattern finds undocumented and deprecated types.

        Raises:
            UnknownEventType: The pattern fits none; with the nearest names.
        """
        matched = self._catalogue.match(pattern, undocumented=undocumented)
        types = [schema.event_type for schema in matched]
        wanted = len(types) if count is None else count
        return (self.event(one, presence=presence) for one in islice(cycle(types), wanted))
