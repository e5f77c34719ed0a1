"""
Emission: prepares events and queues them for delivery.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from seamproof.mock_server.delivery.enqueue import BATCH
from seamproof.mock_server.faults.catalogue import check_fault
from seamproof.mock_server.faults.selector import FaultSelector
from seamproof.mock_server.service.event_preparation import prepare_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.mock_server.model.records import FaultSpec
    from seamproof.mock_server.service.event_preparation import EmissionRequest
    from seamproof.mock_server.service.lifecycle import Lifecycle


class Emission:
    """
    Emits events.

    Args:
        lifecycle: Of the service.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._clock = lifecycle.clock
        self._catalogue = lifecycle.catalogue
        self._enqueuer = lifecycle.enqueuer
        self._seed = lifecycle.settings.seed
        self._emissions = 0

    async def emit(self, request: EmissionRequest, faults: Sequence[FaultSpec]) -> list[str]:
        """
        Prepare events, store them as messages and queue their deliveries.

        Args:
            request: The events to emit.
            faults: The faults to inject.

        Returns:
            The ids of the messages. They are safe on the disk.

        Raises:
            UnknownEventType: No event type matches the pattern.
            UnknownProperty: No event has the property of an override.
            UsageError: The request or a fault is invalid.
        """
        for fault in faults:
            check_fault(fault)
        seed = self._next_seed() if request.seed is None else request.seed
        selector = FaultSelector(faults, seed) if faults else None
        events = prepare_events(request, seed, self._catalogue, self._clock.now())
        ids: list[str] = []
        while batch := list(islice(events, BATCH)):
            ids += await self._enqueuer.enqueue(batch, self._clock.now(), selector)
        return ids

    def _next_seed(self) -> str | None:
        """
        Derive the seed of the next emission from the seed of the service.
        """
        if self._seed is None:
            return None
        self._emissions += 1
        return f"{self._seed}/{self._emissions}"
