"""
Fault selector: chooses the messages that requested faults apply to.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.mock_server.model.records import FaultSpec


class FaultSelector:
    """
    Chooses the messages that faults apply to, the same ones for the same seed.

    Args:
        faults: The requested faults.
        seed: For faults without a seed; None for a random one.
    """

    def __init__(self, faults: Sequence[FaultSpec], seed: int | str | None) -> None:
        self.faults = tuple(faults)
        self._randoms = [_random(fault, seed) for fault in faults]
        self._used = [0] * len(faults)
        self._message = -1
        self._names: tuple[str, ...] = ()

    def names(self, message: int) -> tuple[str, ...]:
        """
        Return the names of the faults of a message; the same ones for the same message again.

        Args:
            message: Number of the message.
        """
        if message != self._message:
            self._message = message
            self._names = tuple(
                fault.name for index, fault in enumerate(self.faults) if self._applies(index, fault)
            )
        return self._names

    def _applies(self, index: int, fault: FaultSpec) -> bool:
        if fault.count is not None and self._used[index] >= fault.count:
            return False
        if self._randoms[index].random() >= fault.probability:
            return False
        self._used[index] += 1
        return True


def _random(fault: FaultSpec, seed: int | str | None) -> Random:
    seed = seed if fault.seed is None else fault.seed
    return Random() if seed is None else Random(f"{seed}/{fault.name}")
