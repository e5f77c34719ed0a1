"""
Draws events without Hypothesis: its engine takes longer to start than a quick run has for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from seamproof.strategies.generators.plan import MOST_EDITS, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from seamproof.json_types import JsonObject
    from seamproof.schemas.catalogue import EventSchema
    from seamproof.strategies.generators.plan import EventPlan, Values


@dataclass(frozen=True)
class DrawnEvent:
    """
    An event that was drawn.

    Attributes:
        plan: Of its type.
        seed: Determines ids and times.
        edits: By their indexes in the plan.
    """

    plan: EventPlan
    seed: int
    edits: tuple[int, ...]

    @cached_property
    def event(self) -> JsonObject:
        """
        The event itself.
        """
        event = self.plan.event(self.seed, self.edits)
        self.plan.identify(event, self.seed, self.edits)
        return event

    def simpler(self) -> Iterator[DrawnEvent]:
        """
        Leave out each of its edits, one at a time.
        """
        for place in range(len(self.edits)):
            yield replace(self, edits=self.edits[:place] + self.edits[place + 1 :])


def draw_event(schemas: Sequence[EventSchema], values: Values, random: Random) -> DrawnEvent | None:
    """
    Draw an event of one of some types.

    Returns:
        None if its type has properties that only Hypothesis can draw.
    """
    plan = plan_of(random.choice(schemas), "mixed", values, extra=False, undocumented=True)
    if plan.drawn:
        return None
    places = range(len(plan.edits))
    edits = random.choices(places, k=random.randint(1, MOST_EDITS)) if places else []
    return DrawnEvent(plan, random.getrandbits(48), tuple(edits))
