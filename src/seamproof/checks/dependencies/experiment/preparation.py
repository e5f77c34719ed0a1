"""
What is sent of an event type: its plain event, and the variants of its properties.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.experiment.variants import (
    LEFT_OUT,
    ids_of,
    properties_of,
    variants_of,
    with_distinct_values,
)
from seamproof.checks.probe.presence import accepted_event
from seamproof.json_pointer import escape, readable
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from seamproof.checks.dependencies.experiment.effects import Effect
    from seamproof.checks.dependencies.experiment.variants import PropertyVariant, TriedProperty
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject

#: Other events of a type of which plausible values are taken.
_SAMPLES: Final = 8


@dataclass
class PlainEvent:
    """
    The plain event of a type, and what is known about its effect.

    Attributes:
        event_type: The event type.
        event: The event; each trial gets new ids.
        effect: What it changes; None before it is known.
        at: When each event occurred, where all are given one time; None for a new one each time.
        is_independent: Whether events of the type change nothing that they share, so that several
            can be delivered before the state is read.
        hidden: Paths at which the value differs each time, with values that do not.
        varying: How many changes have a value that differs each time, or an id that no event has.
        held_ids: Ids that are the same in each event, where the state holds what is made of them.
        is_dirty: Whether a variant was delivered after the last plain event.
    """

    event_type: str
    event: JsonObject
    effect: Effect | None = None
    at: datetime | None = None
    is_independent: bool = False
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    varying: int = 0
    held_ids: frozenset[str] = frozenset()
    is_dirty: bool = False


@dataclass(frozen=True)
class Trial:
    """
    An event to deliver: a plain one with some variants.

    Attributes:
        plain: The plain event of its type.
        variants: In what it differs; the inner ones of a property come before it.
        expected: The effect that it has if those of the last layer make no difference.
        seen: The effect that it had before, where it is repeated.
    """

    plain: PlainEvent
    variants: tuple[PropertyVariant, ...] = ()
    expected: Effect | None = field(default=None, compare=False)
    seen: Effect | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """
        The event type, and which properties differ how: `lock.locked, device_id absent`.
        """
        differing = (f"{readable(one.pointer)} {one.kind}" for one in self.variants)
        return ", ".join((self.plain.event_type, *differing))

    @property
    def lacks_type(self) -> bool:
        """
        Whether the event has no type, so that the handler does the same with it as with others.
        """
        return any(one.pointer == "/event_type" and one.kind in LEFT_OUT for one in self.variants)


@dataclass(frozen=True, slots=True)
class PreparedType:
    """
    What is sent of an event type.

    Attributes:
        plain: The plain event.
        properties: By pointer.
        variants: By pointer.
        missing: Pointers of properties that no event has which the handler accepts.
        changed: In what the plain event differs from that of other runs, so that it has an effect.
    """

    plain: PlainEvent
    properties: dict[str, TriedProperty]
    variants: dict[str, list[PropertyVariant]]
    missing: tuple[str, ...] = ()
    changed: tuple[PropertyVariant, ...] = ()

    @property
    def different(self) -> Trial:
        """
        An event with other values in all properties that have some.
        """
        return self.others[0]

    @property
    def others(self) -> list[Trial]:
        """
        Events with other values in all properties that have some, until each of an enum was there.
        """
        values = [
            [one for one in reversed(several) if one.kind in ("value", "id")]
            for pointer, several in self.variants.items()
            if pointer != "/event_type"
        ]
        most = max(
            (len(self.variants[name]) for name, one in self.properties.items() if one.is_choice),
            default=1,
        )
        return [
            Trial(self.plain, tuple(several[at % len(several)] for several in values if several))
            for at in range(most)
        ]


def prepare(
    probe: Probe,
    event_type: str,
    *,
    changed: tuple[PropertyVariant, ...] = (),
    holds_ids: bool = False,
) -> PreparedType:
    """
    Make the plain event of a type, and the variants of its properties.

    Args:
        probe: Of the run.
        event_type: The event type.
        changed: In what its plain event is another one.
        holds_ids: Whether each event has the same ids but for its own.
    """
    events = probe.events
    schema = events.catalogue[event_type]
    event = with_distinct_values(accepted_event(probe, schema), fixed_ids=events.fixed_ids)
    for variant in changed:
        variant.apply(event)
    held = frozenset(ids_of(event)) if holds_ids else frozenset[str]()
    properties = properties_of(schema.document, event)
    samples = [
        Sampler(seed, catalogue=events.catalogue).event(event_type, undocumented=True)
        for seed in range(_SAMPLES)
    ]
    variants = {
        one.pointer: variants_of(one, samples, fixed_ids=events.fixed_ids | held)
        for one in properties
    }
    by_pointer = {one.pointer: one for one in properties}
    missing = tuple(f"/{escape(one)}" for one in sorted(schema.properties) if one not in event)
    plain = PlainEvent(event_type, event, held_ids=held)
    return PreparedType(plain, by_pointer, variants, missing, changed)
