"""
The strict reading of a schema: for one's own fixtures, not for what Seam sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping, JsonObject


def strict_document(document: JsonMapping) -> JsonObject:
    """
    Close a schema: refuse what the contract does not know, ask for all that is documented.

    A property that the documentation marks as undocumented, or that only the
    OpenAPI document has, is known but not asked for.
    """
    notes = document["x-seam"]["properties"]
    documented = [name for name in document["properties"] if notes[name]["documented"]]
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
