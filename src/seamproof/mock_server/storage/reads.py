"""
Queries: what is read from the database.
"""

from __future__ import annotations

import json
from math import inf
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import NotFound
from seamproof.mock_server.delivery.endpoint_queue import Item
from seamproof.mock_server.model.records import (
    AttemptRecord,
    Message,
    MessageDelivery,
    MessageDetail,
    MessagePage,
    MessageSummary,
    StreamEntry,
)
from seamproof.mock_server.storage.writes import read_faults

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from seamproof.mock_server.model.records import MessageStatus

_STATUS: Final = """ifnull((
    SELECT CASE
        WHEN max(state = 'pending') THEN 'pending'
        WHEN max(state = 'failed') THEN 'failed'
        WHEN max(state = 'stopped') THEN 'stopped'
        WHEN count(*) THEN 'delivered'
    END FROM sendings WHERE message = m.number AND counts
), 'unmatched')"""

#: An endpoint that was removed still has its row, and several may have had one webhook_id.
_SENT_TO: Final = (
    "EXISTS (SELECT 1 FROM sendings WHERE message = m.number"
    " AND endpoint IN (SELECT number FROM endpoints WHERE webhook_id = ?))"
)

_MESSAGE: Final = "m.number, m.message_id, m.event_id, m.event_type, m.body, m.created_at, m.faults"

_ATTEMPT: Final = (
    "SELECT a.number, m.message_id, m.event_type, e.webhook_id, a.url, a.kind, a.ordinal, a.at,"
    " a.request_headers, ifnull(a.request_body, m.body), a.status, a.response_headers,"
    " a.response_body, a.milliseconds, a.reason, a.fault, a.next_at"
    " FROM attempts a JOIN messages m ON m.number = a.message"
    " JOIN endpoints e ON e.number = a.endpoint"
)

#: How many entries of the stream are read at a time.
_SOME: Final = 200


def pending(
    endpoint: int,
    known: frozenset[int],
    connection: sqlite3.Connection,
    *,
    most: int,
    most_bytes: int,
) -> tuple[list[Item], float]:
    """
    Read what is due first of an endpoint's pending sendings.

    Args:
        endpoint: Its number.
        known: Sendings that are in memory already.
        connection: Of the database.
        most: How many to read.
        most_bytes: How many bytes of bodies, give or take one body.

    Returns:
        The sendings, and when the first one is due that was not read; infinity if none is.
    """
    found: list[Item] = []
    size = 0
    for number, message, kind, counts, attempts, due_at, faults in connection.execute(
        "SELECT number, message, kind, counts, attempts, due_at, faults FROM sendings"
        " WHERE endpoint = ? AND state = 'pending' ORDER BY due_at, number",
        (endpoint,),
    ):
        if number in known:
            continue
        if len(found) >= most or size >= most_bytes:
            return found, due_at
        message_id, event_type, body = connection.execute(
            "SELECT message_id, event_type, body FROM messages WHERE number = ?", (message,)
        ).fetchone()
        size += len(body)
        names = tuple(faults.split(",")) if faults else ()
        item = Item(
            number, message, message_id, event_type, body, kind, counts, attempts, due_at, names
        )
        found.append(item)
    return found, inf


def first_due(connection: sqlite3.Connection) -> dict[int, float]:
    """
    Look up when the first pending sending of each endpoint is due.
    """
    return dict(
        connection.execute(
            "SELECT endpoint, min(due_at) FROM sendings WHERE state = 'pending' GROUP BY endpoint"
        ).fetchall()
    )


def count_pending(connection: sqlite3.Connection) -> int:
    """
    Count the messages that are on their way.
    """
    count: int = connection.execute(
        "SELECT count(DISTINCT message) FROM sendings WHERE state = 'pending'"
    ).fetchone()[0]
    return count


