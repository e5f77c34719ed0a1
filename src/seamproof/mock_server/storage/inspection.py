"""
Inspects the rows of a database before it is used, and copies those that can be read.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from seamproof.errors import SeamproofError
from seamproof.json_types import parse_json
from seamproof.mock_server.storage.documents import decode_endpoint, decode_faults
from seamproof.mock_server.storage.migrations import MIGRATIONS
from seamproof.mock_server.world.persistence import decode_effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: By the declared type of a column, what SQLite may have stored in it.
_STORED: Final[Mapping[str, tuple[str, ...]]] = {
    "INTEGER": ("integer",),
    "REAL": ("real", "integer"),
    "TEXT": ("text",),
    "BLOB": ("blob", "text"),
}
#: Columns whose text is a document, and what reads it.
_DOCUMENTS: Final[Mapping[tuple[str, str], Callable[[str], object]]] = {
    ("endpoints", "document"): decode_endpoint,
    ("messages", "faults"): decode_faults,
    ("records", "document"): parse_json,
    ("records", "links"): parse_json,
    ("effects", "effect"): decode_effect,
}
#: Columns that have one of a few texts.
_CHOICES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("sendings", "state"): ("pending", "delivered", "failed", "stopped"),
}
#: Characters of a wrong value that are shown.
_SHOWN: Final = 80
#: How many rows are copied at a time.
_STEP: Final = 100


class _Column:
    """
    A column of the schema: its name, its declared type, and whether it may be null.
    """

    def __init__(self, row: tuple[int, str, str, int, object, int]) -> None:
        _, self.name, self.type, not_null, _, key = row
        self.nullable = not not_null and not key


def _schema(version: int) -> dict[str, list[_Column]]:
    """
    Read the tables that a version of the database has, from its migrations.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in MIGRATIONS[:version]:
            connection.executescript(script)
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name: list(_columns(connection, name)) for (name,) in tables.fetchall()}


def _columns(connection: sqlite3.Connection, table: str) -> Iterator[_Column]:
    return map(_Column, connection.execute(f"PRAGMA table_info({table})"))


#: The column by which a user knows a row.
_NAMES: Final = {"endpoints": "webhook_id", "messages": "message_id", "records": "record_id"}


def find_damage(connection: sqlite3.Connection, version: int) -> str:
    """
    Find the first row that cannot be read; empty if all can.
    """
    for table, columns in _schema(version).items():
        present = {column.name for column in _columns(connection, table)}
        missing = [column.name for column in columns if column.name not in present]
        if missing:
            return (
                f"table {table}: {'it is' if not present else ', '.join(missing) + ' is'} missing"
            )
        if found := _wrong_row(connection, table, columns):
            return found
    return ""


def _wrong_row(connection: sqlite3.Connection, table: str, columns: list[_Column]) -> str:
    row = connection.execute(
        f"SELECT rowid FROM {table} WHERE NOT ({_conditions(table, columns)}) LIMIT 1"
    ).fetchone()
    if row is not None:
        for column in columns:
            wrong = f"FROM {table} WHERE rowid = {row[0]} AND NOT ({_condition(table, column)})"
            value = connection.execute(f"SELECT quote({column.name}) {wrong}").fetchone()
            if value is not None:
                text = str(value[0])[:_SHOWN]
                return f"table {table}, row {row[0]}: {column.name} is {text}"
    for (owner, name), read in _DOCUMENTS.items():
        if owner != table:
            continue
        called = _NAMES.get(table, "''")
        query = f"SELECT rowid, {called}, {name} FROM {table} WHERE {name} <> ''"
        for number, row_name, text in connection.execute(query):
            if problem := _problem(read, text):
                where = f"row {number}{f' ({row_name})' if row_name else ''}"
                return f"table {table}, {where}: {name} cannot be read: {problem}"
    return ""


def _problem(read: Callable[[str], object], text: str) -> str:
    """
    Say why a document cannot be read; empty if it can.
    """
    try:
        read(text)
    except SeamproofError as problem:
        return problem.what
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with it, it cannot be read
        return type(problem).__name__
    return ""


def _conditions(table: str, columns: list[_Column]) -> str:
    return " AND ".join(f"({_condition(table, column)})" for column in columns)


def _condition(table: str, column: _Column) -> str:
    """
    Write when a value of a column can be read. Only names of the schema go into it.
    """
    kinds = ", ".join(f"'{kind}'" for kind in _STORED[column.type])
    condition = f"typeof({column.name}) IN ({kinds})"
    if choices := _CHOICES.get((table, column.name)):
        condition += f" AND {column.name} IN ({', '.join(map(repr, choices))})"
    return f"{column.name} IS NULL OR ({condition})" if column.nullable else condition


def copy_readable(
    source: sqlite3.Connection, version: int, target: sqlite3.Connection
) -> dict[str, tuple[int, int]]:
    """
    Copy the rows that can be read into a new database.

    Args:
        source: The damaged database, which is not changed.
        version: Of its schema.
        target: An empty database of the present version.

    Returns:
        By table, how many rows were copied, and how many could not be.
    """
    counts = {}
    for table, columns in _schema(version).items():
        copied = lost = 0
        for low, high in _ranges(source, table):
            one, other = _copy(source, target, table, columns, low, high)
            copied, lost = copied + one, lost + other
        counts[table] = (copied, lost)
    return counts


def _ranges(source: sqlite3.Connection, table: str) -> Iterator[tuple[int, int]]:
    with suppress(sqlite3.Error, UnicodeDecodeError):
        lowest, highest = source.execute(f"SELECT min(rowid), max(rowid) FROM {table}").fetchone()
        if lowest is not None:
            for low in range(lowest, highest + 1, _STEP):
                yield low, min(low + _STEP - 1, highest)


def _copy(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    table: str,
    columns: list[_Column],
    low: int,
    high: int,
) -> tuple[int, int]:
    """
    Copy the rows of a range; where the range cannot be read, its halves.
    """
    names = ", ".join(column.name for column in columns)
    try:
        where = f"FROM {table} WHERE rowid BETWEEN {low} AND {high}"
        rows = source.execute(f"SELECT {names} {where}").fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        if low == high:
            return 0, 1
        middle = (low + high) // 2
        one = _copy(source, target, table, columns, low, middle)
        other = _copy(source, target, table, columns, middle + 1, high)
        return one[0] + other[0], one[1] + other[1]
    copied = 0
    insert = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
    for row in rows:
        with suppress(sqlite3.Error, UnicodeDecodeError):
            target.execute("SAVEPOINT row")
            target.execute(insert, tuple(row))
            if _is_readable(target, table, columns):
                copied += 1
            else:
                target.execute("ROLLBACK TO row")
            target.execute("RELEASE row")
    return copied, len(rows) - copied


def _is_readable(target: sqlite3.Connection, table: str, columns: list[_Column]) -> bool:
    """
    Whether the row that was inserted last can be read.
    """
    (number,) = target.execute("SELECT last_insert_rowid()").fetchone()
    where = f"FROM {table} WHERE rowid = {number} AND {_conditions(table, columns)}"
    if target.execute(f"SELECT 1 {where}").fetchone() is None:
        return False
    for (owner, name), read in _DOCUMENTS.items():
        if owner == table:
            (text,) = target.execute(f"SELECT {name} {where}").fetchone()
            if text and _problem(read, text):
                return False
    return True
