"""
Removes records with all that belongs to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.mock_server.world.kinds import KINDS
from seamproof.mock_server.world.records import UNSET, Record

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.world.records import Records


def remove(records: Records, record: Record) -> list[Record]:
    """
    Remove a record with all that belongs to it.

    Returns:
        What was removed, the record itself last.
    """
    removed: list[Record] = []
    for other in belongings(records, record):
        if records.get(*other.key) is not None:
            removed += remove(records, other)
    for other in records.referring(record.id):
        records.put(_without(other, record.id))
    records.remove(record)
    return [*removed, record]


def belongings(records: Records, record: Record) -> list[Record]:
    """
    List the records that cannot be without this one.
    """
    own = KINDS[record.kind].id_name
    found = [
        other
        for other in records.referring(record.id)
        if own in KINDS[other.kind].parents and other.document.get(own) == record.id
    ]
    if record.kind == "access_grant":
        found += [
            other
            for other in records.referring(record.id)
            if other.kind == "access_method" and other.links.get("access_grant_ids") == [record.id]
        ]
    if record.kind == "access_method":
        found += [
            other
            for other in records.referring(record.id)
            if other.links.get("access_method_id") == record.id
        ]
    return found


def _without(record: Record, record_id: str) -> Record:
    """
    Let a record no longer refer to another one.
    """

    def cleaned(document: JsonMapping) -> JsonObject:
        changed: JsonObject = {}
        for name, value in document.items():
            if value == record_id and name != KINDS[record.kind].id_name:
                changed[name] = UNSET
            elif isinstance(value, list) and record_id in value:
                changed[name] = [one for one in value if one != record_id]
        return changed

    return record.with_values(cleaned(record.document), cleaned(record.links))
