"""
Shapes that many events share: written once, referenced elsewhere.

On disk the catalogue refers to one document of shared shapes; in memory, and
wherever a schema is handed out to be used alone, the references are resolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seamproof.schemas.json_text import unescape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

SHARED_ID: Final = "urn:seam:shared"
SHARED_FILE: Final = "shared.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

#: What every event has, whatever it is about. Seam adds types without notice, not these.
ENVELOPE: Final = ("created_at", "event_id", "event_type", "occurred_at", "workspace_id")

#: Ends of the names whose items, or whose values, are of one shape.
_ITEMS: Final[Mapping[str, str]] = {"_errors": "error", "_warnings": "warning"}
_VALUES: Final[Mapping[str, str]] = {"_custom_metadata": "custom_metadata"}


def share(
    documents: Mapping[str, JsonMapping],
) -> tuple[dict[str, JsonObject], JsonObject]:
    """
    Take the shared shapes out of schemas.

    Returns:
        The schemas with references, and the document that these lead to.
    """
    definitions: JsonObject = {}
    shared = {
        event_type: {
            **document,
            "properties": {
                name: _referring(name, shape, definitions)
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


def _referring(name: str, shape: JsonMapping, definitions: JsonObject) -> JsonMapping:
    """
    Refer to the first shape seen of a name, where this one is the same.
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
    Put the shared shapes in the place of the references to them.

    Raises:
        KeyError: A reference leads nowhere.
    """
    if isinstance(schema, list):
        return [inline(one, shared) for one in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(SHARED_ID):
        return {key: inline(value, shared) for key, value in schema.items()}
    target: Any = shared
    for token in reference.partition("#")[2].split("/")[1:]:
        target = target[unescape(token)]
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    merged: JsonObject = inline({**beside, **target}, shared)
    return merged
