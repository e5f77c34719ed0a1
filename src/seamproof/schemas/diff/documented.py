"""
What a version of the schemas documents, as its `x-seam` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.json_types import Json, JsonMapping


def marks_of(schema: Json) -> JsonMapping:
    """
    Return the `x-seam` of a schema; empty without one.
    """
    marks = schema.get("x-seam") if isinstance(schema, dict) else None
    return marks if isinstance(marks, dict) else {}


def current_properties(schema: JsonMapping, other: JsonMapping) -> JsonMapping:
    """
    Return the properties of a schema without those that are only formerly documented.

    What the other version documented formerly counts only if this one documents it.
    """
    return {
        name: shape
        for name, shape in schema.get("properties", {}).items()
        if not _is_formerly(schema, name)
        and not (_is_formerly(other, name) and _mark(schema, name).get("documented") is False)
    }


def _is_formerly(schema: JsonMapping, name: str) -> bool:
    return bool(_mark(schema, name).get("formerly"))


def _mark(schema: JsonMapping, name: str) -> JsonMapping:
    """
    Return the mark of a property: in `x-seam` of the event, or in that of a nested property.
    """
    noted = marks_of(schema).get("properties")
    mark = noted.get(name) if isinstance(noted, dict) else None
    return mark if isinstance(mark, dict) else marks_of(schema.get("properties", {}).get(name))
