"""
What has to hold between an event and the records that it speaks of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seamproof.mock_server.world.events.table import PROPERTIES, SUBJECTS, event_row
from seamproof.mock_server.world.kinds import KINDS, view
from seamproof.mock_server.world.records import value_at
from tests.mock_server.world.drawn_calls import check_resource

if TYPE_CHECKING:
    from seamproof.mock_server.world.records import Record, Records

#: Properties of an event that are about the event itself.
_OF_EVENT: Final = frozenset(
    {"event_id", "event_type", "created_at", "occurred_at", "event_description", "image_url"}
    | {"method", "description", "minut_metadata", "noiseaware_metadata", "error_message"}
)


def subject(records: Records, event: dict[str, Any]) -> tuple[str, Record | None]:
    """
    Find the record that an event is about, and its kind.
    """
    kind = SUBJECTS[event["event_type"].partition(".")[0]]
    if kind == "device" and "device_id" not in event:
        kind = "acs_entrance"
    return kind, records.get(kind, event[KINDS[kind].id_name])


def check_agreement(records: Records, event: dict[str, Any]) -> None:
    """
    Check that an event and its records have the same values.
    """
    kind, record = subject(records, event)
    if event_row(event["event_type"]).deletes:
        assert record is None, event
        return
    assert record is not None, event
    shown = view(records, record)
    check_resource(event["event_type"], kind, shown)
    for name, value in event.items():
        if name in _OF_EVENT:
            continue
        if name in PROPERTIES:
            owner, paths = PROPERTIES[name]
            other = records.get(owner, event.get(KINDS[owner].id_name))
            found = [] if other is None else [value_at(view(records, other), one) for one in paths]
        else:
            found = [shown[name]] if name in shown else []
        assert all(one == value for one in found), (event["event_type"], name, value, found)
