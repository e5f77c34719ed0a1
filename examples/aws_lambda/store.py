"""
What the application knows of its credentials, in SQLite.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import datetime
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS handled (message_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS credentials (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, occurred_at REAL NOT NULL
);
"""
#: Events come in any order: an older one changes nothing.
KEEP = """
INSERT INTO credentials VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE
SET status = excluded.status, occurred_at = excluded.occurred_at
WHERE (excluded.occurred_at, excluded.status) > (occurred_at, status)
"""


class Store:
    """
    A small database.

    Args:
        path: Of its file; by default it lives as long as the process.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.executescript(TABLES)
        self._lock = threading.Lock()

    def handle(self, message_id: str, event: dict[str, Any]) -> None:
        """
        Act on an event, once for each message; on one of an unknown type, not at all.

        The message and what it changes are written together or not at all. Work that takes
        longer than a row belongs into a queue: the answer is awaited.
        """
        with self._lock, self._database:
            row = self._database.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message_id,))
            if row.rowcount:
                self._keep(event)

    def _keep(self, event: dict[str, Any]) -> None:
        match event:
            case {"event_type": str(kind), "acs_credential_id": str(credential)}:
                values = (json.dumps(credential), json.dumps(kind), moment(event))
                self._database.execute(KEEP, values)

    def state(self) -> dict[str, Any]:
        """
        Show what is known: how many messages were handled, and each credential.
        """
        with self._lock:
            (handled,) = self._database.execute("SELECT count(*) FROM handled").fetchone()
            rows = self._database.execute("SELECT id, status FROM credentials ORDER BY id")
            return {"handled": handled, "credentials": dict(rows.fetchall())}


def moment(event: dict[str, Any]) -> float:
    """
    Return when an event occurred; a time long ago if that cannot be read.
    """
    try:
        return datetime.fromisoformat(str(event.get("occurred_at")).upper()).timestamp()
    except (ValueError, OverflowError):
        return 0.0
