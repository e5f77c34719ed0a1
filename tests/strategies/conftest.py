"""
Fixtures for the tests of strategies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest
from hypothesis import Phase, find, given, settings

from seamproof.schemas import Catalogue, EventSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


class Run(Protocol):
    """
    Runs Hypothesis, with every health check on.
    """

    def __call__(self, strategy: SearchStrategy[T], count: int = 100) -> list[T]:
        """
        Collect a number of examples.
        """


class Find(Protocol):
    """
    Finds the simplest example.
    """

    def __call__(self, strategy: SearchStrategy[T], fits: Callable[[T], object] = ...) -> T:
        """
        Shrink to the simplest example, or to the simplest that satisfies a condition.
        """


class Own(Protocol):
    """
    Makes a custom contract with the single event type `robot.awakened`.
    """

    def __call__(
        self,
        *,
        optional: tuple[str, ...] = (),
        defs: Mapping[str, Any] | None = None,
        **shapes: Any,
    ) -> Catalogue:
        """
        Make a catalogue whose event has these properties, required unless listed as optional.
        """


@pytest.fixture(scope="session")
def drawn() -> Run:
    """
    Collect the examples of a real run of Hypothesis: `drawn(events(), 500)`.
    """

    def run(strategy: SearchStrategy[T], count: int = 100) -> list[T]:
        found: list[T] = []

        @settings(max_examples=count, database=None)
        @given(strategy)
        def collect(example: T) -> None:
            found.append(example)

        collect()
        return found

    return run


@pytest.fixture(scope="session")
def simplest() -> Find:
    """
    Find the example to which Hypothesis shrinks: `simplest(events(), bug)`.
    """
    # Explaining would try each example a hundred times more. A bug that one example in hundreds has
    # must not be missed by chance.
    briefly = settings(max_examples=20_000, database=None, phases=[Phase.generate, Phase.shrink])

    def search(strategy: SearchStrategy[T], fits: Callable[[T], object] = lambda _: True) -> T:
        return find(strategy, lambda example: bool(fits(example)), settings=briefly)

    return search


@pytest.fixture(scope="session")
def own() -> Own:
    """
    Make a catalogue: `own(name={"type": "string"})`.
    """

    def make(
        *,
        optional: tuple[str, ...] = (),
        defs: Mapping[str, Any] | None = None,
        **shapes: Any,
    ) -> Catalogue:
        properties = {
            "event_type": {"const": "robot.awakened"},
            "event_id": {"type": "string", "format": "uuid"},
            **shapes,
        }
        document = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Robot awakened",
            "description": "A robot opens its eyes.",
            "type": "object",
            "$defs": defs or {},
            "properties": properties,
            "required": [name for name in properties if name not in optional],
            "examples": [{"event_type": "robot.awakened"}],
            "x-seam": {"resource": "robot", "documented": True, "deprecated": False},
        }
        return Catalogue({"robot.awakened": lambda: EventSchema("robot.awakened", document)})

    return make
