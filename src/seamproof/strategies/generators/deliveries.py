"""
Hypothesis strategy for deliveries: signed, duplicated, delayed and out of order.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from hypothesis import strategies as st

from seamproof.errors import UsageError
from seamproof.events import Delivery, Event, mint_message_id
from seamproof.signing import Secret, sign
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.json_types import Json, JsonMapping

#: Seconds until Svix retries after a first failure.
_RETRY: Final = 5
#: The most duplicates of a batch and seconds of delay, where the argument is True.
_DUPLICATES: Final = 2
_DELAY: Final = 120


def deliveries(
    events: st.SearchStrategy[Json] | JsonMapping | Sequence[JsonMapping],
    *,
    secret: Secret | str,
    duplicates: bool | int = True,
    reorder: bool = True,
    delay: bool | int = False,
    clock: Callable[[], float] = time.time,
) -> st.SearchStrategy[list[Delivery]]:
    """
    Generate lists of deliveries of events: at least once, in any order.

    The ids of events and messages are new in every example and not drawn by
    Hypothesis; otherwise a handler that ignores duplicates would ignore most
    examples. The simplest example delivers each event once, in order, without delay.

    Args:
        events: A strategy for events or lists of events, or the events themselves.
        secret: The signing secret.
        duplicates: The most duplicates; True for a few. A duplicate has the
            `svix-id` of its original, and either the same bytes or a timestamp and
            a signature of a few seconds later.
        reorder: Whether the deliveries arrive in any order.
        delay: The most seconds of delay of a delivery; True for two minutes.
        clock: Returns the receiver's time, in seconds since the epoch.

    Raises:
        SecretInvalid: The secret is malformed.
        UsageError: An argument has the wrong type.
    """
    strategy: st.SearchStrategy[Json] = (
        events if isinstance(events, st.SearchStrategy) else st.just(_batch(events))
    )
    most_duplicates = _count("duplicates", duplicates, _DUPLICATES)
    late = _count("delay", delay, _DELAY)
    _require(isinstance(reorder, bool), "reorder", "True or False", reorder)
    _require(callable(clock), "clock", "a function such as time.time", clock)
    _require(isinstance(secret, Secret | str), "secret", "whsec_ and base64", type(secret))
    key = secret if isinstance(secret, Secret) else Secret(secret)
    other = {} if clock is time.time else {"clock": clock}
    return _drawn(
        strategy, secret=key, duplicates=most_duplicates, reorder=reorder, delay=late, **other
    )


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
        what = f"{name} has the wrong type"
        raise UsageError(what, expected=expected, found=repr(found))


@named(deliveries.__name__)
def _drawn(
    draw: st.DrawFn,
    /,
    strategy: st.SearchStrategy[Json],
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
    # A re-signed duplicate is a retry, so its original was sent earlier by the retry's delay.
    sent = [now - draw(lag) - _RETRY * (place in failed) for place in range(len(batch))]
    first = [_signed(event, secret, at) for event, at in zip(batch, sent, strict=True)]
    arrived = first + [
        _re_signed(first[place], secret) if signed_anew else first[place]
        for place, signed_anew in repeats
    ]
    order = draw(st.permutations(range(len(arrived)))) if reorder else range(len(arrived))
    return [arrived[place] for place in order]


def _signed(event: JsonMapping, secret: Secret, at: int) -> Delivery:
    """
    Sign an event under a new id, if it has an id.
    """
    fresh = {"event_id": str(uuid.uuid4())} if "event_id" in event else {}
    body = Event.of({**event, **fresh}).body
    return sign(body, secret, message_id=mint_message_id(at), timestamp=at)


def _re_signed(delivery: Delivery, secret: Secret) -> Delivery:
    """
    Sign a message again, as Svix does for its next attempt.
    """
    return sign(
        delivery.body,
        secret,
        message_id=delivery.message_id,
        timestamp=delivery.timestamp + _RETRY,
    )
