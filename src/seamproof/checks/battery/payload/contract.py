"""
Payload checks: events as the contract allows them are accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.event_source import is_placeholder
from seamproof.checks.probe.findings import report_failure, send_mutations
from seamproof.checks.probe.presence import (
    accepted_event,
    accepted_presence,
    plain_failure,
    schemas_to_send,
)
from seamproof.schemas import payload_mutations
from seamproof.schemas.payload_mutations import MutatedPayload, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema

#: How many event types show in a quick run how a handler parses times.
_QUICK_TYPES: Final = 5


def documented_examples(probe: Probe) -> Iterator[Finding]:
    """
    The documented example of each type is accepted.
    """
    types_of_other_checks = {one.event_type for one in schemas_to_send(probe)}
    own: list[tuple[Request, Received]] = []
    of_types_not_sent: list[tuple[Request, Received]] = []
    reported_elsewhere = False
    for schema in probe.events.schemas:
        event = probe.events.fresh(schema.example)
        request, received = probe.deliver(event)
        if probe.is_accepted(received) or accepted_presence(probe, schema.event_type) is None:
            continue
        if not _is_of_other_checks(probe, schema, event):
            own.append((request, received))
        elif schema.event_type in types_of_other_checks:
            reported_elsewhere = True
        else:
            of_types_not_sent.append((request, received))
    # In a quick run the other checks send one type of each resource: report what they cannot see.
    for request, received in own if reported_elsewhere else [*own, *of_types_not_sent]:
        yield from report_failure(probe, request, received, "the documented example")


def _is_of_other_checks(probe: Probe, schema: EventSchema, event: JsonObject) -> bool:
    """
    Whether an example is rejected only for what is empty, missing or optional in it.
    """
    repaired = [accepted_event(probe, schema) | probe.events.refilled(event)]
    if accepted_presence(probe, schema.event_type) != "all":
        repaired.append({name: event[name] for name in event if name in schema.required})
    # Placeholder ids stay: they may be what the handler rejects.
    placeholders = {name: one for name, one in event.items() if is_placeholder(name, one)}
    for candidate in repaired:
        fresh = probe.events.fresh(candidate)
        fresh |= {name: one for name, one in placeholders.items() if name in fresh}
        if probe.is_accepted(probe.deliver(fresh)[1]):
            return True
    return False


def every_event_type(probe: Probe) -> Iterator[Finding]:
    """
    A realistic event of each type is accepted.
    """
    for schema in probe.events.schemas:
        if accepted_presence(probe, schema.event_type) is None:
            failed = plain_failure(probe, schema.event_type)
            yield from report_failure(probe, *failed, "") if failed else ()


def required_only(probe: Probe) -> Iterator[Finding]:
    """
    An event without its optional properties is accepted, without each and without all.
    """
    for schema in schemas_to_send(probe):
        full = accepted_event(probe, schema)
        optional = [name for name in full if name not in schema.required]
        mutations = (
            MutatedPayload(
                payload=without(full, name), description=f"without {name}", properties=(name,)
            )
            for name in optional
        )
        found = False
        for failure in send_mutations(probe, schema.event_type, mutations):
            found = True
            yield failure
        if len(optional) > 1 and not found:
            payload, description = without(full, *optional), "without optional properties"
            mutation = MutatedPayload(payload=payload, description=description)
            yield from send_mutations(probe, schema.event_type, [mutation])


def all_optional(probe: Probe) -> Iterator[Finding]:
    """
    An event with all of its optional properties is accepted.
    """
    for schema in schemas_to_send(probe):
        event_type = schema.event_type
        request, received = probe.deliver(probe.plain(event_type, "all"))
        if probe.is_accepted(received) or accepted_presence(probe, event_type) is None:
            continue
        found = list(send_mutations(probe, event_type, _each_added(probe, schema)))
        description = "with all optional properties"
        yield from found or report_failure(probe, request, received, description)


def _each_added(probe: Probe, schema: EventSchema) -> Iterator[MutatedPayload]:
    full = probe.plain(schema.event_type, "all")
    for name in full:
        if name not in schema.required:
            kept = (*schema.required, name)
            payload = {one: value for one, value in full.items() if one in kept}
            yield MutatedPayload(payload=payload, description=f"with {name}", properties=(name,))


def nulls(probe: Probe) -> Iterator[Finding]:
    """
    Null is accepted wherever the contract allows it.
    """
    for schema in schemas_to_send(probe):
        mutations = payload_mutations.null_values(schema.document, accepted_event(probe, schema))
        yield from send_mutations(probe, schema.event_type, mutations)


def timestamp_precision(probe: Probe) -> Iterator[Finding]:
    """
    Times of 3 and 6 digits are accepted; other times of RFC 3339 are a warning.
    """
    # A handler parses the times of all types in the same way: a few types show it.
    for schema in schemas_to_send(probe)[: _QUICK_TYPES if probe.quick else None]:
        mutations = payload_mutations.other_times(accepted_event(probe, schema))
        yield from send_mutations(probe, schema.event_type, mutations)


def empty_values(probe: Probe) -> Iterator[Finding]:
    """
    Empty lists, objects and texts, and zero, are accepted where the contract allows them.
    """
    for schema in schemas_to_send(probe):
        event = accepted_event(probe, schema)
        mutations = payload_mutations.empty_values(schema.document, event, schema.example)
        yield from send_mutations(probe, schema.event_type, mutations)
