"""
Event search: reads emitted events for `/events/list` and `/events/get` of Seam's API.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from seamproof.errors import NotFound

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonObject

#: As text, because later versions of SQLite read a blob as their binary JSON.
_JSON: Final = "CAST(body AS TEXT)"


def list_events(
    connection: sqlite3.Connection,
    *,
    since: float | None,
    between: tuple[float, float] | None,
    event_types: Sequence[str] | None,
    ids: Mapping[str, Sequence[str]],
    limit: int,
    offset: int,
) -> list[JsonObject]:
    """
    Read events by their creation time, the oldest first.
    """
    conditions, values = ["1"], list[object]()
    if since is not None:
        conditions.append("listed_at > ?")
        values.append(since)
    if between is not None:
        conditions.append("listed_at > ? AND listed_at < ?")
        values += between
    if event_types is not None:
        conditions.append(f"event_type IN ({_placeholders(event_types)})")
        values += event_types
    for name, accepted in ids.items():
        condition, parameters = _property_condition(name, accepted)
        conditions.append(condition)
        values += parameters
    rows = connection.execute(
        f"SELECT body FROM messages WHERE {' AND '.join(conditions)}"
        " ORDER BY listed_at, number LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [json.loads(body) for (body,) in rows]


def latest_event(
    connection: sqlite3.Connection,
    *,
    event_id: str | None,
    event_type: str | None,
    device_id: str | None,
) -> JsonObject:
    """
    Read the latest event that matches all arguments.

    Raises:
        NotFound: No event matches.
    """
    conditions, values = ["1"], list[object]()
    for name, value in (("event_id", event_id), ("event_type", event_type)):
        if value is not None:
            conditions.append(f"{name} = ?")
            values.append(value)
    if device_id is not None:
        condition, parameters = _property_condition("device_id", [device_id])
        conditions.append(condition)
        values += parameters
    row = connection.execute(
        f"SELECT body FROM messages WHERE {' AND '.join(conditions)}"
        " ORDER BY listed_at DESC, number DESC LIMIT 1",
        values,
    ).fetchone()
    if row is None:
        what = "there is no such event"
        raise NotFound(what, found=str(event_id or event_type or device_id or ""))
    event: JsonObject = json.loads(row[0])
    return event


def _property_condition(name: str, accepted: Sequence[str]) -> tuple[str, list[object]]:
    """
    Build the condition that an event has one of the values, in a property or in its plural's list.
    """
    placeholders = _placeholders(accepted)
    if name == "event_id":
        return f"event_id IN ({placeholders})", [*accepted]
    single = f"json_extract({_JSON}, ?) IN ({placeholders})"
    in_list = f"EXISTS (SELECT 1 FROM json_each({_JSON}, ?) WHERE value IN ({placeholders}))"
    paths = (f'$."{name}"', f'$."{name}s"')
    return f"({single} OR {in_list})", [paths[0], *accepted, paths[1], *accepted]


def _placeholders(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
