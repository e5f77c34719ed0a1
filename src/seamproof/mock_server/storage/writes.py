"""
Writes: inserts and updates of the database's tables.

Each insert takes many rows at once. The database thread then needs the interpreter once in
a while instead of once a row, which would slow the event loop down.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.storage.documents import encode_endpoint, encode_faults
from seamproof.mock_server.storage.rows import MESSAGE_COLUMNS, AttemptRow, DeliveryRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from seamproof.mock_server.model.records import Endpoint, Message

#: How many rows an insert takes: the largest number that fits, then the next.
_BATCH_SIZES: Final = (64, 8, 1)


#: The tables that rows are inserted into, with the columns in the order of a row's values.
_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "messages": (*MESSAGE_COLUMNS, "faults"),
    "sendings": DeliveryRow._fields,
    "attempts": ("number", *AttemptRow._fields),
}
_message_values: Final = attrgetter(*MESSAGE_COLUMNS)

#: How the deliveries that exist already are updated.
_UPDATE: Final = (
    " ON CONFLICT (number) DO UPDATE SET state = excluded.state,"
    " attempts = excluded.attempts, due_at = excluded.due_at"
)


def insert_messages(connection: sqlite3.Connection, messages: Sequence[Message]) -> None:
    """
    Insert messages that have the same faults.
    """
    faults = encode_faults(messages[0].faults) if messages else ""
    _insert(connection, "messages", [(*_message_values(one), faults) for one in messages])


def upsert_deliveries(connection: sqlite3.Connection, rows: Sequence[DeliveryRow]) -> None:
    """
    Insert deliveries; update the state of those that exist already.
    """
    _insert(connection, "sendings", rows, _UPDATE)


def insert_attempts(
    connection: sqlite3.Connection, rows: Sequence[AttemptRow], first_number: int
) -> None:
    """
    Insert attempts, numbered consecutively.
    """
    numbered = [(number, *row) for number, row in enumerate(rows, first_number)]
    _insert(connection, "attempts", numbered)


def _insert(
    connection: sqlite3.Connection,
    table: str,
    rows: Sequence[tuple[object, ...]],
    on_conflict: str = "",
) -> None:
    start = 0
    for size in _BATCH_SIZES:
        while len(rows) - start >= size:
            values = list(chain.from_iterable(rows[start : start + size]))
            connection.execute(_insert_statement(table, size) + on_conflict, values)
            start += size


@cache
def _insert_statement(table: str, size: int) -> str:
    columns = _COLUMNS[table]
    row = "(" + ",".join("?" * len(columns)) + ")"
    # Only names and figures of this module go into the statement.
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {','.join([row] * size)}"


def upsert_endpoint(connection: sqlite3.Connection, number: int, endpoint: Endpoint) -> None:
    """
    Insert or update an endpoint.
    """
    connection.execute(
        "INSERT INTO endpoints (number, webhook_id, document) VALUES (?, ?, ?)"
        " ON CONFLICT (number) DO UPDATE SET document = excluded.document",
        (number, endpoint.webhook_id, encode_endpoint(endpoint)),
    )


def remove_endpoint(connection: sqlite3.Connection, number: int) -> None:
    """
    Remove an endpoint and stop its pending deliveries. Its attempts stay.
    """
    stop_deliveries(connection, number)
    connection.execute("UPDATE endpoints SET document = '' WHERE number = ?", (number,))


def stop_deliveries(connection: sqlite3.Connection, number: int) -> None:
    """
    Stop the pending deliveries to an endpoint.
    """
    connection.execute(
        "UPDATE sendings SET state = 'stopped', due_at = NULL"
        " WHERE endpoint = ? AND state = 'pending'",
        (number,),
    )


def mark_delivered(connection: sqlite3.Connection, message: int, endpoint: int) -> None:
    """
    Mark a message as delivered to an endpoint after a resend or a recovery succeeded.
    """
    connection.execute(
        "UPDATE sendings SET state = 'delivered', due_at = NULL"
        " WHERE message = ? AND endpoint = ? AND counts AND state <> 'delivered'",
        (message, endpoint),
    )


def delete_all(connection: sqlite3.Connection, kept: Sequence[tuple[int, Endpoint]]) -> None:
    """
    Delete everything but the given endpoints, which come with their numbers.
    """
    for table in ("attempts", "sendings", "messages", "endpoints", "records", "effects"):
        connection.execute(f"DELETE FROM {table}")
    for number, endpoint in kept:
        upsert_endpoint(connection, number, endpoint)


def store_clock(connection: sqlite3.Connection, now: float) -> None:
    """
    Store the time of a manual clock.
    """
    connection.execute(
        "INSERT INTO manual_clock (number, now) VALUES (1, ?)"
        " ON CONFLICT (number) DO UPDATE SET now = excluded.now",
        (now,),
    )
