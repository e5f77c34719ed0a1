"""
Whether a handler rejects an event for its bytes alone: it verifies what it has serialised again.

The check of the raw body reports that, and no other does.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.probe.presence import accepted_event, accepts

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import Json
    from seamproof.schemas import EventSchema

#: Numbers outside of these are written with an exponent, in several ways.
_LEAST: Final = 1e-4
_LARGEST: Final = 1e15
_USUAL: Final = 0.5


def rejects_other_bytes(probe: Probe, schema: EventSchema) -> bool:
    """
    Whether the handler rejects a plain event with other white space.
    """
    if probe.state.reencoded_rejected is None:
        body = json.dumps(accepted_event(probe, schema), indent=1).encode()
        _, received = probe.deliver(body, event_type=schema.event_type)
        probe.state.reencoded_rejected = received.is_rejected
    return probe.state.reencoded_rejected


def is_rejected_for_numbers(probe: Probe, request: Request, received: Received) -> bool:
    """
    Whether an event is accepted with numbers that have one form only: 1 for 1.0.
    """
    event, event_type = event_in(request.body), request.event_type or ""
    rewritten = {name: _rewritten(value) for name, value in event.items()}
    if not received.is_rejected or repr(rewritten) == repr(event):
        return False
    if event_type not in probe.events.catalogue:
        return False
    schema = probe.events.catalogue[event_type]
    return rejects_other_bytes(probe, schema) and accepts(probe, rewritten)


def _rewritten(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _rewritten(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_rewritten(item) for item in value]
    if not isinstance(value, float):
        return value
    if abs(value) >= _LARGEST or 0 < abs(value) < _LEAST:
        return _USUAL
    return int(value) if value.is_integer() else value
