"""
Lanes: what waits for one endpoint, the part of it that is held in memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from seamproof.mock_server.faults.catalogue import Picker
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.mock_server.model.records import DeliveryKind, Endpoint
    from seamproof.mock_server.network.resolver import Address

#: What Svix sends beside the signature, in lower case as it does.
STANDARD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user-agent": f"Svix-Webhooks/1.0 (seamproof {__version__})",
        "content-type": "application/json",
        "accept": "*/*",
    }
)

#: How much of what waits is held in memory for one endpoint: sendings, and bytes of bodies.
MOST: Final = 500
MOST_BYTES: Final = 2_000_000


@dataclass(slots=True, eq=False)
class Item:
    """
    A pending sending with all that an attempt takes.
    """

    number: int
    message: int
    message_id: str
    event_type: str
    body: bytes
    kind: DeliveryKind
    counts: bool
    attempts: int
    due_at: float
    faults: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Lane:
    """
    What waits for one endpoint.

    Only so much is held in memory. The rest waits in the store, and nothing
    that is due later goes out before it has been loaded.

    Attributes:
        number: The endpoint's in the store.
        endpoint: As it stands now.
        address: Its URL, made ready.
        seed: Decides which messages its faults befall.
        picker: What chooses them.
        headers: What goes out beside the signature.
        url: Where to, without a password.
        shown: The same as the rest of a JSON object, the values of the endpoint's own hidden.
        waiting: A heap by due time.
        size: Bytes of the bodies that wait.
        known: Numbers of the sendings that the store still shows as pending but that are
            in memory: waiting, under way, or done and about to be written.
        beyond: When the first sending that waits in the store alone is due.
        loading_from: The same while it is being loaded.
        settled: Messages that came through when they were sent again by hand.
        flying: How many attempts are under way.
        queued: Whether the lane waits for its turn.
        wake_at: For when a turn has been arranged.
        removed: Whether the endpoint is gone.
    """

    number: int
    endpoint: Endpoint
    address: Address
    seed: int | str | None = None
    picker: Picker = field(init=False)
    headers: dict[str, str] = field(init=False)
    shown: str = field(init=False)
    url: str = field(init=False)
    waiting: list[tuple[float, int, Item]] = field(default_factory=list)
    size: int = 0
    known: set[int] = field(default_factory=set)
    beyond: float = inf
    loading_from: float = inf
    loading: bool = False
    settled: set[int] = field(default_factory=set)
    flying: int = 0
    queued: bool = False
    wake_at: float = inf
    removed: bool = False

    def __post_init__(self) -> None:
        """
        Make ready what does not change from one attempt to the next.
        """
        self.picker = Picker((), None)
        self.change(self.endpoint, self.address)

    def change(self, endpoint: Endpoint, address: Address) -> None:
        """
        Take over a changed endpoint.
        """
        self.endpoint = endpoint
        self.address = address
        if self.picker.faults != endpoint.faults:
            seed = None if self.seed is None else f"{self.seed}/{self.number}"
            self.picker = Picker(endpoint.faults, seed)
        custom = {name.lower(): text for name, text in endpoint.headers.items()}
        self.headers = {**STANDARD, **address.headers, **custom}
        # What authenticates at the handler may have any name, so that no value is shown.
        hidden = dict.fromkeys([*address.headers, *custom], "…")
        self.shown = json.dumps({**STANDARD, **hidden})[1:]
        self.url = endpoint.shown_url

    @property
    def stopped(self) -> bool:
        """
        Whether nothing goes to the endpoint any more.
        """
        return self.removed or bool(self.endpoint.disabled)

    @property
    def has_room(self) -> bool:
        """
        Whether more can be held in memory.
        """
        return len(self.waiting) < MOST and self.size < MOST_BYTES

    @property
    def next_due(self) -> float:
        """
        When the next attempt is due, wherever it waits; infinity if none does.
        """
        head = self.waiting[0][0] if self.waiting else inf
        return min(head, self.beyond, self.loading_from)

    def push(self, item: Item) -> bool:
        """
        Hold a sending in memory if there is room; otherwise it waits in the store.
        """
        if self.has_room:
            heappush(self.waiting, (item.due_at, item.number, item))
            self.size += len(item.body)
            return True
        self.beyond = min(self.beyond, item.due_at)
        return False

    def pop(self, now: float) -> Item | None:
        """
        Take the first sending that is due, unless one that waits in the store comes before it.
        """
        if not self.waiting:
            return None
        due = self.waiting[0][0]
        if due > now or due > self.beyond or due > self.loading_from:
            return None
        item = heappop(self.waiting)[2]
        self.size -= len(item.body)
        return item

    def take(self, item: Item) -> None:
        """
        Hold a sending that the store has.
        """
        if self.push(item):
            self.known.add(item.number)
        else:
            self.known.discard(item.number)

    def evict(self) -> None:
        """
        Leave to the store what is due later than the first that waits there alone.
        """
        kept = [one for one in self.waiting if one[0] <= self.beyond]
        for _, number, item in self.waiting:
            if item.due_at > self.beyond:
                self.known.discard(number)
        heapify(kept)
        self.waiting = kept
        self.size = sum(len(item.body) for _, _, item in kept)

    def clear(self) -> None:
        """
        Let everything go that waits.
        """
        self.known.difference_update(number for _, number, _ in self.waiting)
        self.waiting.clear()
        self.size = 0
        self.beyond = inf

    def keys(self, now: float) -> list[bytes]:
        """
        Find the keys to sign with: the current one, then those in their grace period.
        """
        old = [one.secret.key for one in self.endpoint.old_secrets if one.until > now]
        return [self.endpoint.secret.key, *old]


def row_of(item: Item, endpoint: int, state: str, due_at: float | None) -> tuple[Any, ...]:
    """
    Write a sending as a row of the store.
    """
    return (
        item.number,
        item.message,
        endpoint,
        item.kind,
        item.counts,
        state,
        item.attempts,
        due_at,
        ",".join(item.faults),
    )
