"""
Hypothesis strategy for life cycles: the public `journeys`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from seamproof.strategies.generators.edits import content_id
from seamproof.strategies.generators.events import check_choice
from seamproof.strategies.sampling.journeys import JOURNEYS, journey_steps
from seamproof.strategies.sampling.sampler import Sampler
from seamproof.strategies.sampling.value_makers import SHARES
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject
    from seamproof.schemas.catalogue import Catalogue
    from seamproof.strategies.sampling.value_makers import Presence

_SEEDS: Final = st.integers(0, 2**48 - 1)


def journeys(
    name: str | None = None,
    *,
    presence: Presence = "all",
    catalogue: Catalogue | None = None,
) -> st.SearchStrategy[list[JsonObject]]:
    """
    Generate the events of a life cycle, in the order in which they occur.

    The events are valid, share the ids of their resources, and their times
    increase. The first events of a list are consistent without the others.

    Args:
        name: A life cycle; by default any of those in `JOURNEYS`.
        presence: Which optional properties the events have.
        catalogue: The schemas; by default the built-in ones.

    Raises:
        UsageError: There is no such life cycle; lists the existing ones.
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
        # By content, as in `events`, so that different events have different ids.
        event["event_id"] = content_id(seed, event)
    return events
