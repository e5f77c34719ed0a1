"""
Writes: inserts and updates of the database's tables.

Each insert takes many rows at once. The database thread then needs the interpreter once in
a while instead of once a row, which would slow the event loop down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.storage.documents import encode_endpoint, encode_faults
from seamproof.mock_server.storage.rows import AttemptRow, DeliveryRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from seamproof.mock_server.model.records import Endpoint, Message

#: How many rows an insert takes: the largest number that fits, then the next.
_BATCH_SIZES: Final = (64, 8, 1)


@dataclass(frozen=True, slots=True)
class _Table:
    """
    A table that rows are inserted into.

    Attributes:
        name: As in the database.
        columns: In the order of a row's values.
        on_conflict: The clause for rows that exist already.
    """

    name: str
    columns: tuple[str, ...]
    on_conflict: str = ""


#: The attributes of a message that are columns of the same name.
_MESSAGE_COLUMNS: Final = (
    "number",
    "message_id",
    "event_id",
    "event_type",
    "body",
    "created_at",
    "listed_at",
)
_message_values: Final = attrgetter(*_MESSAGE_COLUMNS)
_MESSAGES: Final = _Table("messages", (*_MESSAGE_COLUMNS, "faults"))
_DELIVERIES: Final = _Table(
    "sendings",
    DeliveryRow._fields,
    " ON CONFLICT (number) DO UPDATE SET state = excluded.state,"
    " attempts = excluded.attempts, due_at = excluded.due_at",
)
_ATTEMPTS: Final = _Table("attempts", ("number", *AttemptRow._fields))


def insert_messages(connection: sqlite3.Connection, messages: Sequence[Message]) -> None:
    """
    Insert messages that have the same faults.
    """
    faults = encode_faults(messages[0].faults) if messages else ""
    _insert(connection, _MESSAGES, [(*_message_values(one), faults) for one in messages])


def upsert_deliveries(connection: sqlite3.Connection, rows: Sequence[DeliveryRow]) -> None:
    """
    Insert deliveries; update the state of those that exist already.
    """
    _insert(connection, _DELIVERIES, rows)


def insert_attempts(
    connection: sqlite3.Connection, rows: Sequence[AttemptRow], first_number: int
) -> None:
    """
    Insert attempts, numbered consecutively.
    """
    _insert(
        connection, _ATTEMPTS, [(number, *row) for number, row in enumerate(rows, first_number)]
    )


def _insert(
    connection: sqlite3.Connection, table: _Table, rows: Sequence[tuple[object, ...]]
) -> None:
    start = 0
    for size in _BATCH_SIZES:
        while len(rows) - start >= size:
            values = list(chain.from_iterable(rows[start : start + size]))
            connection.execute(_insert_statement(table, size), values)
            start += size


@cache
def _insert_statement(table: _Table, size: int) -> str:
    row = "(" + ",".join("?" * len(table.columns)) + ")"
    columns = ", ".join(table.columns)
    # Only names and figures of this module go into the statement.
    return (
        f"INSERT INTO {table.name} ({columns}) VALUES {','.join([row] * size)}{table.on_conflict}"
    )


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
    for table in ("attempts", "sendings", "messages", "endpoints"):
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
