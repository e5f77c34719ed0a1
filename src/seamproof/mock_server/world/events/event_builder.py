"""
Makes an event of the records at that time.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.events.table import OWN, PROPERTIES
from seamproof.mock_server.world.kinds import KIND_OF_ID, view
from seamproof.mock_server.world.records import EMPTY, Record, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.records import Records
    from seamproof.schemas.catalogue import EventSchema

#: Names the ids of records that an event only implies.
_NAMESPACE: Final = uuid.UUID("5ea00000-0000-4000-8000-000000000000")

#: Properties of an event that hold several ids, and the property of each named record that
#: refers back.
_MEMBERS: Final = {
    "device_ids": ("device", "space_ids"),
    "acs_entrance_ids": ("acs_entrance", "space_ids"),
}


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


#: What an event says of its surroundings, not of what happened.
_CONTEXT: Final = frozenset(
    {
        *("workspace_id", "connected_account_id", "acs_system_id", "device_id", "code"),
        *("connected_account_custom_metadata", "device_custom_metadata", "customer_key"),
        *("connected_account_type", "access_grant_ids", "device_ids", "acs_entrance_ids"),
        *("access_grant_key", "space_key", "user_identity_id"),
    }
)


def agree(records: Records, payload: JsonObject, kept: Collection[str]) -> None:
    """
    Let a sampled event speak of the records that it names as they are.

    Args:
        records: All of them.
        payload: The event, which is changed in place.
        kept: Properties whose values were asked for.
    """
    known = [
        _Known(records, record, EMPTY)
        for name, kind in KIND_OF_ID.items()
        if name in payload and (record := records.get(kind, payload[name])) is not None
    ]
    # What is most specific comes first: an access code knows its device, which knows its account.
    known.sort(key=lambda one: -len(one.views))
    for name in _CONTEXT & payload.keys() - {*kept}:
        values = (one.value(name) for one in known)
        found = next((value for value in values if value is not None), None)
        if found is not None:
            payload[name] = found


class _Known:
    """
    What the records know of an event's properties.
    """

    def __init__(self, records: Records, record: Record, values: JsonMapping) -> None:
        self._records = records
        self._values = values
        self._own = view(records, record)
        self.views: dict[str, JsonObject] = {record.kind: self._own}
        self._links = record.links
        pending = [self._own, values]
        while pending:
            document = pending.pop(0)
            for name, kind in KIND_OF_ID.items():
                found = records.get(kind, document.get(name))
                if found is not None and kind not in self.views:
                    self.views[kind] = view(records, found)
                    pending.append(self.views[kind])

    def value(self, name: str) -> Json:
        """
        Find the value of an event's property; None if no record knows it.
        """
        owner, _, rest = name.rpartition("_")
        if name in self._values or name in OWN:
            found = self._values.get(name)
        elif name in PROPERTIES and name not in self._own:
            kind, paths = PROPERTIES[name]
            found = value_at(self.views.get(kind, EMPTY), paths[0])
        elif rest in ("errors", "warnings"):
            found = [_shown(one) for one in self.views.get(owner, EMPTY).get(rest, ())]
        elif name in self._own:
            found = self._own[name]
        elif name in _MEMBERS:
            space = ("space", self._own.get("space_id", ""))
            found = [one.id for one in self._records.referring(space, _MEMBERS[name][0])]
        else:
            known = self.views.get(KIND_OF_ID.get(name, ""), EMPTY)
            found = self._links.get(name, known.get(name) if name in _PARENTS else None)
        return found


#: The ids of parents are known to whatever belongs to them.
_PARENTS: Final = frozenset({"connected_account_id", "acs_system_id", "device_id"})


def _shown(problem: JsonMapping) -> JsonObject:
    names = ("created_at", "message", "error_code", "warning_code")
    return {name: problem[name] for name in names if name in problem}
