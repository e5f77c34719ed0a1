"""
Agreement of events and records: an event is made of its records, or changes them.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.data import properties_of
from seamproof.mock_server.world.event_table import NOW, OWN, PROPERTIES, SUBJECTS, event_row
from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS, view
from seamproof.mock_server.world.records import EMPTY, UNSET, Record, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.event_table import EventRow
    from seamproof.mock_server.world.records import Records
    from seamproof.schemas.catalogue import EventSchema

#: Names the ids of records that an event only implies.
_NAMESPACE: Final = uuid.UUID("5ea00000-0000-4000-8000-000000000000")

#: Properties of an event that hold several ids, and the property of each named record that
#: refers back.
_MEMBERS: Final = {"device_ids": ("device", "space_ids"), "acs_entrance_ids": ("acs_entrance",
                   "space_ids")}


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


def make_event(
    records: Records,
    record: Record,
    schema: EventSchema,
    values: JsonMapping,
    sampled: Callable[[], JsonMapping],
) -> JsonObject:
    """
    Make an event of the records at this time.

    Args:
        records: All of them.
        record: The one that the event is about.
        schema: Of the event's type.
        values: Properties that no record has: the id and the times of the event, and so on.
        sampled: Samples an event of the type, for what is required and nobody knows.
    """
    known = _Known(records, record, values)
    event: JsonObject = {}
    for name in schema.properties:
        value = known.value(name)
        if value is not None or (name in values and values[name] is None):
            event[name] = value
    for name in schema.required:
        if name not in event:
            event[name] = sampled()[name]
    for violation in schema.contract.violations(event):
        name = violation.path.lstrip("/").partition("/")[0]
        if name in schema.required:
            event[name] = sampled()[name]
        else:
            event.pop(name, None)
    return event


class _Known:
    """
    What the records know of an event's properties.
    """

    def __init__(self, records: Records, record: Record, values: JsonMapping) -> None:
        self._records = records
        self._values = values
        self._own = view(records, record)
        self._views: dict[str, JsonObject] = {record.kind: self._own}
        self._links = record.links
        pending = [self._own, values]
        while pending:
            document = pending.pop(0)
            for name, kind in KIND_OF_ID.items():
                found = records.get(kind, document.get(name))
                if found is not None and kind not in self._views:
                    self._views[kind] = view(records, found)
                    pending.append(self._views[kind])

    def value(self, name: str) -> Json:
        """
        Find the value of an event's property; None if no record knows it.
        """
        if name in self._values:
            return self._values[name]
        if name in OWN:
            return None
        if name in PROPERTIES:
            kind, paths = PROPERTIES[name]
            return value_at(self._views.get(kind, EMPTY), paths[0])
        owner, _, rest = name.rpartition("_")
        if rest in ("errors", "warnings"):
            return [_shown(one) for one in self._views.get(owner, EMPTY).get(rest, ())]
        if name in self._own:
            return self._own[name]
        if name in self._links:
            return self._links[name]
        if name in _MEMBERS:
            kind, _ = _MEMBERS[name]
            own_id = self._own.get("space_id", "")
            return [one.id for one in self._records.referring(own_id) if one.kind == kind]
        found = KIND_OF_ID.get(name)
        # A parent's id is known to whatever belongs to it.
        return self._views[found][name] if found in self._views and _is_parent(name) else None


def _is_parent(name: str) -> bool:
    return name in ("connected_account_id", "acs_system_id", "device_id")


def _shown(problem: JsonMapping) -> JsonObject:
    names = ("created_at", "message", "error_code", "warning_code")
    return {name: problem[name] for name in names if name in problem}


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
    changes: dict[str, JsonObject] = {name: {} for name in mentioned}
    for name, value in payload.items():
        for owner, path in _places(name, kind):
            if owner in changes and value is not None:
                changes[owner][path] = _as_record(owner, path, value, now)
    for name, found in mentioned.items():
        for other, other_id in mentioned.items():
            id_name = KINDS[other].id_name
            if other != name and id_name in properties_of(name):
                changes[name][id_name] = other_id
        if name != kind or not row.deletes:
            _write(records, name, found, changes[name], payload, now)
    subject_record = records.get(kind, record_id)
    if subject_record is not None and row.deletes:
        remove(records, subject_record)
    elif subject_record is not None:
        _finish(records, subject_record, payload, row, now)


def _finish(
    records: Records, record: Record, payload: JsonMapping, row: EventRow, now: str
) -> None:
    """
    Change the event's own record by what the event says beyond its plain properties.
    """
    sets = row_values(record, row, now)
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
        for one in grants:
            _write(records, "access_grant", one, {}, payload, now)
    records.put(record.with_values(sets, links))
    for name, (kind, back) in _MEMBERS.items():
        if record.kind == "space" and isinstance(payload.get(name), list):
            _join(records, record.id, kind, back, payload[name], payload, now)


def _join(  # noqa: PLR0913, PLR0917 - the two ends of a membership
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
    for found in [one for one in records.referring(owner) if one.kind == kind]:
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
        if kind is not None and kind != "workspace" and name == KINDS[kind].id_name:
            if isinstance(value, str) and value:
                found[kind] = value
    return found


@cache
def _places(name: str, kind: str) -> tuple[tuple[str, str], ...]:
    """
    List where the value of an event's property is kept: kinds of records and paths.
    """
    if name in OWN:
        return ()
    if name in PROPERTIES:
        owner, paths = PROPERTIES[name]
        return tuple((owner, path) for path in paths)
    owner, _, rest = name.rpartition("_")
    if rest in ("errors", "warnings"):
        return ((owner, rest),)
    if name == "workspace_id":
        return tuple((one, name) for one in KINDS if name in properties_of(one))
    return ((kind, name),) if name in properties_of(kind) and name not in KIND_OF_ID else ()


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


def _write(  # noqa: PLR0913, PLR0917 - what a record is made of
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
    records.put(Record(kind, record_id, records.next_number(), document).with_values(values))


_DEVICE_TYPES: Final[dict[str, JsonObject]] = {
    "thermostat": {"device_type": "ecobee_thermostat"},
    "noise_sensor": {"device_type": "minut_sensor"},
    "camera": {"device_type": "ring_camera"},
}


def row_values(record: Record, row: EventRow, now: str) -> JsonObject:
    """
    Compute the properties that a record has after an event.
    """
    values = {path: now if value == NOW else value for path, value in row.sets.items()}
    if record.kind == "acs_entrance" and "properties.locked" in values:
        values = {"is_locked": values["properties.locked"]}
    if row.resolved:
        values |= {name: [] for name in ("errors", "warnings") if record.document.get(name)}
    for name, code in (("errors", row.error), ("warnings", row.warning)):
        made = problem_of(record.kind, name, code, None, now) if code else None
        if made is not None:
            key = f"{name[:-1]}_code"
            kept = [one for one in record.document.get(name, ()) if one.get(key) != code]
            values[name] = [*kept, made]
    return values


def problem_of(kind: str, name: str, code: Json, message: Json, created_at: Json) -> Json:
    """
    Make an error or a warning of a record; None if the kind has none of this code.

    Args:
        kind: Of the record.
        name: `errors` or `warnings`.
        code: Its code.
        message: What it says; by default the code in words.
        created_at: When it came up.
    """
    schema = _problem_schema(kind, name, code) if isinstance(code, str) else None
    if schema is None:
        return None
    words = f"{code.replace('_', ' ').capitalize()}."
    given: JsonObject = {
        f"{name[:-1]}_code": code,
        "message": message if isinstance(message, str) else words,
        "created_at": created_at,
    }
    for required in schema.get("required", ()):
        if required not in given:
            given[required] = _value_of(schema["properties"][required])
    return given


def _value_of(schema: JsonMapping) -> Json:
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return {"boolean": True, "array": [], "object": {}, "number": 0}.get(
        str(schema.get("type")), ""
    )


@cache
def _problem_schema(kind: str, name: str, code: str) -> JsonMapping | None:
    items = properties_of(kind).get(name, {}).get("items", {})
    for schema in _variants(items):
        codes = schema.get("properties", {}).get(f"{name[:-1]}_code", {})
        open_code = "const" not in codes and "enum" not in codes
        if codes.get("const") == code or code in codes.get("enum", ()) or open_code:
            return schema
    return None


def _variants(schema: JsonMapping) -> Iterator[JsonMapping]:
    for name in ("oneOf", "anyOf"):
        for one in schema.get(name, ()):
            yield from _variants(one)
    if "properties" in schema:
        yield schema


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
            if other.kind == "access_method"
            and other.links.get("access_grant_ids") == [record.id]
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
