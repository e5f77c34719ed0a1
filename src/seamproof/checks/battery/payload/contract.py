"""
Payload checks: events as the contract allows them are accepted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.renewal import is_placeholder
from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.findings import (
    is_never_accepted,
    note_presence,
    report_failure,
    report_value,
    send_mutation,
    send_mutations_of_types,
)
from seamproof.checks.probe.presence import (
    accepted_event,
    accepted_presence,
    accepts,
    find_presences,
    plain_failure,
    rejected_values,
    schemas_to_send,
)
from seamproof.json_types import parse_json
from seamproof.schemas import payload_mutations
from seamproof.schemas.payload_mutations import MutatedPayload, without
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema

_EXAMPLE: Final = "the documented example"
#: How many event types show in a quick run how a handler parses times.
_QUICK_TYPES: Final = 5


def documented_examples(probe: Probe) -> Iterator[Finding]:
    """
    The documented example of each type is accepted.
    """
    if probe.progress.is_rest:
        yield from _examples_not_explained(probe)
        return
    own: list[tuple[Request, Received]] = []
    examples = ((schema.example, schema) for schema in _schemas_of_examples(probe))
    for schema, request, received in deliver_each(probe, examples):
        if probe.is_accepted(received) or accepted_presence(probe, schema.event_type) is None:
            continue
        if _is_of_other_checks(probe, schema, parse_json(request.body)):
            probe.state.examples_set_aside.append((request, received))
        else:
            own.append((request, received))
    for request, received in own:
        yield from report_failure(probe, request, received, _EXAMPLE)
    if probe.state.examples_set_aside and probe.quick and probe.settings.quick:
        yield from _examples_of_types_not_sent(probe)


def _schemas_of_examples(probe: Probe) -> Iterable[EventSchema]:
    """
    Choose the types whose examples are sent; in a quick run at a slow handler one of each form.
    """
    schemas = probe.events.schemas
    if not (probe.settings.quick and probe.is_brief):
        return schemas
    forms = {(one.resource, *sorted(one.example)): one for one in reversed(schemas)}
    return [one for one in schemas if one in forms.values()]


def _examples_not_explained(probe: Probe) -> Iterator[Finding]:
    """
    Report the examples that were set aside, where the other checks have found nothing.
    """
    explained = {event_type for event_type, _, _ in probe.state.reported.causes}
    for request, received in probe.state.examples_set_aside:
        if request.event_type not in explained:
            yield from report_failure(probe, request, received, _EXAMPLE)


def _examples_of_types_not_sent(probe: Probe) -> Iterator[Finding]:
    """
    Report what the other checks cannot see in a quick run: they send one type of each resource.
    """
    seen_by_others = {one.event_type for one in schemas_to_send(probe)}
    set_aside = probe.state.examples_set_aside
    if not any(request.event_type in seen_by_others for request, _ in set_aside):
        for request, received in set_aside:
            yield from report_failure(probe, request, received, _EXAMPLE)


def _is_of_other_checks(probe: Probe, schema: EventSchema, event: JsonObject) -> bool:
    """
    Whether an example is rejected only for what is empty, missing or optional in it.
    """
    accepted = accepted_event(probe, schema)
    rejected = {one.name for one in rejected_values(probe, schema.event_type)}
    repaired = [accepted | probe.events.refilled(event)]
    repaired.append(
        {name: event.get(name, one) for name, one in accepted.items() if name not in rejected}
        | {name: accepted[name] for name in rejected & accepted.keys()}
    )
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
    find_presences(probe, probe.events.event_types)
    for schema in probe.events.schemas:
        for blame in rejected_values(probe, schema.event_type):
            # A value of an enum is reported by the check that sends all of them.
            if not blame.has_enum:
                yield from report_value(probe, blame.request, blame.received, (blame.name,))
        if accepted_presence(probe, schema.event_type) is None:
            failed = plain_failure(probe, schema.event_type)
            yield from report_failure(probe, *failed, "") if failed else ()


def required_only(probe: Probe) -> Iterator[Finding]:
    """
    An event without its optional properties is accepted, without each and without all.
    """
    optional = [
        (schema.event_type, event, [name for name in event if name not in schema.required])
        for schema in schemas_to_send(probe)
        if (event := accepted_event(probe, schema))
    ]
    without_each = (
        (event_type, _without(event, f"without {name}", name))
        for event_type, event, names in optional
        for name in names
    )
    found = set()
    for failure in send_mutations_of_types(probe, without_each):
        found.add(failure.event_type)
        yield failure
    without_all = (
        (event_type, _without(event, "without optional properties", *names))
        for event_type, event, names in optional
        if len(names) > 1 and event_type not in found
    )
    yield from send_mutations_of_types(probe, without_all)


def _without(event: JsonObject, description: str, *names: str) -> MutatedPayload:
    properties = names[:1] if len(names) == 1 else ()
    return MutatedPayload(
        payload=without(event, *names), description=description, properties=properties
    )


def all_optional(probe: Probe) -> Iterator[Finding]:
    """
    An event with all of its optional properties is accepted.
    """
    full = ((probe.plain(one.event_type, "all"), one) for one in schemas_to_send(probe))
    for schema, request, received in deliver_each(probe, full):
        event_type = schema.event_type
        if probe.is_accepted(received) or accepted_presence(probe, event_type) is None:
            continue
        found, together = [], accepted_event(probe, schema)
        for mutation in _each_added(probe, schema):
            together |= {name: mutation.payload[name] for name in mutation.properties}
            if failures := send_mutation(probe, event_type, mutation):
                note_presence(probe, mutation.properties)
                found += failures
        yield from found
        if not found and not accepts(probe, together):
            description = "with all optional properties"
            yield from report_failure(probe, request, received, description)


def _each_added(probe: Probe, schema: EventSchema) -> Iterator[MutatedPayload]:
    accepted = accepted_event(probe, schema)
    full = probe.plain(schema.event_type, "all")
    for name in [one for one in full if one not in accepted]:
        payload = {**accepted, name: full[name]}
        values = payload_mutations.enum_values(schema.document, payload)
        # Of a property with an enum any value will do: another check sends each of them.
        payload = next(
            (
                one.payload
                for one in values
                if one.properties == (name,) and accepts(probe, one.payload)
            ),
            payload,
        )
        yield MutatedPayload(payload=payload, description=f"with {name}", properties=(name,))


def nulls(probe: Probe) -> Iterator[Finding]:
    """
    Null is accepted wherever the contract allows it.
    """
    mutations = (
        (schema.event_type, one)
        for schema in _schemas_with_null(probe)
        for one in payload_mutations.null_values(schema.document, accepted_event(probe, schema))
    )
    yield from send_mutations_of_types(probe, mutations)


def _schemas_with_null(probe: Probe) -> list[EventSchema]:
    """
    Choose event types; for a quick pass also one of each resource with properties that may be null.
    """
    chosen = [*schemas_to_send(probe)]
    if probe.quick:
        for family in probe.events.families.values():
            most = max(family, key=_count_of_nulls)
            if most not in chosen and _count_of_nulls(most):
                chosen.append(most)
    return chosen


def _count_of_nulls(schema: EventSchema) -> int:
    return sum("null" in stated_types(shape) for shape in schema.properties.values())


def every_enum_value(probe: Probe) -> Iterator[Finding]:
    """
    Every documented value of every enum is accepted.
    """
    yield from send_mutations_of_types(probe, _enum_values(probe), same="value")


def _enum_values(probe: Probe) -> Iterator[tuple[str, MutatedPayload]]:
    # Of all types in a quick run as well: few have an enum.
    for schema in probe.events.schemas:
        full = probe.plain(schema.event_type, "all")
        for mutation in payload_mutations.enum_values(schema.document, full):
            if accepted_presence(probe, schema.event_type) is None:
                break
            accepted, (name,) = accepted_event(probe, schema), mutation.properties
            is_sent_already = mutation.payload[name] == accepted.get(name)
            if not is_sent_already and not is_never_accepted(probe, name):
                payload = {**accepted, name: mutation.payload[name]}
                yield schema.event_type, replace(mutation, payload=payload)


def timestamp_precision(probe: Probe) -> Iterator[Finding]:
    """
    Times of 3 and 6 digits are accepted; other times of RFC 3339 are a warning.
    """
    # A handler parses the times of all types in the same way: a few types show it.
    mutations = [
        (schema, one)
        for schema in schemas_to_send(probe, _QUICK_TYPES)
        for one in payload_mutations.other_times(accepted_event(probe, schema))
    ]
    sent_by_seam = ((one.event_type, sent) for one, sent in mutations if not sent.standard_only)
    yield from send_mutations_of_types(probe, sent_by_seam)
    first_types = {schema.resource: schema.event_type for schema, _ in reversed(mutations)}
    of_standard = (
        (schema.event_type, one)
        for schema, one in mutations
        if one.standard_only and schema.event_type == first_types[schema.resource]
    )
    yield from send_mutations_of_types(probe, of_standard, same="any_type")


def empty_values(probe: Probe) -> Iterator[Finding]:
    """
    Empty lists, objects and texts, and zero, are accepted where the contract allows them.
    """
    mutations = (
        (schema.event_type, one)
        for schema in schemas_to_send(probe)
        for one in payload_mutations.empty_values(
            schema.document, accepted_event(probe, schema), schema.example
        )
    )
    yield from send_mutations_of_types(probe, mutations)
