"""
Endpoint queue: the pending deliveries of one endpoint, as far as they are held in memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.faults.selector import FaultSelector
from seamproof.version import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.mock_server.model.pending import PendingDelivery
    from seamproof.mock_server.model.records import Endpoint
    from seamproof.mock_server.network.resolver import Address
    from seamproof.signing import Secret

#: The headers that Svix sends beside the signature, in lower case as Svix does.
STANDARD_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user-agent": USER_AGENT,
        "content-type": "application/json",
        "accept": "*/*",
    }
)

#: The capacity of a queue: deliveries, and bytes of their bodies.
MAX_DELIVERIES: Final = 500
MAX_BYTES: Final = 2_000_000


@dataclass(slots=True, eq=False)
class EndpointQueue:
    """
    The pending deliveries of one endpoint.

    A limited number is held in memory. The others wait in the database, and no delivery that
    is due later than one of them is attempted before that one is loaded.

    Attributes:
        number: Of the endpoint in the database.
        endpoint: In its present state.
        address: The parsed URL of the endpoint.
        seed: Decides which messages the endpoint's faults apply to.
        selector: Chooses these messages.
        headers: Sent beside the signature.
        recorded_headers: The same as the rest of a JSON object, with hidden credentials.
        url: Of the endpoint, without a password.
        waiting: The deliveries in memory that wait, as a heap by due time.
        size: Bytes of their bodies.
        in_memory: Numbers of the deliveries that are in memory: waiting or being attempted.
            They are pending in the database, too, but not loaded again.
        stored_due: When the first delivery that waits in the database alone is due.
        loading_due: The same, while that delivery is loaded.
        loading: Whether deliveries are being loaded.
        delivered: Numbers of messages that were delivered by a resend or a recovery.
        running: How many attempts are running.
        ready: Whether the scheduler will look at the queue next.
        wake_at: The time for which the scheduler has set a timer; infinity without one.
        removed: Whether the endpoint was removed.
    """

    number: int
    endpoint: Endpoint
    address: Address
    seed: int | str | None = None
    selector: FaultSelector = field(init=False)
    headers: dict[str, str] = field(init=False)
    recorded_headers: str = field(init=False)
    url: str = field(init=False)
    waiting: list[tuple[float, int, PendingDelivery]] = field(default_factory=list)
    size: int = 0
    in_memory: set[int] = field(default_factory=set)
    stored_due: float = inf
    loading_due: float = inf
    loading: bool = False
    delivered: set[int] = field(default_factory=set)
    running: int = 0
    ready: bool = False
    wake_at: float = inf
    removed: bool = False

    def __post_init__(self) -> None:
        """
        Prepare what is the same for every attempt.
        """
        self.selector = FaultSelector((), None)
        self.update(self.endpoint, self.address)

    def update(self, endpoint: Endpoint, address: Address) -> None:
        """
        Apply a change of the endpoint.
        """
        self.endpoint = endpoint
        self.address = address
        if self.selector.faults != endpoint.faults:
            seed = None if self.seed is None else f"{self.seed}/{self.number}"
            self.selector = FaultSelector(endpoint.faults, seed)
        custom = {name.lower(): text for name, text in endpoint.headers.items()}
        self.headers = {**STANDARD_HEADERS, **address.headers, **custom}
        # Any custom header may contain credentials, so that all values are hidden.
        hidden = dict.fromkeys([*address.headers, *custom], "…")
        self.recorded_headers = json.dumps({**STANDARD_HEADERS, **hidden})[1:]
        self.url = endpoint.shown_url

    @property
    def stopped(self) -> bool:
        """
        Whether nothing is sent to the endpoint any more.
        """
        return self.removed or bool(self.endpoint.disabled)

    @property
    def next_due(self) -> float:
        """
        When the next attempt is due, wherever it waits; infinity if none is.
        """
        head = self.waiting[0][0] if self.waiting else inf
        return min(head, self.stored_due, self.loading_due)

    def add_stored(self, delivery: PendingDelivery) -> None:
        """
        Add a delivery that is stored in the database, or about to be written there.

        It is held in memory if there is room.
        """
        if len(self.waiting) < MAX_DELIVERIES and self.size < MAX_BYTES:
            heappush(self.waiting, (delivery.due_at, delivery.number, delivery))
            self.size += len(delivery.message.body)
            self.in_memory.add(delivery.number)
        else:
            self.stored_due = min(self.stored_due, delivery.due_at)
            self.in_memory.discard(delivery.number)

    def pop(self, now: float) -> PendingDelivery | None:
        """
        Remove the first delivery that is due, unless one in the database is due before it.
        """
        if not self.waiting:
            return None
        due = self.waiting[0][0]
        if due > now or due > self.stored_due or due > self.loading_due:
            return None
        delivery = heappop(self.waiting)[2]
        self.size -= len(delivery.message.body)
        return delivery

    def evict(self) -> None:
        """
        Release the deliveries that are due later than the first one in the database alone.
        """
        kept = [entry for entry in self.waiting if entry[0] <= self.stored_due]
        self.in_memory.difference_update(
            number for due_at, number, _ in self.waiting if due_at > self.stored_due
        )
        heapify(kept)
        self.waiting = kept
        self.size = sum(len(delivery.message.body) for _, _, delivery in kept)

    def clear(self) -> None:
        """
        Drop all deliveries that wait.
        """
        self.in_memory.difference_update(number for _, number, _ in self.waiting)
        self.waiting.clear()
        self.size = 0
        self.stored_due = inf

    def secrets(self, now: float) -> list[Secret]:
        """
        Return the secrets that sign: the current one, then those in their grace period.
        """
        old = [one.secret for one in self.endpoint.old_secrets if one.until > now]
        return [self.endpoint.secret, *old]
