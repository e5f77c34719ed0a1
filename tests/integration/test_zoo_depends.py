"""
The experiment of `seamproof depends` on handlers of the zoo: whatever they do, it ends in order.
"""

from __future__ import annotations

from typing import Final

import pytest

from seamproof.checks.dependencies.experiment.run import find_dependencies
from seamproof.checks.model.options import RunOptions
from seamproof.checks.runner.session import Session
from tests.integration.test_zoo import HOUSES
from tests.integration.zoo.aiming import aimed
from tests.integration.zoo.table import BROKEN, GOOD, Animal

#: One of so many handlers is tried: each takes as long as it may.
_ONE_OF: Final = 12
_SECONDS: Final = 3.0
# The handlers are in the tables once their houses are imported.
assert HOUSES
ANIMALS: Final = [*GOOD, *BROKEN][::_ONE_OF]


@pytest.mark.slow
@pytest.mark.parametrize("animal", ANIMALS, ids=lambda one: one.name)
def test_the_experiment_ends_in_order(animal: Animal) -> None:
    """
    Each event type is decided, or undecided with a reason.
    """
    with aimed(animal) as (target, look, _):
        options = RunOptions(target=animal.name, name=animal.name, seed=0, thorough=True)
        session = Session(options=options, target=target, state=look)
        found = find_dependencies(session, max_time=_SECONDS)

    assert found.deliveries
    assert all(one.reason or one.properties for one in found.types)
