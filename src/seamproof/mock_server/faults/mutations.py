"""
Applies payload mutations to an encoded body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.events import Event
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import Catalogue
    from seamproof.schemas.payload_mutations import PayloadMutation


def mutate_body(body: bytes, mutations: Sequence[PayloadMutation], catalogue: Catalogue) -> bytes:
    """
    Apply mutations to an encoded payload. The same body always gives the same result.
    """
    if not mutations:
        return body
    payload: JsonObject = parse_json(body)
    optional = _optional_properties(payload, catalogue)
    for mutate in mutations:
        payload = mutate(payload, optional)
    return Event.of(payload).body


def _optional_properties(payload: JsonMapping, catalogue: Catalogue) -> tuple[str, ...]:
    """
    Return the names of the properties that an event of this type may lack.
    """
    event_type = str(payload.get("event_type"))
    if event_type not in catalogue:
        return ()
    schema = catalogue[event_type]
    return tuple(name for name in schema.properties if name not in schema.required)
