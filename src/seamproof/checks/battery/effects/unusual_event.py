"""
Effect check: an event that is unusual, and that the contract allows, has an effect.

Work after the answer that fails for a value loses the event, although the answer is 2xx. In another
process, and where the handler catches the exception, only the missing effect shows that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

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
from seamproof.schemas.validation.contract import Contract
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.schemas.payload_mutations import PayloadMutation

#: Names of records: without them a handler does not know what the event is about.
_NAMES: Final = ("_id", "_ids", "_key", "_keys")


class _Unusual(NamedTuple):
    """
    A way in which an event may be unusual.

    Attributes:
        words: What it is then.
        severity: Where it has no effect: a handler may have nothing to do for what is not there.
        mutate: Makes the payload; it gets the properties that it may change.
        properties: Lists these; None where it changes events of every type.
    """

    words: str
    severity: Severity
    mutate: PayloadMutation
    properties: Callable[[EventSchema], tuple[str, ...]] | None = None


def _without_names(schema: EventSchema) -> Iterator[str]:
    """
    List the properties that name no record.
    """
    return (one for one in schema.properties if not one.endswith(_NAMES))


def _nullable(schema: EventSchema) -> tuple[str, ...]:
    names = _without_names(schema)
    return tuple(one for one in names if "null" in stated_types(schema.properties[one]))


def _optional(schema: EventSchema) -> tuple[str, ...]:
    return tuple(one for one in _without_names(schema) if one not in schema.required)


def _emptiable(schema: EventSchema) -> tuple[str, ...]:
    """
    List the objects that may be empty, as the metadata of a device without any.
    """
    names = _without_names(schema)
    return tuple(one for one in names if Contract(schema.properties[one]).is_valid({}))


_UNUSUAL: Final = (
    _Unusual(
        "with null for all values that may be null",
        "warning",
        PAYLOAD_MUTATIONS["null_optional"],
        _nullable,
    ),
    _Unusual(
        "without its optional properties",
        "warning",
        PAYLOAD_MUTATIONS["missing_optional"],
        _optional,
    ),
    _Unusual(
        "with empty objects",
        "warning",
        lambda payload, names: {**payload, **{one: {} for one in names}},
        _emptiable,
    ),
    _Unusual("with letters of many scripts", "error", PAYLOAD_MUTATIONS["unicode"]),
    _Unusual("with a property that nobody knows yet", "error", PAYLOAD_MUTATIONS["unknown_field"]),
    _Unusual("with times of six digits", "error", PAYLOAD_MUTATIONS["microseconds"]),
    _Unusual("of 340 kB", "error", PAYLOAD_MUTATIONS["large"]),
)


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
    for unusual in _UNUSUAL:
        for schema in _schemas(observer, unusual)[: 1 if few else UNUSUAL_TYPES]:
            failure = _lost(observer, schema, unusual)
            if failure:
                yield failure
                break


def _schemas(observer: StateObserver, unusual: _Unusual) -> list[EventSchema]:
    """
    List the event types that a mutation changes; those that are known to have an effect come first.
    """
    probe, known = observer.probe, observer.observation
    without_effect = {*known.ignored_types, *rejected_types(probe)}
    types = dict.fromkeys([*acting_types(probe), *probe.events.event_types])
    schemas = [probe.events.catalogue[one] for one in types if one not in without_effect]
    properties = unusual.properties
    return [one for one in schemas if properties is None or properties(one)]


def _mutated(probe: Probe, schema: EventSchema, unusual: _Unusual) -> JsonObject:
    event = plain_alone(probe, schema.event_type)
    names = unusual.properties(schema) if unusual.properties else ()
    return unusual.mutate(event, tuple(one for one in names if one in event))


def _lost(observer: StateObserver, schema: EventSchema, unusual: _Unusual) -> Failure | None:
    """
    Report a mutation that has no effect twice, where the plain event after it has one.
    """
    probe = observer.probe
    for _ in range(2):
        found = observe(observer, _mutated(probe, schema, unusual))
        if found.effects or not probe.is_accepted(found.received):
            return None
        if not observe(observer, plain_alone(probe, schema.event_type)).effects:
            return None
    if collect_background(probe) or probe.state.liveness.background:
        # delivery.background_work reports the exception.
        return None
    words = unusual.words
    return failure_of(
        found.request,
        found.received,
        f"an event {words} has an effect, as a plain one has",
        context=f"{words}: {NOTHING_DONE}",
        severity=unusual.severity,
        is_about_answer=False,
    )
