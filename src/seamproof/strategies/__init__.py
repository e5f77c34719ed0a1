"""
How events are drawn: the only room that imports Hypothesis or Faker.
"""

from seamproof.strategies.overrides import (
    Override,
    apply_override,
    override_properties,
    parse_override,
)
from seamproof.strategies.sampler import SHARES, Presence, Sampler

__all__ = [
    "SHARES",
    "Override",
    "Presence",
    "Sampler",
    "apply_override",
    "override_properties",
    "parse_override",
]
