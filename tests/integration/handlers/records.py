"""
What the good handlers keep: which messages they have handled, and the latest of each resource.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import datetime
from typing import Any

_TABLES = """
CREATE TABLE handled (message_id TEXT PRIMARY KEY);
CREATE TABLE latest (resource TEXT PRIMARY KEY, event_type TEXT, occurred_at REAL, events INTEGER);
"""
#: An event that came after the one that is kept replaces it, whichever was sent first.
_KEEP = """
INSERT INTO latest VALUES (?, ?, ?, 1) ON CONFLICT (resource) DO UPDATE SET
    events = events + 1,
    event_type = iif(excluded.occurred_at >= occurred_at, excluded.event_type, event_type),
    occurred_at = max(excluded.occurred_at, occurred_at)
"""


class UnavailableError(Exception):
    """
    The database does not answer.
    """


class Records:
    """
    A small database. A message and its effect are written together or not at all.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.executescript(_TABLES)
        self._lock = threading.Lock()
        self._broken = False

    def handle(self, message_id: str, event: dict[str, Any]) -> None:
        """
        Act on an event, once for each message.

        Raises:
            UnavailableError: The database is broken; nothing was written.
        """
        with self._lock, self._database:
            added = self._database.execute(
                "INSERT OR IGNORE INTO handled VALUES (?)", (json.dumps(message_id),)
            )
            if self._broken:
                raise UnavailableError
            if added.rowcount:
                kept = (resource_of(event), json.dumps(event.get("event_type")), moment_of(event))
                self._database.execute(_KEEP, kept)

    def state(self) -> dict[str, Any]:
        """
        Show all that is kept.
        """
        with self._lock:
            handled = self._database.execute("SELECT count(*) FROM handled").fetchone()[0]
            rows = self._database.execute("SELECT * FROM latest").fetchall()
        names = ("event_type", "occurred_at", "events")
        latest = {resource: dict(zip(names, rest, strict=True)) for resource, *rest in rows}
        return {"handled": handled, "latest": latest}

    def set_broken(self, *, broken: bool) -> None:
        """
        Make the database fail, or work again.
        """
        self._broken = broken


def resource_of(event: dict[str, Any]) -> str:
    """
    Name the resource that an event is about, by its id.
    """
    kind = str(event.get("event_type")).partition(".")[0]
    for name in (f"{kind}_id", "device_id", "connected_account_id", "workspace_id"):
        if isinstance(event.get(name), str):
            return json.dumps([name, event[name]])
    return "none"


def moment_of(event: dict[str, Any]) -> float:
    """
    Tell when an event occurred; of a time that cannot be read, long ago.
    """
    try:
        return datetime.fromisoformat(str(event.get("occurred_at"))).timestamp()
    except (ValueError, OverflowError):
        return 0.0
