"""
Event search: reads emitted events for `/events/list` and `/events/get` of Seam's API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.errors import NotFound
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonObject

#: As text, because later versions of SQLite read a blob as their binary JSON.
_JSON: Final = "CAST(body AS TEXT)"

#: The properties of an event that are columns.
_COLUMNS: Final = ("event_id", "event_type")


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
    accepted = ids if event_types is None else {"event_type": event_types, **ids}
    conditions, values = _conditions(accepted)
    if since is not None:
        conditions.append("listed_at > ?")
        values.append(since)
    if between is not None:
        conditions.append("listed_at > ? AND listed_at < ?")
        values += between
    rows = connection.execute(
        f"SELECT body FROM messages WHERE {' AND '.join(conditions)}"
        " ORDER BY listed_at, number LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [parse_json(body) for (body,) in rows]


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
    given = {"event_id": event_id, "event_type": event_type, "device_id": device_id}
    conditions, values = _conditions(
        {name: [value] for name, value in given.items() if value is not None}
    )
    row = connection.execute(
        f"SELECT body FROM messages WHERE {' AND '.join(conditions)}"
        " ORDER BY listed_at DESC, number DESC LIMIT 1",
        values,
    ).fetchone()
    if row is None:
        what = "there is no such event"
        raise NotFound(what, found=str(event_id or event_type or device_id or ""))
    event: JsonObject = parse_json(row[0])
    return event


def _conditions(accepted: Mapping[str, Sequence[str]]) -> tuple[list[str], list[object]]:
    """
    Build the conditions that an event has one of the values, in a property or in its plural's list.
    """
    conditions, parameters = ["1"], list[object]()
    for name, values in accepted.items():
        placeholders = ",".join("?" * len(values))
        if name in _COLUMNS:
            conditions.append(f"{name} IN ({placeholders})")
            parameters += values
            continue
        single = f"json_extract({_JSON}, ?) IN ({placeholders})"
        in_list = f"EXISTS (SELECT 1 FROM json_each({_JSON}, ?) WHERE value IN ({placeholders}))"
        conditions.append(f"({single} OR {in_list})")
        parameters += [f'$."{name}"', *values, f'$."{name}s"', *values]
    return conditions, parameters