def page(
    connection: sqlite3.Connection,
    *,
    status: MessageStatus | None,
    event_type: str | None,
    endpoint: str | None,
    limit: int,
    before: int | None,
) -> MessagePage:
    """
    Read some messages, the newest first.

    Raises:
        NotFound: No endpoint has or had the webhook_id.
    """
    if endpoint is not None:
        _check_endpoint(endpoint, connection)
    wheres, values = ["1"], []
    for condition, value in (
        ("m.number < ?", before),
        ("m.event_type = ?", event_type),
        (
            _SENT_TO,
            endpoint,
        ),
        (f"{_STATUS} = ?", status),
    ):
        if value is not None:
            wheres.append(condition)
            values.append(value)
    if status in ("pending", "failed", "stopped"):
        # Few are: the index of the undelivered finds them faster than reading all.
        wheres.append("m.number IN (SELECT message FROM sendings WHERE state = ?)")
        values.append(status)
    found = connection.execute(
        f"SELECT {_MESSAGE}, {_STATUS} FROM messages m"  # noqa: S608 - of this module's own words
        f" WHERE {' AND '.join(wheres)} ORDER BY m.number DESC LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    more = len(found) > limit
    summaries = tuple(
        MessageSummary(read_message(row), row[-1], sendings(connection, row[0]))
        for row in found[:limit]
    )
    return MessagePage(summaries, summaries[-1].message.number if more and summaries else None)


def _check_endpoint(webhook_id: str, connection: sqlite3.Connection) -> None:
    """
    Make sure that there is or was such an endpoint: its row stays when it is removed.
    """
    asked = "SELECT 1 FROM endpoints WHERE webhook_id = ?"
    if connection.execute(asked, (webhook_id,)).fetchone() is None:
        what = "there is no such webhook"
        raise NotFound(what, found=webhook_id)


def detail(message_id: str, connection: sqlite3.Connection) -> MessageDetail:
    """
    Read a message and all its attempts.

    Raises:
        NotFound: There is no such message.
    """
    row = connection.execute(
        f"SELECT {_MESSAGE}, {_STATUS} FROM messages m WHERE m.message_id = ?",  # noqa: S608
        (message_id,),
    ).fetchone()
    if row is None:
        what = "there is no such message"
        raise NotFound(what, found=message_id)
    attempts = connection.execute(f"{_ATTEMPT} WHERE a.message = ? ORDER BY a.number", (row[0],))
    return MessageDetail(
        read_message(row),
        row[-1],
        sendings(connection, row[0]),
        tuple(read_attempt(one) for one in attempts),
    )


def sendings(connection: sqlite3.Connection, message: int) -> tuple[MessageDelivery, ...]:
    """
    Read the sendings of a message.
    """
    return tuple(
        MessageDelivery(*row)
        for row in connection.execute(
            "SELECT s.number, m.message_id, e.webhook_id, s.kind, s.state, s.attempts, s.due_at"
            " FROM sendings s JOIN messages m ON m.number = s.message"
            " JOIN endpoints e ON e.number = s.endpoint WHERE s.message = ? ORDER BY s.number",
            (message,),
        )
    )


def unsuccessful(endpoint: int, since: float, connection: sqlite3.Connection) -> list[Any]:
    """
    Find the messages that were attempted at an endpoint and never came through.

    Returns:
        Number, id, event type and body of each, the oldest first.
    """
    return connection.execute(
        "SELECT DISTINCT m.number, m.message_id, m.event_type, m.body"
        " FROM sendings s JOIN messages m ON m.number = s.message"
        " WHERE s.state IN ('failed', 'stopped') AND s.counts AND s.endpoint = ?"
        " AND s.attempts > 0 AND m.created_at >= ? ORDER BY m.number",
        (endpoint, since),
    ).fetchall()


def stream(after: int, connection: sqlite3.Connection) -> list[StreamEntry]:
    """
    Read some entries of the stream, in their order.
    """
    messages = connection.execute(
        f"SELECT {_MESSAGE} FROM messages m WHERE m.number > ? ORDER BY m.number LIMIT ?",  # noqa: S608
        (after, _SOME),
    ).fetchall()
    attempts = connection.execute(
        f"{_ATTEMPT} WHERE a.number > ? ORDER BY a.number LIMIT ?", (after, _SOME)
    ).fetchall()
    entries = [StreamEntry(row[0], "message", message=read_message(row)) for row in messages]
    entries += [StreamEntry(row[0], "attempt", attempt=read_attempt(row)) for row in attempts]
    return sorted(entries, key=lambda entry: entry.number)[:_SOME]


def read_message(row: Sequence[Any]) -> Message:
    """
    Read a message from the columns of `_MESSAGE`.
    """
    faults = read_faults(json.loads(row[6])) if row[6] else ()
    number, message_id, event_id, event_type, body, created_at = row[:6]
    return Message(number, message_id, event_id, event_type, body, created_at, faults)


def read_attempt(row: Sequence[Any]) -> AttemptRecord:
    """
    Read an attempt from the columns of `_ATTEMPT`.
    """
    return AttemptRecord(
        number=row[0],
        message_id=row[1],
        event_type=row[2],
        webhook_id=row[3],
        url=row[4],
        kind=row[5],
        ordinal=row[6],
        at=row[7],
        request_headers=json.loads(row[8]),
        request_body=row[9],
        status=row[10],
        response_headers=json.loads(row[11]),
        response_body=row[12],
        milliseconds=row[13],
        reason=row[14],
        fault=row[15],
        next_at=row[16],
    )
