"""
Trying a variant of an event: a failure is told only by the check that it is about.

A type whose plain event fails already fails in `payload.every_event_type` and nowhere
else; an exception at one place is told once for a type, by the first check that meets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.checks.probe.probe import cause_of, failure
from seamproof.checks.probe.run_state import PlainDelivery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.strategies import Presence

ACCEPTED: Final = "accepted with 2xx"
_PRESENCES: Final[tuple[Presence, ...]] = ("all", "required", "mixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    An event that differs from a plain one in what a check is about.

    Attributes:
        event: The payload, or the exact bytes of a body.
        event_type: Of the plain event.
        about: In what it differs, in words: `customer_key is null`.
        severity: Of a failure.
        names: The properties in which it differs.
    """

    event: JsonObject | bytes
    event_type: str
    about: str
    severity: Severity = "error"
    names: tuple[str, ...] = ()


def try_all(probe: Probe, variants: Iterable[Variant]) -> Iterator[Failure]:
    """
    Send variants and tell each new way in which the handler fails.
    """
    for variant in variants:
        found = try_one(probe, variant)
        if found is not None:
            yield found


def try_one(probe: Probe, variant: Variant) -> Failure | None:
    """
    Send a variant; tell what is wrong, unless another check does.
    """
    event = variant.event
    if probe.is_slow(variant.event_type):
        return None
    if isinstance(event, dict):
        event = probe.specimens.fresh(event)
    request, received = probe.deliver(event, event_type=variant.event_type)
    if probe.is_accepted(received) or presence_taken(probe, variant.event_type) is None:
        return None
    return tell(probe, request, received, variant.about, variant.severity, names=variant.names)


def tell(
    probe: Probe,
    request: Request,
    received: Received,
    about: str,
    severity: Severity = "error",
    *,
    names: tuple[str, ...] = (),
) -> Failure | None:
    """
    Tell a failure, unless it has been told already.

    Args:
        probe: Of the run.
        request: That shows it.
        received: What came of it.
        about: In what the event differs from a plain one.
        severity: Of the failure.
        names: The properties in which the event differs.
    """
    reported = probe.state.reported
    cause = _cause(received, about)
    # What was told as a warning may turn out to be an error, and not the other way round.
    if any((request.event_type, cause, one) in reported.causes for one in ("error", severity)):
        return None
    reported.causes.add((request.event_type, cause, severity))
    expected = f"{ACCEPTED}: {about}" if about else ACCEPTED
    found = failure(
        request, received, expected, cause="" if received.escaped else about, severity=severity
    )
    if received.escaped:
        reported.places.add(cause)
    else:
        known_names(probe, request.event_type).update(names)
    return found


def _cause(received: Received, about: str) -> str:
    return cause_of(received) if received.escaped else f"{about}: {cause_of(received)}"


def is_told_of_others(probe: Probe, received: Received, about: str) -> bool:
    """
    Whether a failure of the same cause was told of some event type.
    """
    return any(cause == _cause(received, about) for _, cause, _ in probe.state.reported.causes)


def known_names(probe: Probe, event_type: str | None) -> set[str]:
    """
    Recall the properties of a type that failures were told of, where a status is all that is seen.
    """
    return probe.state.reported.properties.setdefault(event_type, set())


def is_known_place(probe: Probe, received: Received) -> bool:
    """
    Whether a check has told an exception at this place, of whatever type of event.
    """
    return received.escaped is not None and cause_of(received) in probe.state.reported.places


def presence_taken(probe: Probe, event_type: str) -> Presence | None:
    """
    Find with which properties a plain event of a type is accepted; None if with none.

    None as well if the type is so slow that it is spared.
    """
    known = probe.state.plain_deliveries
    if probe.is_slow(event_type):
        return None
    if event_type not in known:
        known[event_type] = _find_presence(probe, event_type)
    return known[event_type].presence


def refused_types(probe: Probe) -> list[str]:
    """
    Recall the event types of which no plain event was accepted.
    """
    known = probe.state.plain_deliveries
    return sorted(event_type for event_type, one in known.items() if one.presence is None)


def plain_failure(probe: Probe, event_type: str) -> tuple[Request, Received] | None:
    """
    Recall how a plain event of a type, with the properties of the run's style, failed.
    """
    presence_taken(probe, event_type)
    known = probe.state.plain_deliveries.get(event_type)
    return known.failed if known else None


def _find_presence(probe: Probe, event_type: str) -> PlainDelivery:
    first = probe.style.presence
    failed = None
    for presence in (first, *(one for one in _PRESENCES if one != first)):
        request, received = probe.deliver(plain(probe, event_type, presence))
        if probe.is_accepted(received):
            return PlainDelivery(presence, failed)
        failed = failed or (request, received)
    return PlainDelivery(None, failed)


def plain(probe: Probe, event_type: str, presence: Presence) -> JsonObject:
    """
    Make a plain event with certain properties, in the run's style else.
    """
    return probe.specimens.plain(event_type, presence, digits=6 if probe.style.fine else 3)


def taken(probe: Probe, schema: EventSchema) -> JsonObject:
    """
    Make a plain event that the handler takes, if there is one.
    """
    return plain(probe, schema.event_type, presence_taken(probe, schema.event_type) or "all")


def takes(probe: Probe, event: JsonObject) -> bool:
    """
    Whether an event, made anew, is accepted.
    """
    return probe.is_accepted(probe.deliver(probe.specimens.fresh(event))[1])


def schemas_of(probe: Probe) -> tuple[EventSchema, ...]:
    """
    Choose the event types that checks go through: all of them, or quickly one of each family.
    """
    if not probe.quick:
        return probe.specimens.schemas
    return tuple(family[0] for family in probe.specimens.families.values())
