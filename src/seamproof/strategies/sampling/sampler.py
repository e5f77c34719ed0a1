"""
Sampler of realistic events: a seed determines the events.
"""

from __future__ import annotations

import secrets
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING

from seamproof.errors import UsageError
from seamproof.schemas.catalogue import Catalogue, catalog
from seamproof.strategies.sampling.draw import Draw
from seamproof.strategies.sampling.journeys import journey_steps, make_consistent
from seamproof.strategies.sampling.recorded_events import RecordedEvents
from seamproof.strategies.sampling.value_makers import SHARES, maker_of, value_maker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import EventSchema
    from seamproof.strategies.sampling.value_makers import Presence


class Sampler:
    """
    Generates realistic events; the same seed gives the same events.

    Args:
        seed: A number or a text, by default a random number. A number and the text
            of its digits are the same seed.
        catalogue: The schemas; by default the built-in ones.
        like: A directory of recorded events, in whose manner events are generated: with their
            properties, nulls, values of enums and lengths.

    Raises:
        UsageError: There is no such directory, or it has no valid event.
    """

    def __init__(
        self,
        seed: int | str | None = None,
        *,
        catalogue: Catalogue | None = None,
        like: str | Path | None = None,
    ) -> None:
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        self._catalogue = catalog() if catalogue is None else catalogue
        self.recorded = None if like is None else RecordedEvents(like, self._catalogue)
        # As text, so that the seed that a command prints is the one that it accepts.
        self._draw = Draw(Random(str(self.seed)))

    def event(
        self, event_type: str, *, presence: Presence = "all", undocumented: bool = False
    ) -> JsonObject:
        """
        Generate one event; with recordings of its type, in the manner of one of them.

        Args:
            event_type: The event type.
            presence: Which optional properties the event has.
            undocumented: Whether these include properties that are not, or no longer, documented.

        Raises:
            UnknownEventType: There is no such event type; suggests the nearest ones.
        """
        models = self.recorded.by_type.get(event_type) if self.recorded else None
        if self.recorded and models:
            random = self._draw.random
            return self.recorded.redraw(random.choice(models), random)
        schema, share = self._catalogue[event_type], SHARES[presence]
        make = maker_of(schema, share, undocumented=undocumented)
        event: JsonObject = make(self._draw)
        return event

    def journey(
        self, name: str, *, presence: Presence = "all", undocumented: bool = False
    ) -> list[JsonObject]:
        """
        Generate the events of a life cycle, in the order in which they occur.

        Args:
            name: A life cycle of `JOURNEYS`.
            presence: Which optional properties the events have.
            undocumented: Whether these include properties that are not, or no longer, documented.

        Raises:
            UsageError: There is no such life cycle; lists the existing ones. Or the sampler has
                recordings, whose events belong to no life cycle.
            UnknownEventType: The catalogue lacks one of its event types.
        """
        if self.recorded is not None:
            what = "a life cycle is not generated in the manner of recordings"
            raise UsageError(what, found=f"like={self.recorded!r}")
        events: list[JsonObject] = []
        known: JsonObject = {}
        try:
            for step in journey_steps(name):
                if events:
                    wait = self._draw.random.randint(*step.after)
                    self._draw.next_at = self._draw.occurred + 1000 * wait
                event = self.event(step.event_type, presence=presence, undocumented=undocumented)
                make_consistent(event, step, known, self._draw)
                events.append(event)
        finally:
            self._draw.next_at = None
        return events

    def value(self, name: str, schema: JsonMapping) -> Json:
        """
        Generate one value of a property.
        """
        return value_maker(name, schema, 1.0)(self._draw)

    def match(self, pattern: str, *, undocumented: bool = False) -> tuple[EventSchema, ...]:
        """
        Find the event types that are generated: of those that match, the recorded ones.
        """
        if self.recorded is not None:
            return self.recorded.match(pattern)
        return self._catalogue.match(pattern, undocumented=undocumented)

    def events(
        self,
        pattern: str = "*",
        *,
        count: int | None = None,
        presence: Presence = "all",
        undocumented: bool = False,
    ) -> Iterator[JsonObject]:
        """
        Generate events of the types that match a pattern, type after type, repeatedly.

        Args:
            pattern: A glob over event types.
            count: The number of events; by default one of each type.
            presence: Which optional properties the events have.
            undocumented: Whether the pattern includes undocumented and deprecated types, and
                the events undocumented properties.

        Raises:
            UnknownEventType: No event type matches; suggests the nearest ones.
            UsageError: No type that matches is recorded, where the sampler has recordings.
        """
        matched = self.match(pattern, undocumented=undocumented)
        types = [schema.event_type for schema in matched]
        number = len(types) if count is None else count
        return (
            self.event(name, presence=presence, undocumented=undocumented)
            for name in islice(cycle(types), number)
        )
