"""
Effect check: an event that is unusual, and that the contract allows, has an effect.

Work after the answer that fails for a value loses the event, although the answer is 2xx. In another
process, and where the handler catches the exception, only the missing effect shows that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.effects.any_effect import NOTHING_DONE
from seamproof.checks.battery.effects.event_age import observe, plain_alone
from seamproof.checks.battery.effects.logs import find_log
from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.tuning import UNUSUAL_TYPES
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import rejected_types
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.effects import acting_types
from seamproof.checks.state.liveness import collect_background
from seamproof.checks.state.observer import NO_STATE
from seamproof.schemas.payload_mutations import PAYLOAD_MUTATIONS
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema

#: In words what each mutation makes, and the severity where the event has no effect: a handler may
#: have nothing to do for a value that is not there.
_MUTATIONS: Final[dict[str, tuple[str, Severity]]] = {
    "null_optional": ("with null for all values that may be null", "warning"),
    "missing_optional": ("without its optional properties", "warning"),
    "unicode": ("with letters of many scripts", "error"),
    "unknown_field": ("with a property that nobody knows yet", "error"),
    "microseconds": ("with times of six digits", "error"),
    "large": ("of 340 kB", "error"),
}
#: Those that change events of every type.
_ALL_TYPES: Final = ("unicode", "unknown_field", "microseconds", "large")
#: Names of records: without them a handler does not know what the event is about.
_NAMES: Final = ("_id", "_ids", "_key", "_keys")


def unusual_event(probe: Probe) -> Iterator[Finding]:
    """
    An event with nulls, without optional properties, with unusual text: it has an effect.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    find_log(observer)
    if not acting_types(probe):
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
        return
    if reason := ArrivalMarks.of(observer.observation).reason:
        yield Inconclusive(reason=reason)
    few = probe.quick or observer.is_late or observer.is_slow
    for name in _MUTATIONS:
        for schema in _schemas(observer, name)[: 1 if few else UNUSUAL_TYPES]:
            failure = _lost(observer, schema, name)
            if failure:
                yield failure
                break


def _schemas(observer: StateObserver, mutation: str) -> list[EventSchema]:
    """
    List the event types that a mutation changes; those that are known to have an effect come first.
    """
    probe, known = observer.probe, observer.observation
    without_effect = {*known.ignored_types, *rejected_types(probe)}
    types = dict.fromkeys([*acting_types(probe), *probe.events.event_types])
    schemas = [probe.events.catalogue[one] for one in types if one not in without_effect]
    return [one for one in schemas if _changeable(one, mutation) or mutation in _ALL_TYPES]


def _mutated(probe: Probe, schema: EventSchema, mutation: str) -> JsonObject:
    event = plain_alone(probe, schema.event_type)
    names = tuple(one for one in _changeable(schema, mutation) if one in event)
    return PAYLOAD_MUTATIONS[mutation](event, names)


def _lost(observer: StateObserver, schema: EventSchema, mutation: str) -> Failure | None:
    """
    Report a mutation that has no effect twice, where the plain event after it has one.
    """
    probe = observer.probe
    for _ in range(2):
        found = observe(observer, _mutated(probe, schema, mutation))
        if found.effects or not probe.is_accepted(found.received):
            return None
        if not observe(observer, plain_alone(probe, schema.event_type)).effects:
            return None
    if collect_background(probe) or probe.state.liveness.background:
        # delivery.background_work reports the exception.
        return None
    words, severity = _MUTATIONS[mutation]
    return failure_of(
        found.request,
        found.received,
        f"an event {words} has an effect, as a plain one has",
        context=f"{words}: {NOTHING_DONE}",
        severity=severity,
        is_about_answer=False,
    )


def _changeable(schema: EventSchema, mutation: str) -> tuple[str, ...]:
    """
    List the properties that a mutation may change: those that name no record.
    """
    names = (one for one in schema.properties if not one.endswith(_NAMES))
    if mutation == "null_optional":
        return tuple(one for one in names if "null" in stated_types(schema.properties[one]))
    return tuple(one for one in names if one not in schema.required)
