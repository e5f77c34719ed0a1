"""
Which properties samples have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.schemas import EventSchema


def sampled_names(schema: EventSchema) -> set[str]:
    """
    Return the names of the properties that samples of an event type have by default.
    """
    notes = schema.document["x-seam"]["properties"]
    documented = {name for name in schema.properties if notes[name]["documented"]}
    return documented | {*schema.required}
