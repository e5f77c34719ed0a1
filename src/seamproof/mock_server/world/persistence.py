"""
Rows of the world: its records and its later effects, written with the events of the same turn.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from seamproof.json_types import parse_json
from seamproof.mock_server.world.records import Record, Scheduled, WorldEffect

if TYPE_CHECKING:
    import sqlite3

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.world.records import WorldChange

_RECORD = (
    "INSERT INTO records (kind, record_id, number, document, links) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (kind, record_id) DO UPDATE"
    " SET number = excluded.number, document = excluded.document, links = excluded.links"
)


def write_change(connection: sqlite3.Connection, change: WorldChange) -> None:
    """
    Write what a turn of the world changed.
    """
    connection.executemany("DELETE FROM records WHERE kind = ? AND record_id = ?", change.removed)
    connection.executemany(
        _RECORD,
        [
            (one.kind, one.id, one.number, _dump(one.document), _dump(one.links))
            for one in change.written
        ],
    )
    connection.executemany(
        "INSERT INTO effects (number, effect) VALUES (?, ?)",
        [(one.number, encode_effect(one.effect)) for one in change.scheduled],
    )
    connection.executemany(
        "DELETE FROM effects WHERE number = ?", [(number,) for number in change.finished]
    )


def read_world(connection: sqlite3.Connection) -> tuple[list[Record], list[Scheduled]]:
    """
    Read all records in the order of their numbers, and all later effects.
    """
    rows = connection.execute("SELECT * FROM records ORDER BY number").fetchall()
    records = [
        Record(
            row["kind"],
            row["record_id"],
            row["number"],
            parse_json(row["document"]),
            parse_json(row["links"]),
        )
        for row in rows
    ]
    effects = connection.execute("SELECT number, effect FROM effects").fetchall()
    return records, [Scheduled(row["number"], decode_effect(row["effect"])) for row in effects]


def encode_effect(effect: WorldEffect) -> str:
    """
    Serialise a later effect.
    """
    values = ((one.name, getattr(effect, one.name)) for one in fields(effect))
    return _dump({name: value for name, value in values if value})


def decode_effect(text: str) -> WorldEffect:
    """
    Read a later effect.
    """
    document: JsonObject = parse_json(text)
    return WorldEffect(**document)


_encode: Final = json.JSONEncoder(default=dict, separators=(",", ":")).encode


def _dump(document: object) -> str:
    return _encode(document) if document else "{}"
