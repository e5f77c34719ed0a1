"""
Rows: what is written to the database, in bulk.

Each statement takes many rows at once. The database thread then asks for the
interpreter once in a while and not once a row, which the sending would feel.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from seamproof.mock_server.model.fault_spec import FaultSpec
from seamproof.mock_server.model.records import Endpoint, Health, OldSecret
from seamproof.signing import Secret

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

#: How many rows a statement takes: as many of the largest as fit, then of the next.
_SIZES: Final = (64, 8, 1)

_COLUMNS: Final = {
    "messages": 8,
    "sendings": 9,
    "attempts": 16,
}
_CONFLICTS: Final = {
    "sendings": " ON CONFLICT (number) DO UPDATE SET state = excluded.state,"
    " attempts = excluded.attempts, due_at = excluded.due_at",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """
    The highest numbers that are taken, from which to count on after a start.

    Attributes:
        entry: Of messages and attempts.
        sending: Of sendings.
        endpoint: Of endpoints.
    """

    entry: int
    sending: int
    endpoint: int


def put(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """
    Insert rows; of sendings that are there already, write how they stand now.
    """
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            values = list(chain.from_iterable(rows[start : start + size]))
            connection.execute(_insertion(table, size), values)
            start += size


@cache
def _insertion(table: str, size: int) -> str:
    row = "(" + ",".join("?" * _COLUMNS[table]) + ")"
    # Only names and figures of this module go into the statement.
    return f"INSERT INTO {table} VALUES {','.join([row] * size)}{_CONFLICTS.get(table, '')}"  # noqa: S608


def totals(connection: sqlite3.Connection) -> Totals:
    """
    Look up the highest numbers that are taken.
    """
    (entry, sending, endpoint) = connection.execute(
        "SELECT max(ifnull((SELECT max(number) FROM messages), 0),"
        " ifnull((SELECT max(number) FROM attempts), 0)),"
        " ifnull((SELECT max(number) FROM sendings), 0),"
        " ifnull((SELECT max(number) FROM endpoints), 0)"
    ).fetchone()
    return Totals(entry, sending, endpoint)


def put_endpoint(connection: sqlite3.Connection, number: int, endpoint: Endpoint) -> None:
    """
    Write an endpoint, new or changed.
    """
    connection.execute(
        "INSERT INTO endpoints VALUES (?, ?, ?)"
        " ON CONFLICT (number) DO UPDATE SET document = excluded.document",
        (number, endpoint.webhook_id, endpoint_document(endpoint)),
    )


def remove_endpoint(connection: sqlite3.Connection, number: int) -> None:
    """
    Take an endpoint away and stop what was still on its way to it. Its attempts stay.
    """
    stop_sendings(connection, number)
    connection.execute("UPDATE endpoints SET document = '' WHERE number = ?", (number,))


def stop_sendings(connection: sqlite3.Connection, number: int) -> None:
    """
    Stop what is on its way to an endpoint.
    """
    connection.execute(
        "UPDATE sendings SET state = 'stopped', due_at = NULL"
        " WHERE endpoint = ? AND state = 'pending'",
        (number,),
    )


def settle_sendings(connection: sqlite3.Connection, message: int, endpoint: int) -> None:
    """
    Count a message as delivered that came through when it was sent again by hand.
    """
    connection.execute(
        "UPDATE sendings SET state = 'delivered', due_at = NULL"
        " WHERE message = ? AND endpoint = ? AND counts AND state <> 'delivered'",
        (message, endpoint),
    )


def wipe(connection: sqlite3.Connection, kept: Sequence[tuple[int, Endpoint]]) -> None:
    """
    Forget everything but these endpoints.
    """
    for table in ("attempts", "sendings", "messages", "endpoints"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand above
    for number, endpoint in kept:
        put_endpoint(connection, number, endpoint)


def put_clock(connection: sqlite3.Connection, now: float) -> None:
    """
    Write the time that a manual clock shows.
    """
    connection.execute(
        "INSERT INTO manual_clock VALUES (1, ?) ON CONFLICT (number) DO UPDATE SET now = ?",
        (now, now),
    )


def clock(connection: sqlite3.Connection) -> float:
    """
    Look up when it is at least: what a manual clock showed, and the last attempt; else 0.

    The last attempt is later than what was kept if an advance was cut short.
    """
    (now,) = connection.execute(
        "SELECT max(ifnull((SELECT now FROM manual_clock), 0),"
        " ifnull((SELECT at FROM attempts ORDER BY number DESC LIMIT 1), 0))"
    ).fetchone()
    return float(now)


def endpoints(connection: sqlite3.Connection) -> list[tuple[int, Endpoint]]:
    """
    Read the endpoints that there are, with their numbers.
    """
    found = connection.execute(
        "SELECT number, document FROM endpoints WHERE document <> '' ORDER BY number"
    )
    return [(number, read_endpoint(document)) for number, document in found]


def endpoint_document(endpoint: Endpoint) -> str:
    """
    Write an endpoint as JSON. Here alone the secrets are written out.
    """
    return json.dumps(
        {
            "webhook_id": endpoint.webhook_id,
            "url": endpoint.url,
            "event_types": endpoint.event_types,
            "secret": endpoint.secret.reveal(),
            "old_secrets": [(old.secret.reveal(), old.until) for old in endpoint.old_secrets],
            "created_at": endpoint.created_at,
            "headers": dict(endpoint.headers),
            "faults": fault_document(endpoint.faults),
            "disabled": endpoint.disabled,
            "failures": endpoint.health.failures,
            "since": endpoint.health.since,
        }
    )


def read_endpoint(document: str) -> Endpoint:
    """
    Read an endpoint from JSON.
    """
    read = json.loads(document)
    return Endpoint(
        webhook_id=read["webhook_id"],
        url=read["url"],
        event_types=tuple(read["event_types"]),
        secret=Secret(read["secret"]),
        old_secrets=tuple(OldSecret(Secret(text), until) for text, until in read["old_secrets"]),
        created_at=read["created_at"],
        headers=MappingProxyType(read["headers"]),
        faults=read_faults(read["faults"]),
        disabled=read["disabled"],
        health=Health(tuple(read["failures"]), read["since"]),
    )


def fault_document(faults: Iterable[FaultSpec]) -> list[list[Any]]:
    """
    Write faults as JSON holds them.
    """
    return [[one.name, one.probability, one.count, one.seed] for one in faults]


def read_faults(written: Iterable[Sequence[Any]]) -> tuple[FaultSpec, ...]:
    """
    Read faults as JSON holds them.
    """
    return tuple(FaultSpec(*one) for one in written)
