"""
Reads: endpoints, pending deliveries, single messages with their attempts, and the stream.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from seamproof.errors import NotFound
from seamproof.formats import clean_text
from seamproof.json_types import parse_json
from seamproof.mock_server.model.pending import PendingDelivery
from seamproof.mock_server.model.records import (
    AttemptRecord,
    Message,
    MessageDelivery,
    MessageDetail,
)
from seamproof.mock_server.model.sequence_numbers import SequenceNumbers
from seamproof.mock_server.storage.documents import decode_endpoint, decode_faults
from seamproof.mock_server.storage.rows import MESSAGE_COLUMNS

if TYPE_CHECKING:
    import sqlite3

    from seamproof.mock_server.model.records import Endpoint, StreamEntry

#: The status of a message `m`.
STATUS: Final = """ifnull((
    SELECT CASE
        WHEN max(state = 'pending') THEN 'pending'
        WHEN max(state = 'failed') THEN 'failed'
        WHEN max(state = 'stopped') THEN 'stopped'
        WHEN count(*) THEN 'delivered'
    END FROM sendings WHERE message = m.number AND counts
), 'unmatched')"""

#: The columns of a message `m`.
MESSAGE: Final = ", ".join(f"m.{column}" for column in (*MESSAGE_COLUMNS, "faults"))

_SELECT_ATTEMPT: Final = (
    "SELECT a.number, m.message_id, m.event_type, e.webhook_id, a.url, a.kind, a.ordinal, a.at,"
    " a.request_headers, ifnull(a.request_body, m.body) AS request_body, a.status,"
    " a.response_headers, a.response_body, a.milliseconds, a.reason, a.fault, a.next_at"
    " FROM attempts a JOIN messages m ON m.number = a.message"
    " JOIN endpoints e ON e.number = a.endpoint"
)

#: How many entries of the stream are read at a time.
_STREAM_PAGE: Final = 200


def sequence_numbers(connection: sqlite3.Connection) -> SequenceNumbers:
    """
    Read the highest numbers in use.
    """
    row = connection.execute(
        "SELECT max(ifnull((SELECT max(number) FROM messages), 0),"
        " ifnull((SELECT max(number) FROM attempts), 0)) AS entry,"
        " ifnull((SELECT max(number) FROM sendings), 0) AS delivery,"
        " ifnull((SELECT max(number) FROM endpoints), 0) AS endpoint"
    ).fetchone()
    return SequenceNumbers(**row)


def clock(connection: sqlite3.Connection) -> float:
    """
    Read the earliest time that a manual clock may show; 0 in a new database.

    It is the stored time or that of the last attempt, which is later if an advance was
    interrupted.
    """
    (now,) = connection.execute(
        "SELECT max(ifnull((SELECT now FROM manual_clock), 0),"
        " ifnull((SELECT at FROM attempts ORDER BY number DESC LIMIT 1), 0))"
    ).fetchone()
    return float(now)


def endpoints(connection: sqlite3.Connection) -> list[tuple[int, Endpoint]]:
    """
    Read the endpoints with their numbers.
    """
    rows = connection.execute(
        "SELECT number, document FROM endpoints WHERE document <> '' ORDER BY number"
    )
    return [(number, decode_endpoint(document)) for number, document in rows]


def first_due(connection: sqlite3.Connection) -> dict[int, float]:
    """
    Read when the first pending delivery of each endpoint is due.
    """
    rows = connection.execute(
        "SELECT endpoint, min(due_at) FROM sendings WHERE state = 'pending' GROUP BY endpoint"
    )
    return {endpoint: due_at for endpoint, due_at in rows}  # noqa: C416 - rows are no tuples


def count_pending(connection: sqlite3.Connection) -> int:
    """
    Count the messages with pending deliveries.
    """
    (count,) = connection.execute(
        "SELECT count(DISTINCT message) FROM sendings WHERE state = 'pending'"
    ).fetchone()
    return int(count)


def pending(
    connection: sqlite3.Connection,
    *,
    endpoint: int,
    in_memory: frozenset[int],
    max_count: int,
    max_bytes: int,
) -> tuple[list[PendingDelivery], float]:
    """
    Read the pending deliveries of an endpoint that are due first.

    Args:
        connection: Of the database.
        endpoint: Its number.
        in_memory: Numbers of the deliveries that are in memory already.
        max_count: How many deliveries to read at most.
        max_bytes: How many bytes of bodies to read at most; the last body may exceed it.

    Returns:
        The deliveries, and when the first remaining one is due; infinity if none remains.
    """
    deliveries: list[PendingDelivery] = []
    size = 0
    for row in connection.execute(
        "SELECT number, message, kind, counts, attempts, due_at, faults FROM sendings"
        " WHERE endpoint = ? AND state = 'pending' ORDER BY due_at, number",
        (endpoint,),
    ):
        if row["number"] in in_memory:
            continue
        if len(deliveries) >= max_count or size >= max_bytes:
            return deliveries, row["due_at"]
        delivery = _pending_delivery(connection, row)
        size += len(delivery.message.body)
        deliveries.append(delivery)
    return deliveries, inf


def _pending_delivery(connection: sqlite3.Connection, row: sqlite3.Row) -> PendingDelivery:
    statement = f"SELECT {MESSAGE} FROM messages m WHERE m.number = ?"
    return PendingDelivery(
        number=row["number"],
        message=read_message(connection.execute(statement, (row["message"],)).fetchone()),
        kind=row["kind"],
        counts=bool(row["counts"]),
        attempts=row["attempts"],
        due_at=row["due_at"],
        faults=tuple(row["faults"].split(",")) if row["faults"] else (),
    )


def detail(connection: sqlite3.Connection, *, message_id: str) -> MessageDetail:
    """
    Read a message with its deliveries and its attempts.

    Raises:
        NotFound: There is no such message.
    """
    row = connection.execute(
        f"SELECT {MESSAGE}, {STATUS} AS status FROM messages m WHERE m.message_id = ?",
        (message_id,),
    ).fetchone()
    if row is None:
        what = "there is no such message"
        raise NotFound(what, found=message_id)
    message = read_message(row)
    attempts = connection.execute(
        f"{_SELECT_ATTEMPT} WHERE a.message = ? ORDER BY a.number", (message.number,)
    )
    return MessageDetail(
        message,
        row["status"],
        read_deliveries(connection, message.number),
        tuple(_attempt(one) for one in attempts),
    )


def stream(connection: sqlite3.Connection, *, after: int) -> list[StreamEntry]:
    """
    Read the next entries of the stream.
    """
    messages = connection.execute(
        f"SELECT {MESSAGE} FROM messages m WHERE m.number > ? ORDER BY m.number LIMIT ?",
        (after, _STREAM_PAGE),
    )
    attempts = connection.execute(
        f"{_SELECT_ATTEMPT} WHERE a.number > ? ORDER BY a.number LIMIT ?", (after, _STREAM_PAGE)
    )
    entries: list[StreamEntry] = [*map(read_message, messages), *map(_attempt, attempts)]
    return sorted(entries, key=lambda entry: entry.number)[:_STREAM_PAGE]


def read_deliveries(connection: sqlite3.Connection, message: int) -> tuple[MessageDelivery, ...]:
    """
    Read the deliveries of a message.
    """
    rows = connection.execute(
        "SELECT s.number, m.message_id, e.webhook_id, s.kind, s.state, s.attempts, s.due_at"
        " FROM sendings s JOIN messages m ON m.number = s.message"
        " JOIN endpoints e ON e.number = s.endpoint WHERE s.message = ? ORDER BY s.number",
        (message,),
    )
    return tuple(MessageDelivery(**row) for row in rows)


def read_message(row: sqlite3.Row) -> Message:
    """
    Read a message from a row that has the columns `MESSAGE`.
    """
    values = {column: row[column] for column in MESSAGE_COLUMNS}
    return Message(**values, faults=decode_faults(row["faults"]))


def _attempt(row: sqlite3.Row) -> AttemptRecord:
    headers = {name: _headers(row[name]) for name in ("request_headers", "response_headers")}
    return AttemptRecord(**{**row, **headers})


def _headers(document: str) -> dict[str, str]:
    """
    Read headers, which an earlier version may have written as they came.
    """
    try:
        read = parse_json(document)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        # Damaged: the rest of the message can still be shown.
        return {"(unreadable)": clean_text(document)}
    return {clean_text(name): clean_text(str(value)) for name, value in read.items()}
