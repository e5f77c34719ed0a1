"""
How events are drawn: the only room that imports Hypothesis or Faker.

The public names are resolved on first use: samples need no Hypothesis, and what
Hypothesis itself loads when it is imported reads no schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seamproof.strategies.arrivals import deliveries as deliveries
    from seamproof.strategies.breaches import Breach as Breach
    from seamproof.strategies.breaches import invalid_events as invalid_events
    from seamproof.strategies.compiling import from_schema as from_schema
    from seamproof.strategies.drawn_events import events as events
    from seamproof.strategies.drawn_journeys import journeys as journeys
    from seamproof.strategies.life_cycles import JOURNEYS as JOURNEYS
    from seamproof.strategies.life_cycles import journey_steps as journey_steps
    from seamproof.strategies.overrides import Override as Override
    from seamproof.strategies.overrides import apply_override as apply_override
    from seamproof.strategies.overrides import override_properties as override_properties
    from seamproof.strategies.overrides import parse_override as parse_override
    from seamproof.strategies.sampler import SHARES as SHARES
    from seamproof.strategies.sampler import Presence as Presence
    from seamproof.strategies.sampler import Sampler as Sampler
    from seamproof.strategies.strangers import unknown_events as unknown_events

_HOMES: Final = {
    "JOURNEYS": "life_cycles",
    "SHARES": "sampler",
    "Breach": "breaches",
    "Override": "overrides",
    "Presence": "sampler",
    "Sampler": "sampler",
    "apply_override": "overrides",
    "deliveries": "arrivals",
    "events": "drawn_events",
    "from_schema": "compiling",
    "invalid_events": "breaches",
    "journey_steps": "life_cycles",
    "journeys": "drawn_journeys",
    "override_properties": "overrides",
    "parse_override": "overrides",
    "unknown_events": "strangers",
}

__all__ = [*_HOMES]  # noqa: PLE0604 - the keys are strings, which the rule cannot see


def __getattr__(name: str) -> object:
    """
    Import a public name from the module that it lives in.
    """
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - paid only by those who use a lazy name

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """
    List the lazy names beside those already loaded.
    """
    return sorted({*globals(), *_HOMES})
