"""
Changes the records that an event speaks of, and makes those that lack.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.data import properties_of
from seamproof.mock_server.world.events.problems import problem_of, row_values
from seamproof.mock_server.world.events.removal import remove
from seamproof.mock_server.world.events.table import OWN, PROPERTIES, SUBJECTS, event_row
from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS
from seamproof.mock_server.world.records import Record, value_at, with_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.events.table import EventRow
    from seamproof.mock_server.world.records import Records

#: Names the ids of records that an event only implies.
_NAMESPACE: Final = uuid.UUID("5ea00000-0000-4000-8000-000000000000")

#: Properties of an event that hold several ids, and the property of each named record that
#: refers back.
_MEMBERS: Final = {
    "device_ids": ("device", "space_ids"),
    "acs_entrance_ids": ("acs_entrance", "space_ids"),
}


def subject_of(event_type: str, payload: JsonMapping) -> tuple[str, str] | None:
    """
    Find the kind and the id of the record that an event is about.
    """
    kind = SUBJECTS.get(event_type.partition(".")[0])
    if kind == "device" and "device_id" not in payload and "acs_entrance_id" in payload:
        kind = "acs_entrance"
    if kind is None:
        return None
    found = payload.get(KINDS[kind].id_name)
    return (kind, found) if isinstance(found, str) and found else None


def observe(records: Records, payload: JsonMapping, now: str) -> None:
    """
    Change the records that an event speaks of, so that they agree with it; make those that lack.

    Args:
        records: To change.
        payload: The event.
        now: The time for records that have none.
    """
    event_type = str(payload["event_type"])
    subject = subject_of(event_type, payload)
    if subject is None:
        return
    kind, record_id = subject
    row = event_row(event_type)
    mentioned = {**_mentioned(payload), kind: record_id}
    if "phone" in mentioned:
        mentioned.pop("device", None)
    for name, values in _changes(payload, mentioned, kind, now).items():
        if name != kind or not row.deletes:
            _write(records, name, mentioned[name], values, payload, now)
    subject_record = records.get(kind, record_id)
    if subject_record is not None and row.deletes:
        remove(records, subject_record)
    elif subject_record is not None:
        _finish(records, subject_record, payload, row, now)


def _changes(
    payload: JsonMapping, mentioned: Mapping[str, str], kind: str, now: str
) -> dict[str, JsonObject]:
    """
    List what an event says about each record that it names.
    """
    changes: dict[str, JsonObject] = {name: {} for name in mentioned}
    for name, value in payload.items():
        for owner, path in _places(name, kind):
            if owner in changes and value is not None:
                changes[owner][path] = _as_record(owner, path, value, now)
    for name in mentioned:
        for other in _relations(name):
            if other in mentioned:
                changes[name][KINDS[other].id_name] = mentioned[other]
    return changes


@cache
def _relations(kind: str) -> tuple[str, ...]:
    """
    List the kinds of records whose ids a record has.
    """
    known = properties_of(kind)
    return tuple(one for one, row in KINDS.items() if one != kind and row.id_name in known)


def _finish(
    records: Records, record: Record, payload: JsonMapping, row: EventRow, now: str
) -> None:
    """
    Change the event's own record by what the event says beyond its plain properties.
    """
    sets = row_values(record, row, now, payload)
    for name in (f"{record.kind}_errors", f"{record.kind}_warnings"):
        if name in payload:
            sets.pop(name.rpartition("_")[2], None)
    after = payload.get("to")
    if isinstance(after, dict):
        sets |= {name: after[name] for name in after if name in properties_of(record.kind)}
    links: JsonObject = {}
    grants = payload.get("access_grant_ids")
    if record.kind == "access_method" and isinstance(grants, list):
        links["access_grant_ids"] = grants
        keys = payload.get("access_grant_keys")
        known = keys if isinstance(keys, list) and len(keys) == len(grants) else []
        for index, one in enumerate(grants):
            values = {"access_grant_key": known[index]} if known else {}
            _write(records, "access_grant", one, values, payload, now)
    if sets or links:
        record = records.put(record.with_values(sets, links))
    for name, (kind, back) in _MEMBERS.items():
        if record.kind == "space" and isinstance(payload.get(name), list):
            _join(records, record.id, kind, back, payload[name], payload, now)


def _join(
    records: Records,
    owner: str,
    kind: str,
    back: str,
    members: list[Json],
    payload: JsonMapping,
    now: str,
) -> None:
    """
    Let exactly these records be members of a space.
    """
    for one in members:
        _write(records, kind, one, {}, payload, now)
    for found in records.referring(("space", owner), kind):
        if found.id not in members:
            rest = [one for one in found.document.get(back, ()) if one != owner]
            records.put(found.with_values({back: rest}))
    for one in members:
        found_or_none = records.get(kind, one)
        if found_or_none is not None:
            known = list(found_or_none.document.get(back, ()))
            if owner not in known:
                records.put(found_or_none.with_values({back: [*known, owner]}))


def _mentioned(payload: JsonMapping) -> dict[str, str]:
    """
    List the records that an event names, by their kinds.
    """
    found = {}
    for name, value in payload.items():
        kind = KIND_OF_ID.get(name)
        known = kind is not None and kind != "workspace" and name == KINDS[kind].id_name
        if known and isinstance(value, str) and value:
            found[str(kind)] = value
    return found


@cache
def _places(name: str, kind: str) -> tuple[tuple[str, str], ...]:
    """
    List where the value of an event's property is kept: kinds of records and paths.
    """
    if name in OWN:
        return ()
    own = ((kind, name),) if name in properties_of(kind) and name not in KIND_OF_ID else ()
    if name in PROPERTIES:
        owner, paths = PROPERTIES[name]
        return (*own, *((owner, path) for path in paths))
    owner, _, rest = name.rpartition("_")
    if rest in ("errors", "warnings"):
        return ((owner, rest),)
    if name == "workspace_id":
        return tuple((one, name) for one in KINDS if name in properties_of(one))
    return own


def _as_record(owner: str, path: str, value: Json, now: str) -> Json:
    if path in ("errors", "warnings") and isinstance(value, list):
        code = "error_code" if path == "errors" else "warning_code"
        made = [
            problem_of(owner, path, one.get(code), one.get("message"), one.get("created_at", now))
            for one in value
            if isinstance(one, dict)
        ]
        return [one for one in made if one is not None]
    return value


def _write(
    records: Records,
    kind: str,
    record_id: Json,
    values: JsonObject,
    payload: JsonMapping,
    now: str,
) -> None:
    """
    Change a record, or make it together with what it has to belong to.
    """
    if not isinstance(record_id, str):
        return
    found = records.get(kind, record_id)
    if found is not None:
        if any(value_at(found.document, path) != value for path, value in values.items()):
            records.put(found.with_values(values))
        return
    document: JsonObject = {KINDS[kind].id_name: record_id}
    created = payload.get("created_at")
    document["created_at"] = created if isinstance(created, str) else now
    workspace = payload.get("workspace_id")
    if "workspace_id" in properties_of(kind) and isinstance(workspace, str):
        document["workspace_id"] = workspace
    if kind == "device":
        subject = str(payload["event_type"]).partition(".")[0]
        document |= _DEVICE_TYPES.get(subject, {})
    for parent in KINDS[kind].parents:
        if parent not in values:
            owner = KIND_OF_ID[parent]
            stated = payload.get(parent)
            implied = str(uuid.uuid5(_NAMESPACE, f"{record_id} {parent}"))
            document[parent] = stated if isinstance(stated, str) else implied
            _write(records, owner, document[parent], {}, payload, now)
    number = records.next_number()
    records.put(Record(kind, record_id, number, with_values(document, values)))


_DEVICE_TYPES: Final[dict[str, JsonObject]] = {
    "thermostat": {"device_type": "ecobee_thermostat"},
    "noise_sensor": {"device_type": "minut_sensor"},
    "camera": {"device_type": "ring_camera"},
}
