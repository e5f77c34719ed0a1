"""
Payload check: text of any script is accepted, raw and escaped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.model.causes import answer_text
from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.findings import note_other_bytes, report_failure
from seamproof.checks.probe.known_failures.reencoding import rejects_other_bytes
from seamproof.checks.probe.known_failures.values import note_everywhere
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.schemas.payload_mutations import text_paths, unusual_texts, with_unusual_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_pointer import Path
    from seamproof.schemas import EventSchema


class _Rejection(NamedTuple):
    """
    Text that was not accepted.

    Attributes:
        request: The event with the text.
        received: Its response.
        properties: Those that hold the text.
        holders: Those that hold the text in this event, where it is rejected in any property.
    """

    request: Request
    received: Received
    properties: tuple[str, ...]
    holders: tuple[str, ...] = ()


#: By answer and text, what was rejected at each path.
_Found: TypeAlias = "dict[tuple[str, str], dict[Path, _Rejection]]"

#: How a body is written, and whether letters beyond ASCII are escaped in it.
_FORMS: Final = (("raw", False), ("escaped", True))


def unicode(probe: Probe) -> Iterator[Finding]:
    """
    Text of any script is accepted, raw and escaped.
    """
    schemas = schemas_to_send(probe)
    rejected = {form: _rejected(probe, schemas, ascii_only=only) for form, only in _FORMS}
    for schema in schemas:
        by_form = {
            form: _rejections(probe, schema, rejected[form][schema.event_type], ascii_only=only)
            if schema.event_type in rejected[form]
            else {}
            for form, only in _FORMS
        }
        in_both = by_form["raw"].keys() & by_form["escaped"].keys()
        for form, rejections in by_form.items():
            for description, one in rejections.items():
                note_everywhere(probe, event_in(one.request.body), one.holders)
                if description not in in_both:
                    yield from report_failure(
                        probe, one.request, one.received, f"{description}, {form}", one.properties
                    )
                elif form == "raw":
                    yield from report_failure(
                        probe, one.request, one.received, description, one.properties
                    )


def _rejected(
    probe: Probe, schemas: Iterable[EventSchema], *, ascii_only: bool
) -> dict[str, tuple[Request, Received]]:
    """
    Send an event of each type with all unusual texts; return those that are not accepted.
    """
    encoding = replace(probe.encoding, ascii_only=ascii_only)
    events = (
        (with_unusual_text(event, paths), schema.event_type)
        for schema in schemas
        if (event := accepted_event(probe, schema))
        and (paths := text_paths(schema.document, event))
    )
    return {
        event_type: (request, received)
        for event_type, request, received in deliver_each(probe, events, encoding=encoding)
        if not probe.is_accepted(received) and accepted_presence(probe, event_type) is not None
    }


def _rejections(
    probe: Probe, schema: EventSchema, rejected: tuple[Request, Received], *, ascii_only: bool
) -> dict[str, _Rejection]:
    """
    Send unusual texts, each alone, of a type of which an event with all of them is not accepted.

    Returns:
        By description, what was rejected.
    """
    encoding = replace(probe.encoding, ascii_only=ascii_only)
    event_type = schema.event_type
    event = accepted_event(probe, schema)
    paths = text_paths(schema.document, event)
    request, received = rejected
    if received.is_rejected and rejects_other_bytes(probe, schema):
        note_other_bytes(probe, received)
        return {}
    found: _Found = {}
    for path in paths:
        for mutation in unusual_texts(accepted_event(probe, schema), path):
            body = encoding.encode(probe.events.fresh(mutation.payload))
            one, response = probe.deliver(body, event_type=event_type)
            if not probe.is_accepted(response):
                key = (answer_text(response), mutation.description)
                found.setdefault(key, {})[path] = _Rejection(one, response, mutation.properties)
    properties = tuple(dict.fromkeys(str(path[0]) for path in paths))
    together = {"unusual letters together": _Rejection(request, received, properties)}
    return _described(found, len(paths)) or together


def _described(found: _Found, paths: int) -> dict[str, _Rejection]:
    """
    Describe each bug once: where a text fails at every path, the property makes no difference.
    """
    described: dict[str, _Rejection] = {}
    for answer in dict.fromkeys(answer for answer, _ in found):
        texts = {text: at for (one, text), at in found.items() if one == answer}
        everywhere = [text for text, at in texts.items() if len(at) == paths]
        if everywhere:
            at = texts[everywhere[0]]
            properties = tuple(name for one in at.values() for name in one.properties)
            one = next(iter(at.values()))
            first = one._replace(properties=properties, holders=one.properties)
            described[", ".join(everywhere)] = first
        for path in dict.fromkeys(path for at in texts.values() for path in at):
            here = [text for text, at in texts.items() if path in at and text not in everywhere]
            if here:
                where = ".".join(map(str, path))
                described[f"{', '.join(here)} in {where}"] = texts[here[0]][path]
    return described
