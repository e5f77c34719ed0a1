"""
Whole life cycles as Hypothesis draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from seamproof.strategies.generators.edits import content_id
from seamproof.strategies.generators.events import check_choice
from seamproof.strategies.sampling.journeys import JOURNEYS, journey_steps
from seamproof.strategies.sampling.sampler import SHARES, Sampler
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject
    from seamproof.schemas.catalogue import Catalogue
    from seamproof.strategies.sampling.sampler import Presence

_SEEDS: Final = st.integers(0, 2**48 - 1)


def journeys(
    name: str | None = None,
    *,
    presence: Presence = "all",
    catalogue: Catalogue | None = None,
) -> st.SearchStrategy[list[JsonObject]]:
    """
    Draw lists of events that belong together, in the order in which they happen.

    Their ids agree, times never run back, each event is valid, and the list can be
    cut off after any of them.

    Args:
        name: Of a life cycle; by default any of those in `JOURNEYS`.
        presence: Which of the optional properties the events have.
        catalogue: The contract; by default the one that comes with seamproof.

    Raises:
        UsageError: There is no such life cycle; names those that there are.
    """
    check_choice("presence", presence, SHARES)
    if name is not None:
        journey_steps(name)
    return _drawn(name, presence=presence, catalogue=catalogue)


@named(journeys.__name__)
def _drawn(
    draw: st.DrawFn,
    /,
    name: str | None = None,
    *,
    presence: Presence = "all",
    catalogue: Catalogue | None = None,
) -> list[JsonObject]:
    chosen = name or draw(st.sampled_from(list(JOURNEYS)))
    seed = draw(_SEEDS)
    events = Sampler(seed, catalogue=catalogue).journey(chosen, presence=presence)
    for event in events:
        # Of the content, as in `events`: no two different events of a run share one.
        event["event_id"] = content_id(seed, event)
    return events
