"""
What is sent of an event type: its plain event, and the variants of its properties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.experiment.trials import PlainEvent, Trial
from seamproof.checks.dependencies.experiment.variants import (
    properties_of,
    variants_of,
    with_distinct_values,
)
from seamproof.checks.probe.presence import accepted_event
from seamproof.json_pointer import escape
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from seamproof.checks.dependencies.experiment.variants import PropertyVariant, TriedProperty
    from seamproof.checks.probe.probe import Probe

#: Other events of a type of which plausible values are taken.
_SAMPLES: Final = 8


@dataclass(frozen=True, slots=True)
class PreparedType:
    """
    What is sent of an event type.

    Attributes:
        plain: The plain event.
        properties: By pointer.
        variants: By pointer.
        missing: Pointers of properties that no event has which the handler accepts.
    """

    plain: PlainEvent
    properties: dict[str, TriedProperty]
    variants: dict[str, list[PropertyVariant]]
    missing: tuple[str, ...] = ()

    @property
    def different(self) -> Trial:
        """
        An event with other values in all properties that have some.
        """
        chosen = [
            next((one for one in reversed(several) if one.kind in ("value", "id")), None)
            for pointer, several in self.variants.items()
            if pointer != "/event_type"
        ]
        return Trial(self.plain, tuple(one for one in chosen if one is not None))


def prepare(probe: Probe, event_type: str) -> PreparedType:
    """
    Make the plain event of a type, and the variants of its properties.
    """
    events = probe.events
    schema = events.catalogue[event_type]
    event = with_distinct_values(accepted_event(probe, schema), fixed_ids=events.fixed_ids)
    properties = properties_of(schema.document, event)
    samples = [
        Sampler(seed, catalogue=events.catalogue).event(event_type, undocumented=True)
        for seed in range(_SAMPLES)
    ]
    variants = {
        one.pointer: variants_of(one, samples, fixed_ids=events.fixed_ids) for one in properties
    }
    by_pointer = {one.pointer: one for one in properties}
    missing = tuple(f"/{escape(one)}" for one in sorted(schema.properties) if one not in event)
    return PreparedType(PlainEvent(event_type, event), by_pointer, variants, missing)
