"""
Whether the schema of an event type has what the rest of the package reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping


def is_complete(document: JsonMapping) -> bool:
    """
    Whether a schema has all the keywords that are read later.
    """
    notes = document["x-seam"]
    noted = {name: note["documented"] for name, note in notes["properties"].items()}
    return (
        {*document["required"]} <= {*document["properties"]} <= {*noted}
        and {"title", "description"} <= {*document}
        and {"deprecated", "documented", "group", "resource"} <= {*notes}
        and isinstance(document["examples"][0], dict)
        and _is_plain(document)
    )


def _is_plain(schema: object) -> bool:
    """
    Whether the schema of every property and item is an object, not a boolean.
    """
    if not isinstance(schema, dict):
        return False
    items = [schema["items"]] if "items" in schema else []
    return all(map(_is_plain, [*schema.get("properties", {}).values(), *items]))
