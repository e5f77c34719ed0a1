"""
Event queries: what Seam's API lists of the events that were sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import NotFound

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonObject

#: As text, because later versions of SQLite read a blob as JSON of their own.
_JSON: Final = "CAST(body AS TEXT)"


def listed(
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
    Read events by when they were created, the oldest first.
    """
    wheres, values = ["1"], list[Any]()
    if since is not None:
        wheres.append("listed_at > ?")
        values.append(since)
    if between is not None:
        wheres.append("listed_at > ? AND listed_at < ?")
        values += between
    if event_types is not None:
        wheres.append(f"event_type IN ({_marks(event_types)})")
        values += event_types
    for name, wanted in ids.items():
        condition, given = _has(name, wanted)
        wheres.append(condition)
        values += given
    found = connection.execute(
        f"SELECT body FROM messages WHERE {' AND '.join(wheres)}"  # noqa: S608 - our own words
        " ORDER BY listed_at, number LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [json.loads(body) for (body,) in found]


def latest(
    connection: sqlite3.Connection,
    *,
    event_id: str | None,
    event_type: str | None,
    device_id: str | None,
) -> JsonObject:
    """
    Read the latest event that fits all that is given.

    Raises:
        NotFound: There is none.
    """
    wheres, values = ["1"], list[Any]()
    for name, wanted in (("event_id", event_id), ("event_type", event_type)):
        if wanted is not None:
            wheres.append(f"{name} = ?")
            values.append(wanted)
    if device_id is not None:
        condition, given = _has("device_id", [device_id])
        wheres.append(condition)
        values += given
    row = connection.execute(
        f"SELECT body FROM messages WHERE {' AND '.join(wheres)}"  # noqa: S608 - our own words
        " ORDER BY listed_at DESC, number DESC LIMIT 1",
        values,
    ).fetchone()
    if row is None:
        what = "there is no such event"
        raise NotFound(what, found=str(event_id or event_type or device_id or ""))
    event: JsonObject = json.loads(row[0])
    return event


def _has(name: str, wanted: Sequence[str]) -> tuple[str, list[Any]]:
    """
    Say in SQL that an event has one of some values, by itself or among several.
    """
    marks = _marks(wanted)
    if name == "event_id":
        return f"event_id IN ({marks})", [*wanted]
    alone = f"json_extract({_JSON}, ?) IN ({marks})"
    among = f"EXISTS (SELECT 1 FROM json_each({_JSON}, ?) WHERE value IN ({marks}))"  # noqa: S608
    paths = (f'$."{name}"', f'$."{name}s"')
    return f"({alone} OR {among})", [paths[0], *wanted, paths[1], *wanted]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
