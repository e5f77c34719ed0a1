"""
The plan of a run and its steps, as the master hands them to its workers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What all workers of a run have in common.

    Attributes:
        version: Of seamproof, which determines the messages of a seed.
        url: The handler.
        seed: Of the messages.
        workers: How many there are.
        mix: What is sent, as `Mix.as_table` writes it.
        schedule: Seconds before each attempt.
        poisson: Whether arrivals are random; else they are at equal distances.
        fingerprint: Of the signing secrets, which are not sent.
    """

    version: str
    url: str
    seed: str
    workers: int
    mix: dict[str, Any]
    schedule: tuple[float, ...]
    poisson: bool
    fingerprint: str

    def as_message(self, worker: int) -> dict[str, Any]:
        """
        Write the plan for one worker.
        """
        return {"worker": worker, **asdict(self), "schedule": list(self.schedule)}

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """
        Read a plan.
        """
        names = cls.__dataclass_fields__
        given = {name: message[name] for name in names}
        return cls(**{**given, "schedule": tuple(message["schedule"])})


@dataclass(frozen=True, slots=True)
class RateStep:
    """
    A part of a run with one rate.

    Attributes:
        ordinal: From 0.
        rate: Messages a second, of all workers together.
        seconds: How long messages arrive.
        held: Seconds at the start during which messages are held back, as while the handler is
            down; then all of them are sent at once.
    """

    ordinal: int
    rate: float
    seconds: float
    held: float = 0.0
