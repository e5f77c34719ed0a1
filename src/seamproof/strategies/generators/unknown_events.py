"""
Events of types that do not exist yet: Seam adds types without notice.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from seamproof.schemas.catalogue import catalog
from seamproof.strategies.generators.edits import content_id
from seamproof.strategies.generators.events import events
from seamproof.strategies.generators.plan import EXTRAS
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject
    from seamproof.schemas.catalogue import Catalogue

#: What may yet happen to a resource that there is.
_ACTIONS: Final = ("archived", "restored", "firmware_updated", "shared.with_guest", "v2")
#: Resources that there may be yet, and names that only look odd.
_FAR: Final = (
    "elevator.called",
    "parking_gate.opened",
    "visitor.checked_in",
    "robot_vacuum.docked.manually",
    "a.b.c.d.e.f",
    "x",
    "Device.Connected",
    "device-connected",
)
_ENVELOPE: Final = ("event_id", "workspace_id", "created_at", "occurred_at")


def unknown_events(*, catalogue: Catalogue | None = None) -> st.SearchStrategy[JsonObject]:
    """
    Draw well-formed events of types that the contract does not have.

    Some are near to known ones: another thing that happens to a known resource,
    with all that its other events tell. Some are far: a new resource, with
    properties that nobody has seen.

    Args:
        catalogue: The contract; by default the one that comes with seamproof.
    """
    return _drawn(**({} if catalogue is None else {"catalogue": catalogue}))


@named(unknown_events.__name__)
def _drawn(draw: st.DrawFn, /, *, catalogue: Catalogue | None = None) -> JsonObject:
    known = catalog() if catalogue is None else catalogue
    event = draw(events(catalogue=catalogue))
    resource = known[event["event_type"]].resource
    near = [name for name in (f"{resource}.{one}" for one in _ACTIONS) if name not in known]
    far = [name for name in _FAR if name not in known]
    event["event_type"] = draw(st.sampled_from([*near, *far]))
    if event["event_type"] in far:
        kept = {name: value for name, value in event.items() if name in (*_ENVELOPE, "event_type")}
        more = draw(st.sampled_from([{}, *({name: value} for name, value in EXTRAS.items())]))
        event = kept | copy.deepcopy(more)
    event["event_id"] = content_id(0, event)
    return event
