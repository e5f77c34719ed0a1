"""
Payload checks: large bodies, unknown properties and types, and bodies that are no event.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.causes import answer_text
from seamproof.checks.probe.control import controlled
from seamproof.checks.probe.deliveries import deliver_each, send_groups
from seamproof.checks.probe.findings import (
    failure_of,
    first_of_each_cause,
    report_failure,
    send_mutations,
    send_mutations_of_types,
)
from seamproof.checks.probe.presence import (
    accepted_event,
    accepted_presence,
    accepts,
    schemas_to_send,
)
from seamproof.schemas.payload_mutations import MutatedPayload, enlarged, unknown_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.exchange import Received
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema

#: Bytes of a body, and whether Standard Webhooks advises against it.
_SIZES: Final = ((20_000, False), (100_000, True), (350_000, True))
#: A letter of three bytes: a handler that decodes a body in chunks breaks it at their borders.
_WIDE: Final = "\u20ac"
_SMALL: Final = 1_000

_NEW_ACTIONS: Final = ("archived", "firmware_updated")
_NEW_TYPES: Final = ("elevator.called", "parking_gate.opened", "visitor.checked_in")
#: What events of every type have.
_ENVELOPE: Final = (
    *("event_id", "event_type", "event_description", "workspace_id"),
    *("created_at", "occurred_at"),
)


def large(probe: Probe) -> Iterator[Finding]:
    """
    Large bodies are accepted. Only the smallest that is not is reported.
    """
    schemas = [one for one in schemas_to_send(probe) if accepted_presence(probe, one.event_type)]
    with_metadata = next((one for one in schemas if _has_metadata(one)), None)
    schema = with_metadata or next(iter(schemas), None)
    if schema is None:
        return
    # An escaped letter is longer than any that Seam sends; another check reports that it is
    # rejected.
    small = enlarged(accepted_event(probe, schema), _SMALL, _WIDE)
    letters = {"x": ""}
    if not probe.encoding.ascii_only and accepts(probe, small):
        letters[_WIDE] = ", of letters of three bytes"
    mutations = (
        MutatedPayload(
            payload=enlarged(accepted_event(probe, schema), size, letter),
            description=f"a body of {size // 1000} kB{suffix}",
            standard_only=standard_only,
        )
        for size, standard_only in _SIZES
        for letter, suffix in letters.items()
    )
    yield from islice(send_mutations(probe, schema.event_type, mutations), 1)


def _has_metadata(schema: EventSchema) -> bool:
    return any(name.endswith("_custom_metadata") for name in schema.properties)


def unknown_property(probe: Probe) -> Iterator[Finding]:
    """
    Unknown properties are accepted.
    """
    mutations = [
        (schema.event_type, one)
        for schema in schemas_to_send(probe)
        for one in unknown_properties(schema.document, accepted_event(probe, schema))
    ]
    usual = (one for one in mutations if not one[1].standard_only)
    yield from send_mutations_of_types(probe, usual)
    # What fails on letters of other scripts in a value fails on them in a name as well.
    unusual = (one for one in mutations if one[1].standard_only)
    yield from send_mutations_of_types(probe, unusual, same="any_event")


def unknown_event_type(probe: Probe) -> Iterator[Finding]:
    """
    Unknown event types are accepted, of known resources and of new ones.
    """
    seen = set()
    events = ((event, None) for event in _events_of_unknown_types(probe))
    for _, request, received in deliver_each(probe, events):
        if probe.is_accepted(received):
            continue
        # An exception at one place is one bug, for all types.
        answer = answer_text(received)
        if received.escaped and answer in seen:
            continue
        seen.add(answer)
        yield from report_failure(probe, request, received, "a type that nobody knows yet")


def _events_of_unknown_types(probe: Probe) -> list[JsonObject]:
    known = probe.events.catalogue
    events = []
    for resource, family in probe.events.families.items():
        schema = next((one for one in family if accepted_presence(probe, one.event_type)), None)
        names = [f"{resource}.{action}" for action in _NEW_ACTIONS]
        if schema is not None:
            unknown = [name for name in names if name not in known]
            events += [{**accepted_event(probe, schema), "event_type": name} for name in unknown]
    for name in _NEW_TYPES:
        event = {**probe.plain(), "event_type": name}
        if name not in known:
            events.append({key: value for key, value in event.items() if key in _ENVELOPE})
    return events


def _is_no_crash(received: Received) -> bool:
    return not received.is_crash


def no_crash(what: str, *bodies: bytes) -> Callable[[Probe], Iterator[Finding]]:
    """
    Make a check that signed bodies which are no event do not make the handler crash.
    """

    @controlled
    @first_of_each_cause
    def run(probe: Probe) -> Iterator[Failure]:
        requests = ((probe.signed(body),) for body in bodies)
        for (request,), received in send_groups(probe, requests, _is_no_crash):
            if received.is_crash:
                yield failure_of(request, received, f"no crash: {what}", severity="warning")

    return run
