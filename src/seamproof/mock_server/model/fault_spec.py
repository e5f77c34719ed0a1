"""
A requested fault: its name, and which messages it applies to.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """
    A fault that was requested for an endpoint or for an emission.

    Attributes:
        name: One of `faults.catalogue.FAULTS`.
        probability: The share of the messages that it applies to.
        count: How many messages it applies to at most; None for no limit.
        seed: Decides which ones; None for the service's own seed.
    """

    name: str
    probability: float = 1.0
    count: int | None = None
    seed: int | str | None = None
