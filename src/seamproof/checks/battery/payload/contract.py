"""
Checks of what is said: events as the contract allows them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.event_source import is_placeholder
from seamproof.checks.generation.mutations import (
    emptied,
    enlarged,
    extended,
    nulled,
    refilled,
    retimed,
)
from seamproof.checks.probe.findings import (
    Variant,
    plain,
    plain_failure,
    presence_taken,
    schemas_of,
    taken,
    takes,
    tell,
    try_all,
    try_one,
)
from seamproof.checks.probe.probe import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema


_TIMED: Final = ("occurred_at", "created_at")


def documented_examples(probe: Probe) -> Iterator[Finding]:
    """
    The documented example of each type is accepted.
    """
    others = {one.event_type for one in schemas_of(probe)}
    told: list[tuple[Request, Received]] = []
    untold: list[tuple[Request, Received]] = []
    left = False
    for schema in probe.specimens.schemas:
        event = probe.specimens.fresh(schema.example)
        request, received = probe.deliver(event)
        if probe.is_accepted(received) or presence_taken(probe, schema.event_type) is None:
            continue
        if not _is_of_others(probe, schema, event):
            told.append((request, received))
        elif schema.event_type in others:
            left = True
        else:
            untold.append((request, received))
    # Quickly, the others look at one type of each family: what they cannot see is told here.
    for request, received in told if left else [*told, *untold]:
        found = tell(probe, request, received, "the documented example")
        if found:
            yield found


def _is_of_others(probe: Probe, schema: EventSchema, event: JsonObject) -> bool:
    """
    Whether an example fails only by what is empty, missing or optional: others are about that.
    """
    others = [taken(probe, schema) | refilled(probe, schema, event)]
    if presence_taken(probe, schema.event_type) != "all":
        others.append({name: event[name] for name in event if name in schema.required})
    # Ids that are placeholders stay: they may be what the handler does not take.
    kept = {name: one for name, one in event.items() if is_placeholder(name, one)}
    return any(
        probe.is_accepted(probe.deliver(probe.specimens.fresh(other) | _among(other, kept))[1])
        for other in others
    )


def _among(event: JsonObject, kept: JsonObject) -> JsonObject:
    return {name: value for name, value in kept.items() if name in event}


def every_event_type(probe: Probe) -> Iterator[Finding]:
    """
    A realistic event of each type is accepted.
    """
    for schema in probe.specimens.schemas:
        if presence_taken(probe, schema.event_type) is None:
            failed = plain_failure(probe, schema.event_type)
            found = tell(probe, *failed, "") if failed else None
            if found:
                yield found


def required_only(probe: Probe) -> Iterator[Finding]:
    """
    An event without its optional properties is accepted, without each or without all.
    """
    for schema in schemas_of(probe):
        full = taken(probe, schema)
        optional = [name for name in full if name not in schema.required]
        found = False
        for name in optional:
            event = _without(full, name)
            one = try_one(probe, _variant(event, schema, f"without {name}", name))
            if one:
                found = True
                yield one
        if len(optional) > 1 and not found:
            event = _without(full, *optional)
            yield from try_all(probe, [_variant(event, schema, "without optional properties")])


def _without(event: JsonObject, *names: str) -> JsonObject:
    return {name: value for name, value in event.items() if name not in names}


def all_optional(probe: Probe) -> Iterator[Finding]:
    """
    An event with all of its optional properties is accepted.
    """
    for schema in schemas_of(probe):
        event_type = schema.event_type
        request, received = probe.deliver(plain(probe, event_type, "all"))
        if probe.is_accepted(received) or presence_taken(probe, event_type) is None:
            continue
        found = list(try_all(probe, _each_added(probe, schema)))
        last = None if found else tell(probe, request, received, "with all optional properties")
        yield from (*found, *([last] if last else []))


def _each_added(probe: Probe, schema: EventSchema) -> Iterator[Variant]:
    full = plain(probe, schema.event_type, "all")
    for name in full:
        if name not in schema.required:
            kept = (*schema.required, name)
            event = {one: value for one, value in full.items() if one in kept}
            yield _variant(event, schema, f"with {name}", name)


def nulls(probe: Probe) -> Iterator[Finding]:
    """
    Null is accepted wherever the contract allows it.
    """
    for schema in schemas_of(probe):
        for path, event in nulled(schema.document, taken(probe, schema)):
            yield from try_all(probe, [_variant(event, schema, f"{path} is null", path)])


_FEW: Final = 5


def timestamp_precision(probe: Probe) -> Iterator[Finding]:
    """
    Times of 3 and 6 digits are accepted, and, with less weight, whatever RFC 3339 allows.
    """
    # Times are read alike whatever an event is about: quickly, a few types tell.
    for schema in schemas_of(probe)[: _FEW if probe.quick else None]:
        for about, severity, event in retimed(taken(probe, schema)):
            variant = _variant(event, schema, about, severity=severity)
            # Other times fail with these: their properties are told as one.
            yield from try_all(probe, [replace(variant, names=_TIMED)])


def empty_values(probe: Probe) -> Iterator[Finding]:
    """
    Empty lists, objects and texts, and zero, are accepted where the contract allows them.
    """
    for schema in schemas_of(probe):
        for about, severity, event in emptied(schema, taken(probe, schema)):
            path = about.partition(" ")[0]
            variant = _variant(event, schema, about, path, severity)
            yield from try_all(probe, [variant])


#: Bytes of a body, and whether Standard Webhooks counts on its being accepted.
_SIZES: Final[tuple[tuple[int, Severity], ...]] = (
    (20_000, "error"),
    (100_000, "warning"),
    (350_000, "warning"),
)


#: A body is read in parts, and where one ends within a letter of several bytes, text that is put
#: together from the parts is another text.
_WIDE: Final = "\u20ac"
_SMALL: Final = 1_000


def large(probe: Probe) -> Iterator[Finding]:
    """
    Large bodies are accepted. The smallest that is not tells of the larger ones.
    """
    schemas = [one for one in schemas_of(probe) if presence_taken(probe, one.event_type)]
    roomy = next((one for one in schemas if _has_metadata(one)), None)
    schema = roomy or next(iter(schemas), None)
    if schema is None:
        return
    # Escaped, a letter is longer than any that Seam sends; refused, it is another check's business.
    wide = not probe.style.escaped and takes(probe, enlarged(taken(probe, schema), _SMALL, _WIDE))
    fillings = {"x": "", **({_WIDE: ", of letters of three bytes"} if wide else {})}
    for size, severity in _SIZES:
        about = f"a body of {size // 1000} kB"
        for letter, how in fillings.items():
            event = enlarged(taken(probe, schema), size, letter)
            found = try_one(probe, _variant(event, schema, about + how, severity=severity))
            if found:
                yield found
                return


def _has_metadata(schema: EventSchema) -> bool:
    return any(name.endswith("_custom_metadata") for name in schema.properties)


def unknown_property(probe: Probe) -> Iterator[Finding]:
    """
    Properties that nobody knows yet are accepted.
    """
    for schema in schemas_of(probe):
        for about, severity, event in extended(schema, taken(probe, schema)):
            variant = _variant(event, schema, about, severity=severity)
            yield from try_all(probe, [variant])


_NEW_ACTIONS: Final = ("archived", "firmware_updated")
_NEW_TYPES: Final = ("elevator.called", "parking_gate.opened", "visitor.checked_in")
#: What events of every type have.
_ENVELOPE: Final = (
    *("event_id", "event_type", "event_description", "workspace_id"),
    *("created_at", "occurred_at"),
)


def unknown_event_type(probe: Probe) -> Iterator[Finding]:
    """
    Types that nobody knows yet are accepted, of known resources and of new ones.
    """
    known = probe.specimens.catalogue
    events = []
    for resource, family in probe.specimens.families.items():
        schema = next((o for o in family if presence_taken(probe, o.event_type)), None)
        names = [f"{resource}.{action}" for action in _NEW_ACTIONS]
        if schema is not None:
            events += [{**taken(probe, schema), "event_type": n} for n in names if n not in known]
    for name in _NEW_TYPES:
        event = {**probe.plain(), "event_type": name}
        kept = {key: value for key, value in event.items() if key in _ENVELOPE}
        events += [kept] if name not in known else []
    seen = set()
    for event in events:
        request, received = probe.deliver(event)
        if probe.is_accepted(received):
            continue
        found = tell(probe, request, received, "a type that nobody knows yet")
        # An exception at one place is one bug, whatever the type is called.
        if found and (not received.escaped or found.cause not in seen):
            seen.add(found.cause)
            yield found


_MALFORMED: Final = (b'{"event_type":', b"not JSON", b"", b"{'event_type': 'x'}", b'{"a": 1,}')
_NON_OBJECTS: Final = (b"[]", b'"text"', b"null", b"42", b"true", b"[{}]")


def signed_malformed_json(probe: Probe) -> Iterator[Finding]:
    """
    A signed body that is no JSON is no reason to crash.
    """
    yield from _uncrashed(probe, _MALFORMED, "no crash: a signed body that is no JSON")


def signed_non_object(probe: Probe) -> Iterator[Finding]:
    """
    A signed body that is no object is no reason to crash.
    """
    yield from _uncrashed(probe, _NON_OBJECTS, "no crash: signed JSON that is no object")


def _uncrashed(probe: Probe, bodies: tuple[bytes, ...], expected: str) -> Iterator[Failure]:
    seen = set()
    for body in bodies:
        request, received = probe.deliver(body)
        if probe.is_crash(received):
            found = failure(request, received, expected, severity="warning")
            if found.cause not in seen:
                seen.add(found.cause)
                yield found


def _variant(
    event: JsonObject | bytes,
    schema: EventSchema,
    about: str,
    path: str = "",
    severity: Severity = "error",
) -> Variant:
    names = (path.partition(".")[0],) if path else ()
    return Variant(
        event=event, event_type=schema.event_type, about=about, severity=severity, names=names
    )
