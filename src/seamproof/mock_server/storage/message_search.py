"""
Searches for messages: the pages of a list, and what an endpoint has not got.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.errors import NotFound
from seamproof.mock_server.model.records import MessagePage, MessageSummary
from seamproof.mock_server.storage.reads import MESSAGE, STATUS, read_deliveries, read_message

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from seamproof.mock_server.model.records import Message, MessageFilter

#: A removed endpoint keeps its row, and several rows may have the same webhook_id.
_SENT_TO: Final = (
    "EXISTS (SELECT 1 FROM sendings WHERE message = m.number"
    " AND endpoint IN (SELECT number FROM endpoints WHERE webhook_id = ?))"
)

#: The condition of each field of a filter.
_CONDITIONS: Final[Mapping[str, str]] = {
    "event_type": "m.event_type GLOB ?",
    "endpoint": _SENT_TO,
    "text": "CAST(m.body AS TEXT) LIKE ? ESCAPE '\\'",
    "since": "m.created_at >= ?",
    "until": "m.created_at < ?",
    "status": f"{STATUS} = ?",
}

_UNDELIVERED: Final = "m.number IN (SELECT message FROM sendings WHERE state = ?)"

#: Conditions that are faster than the one of the status, and exclude most messages before it. They
#: use the index of what is undelivered, or that of the deliveries of a message.
_FIRST: Final[Mapping[str, str]] = {
    "pending": _UNDELIVERED,
    "failed": _UNDELIVERED,
    "stopped": _UNDELIVERED,
    "unmatched": "? <> ''"
    " AND NOT EXISTS (SELECT 1 FROM sendings WHERE message = m.number AND counts)",
}


def page(
    connection: sqlite3.Connection, *, wanted: MessageFilter, limit: int, before: int | None
) -> MessagePage:
    """
    Read a page of messages, the newest first.

    Raises:
        NotFound: No endpoint has or had the webhook_id.
    """
    if wanted.endpoint is not None:
        _check_endpoint(connection, wanted.endpoint)
    values = {name: getattr(wanted, name) for name in _CONDITIONS}
    if wanted.event_type is not None:
        # Python's patterns negate a set by an exclamation mark.
        values["event_type"] = wanted.event_type.replace("[!", "[^")
    if wanted.text is not None:
        values["text"] = f"%{_escape(wanted.text)}%"
    given = [(_CONDITIONS[name], one) for name, one in values.items() if one is not None]
    if before is not None:
        given.insert(0, ("m.number < ?", before))
    if wanted.status is not None and wanted.status in _FIRST:
        given.insert(0, (_FIRST[wanted.status], wanted.status))
    rows = connection.execute(
        f"SELECT {MESSAGE}, {STATUS} AS status FROM messages m"
        f" WHERE {' AND '.join(['1', *(one for one, _ in given)])}"
        " ORDER BY m.number DESC LIMIT ?",
        (*(value for _, value in given), limit + 1),
    ).fetchall()
    summaries = tuple(
        MessageSummary(read_message(row), row["status"], read_deliveries(connection, row["number"]))
        for row in rows[:limit]
    )
    more = len(rows) > limit > 0
    return MessagePage(summaries, summaries[-1].message.number if more else None)


def _escape(text: str) -> str:
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return text


def _check_endpoint(connection: sqlite3.Connection, webhook_id: str) -> None:
    """
    Check that an endpoint exists or existed: its row stays when it is removed.
    """
    statement = "SELECT 1 FROM endpoints WHERE webhook_id = ?"
    if connection.execute(statement, (webhook_id,)).fetchone() is None:
        what = "there is no such webhook"
        raise NotFound(what, found=webhook_id)


def undelivered(connection: sqlite3.Connection, *, endpoint: int, since: float) -> list[Message]:
    """
    Read the messages that were attempted at an endpoint and never delivered, the oldest first.
    """
    rows = connection.execute(
        f"SELECT DISTINCT {MESSAGE}"
        " FROM sendings s JOIN messages m ON m.number = s.message"
        " WHERE s.state IN ('failed', 'stopped') AND s.counts AND s.endpoint = ?"
        " AND s.attempts > 0 AND m.created_at >= ? ORDER BY m.number",
        (endpoint, since),
    )
    return [read_message(row) for row in rows]


def never_sent(
    connection: sqlite3.Connection, *, endpoint: int, event_types: Sequence[str], since: float
) -> list[Message]:
    """
    Read the messages that were never meant for an endpoint, the oldest first.

    Args:
        connection: Of the database.
        endpoint: Its number.
        event_types: The types that it subscribes to; `*` stands for all.
        since: The earliest acceptance, in seconds since the epoch.
    """
    every = "*" in event_types
    marks = ",".join("?" * len(event_types))
    rows = connection.execute(
        f"SELECT {MESSAGE} FROM messages m WHERE m.created_at >= ?"
        f"{'' if every else f' AND m.event_type IN ({marks})'}"
        " AND NOT EXISTS (SELECT 1 FROM sendings WHERE message = m.number AND endpoint = ?)"
        " ORDER BY m.number",
        (since, *(() if every else event_types), endpoint),
    )
    return [read_message(row) for row in rows]
