"""
Strict variants of schemas, for your own fixtures rather than for what Seam sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping, JsonObject


def strict_document(document: JsonMapping) -> JsonObject:
    """
    Make a schema strict: reject unknown properties, require all documented ones.

    A property that is undocumented, no longer documented or not on the page of the event is
    allowed but not required: the documented example is strictly valid.
    """
    notes = document["x-seam"]["properties"]
    paged = any("page" in note.get("sources", ()) for note in notes.values())
    documented = [
        name
        for name in document["properties"]
        if notes[name]["documented"] and (not paged or "page" in notes[name].get("sources", ()))
    ]
    return _closed(document) | {"required": sorted({*document["required"], *documented})}


def _closed(schema: JsonMapping) -> JsonObject:
    closed = dict(schema)
    if "properties" in closed:
        closed["properties"] = {
            name: _closed(member) for name, member in closed["properties"].items()
        }
        closed.setdefault("additionalProperties", False)
    if isinstance(closed.get("items"), dict):
        closed["items"] = _closed(closed["items"])
    return closed
