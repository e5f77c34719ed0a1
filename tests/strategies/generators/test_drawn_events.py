"""
Events that are drawn without Hypothesis.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from seamproof.schemas import catalog
from seamproof.strategies.generators.drawn_events import draw_event

if TYPE_CHECKING:
    from seamproof.strategies.generators.plan import Values

SCHEMAS = [catalog()[one] for one in ("device.low_battery", "lock.unlocked")]


@pytest.mark.parametrize("values", ["realistic", "edge"])
def test_drawn_events_are_valid_and_of_the_given_types(values: Values) -> None:
    """
    Whatever edits are drawn, the event fits its schema.
    """
    random = Random(1)
    drawn = [draw_event(SCHEMAS, values, random) for _ in range(60)]

    seen = set()
    for one in drawn:
        assert one is not None
        assert one.plan.schema.contract.is_valid(one.event)
        seen.add(one.event["event_type"])
    assert seen == {"device.low_battery", "lock.unlocked"}


def test_a_simpler_event_lacks_one_edit() -> None:
    """
    Each edit is left out once, the rest stays.
    """
    drawn = draw_event(SCHEMAS, "realistic", Random(3))

    assert drawn is not None
    for place, one in enumerate(drawn.simpler()):
        edits = [*drawn.edits]
        del edits[place]
        assert [*one.edits] == edits
        assert one.seed == drawn.seed
