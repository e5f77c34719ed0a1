"""
Sequence numbers of the database's rows.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SequenceNumbers:
    """
    The highest numbers in use.

    Attributes:
        entry: Of messages and attempts, which share one sequence: they are the entries of
            the stream.
        delivery: Of deliveries.
        endpoint: Of endpoints.
    """

    entry: int = 0
    delivery: int = 0
    endpoint: int = 0

    def reserve_entries(self, count: int = 1) -> int:
        """
        Reserve consecutive numbers for messages or attempts, and return the first one.

        Their rows have to be passed to the database at once: entries are committed in the
        order of their numbers, and the stream relies on it.
        """
        first = self.entry + 1
        self.entry += count
        return first

    def next_delivery(self) -> int:
        """
        Reserve the number of a delivery.
        """
        self.delivery += 1
        return self.delivery

    def next_endpoint(self) -> int:
        """
        Reserve the number of an endpoint.
        """
        self.endpoint += 1
        return self.endpoint

    def restore(self, stored: SequenceNumbers) -> None:
        """
        Continue after the numbers that the database holds.
        """
        self.entry = stored.entry
        self.delivery = stored.delivery
        self.endpoint = stored.endpoint
