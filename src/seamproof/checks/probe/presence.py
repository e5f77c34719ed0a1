"""
With which optional properties the plain event of a type is accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.model.arrivals import types_of_other_work
from seamproof.checks.model.tuning import QUICK_KINDS
from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.failures.repair import repair
from seamproof.checks.probe.run_state import PlainDelivery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.probe.run_state import Blame
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.strategies import Presence

_PRESENCES: Final[tuple[Presence, ...]] = ("all", "required", "mixed")


def accepted_presence(probe: Probe, event_type: str) -> Presence | None:
    """
    Find with which optional properties a plain event is accepted; each type is tried once.

    Returns:
        None if it is never accepted, or if the type is so slow that no more of it is sent.
    """
    known = probe.state.plain_deliveries
    if probe.is_slow(event_type):
        return None
    if event_type not in known:
        known[event_type] = _deliver_plain(probe, event_type)
    return known[event_type].presence


def _deliver_plain(probe: Probe, event_type: str) -> PlainDelivery:
    first = probe.encoding.presence
    failed = None
    for presence in (first, *(one for one in _PRESENCES if one != first)):
        request, received = probe.deliver(probe.plain(event_type, presence))
        if probe.is_accepted(received):
            return PlainDelivery(presence, failed)
        failed = failed or (request, received)
    found = repair(probe, probe.events.catalogue[event_type], probe.plain(event_type, "all"))
    return PlainDelivery("mixed" if found.event else None, failed, found)


def find_presences(probe: Probe, event_types: Iterable[str]) -> None:
    """
    Try the plain events of several types at once, where the handler takes long.
    """
    if probe.overlap.at_once == 1:
        return
    known, first = probe.state.plain_deliveries, probe.encoding.presence
    events = ((probe.plain(one, first), one) for one in event_types if one not in known)
    for event_type, _, received in deliver_each(probe, events):
        if probe.is_accepted(received):
            known[event_type] = PlainDelivery(first, None)


def accepted_event(probe: Probe, schema: EventSchema) -> JsonObject:
    """
    Make a plain event with the properties and the values with which its type is accepted.
    """
    presence = accepted_presence(probe, schema.event_type)
    known = probe.state.plain_deliveries.get(schema.event_type)
    if known and known.repair and known.repair.event:
        return probe.events.fresh(known.repair.event, digits=probe.encoding.digits)
    return probe.plain(schema.event_type, presence or "all")


def genuine_body(probe: Probe, failure: Failure) -> bytes:
    """
    Make the body of a plain event to compare with that of a failure.

    It has the ids and the time of the first plain event of its type; an event of an unknown type
    is compared with one of the default type. Empty where the failure is not about one event.
    """
    event_type = failure.event_type
    if event_type is None or len(failure.sent) != 1 or failure.deviation:
        return b""
    known = probe.state.plain_deliveries.get(event_type)
    if known and known.repair and known.repair.event:
        return probe.encoding.encode(known.repair.event)
    presence = (known and known.presence) or probe.encoding.presence
    name = event_type if event_type in probe.events.catalogue else probe.default_type
    return probe.encoding.encode(probe.events.template(name, presence)) if name else b""


def accepts(probe: Probe, event: JsonMapping) -> bool:
    """
    Whether an event is accepted under new ids and a later time.
    """
    return probe.is_accepted(probe.deliver(probe.events.fresh(event))[1])


def rejected_types(probe: Probe) -> list[str]:
    """
    List the event types of which no plain event was accepted.
    """
    known = probe.state.plain_deliveries
    return sorted(event_type for event_type, one in known.items() if one.presence is None)


def plain_failure(probe: Probe, event_type: str) -> tuple[Request, Received] | None:
    """
    Look up the plain event of a type that was not accepted first, and its response.
    """
    accepted_presence(probe, event_type)
    known = probe.state.plain_deliveries.get(event_type)
    return known.failed if known else None


def rejected_values(probe: Probe, event_type: str) -> tuple[Blame, ...]:
    """
    Look up the values of the plain event of a type that had to be replaced.
    """
    accepted_presence(probe, event_type)
    known = probe.state.plain_deliveries.get(event_type)
    return known.repair.blamed if known and known.repair else ()


def schemas_to_send(probe: Probe, quick_limit: int | None = None) -> tuple[EventSchema, ...]:
    """
    Choose the event types that a check sends.

    In a quick pass they are one of each resource, in the pass after it the rest, else all. A quick
    run sends also those that are known to do something else.

    Args:
        probe: Of the run.
        quick_limit: How many are enough for a quick pass.
    """
    chosen = tuple(family[0] for family in probe.events.families.values())[:quick_limit]
    if probe.quick and probe.settings.quick:
        types, known = [one.event_type for one in chosen], probe.state.observation
        certain = types_of_other_work(known, types, has_values=False)
        others = [*dict.fromkeys([*certain, *types_of_other_work(known, types)])]
        chosen += tuple(probe.events.catalogue[one] for one in others[:QUICK_KINDS])
        probe.progress.left_out = tuple(certain[QUICK_KINDS:])
    elif not probe.quick:
        sent = {one.event_type for one in chosen} if probe.progress.is_rest else ()
        chosen = tuple(one for one in probe.events.schemas if one.event_type not in sent)
    probe.progress.planned = tuple(one.event_type for one in chosen)
    find_presences(probe, probe.progress.planned)
    return chosen
