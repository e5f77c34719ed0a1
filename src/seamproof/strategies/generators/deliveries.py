"""
What actually arrives: signed deliveries, some of them twice, not always in order.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from hypothesis import strategies as st

from seamproof.errors import UsageError
from seamproof.events import Delivery, Event, mint_message_id
from seamproof.signing import Secret, sign
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.json_types import JsonMapping, JsonObject

#: Seconds until Svix tries again after a first failure.
_RETRY: Final = 5
#: Repeats of a batch at most, seconds of delay at most, where the user says only yes.
_REPEATS: Final = 2
_DELAY: Final = 120


def deliveries(
    events: st.SearchStrategy[Any] | JsonMapping | Sequence[JsonMapping],
    *,
    secret: Secret | str,
    duplicates: bool | int = True,
    reorder: bool = True,
    delay: bool | int = False,
    clock: Callable[[], float] = time.time,
) -> st.SearchStrategy[list[Delivery]]:
    """
    Draw what arrives when events are delivered at least once, and in any order.

    The ids of events and messages are new in every example, outside of what
    Hypothesis draws: a handler that drops duplicates would else drop most examples.
    With nothing drawn, each event arrives once, in order, signed this moment.

    Args:
        events: A strategy of events or of lists of them, or the events themselves.
        secret: What they are signed with.
        duplicates: How many repeats there are at most; True is a few. A repeat
            has the `svix-id` of its original, and either the same bytes or a
            timestamp and a signature of a few seconds later.
        reorder: Whether they arrive in any order.
        delay: By how many seconds at most a delivery is late; True is two minutes.
        clock: Tells the receiver's time, in seconds since the epoch.

    Raises:
        SecretInvalid: The secret is none.
        UsageError: An argument is of another kind.
    """
    strategy: st.SearchStrategy[Any] = (
        events if isinstance(events, st.SearchStrategy) else st.just(_batch(events))
    )
    repeats = _count("duplicates", duplicates, _REPEATS)
    late = _count("delay", delay, _DELAY)
    _require(isinstance(reorder, bool), "reorder", "True or False", reorder)
    _require(callable(clock), "clock", "a function such as time.time", clock)
    _require(isinstance(secret, Secret | str), "secret", "whsec_ and base64", type(secret))
    key = secret if isinstance(secret, Secret) else Secret(secret)
    other = {} if clock is time.time else {"clock": clock}
    return _drawn(strategy, secret=key, duplicates=repeats, reorder=reorder, delay=late, **other)


def _batch(events: object) -> list[JsonMapping]:
    batch = [events] if isinstance(events, Mapping) else events
    fits = isinstance(batch, list | tuple) and all(isinstance(one, Mapping) for one in batch)
    _require(fits, "events", "an event, several, or a strategy of either", events)
    return list(cast("list[JsonMapping]", batch))


def _count(name: str, value: object, usual: int) -> int:
    _require(
        isinstance(value, int) and value >= 0, name, "True, False or a whole number from 0", value
    )
    return usual * value if isinstance(value, bool) else cast("int", value)


def _require(fits: object, name: str, expected: str, found: object) -> None:
    if not fits:
        what = f"{name} is of another kind than it can be"
        raise UsageError(what, expected=expected, found=repr(found))


@named(deliveries.__name__)
def _drawn(
    draw: st.DrawFn,
    /,
    strategy: st.SearchStrategy[Any],
    *,
    secret: Secret,
    duplicates: int,
    reorder: bool,
    delay: int,
    clock: Callable[[], float] = time.time,
) -> list[Delivery]:
    drawn = draw(strategy)
    batch = drawn if isinstance(drawn, list | tuple) else [drawn]
    places = st.integers(0, max(len(batch) - 1, 0))
    count = draw(st.integers(0, duplicates)) if batch else 0
    repeats = [(draw(places), draw(st.booleans())) for _ in range(count)]
    failed = {place for place, signed_anew in repeats if signed_anew}
    now, lag = int(clock()), st.integers(0, delay)
    # A message that is sent again was sent first as long before as the retry waits.
    sent = [now - draw(lag) - _RETRY * (place in failed) for place in range(len(batch))]
    first = [_signed(event, secret, at) for event, at in zip(batch, sent, strict=True)]
    arrived = first + [
        _again(first[place], secret) if signed_anew else first[place]
        for place, signed_anew in repeats
    ]
    order = draw(st.permutations(range(len(arrived)))) if reorder else range(len(arrived))
    return [arrived[place] for place in order]


def _signed(event: JsonMapping, secret: Secret, at: int) -> Delivery:
    body = Event.of(_renewed(event)).body
    return sign(body, secret, message_id=mint_message_id(at), timestamp=at)


def _renewed(event: JsonMapping) -> JsonObject:
    """
    Give an event an id of its own, if it has one.
    """
    fresh = {"event_id": str(uuid.uuid4())} if "event_id" in event else {}
    return {**event, **fresh}


def _again(delivery: Delivery, secret: Secret) -> Delivery:
    """
    Sign a message once more, as Svix does for its next attempt.
    """
    return sign(
        delivery.body,
        secret,
        message_id=delivery.message_id,
        timestamp=delivery.timestamp + _RETRY,
    )
