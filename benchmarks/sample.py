"""
Realistic events in bulk, beside a generator written by hand with Faker.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from faker import Faker

from benchmarks.material import EVENT_TYPE, SEED, versioned
from benchmarks.measuring import Bound, Contestant, Figure, interleave, per_second
from seamproof.schemas import catalog, is_valid
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCH: Final = 5000


def by_hand(fake: Faker) -> dict[str, Any]:
    """
    Make the event as one would with Faker and nothing else.
    """
    return {
        "acs_credential_id": fake.uuid4(),
        "acs_system_id": fake.uuid4(),
        "connected_account_id": fake.uuid4(),
        "created_at": fake.date_time(tzinfo=UTC).isoformat(),
        "event_description": fake.sentence(),
        "event_id": fake.uuid4(),
        "event_type": EVENT_TYPE,
        "occurred_at": fake.date_time(tzinfo=UTC).isoformat(),
        "workspace_id": fake.uuid4(),
    }


def batch(pattern: str) -> None:
    """
    Make many events with a sampler that is new each time, as a command does.
    """
    deque(Sampler(SEED).events(pattern, count=_BATCH), maxlen=0)


def run() -> Iterator[Figure]:
    """
    Measure the whole catalogue, then the one event type like for like.
    """
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    if not is_valid(by_hand(fake)):
        message = "the event written by hand is not valid"
        raise RuntimeError(message)
    contestants = [
        Contestant("*", partial(batch, "*"), _BATCH),
        Contestant(EVENT_TYPE, partial(batch, EVENT_TYPE), _BATCH),
        Contestant("peer", partial(by_hand, fake)),
    ]
    taken = interleave(contestants, rounds=11, seconds=0.05)
    peer, peer_values = versioned("faker"), per_second(taken["peer"])
    yield Figure(
        name=f"all {len(catalog())} event types in turn",
        values=per_second(taken["*"]),
        unit="events/s",
        peer=peer,
        peer_values=peer_values,
        bound=Bound("at least", 20_000, on="value"),
        remark=f"a new Sampler for each {_BATCH:,} events; the peer makes {EVENT_TYPE} alone",
    )
    yield Figure(
        name=f"{EVENT_TYPE} alone",
        values=per_second(taken[EVENT_TYPE]),
        unit="events/s",
        peer=peer,
        peer_values=peer_values,
        remark="like for like: the same properties, written by hand with Faker",
    )
