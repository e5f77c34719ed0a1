"""
The values of an event that failures were reported for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.probe.failures.value_kinds import PRESENT, kind_of
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.probe.run_state import PropertyValue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import EventSchema


#: Stands for every property, where a kind of value is rejected whichever property has it.
ANY: Final = "*"


def repaired_event(
    probe: Probe,
    schema: EventSchema,
    event: JsonMapping,
    severities: Collection[Severity] = ("error", "warning"),
) -> JsonObject:
    """
    Copy an event with plain values in place of those of reported failures.

    Args:
        probe: Of the run.
        schema: Of the event.
        event: The event.
        severities: Of the failures.
    """
    reported, plain = probe.state.reported.values, accepted_event(probe, schema)
    values = values_in(probe, schema.event_type, event, {*event, *plain})
    values |= {PropertyValue(name, PRESENT) for name in event}
    names = {
        one.name
        for one in values
        if {reported.get(one), reported.get(PropertyValue(ANY, one.kind))} & {*severities}
    }
    kept = {name: value for name, value in event.items() if name not in names}
    return kept | {name: plain[name] for name in names & plain.keys()}


def values_in(
    probe: Probe, event_type: str | None, event: JsonMapping, names: Iterable[str]
) -> set[PropertyValue]:
    """
    Name the kinds of values that some properties of an event have.
    """
    catalogue = probe.events.catalogue
    event_type = event_type or ""
    shapes = catalogue[event_type].properties if event_type in catalogue else {}
    return {PropertyValue(name, kind_of(event, name, shapes)) for name in names}


def note_everywhere(probe: Probe, event: JsonMapping, names: Iterable[str]) -> None:
    """
    Note that the kinds of values of some properties are rejected, whichever property has them.
    """
    for one in values_in(probe, None, event, names):
        probe.state.reported.values.setdefault(PropertyValue(ANY, one.kind), "error")
