"""
Removes records with all that belongs to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.mock_server.world.kinds import KINDS
from seamproof.mock_server.world.records import UNSET, Record, referred_kind

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
    for other in records.referring(record.key):
        records.put(_without(other, record))
    records.remove(record)
    return [*removed, record]


def belongings(records: Records, record: Record) -> list[Record]:
    """
    List the records that cannot be without this one.
    """
    own = KINDS[record.kind].id_name
    referring = records.referring(record.key)
    found = [one for one in referring if own in KINDS[one.kind].parents]
    if record.kind == "access_grant":
        found += [
            one
            for one in referring
            if one.kind == "access_method" and one.links.get("access_grant_ids") == [record.id]
        ]
    if record.kind == "access_method":
        found += [one for one in referring if one.kind == "access_code"]
    return found


def _without(record: Record, gone: Record) -> Record:
    """
    Let a record no longer refer to another one.
    """

    def cleaned(document: JsonMapping) -> JsonObject:
        changed: JsonObject = {}
        for name, value in document.items():
            if referred_kind(name) != gone.kind or name == KINDS[record.kind].id_name:
                continue
            if value == gone.id:
                changed[name] = UNSET
            elif isinstance(value, list):
                changed[name] = [one for one in value if one != gone.id]
        return changed

    return record.with_values(cleaned(record.document), cleaned(record.links))
