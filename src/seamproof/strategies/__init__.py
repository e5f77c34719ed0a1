"""
Hypothesis strategies and a sampler for events; the only package that imports Hypothesis or Faker.

The public names are imported on first use: sampling needs no Hypothesis, and
the entry point that Hypothesis loads reads no schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from seamproof.strategies.generators.deliveries import deliveries as deliveries
    from seamproof.strategies.generators.events import events as events
    from seamproof.strategies.generators.invalid_events import Breach as Breach
    from seamproof.strategies.generators.invalid_events import invalid_events as invalid_events
    from seamproof.strategies.generators.journeys import journeys as journeys
    from seamproof.strategies.generators.unknown_events import unknown_events as unknown_events
    from seamproof.strategies.json_schema.compile import from_schema as from_schema
    from seamproof.strategies.sampling.journeys import JOURNEYS as JOURNEYS
    from seamproof.strategies.sampling.journeys import journey_steps as journey_steps
    from seamproof.strategies.sampling.overrides import Override as Override
    from seamproof.strategies.sampling.overrides import apply_override as apply_override
    from seamproof.strategies.sampling.overrides import override_properties as override_properties
    from seamproof.strategies.sampling.overrides import parse_override as parse_override
    from seamproof.strategies.sampling.sampler import Sampler as Sampler
    from seamproof.strategies.sampling.value_makers import SHARES as SHARES
    from seamproof.strategies.sampling.value_makers import Presence as Presence

    __all__: list[str]
else:
    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "generators.deliveries": ("deliveries",),
            "generators.events": ("events",),
            "generators.invalid_events": ("Breach", "invalid_events"),
            "generators.journeys": ("journeys",),
            "generators.unknown_events": ("unknown_events",),
            "json_schema.compile": ("from_schema",),
            "sampling.journeys": ("JOURNEYS", "journey_steps"),
            "sampling.overrides": (
                "Override",
                "apply_override",
                "override_properties",
                "parse_override",
            ),
            "sampling.sampler": ("Sampler",),
            "sampling.value_makers": ("Presence", "SHARES"),
        },
    )
