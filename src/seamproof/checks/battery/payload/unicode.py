"""
The check of text of any script, raw and escaped.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.mutations import spelled
from seamproof.checks.probe.findings import presence_taken, schemas_of, taken, tell
from seamproof.checks.probe.probe import cause_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema


def unicode(probe: Probe) -> Iterator[Finding]:
    """
    Text of any script is accepted, raw and escaped.
    """
    for schema in schemas_of(probe):
        for ascii_only in (False, True):
            yield from _unicode(probe, schema, ascii_only=ascii_only)


_TWO: Final = 2


def _unicode(probe: Probe, schema: EventSchema, *, ascii_only: bool) -> Iterator[Failure]:
    how = "escaped" if ascii_only else "raw"

    def written(event: JsonObject) -> bytes:
        return replace(probe.style, escaped=ascii_only).write(event)

    everything = spelled(schema.document, taken(probe, schema))
    if everything is None:
        return
    request, received = probe.deliver(written(everything.event), event_type=schema.event_type)
    if probe.is_accepted(received) or presence_taken(probe, schema.event_type) is None:
        return
    if probe.is_refused(received) and _is_about_bytes(probe, schema):
        return
    found, names = [], []
    for about, event in everything.parts(lambda: taken(probe, schema)):
        path = about.rpartition(" ")[2]
        names.append(path.partition(".")[0])
        sent, came = probe.deliver(written(event), event_type=schema.event_type)
        if not probe.is_accepted(came):
            found.append((sent, came, f"{about}, {how}", names[-1:]))
    # Where every text fails, and in the same way, it is no matter of the property.
    if len(found) in (0, len(names)) and len({cause_of(came) for _, came, *_ in found}) < _TWO:
        found = [(request, received, f"unusual letters, {how}", names)]
    for sent, came, about, about_names in found:
        one = tell(probe, sent, came, about, names=tuple(about_names))
        yield from [one] if one else []


def _is_about_bytes(probe: Probe, schema: EventSchema) -> bool:
    """
    Whether a handler refuses plain text in other bytes as well, which is another check's business.
    """
    if probe.state.reencoded_refused is None:
        body = json.dumps(taken(probe, schema), indent=1).encode()
        _, received = probe.deliver(body, event_type=schema.event_type)
        probe.state.reencoded_refused = probe.is_refused(received)
    return probe.state.reencoded_refused
