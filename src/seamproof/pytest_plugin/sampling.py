"""
Samples for a test: the same ones alone, in another order, and in another process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seamproof.errors import UsageError
from seamproof.pytest_plugin.telling import shortly
from seamproof.strategies import Sampler, override_properties
from seamproof.strategies.drawing import load_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.pytest_plugin.running import Running
    from seamproof.schemas import Catalogue


class Samples:
    """
    Samplers, one for each test and each fixture that asks, seeded by its id.

    Args:
        running: Knows who asks.
        catalogue: The contract.
    """

    def __init__(self, running: Running, catalogue: Catalogue) -> None:
        self.running = running
        self.catalogue = catalogue
        self._turn = -1
        self._samplers: dict[str, Sampler] = {}
        load_words()

    def __repr__(self) -> str:
        return "<seam_sample>"

    @property
    def sampler(self) -> Sampler:
        """
        The sampler of who is calling.
        """
        running = self.running
        if running.turn != self._turn:
            self._turn = running.turn
            self._samplers.clear()
        caller = running.caller
        found = self._samplers.get(caller)
        if found is None:
            found = self._samplers[caller] = Sampler(caller, catalogue=self.catalogue)
        return found

    @shortly
    def __call__(self, event_type: str, /, **overrides: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        """
        Make a valid event of a type.

        Raises:
            UnknownEventType: With the nearest names.
            UnknownProperty: The event type has no such property.
            UsageError: The contract does not allow the value, or the type is no text.
        """
        _require_text(event_type)
        event = self.sampler.event(event_type)
        return override_properties(event, overrides, self.catalogue) if overrides else event


def _require_text(event_type: object) -> None:
    if not isinstance(event_type, str):
        what, expected = "an event type is a text", 'seam_sample("lock.unlocked")'
        found = type(event_type).__name__
        raise UsageError(what, where="seam_sample", expected=expected, found=found)


def put_all(
    events: list[dict[str, Any]], overrides: Mapping[str, Any], catalogue: Catalogue
) -> list[dict[str, Any]]:
    """
    Set properties of several events, each in those that have it.

    Raises:
        UnknownProperty: None of the events has it.
        UsageError: The contract does not allow the value.
    """
    if not overrides or not events:
        return events
    known = [catalogue[event["event_type"]].properties for event in events]
    for name, value in overrides.items():
        if not any(name in properties for properties in known):
            override_properties(events[0], {name: value}, catalogue)
    return [
        override_properties(
            event, {k: v for k, v in overrides.items() if k in properties}, catalogue
        )
        for event, properties in zip(events, known, strict=True)
    ]
