"""
Definitions that many event schemas share, in one document that the schemas refer to.

The files of the catalogue refer to that document. In memory, and where a schema
is exported on its own, the references are replaced by their targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.json_pointer import get, parse
from seamproof.schemas.validation.keywords import DIALECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

SHARED_ID: Final = "urn:seam:shared"
SHARED_FILE: Final = "shared.json"

#: The properties that all events have. Seam adds event types without notice, but not these.
ENVELOPE: Final = ("created_at", "event_id", "event_type", "occurred_at", "workspace_id")

#: Suffixes of property names, and the shared definition of their items or values.
_ITEMS: Final[Mapping[str, str]] = {"_errors": "error", "_warnings": "warning"}
_VALUES: Final[Mapping[str, str]] = {"_custom_metadata": "custom_metadata"}


def share(
    documents: Mapping[str, JsonMapping],
) -> tuple[dict[str, JsonObject], JsonObject]:
    """
    Move the shared definitions of schemas into one document.

    Returns:
        The schemas with references, and the document that they refer to.
    """
    definitions: JsonObject = {}
    shared = {
        event_type: {
            **document,
            "properties": {
                name: _with_reference(name, shape, definitions)
                for name, shape in document["properties"].items()
            },
        }
        for event_type, document in documents.items()
    }
    envelope = {name: definitions.pop(name) for name in ENVELOPE if name in definitions}
    definitions["envelope"] = {
        "type": "object",
        "properties": envelope,
        "required": [name for name in ENVELOPE if name in envelope],
    }
    document = {
        "$schema": DIALECT,
        "$id": SHARED_ID,
        "title": "Shapes that events share",
        "$defs": dict(sorted(definitions.items())),
    }
    return shared, document


def _with_reference(name: str, shape: JsonMapping, definitions: JsonObject) -> JsonMapping:
    """
    Replace a property's schema by a reference, if it equals the shared definition.

    The first schema of a property becomes its shared definition.
    """
    if name == "event_type":
        plain = {key: value for key, value in shape.items() if key not in ("const", "enum")}
        definitions.setdefault(name, plain)
        return shape
    if name in ENVELOPE:
        if definitions.setdefault(name, shape) == shape:
            return {"$ref": f"{SHARED_ID}#/$defs/envelope/properties/{name}"}
        return shape
    for end, definition in _ITEMS.items():
        items = shape.get("items")
        if name.endswith(end) and items and definitions.setdefault(definition, items) == items:
            return {**shape, "items": {"$ref": f"{SHARED_ID}#/$defs/{definition}"}}
    for end, definition in _VALUES.items():
        bare = {key: value for key, value in shape.items() if key != "description"}
        described = "additionalProperties" in bare
        if name.endswith(end) and described and definitions.setdefault(definition, bare) == bare:
            reference = {"$ref": f"{SHARED_ID}#/$defs/{definition}"}
            return {"description": shape["description"], **reference}
    return shape


def inline(schema: Json, shared: JsonMapping) -> Json:
    """
    Replace references to shared definitions by their targets.

    Raises:
        LookupError: A reference has no target.
    """
    if isinstance(schema, list):
        return [inline(item, shared) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(SHARED_ID):
        return {key: inline(value, shared) for key, value in schema.items()}
    target = get(shared, parse(reference.partition("#")[2]))
    siblings = {key: value for key, value in schema.items() if key != "$ref"}
    merged: JsonObject = inline({**siblings, **target}, shared)
    return merged
