"""
Payload check: text of any script is accepted, raw and escaped.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seamproof.checks.model.causes import answer_text
from seamproof.checks.probe.findings import report_failure
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.schemas.payload_mutations import text_paths, unusual_texts, with_unusual_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.schemas import EventSchema


class _Rejection(NamedTuple):
    request: Request
    received: Received
    description: str
    properties: tuple[str, ...]


def unicode(probe: Probe) -> Iterator[Finding]:
    """
    Text of any script is accepted, raw and escaped.
    """
    for schema in schemas_to_send(probe):
        for ascii_only in (False, True):
            yield from _failures(probe, schema, ascii_only=ascii_only)


def _failures(probe: Probe, schema: EventSchema, *, ascii_only: bool) -> Iterator[Failure]:
    form = "escaped" if ascii_only else "raw"
    encoding = replace(probe.encoding, ascii_only=ascii_only)
    event_type = schema.event_type
    event = accepted_event(probe, schema)
    paths = text_paths(schema.document, event)
    if not paths:
        return
    body = encoding.encode(with_unusual_text(event, paths))
    request, received = probe.deliver(body, event_type=event_type)
    if probe.is_accepted(received) or accepted_presence(probe, event_type) is None:
        return
    if received.is_rejected and _rejects_other_bytes(probe, schema):
        return
    found, sent = [], 0
    for path in paths:
        for mutation in unusual_texts(accepted_event(probe, schema), path):
            sent += 1
            body = encoding.encode(probe.events.fresh(mutation.payload))
            one, response = probe.deliver(body, event_type=event_type)
            if not probe.is_accepted(response):
                description = f"{mutation.description}, {form}"
                found.append(_Rejection(one, response, description, mutation.properties))
    # Where every text fails, and in the same way, the property makes no difference.
    if len(found) in (0, sent) and len({answer_text(one.received) for one in found}) <= 1:
        properties = tuple(str(path[0]) for path in paths)
        found = [_Rejection(request, received, f"unusual letters, {form}", properties)]
    for rejection in found:
        yield from report_failure(probe, *rejection)


def _rejects_other_bytes(probe: Probe, schema: EventSchema) -> bool:
    """
    Whether the handler rejects plain text in other bytes as well, which another check reports.
    """
    if probe.state.reencoded_rejected is None:
        body = json.dumps(accepted_event(probe, schema), indent=1).encode()
        _, received = probe.deliver(body, event_type=schema.event_type)
        probe.state.reencoded_rejected = received.is_rejected
    return probe.state.reencoded_rejected
