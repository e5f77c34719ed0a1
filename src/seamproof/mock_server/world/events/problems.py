"""
What an event says about its record beyond plain properties: states, errors, warnings.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from seamproof.mock_server.world.data import properties_of
from seamproof.mock_server.world.events.table import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.events.table import EventRow
    from seamproof.mock_server.world.records import Record


def row_values(record: Record, row: EventRow, now: str, given: JsonMapping) -> JsonObject:
    """
    Compute the properties that a record has after an event.

    Args:
        record: Before the event.
        row: Of the event.
        now: The time of the event.
        given: Properties of the event, of which `error_code` decides what error the record has.
    """
    values = {path: now if value == NOW else value for path, value in row.sets.items()}
    if record.kind == "acs_entrance" and "properties.locked" in values:
        values = {"is_locked": values["properties.locked"]}
    if row.resolved:
        values |= {name: [] for name in ("errors", "warnings") if record.document.get(name)}
    for name, code in (("errors", row.error), ("warnings", row.warning)):
        key = f"{name[:-1]}_code"
        codes = (given.get(key), code) if code else ()
        possible = (problem_of(record.kind, name, one, None, now) for one in codes)
        made = next((one for one in possible if one is not None), None)
        if made is not None:
            kept = [one for one in record.document.get(name, ()) if one.get(key) != made[key]]
            values[name] = [*kept, made]
    return values


def problem_of(kind: str, name: str, code: Json, message: Json, created_at: Json) -> Json:
    """
    Make an error or a warning of a record; None if the kind has none of this code.

    Args:
        kind: Of the record.
        name: `errors` or `warnings`.
        code: Its code.
        message: What it says; by default the code in words.
        created_at: When it came up.
    """
    schema = _problem_schema(kind, name, code) if isinstance(code, str) else None
    if schema is None:
        return None
    words = f"{code.replace('_', ' ').capitalize()}."
    given: JsonObject = {
        f"{name[:-1]}_code": code,
        "message": message if isinstance(message, str) else words,
        "created_at": created_at,
    }
    for required in schema.get("required", ()):
        if required not in given:
            given[required] = _value_of(schema["properties"][required])
    return given


def _value_of(schema: JsonMapping) -> Json:
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return {"boolean": True, "array": [], "object": {}, "number": 0}.get(
        str(schema.get("type")), ""
    )


@cache
def _problem_schema(kind: str, name: str, code: str) -> JsonMapping | None:
    items = properties_of(kind).get(name, {}).get("items", {})
    for schema in _variants(items):
        codes = schema.get("properties", {}).get(f"{name[:-1]}_code", {})
        open_code = "const" not in codes and "enum" not in codes
        if codes.get("const") == code or code in codes.get("enum", ()) or open_code:
            return schema
    return None


def _variants(schema: JsonMapping) -> Iterator[JsonMapping]:
    for name in ("oneOf", "anyOf"):
        for one in schema.get(name, ()):
            yield from _variants(one)
    if "properties" in schema:
        yield schema
