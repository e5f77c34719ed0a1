"""
Hypothesis strategy for events of unknown types: Seam adds event types without notice.
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

#: Actions that known resources may get.
_ACTIONS: Final = ("archived", "restored", "firmware_updated", "shared.with_guest", "v2")
#: Event types of new resources, and unusual names.
_NEW_TYPES: Final = (
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
    Generate well-formed events of types that the contract does not have.

    Some have a new action of a known resource, with the properties of its other
    events. Others have a new resource, with unknown properties.

    Args:
        catalogue: The schemas; by default the built-in ones.
    """
    return _drawn(**({} if catalogue is None else {"catalogue": catalogue}))


@named(unknown_events.__name__)
def _drawn(draw: st.DrawFn, /, *, catalogue: Catalogue | None = None) -> JsonObject:
    known = catalog() if catalogue is None else catalogue
    event = draw(events(catalogue=catalogue))
    resource = known[event["event_type"]].resource
    actions = [name for name in (f"{resource}.{one}" for one in _ACTIONS) if name not in known]
    new_types = [name for name in _NEW_TYPES if name not in known]
    event["event_type"] = draw(st.sampled_from([*actions, *new_types]))
    if event["event_type"] in new_types:
        kept = {name: value for name, value in event.items() if name in (*_ENVELOPE, "event_type")}
        more = draw(st.sampled_from([{}, *({name: value} for name, value in EXTRAS.items())]))
        event = kept | copy.deepcopy(more)
    event["event_id"] = content_id(0, event)
    return event
