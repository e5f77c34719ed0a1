"""
Making: what was asked for becomes events, with the exact bytes that stand for them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, repeat
from typing import TYPE_CHECKING, Final

from seamproof.errors import TooLarge, UnknownProperty, UsageError
from seamproof.events import Event
from seamproof.formats import format_timestamp, parse_timestamp
from seamproof.schemas.json_text import decode_bytes, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import Catalogue
    from seamproof.strategies import Override, Sampler

#: Bytes that an event may have: what Svix takes at most.
LARGEST: Final = 350_000

#: What a flaw may be and the text still be one that a sender might send.
_HARMLESS: Final = frozenset({"duplicate_key"})

#: How many events one request may ask for.
MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Which events were asked for: those of a pattern, of a journey, or one that was given.

    Attributes:
        event_type: A pattern over event types.
        event: A whole event: an object, or its exact JSON text.
        journey: The name of a journey.
        overrides: Values to put into the events, by path.
        count: How many in all; by default one of each type, or one.
        seed: Decides the values of events that are made.
    """

    event_type: str | None
    event: JsonMapping | bytes | None
    journey: str | None
    overrides: JsonMapping
    count: int | None
    seed: int | str | None


@dataclass(frozen=True, slots=True)
class Made:
    """
    An event ready to be stored.

    Attributes:
        event_id: As in the event; empty if it has none.
        event_type: As in the event.
        body: Its exact bytes.
        listed_at: When it was created, as it says itself, in seconds since the epoch.
    """

    event_id: str
    event_type: str
    body: bytes
    listed_at: float


def make(wanted: Wanted, catalogue: Catalogue, now: float) -> Iterator[Made]:
    """
    Make the events that were asked for; what is wrong with the request shows at once.

    Raises:
        UnknownEventType: No event type fits the pattern.
        UnknownProperty: No event has the property that is to be set.
        UsageError: The request asks for nothing, for several things, or for a bad event.
    """
    sources = (wanted.event_type, wanted.event, wanted.journey)
    if sum(one is not None for one in sources) != 1:
        what = "an emission names an event_type, an event or a journey"
        raise UsageError(what, expected="one of the three")
    if wanted.count is not None and not 0 <= wanted.count <= MOST:
        what = "so many events cannot be asked for at once"
        raise UsageError(what, where="count", expected=f"0 to {MOST:,}", found=str(wanted.count))
    if wanted.event is not None:
        if wanted.overrides:
            what = "overrides are for events that are made: an event is sent as it is given"
            raise UsageError(what, where="overrides", cure="change the event itself")
        return repeat(given(wanted.event, now), 1 if wanted.count is None else wanted.count)
    return _sampled(wanted, catalogue, now)


def given(event: JsonMapping | bytes, now: float) -> Made:
    """
    Take an event as it is given.

    Raises:
        UsageError: It is no JSON object with an event type, or it is too large.
    """
    if isinstance(event, bytes):
        body = event
        text, undecodable = decode_bytes(event)
        payload, flaws = parse(text)
        found = [*([undecodable] if undecodable else []), *flaws]
        fatal = next((one for one in found if one.rule not in _HARMLESS), None)
        if fatal is not None:
            what = f"the event is no JSON: {fatal.message}"
            raise UsageError(what, where="event")
    else:
        payload = dict(event)
        try:
            body = Event.of(payload).body
        except (ValueError, TypeError, RecursionError) as problem:
            what = f"the event is no JSON: {problem}"
            raise UsageError(what, where="event") from problem
    if not isinstance(payload, dict):
        what = "an event is a JSON object"
        raise UsageError(what, where="event", found=type(payload).__name__)
    if not isinstance(payload.get("event_type"), str):
        what = "an event has an event_type, which decides where it goes"
        raise UsageError(what, where="event.event_type", expected="a string")
    return made(payload, body, now)


def made(payload: JsonMapping, body: bytes, now: float) -> Made:
    """
    Take from an event what it is found by.

    Raises:
        TooLarge: Svix would not take it.
    """
    if len(body) > LARGEST:
        what = "the event is too large: Svix takes none of this size"
        raise TooLarge(
            what,
            where="event",
            expected=f"up to {LARGEST:,} bytes, better under 20,000",
            found=f"{len(body):,} bytes",
        )
    event_id = payload.get("event_id")
    created = _moment(payload.get("created_at"))
    return Made(
        event_id if isinstance(event_id, str) else "",
        payload["event_type"],
        body,
        now if created is None else created,
    )


def _sampled(wanted: Wanted, catalogue: Catalogue, now: float) -> Iterator[Made]:
    from seamproof.strategies import Sampler, parse_override

    sampler = Sampler(wanted.seed, catalogue=catalogue)
    overrides = [
        parse_override(f"{path}={value if isinstance(value, str) else json.dumps(value)}")
        for path, value in wanted.overrides.items()
    ]
    if wanted.journey is not None:
        return iter(_journey(wanted.journey, wanted.count, sampler, overrides, catalogue, now))
    pattern = str(wanted.event_type)
    for schema in catalogue.match(pattern) if overrides else ():
        # Tried on each type before the first event is out: none, or all of them.
        trial = Sampler(0, catalogue=catalogue)
        put([trial.event(schema.event_type)], overrides, catalogue, trial)
    payloads = sampler.events(pattern, count=wanted.count)

    def each() -> Iterator[Made]:
        for payload in payloads:
            settle_times([payload], now)
            put([payload], overrides, catalogue, sampler)
            yield made(payload, Event.of(payload).body, now)

    return each()


def _journey(
    name: str,
    count: int | None,
    sampler: Sampler,
    overrides: list[Override],
    catalogue: Catalogue,
    now: float,
) -> list[Made]:
    from seamproof.strategies import JOURNEYS

    if name not in JOURNEYS:
        what = f"no journey is called {name!r}"
        raise UsageError(what, where="journey", expected=", ".join(JOURNEYS), found=name)
    events: list[JsonObject] = []
    for _ in range(1 if count is None else count):
        events += sampler.journey(name)
    settle_times(events, now)
    put(events, overrides, catalogue, sampler)
    return [made(payload, Event.of(payload).body, now) for payload in events]


def put(
    payloads: list[JsonObject],
    overrides: list[Override],
    catalogue: Catalogue,
    sampler: Sampler,
) -> None:
    """
    Put values into events, each into those that have such a property.

    Raises:
        UnknownProperty: None of them has it.
        UsageError: The value is not one that the contract allows there.
    """
    from seamproof.strategies import apply_override

    for override in overrides:
        missing: UnknownProperty | None = None
        found = False
        for payload in payloads:
            schema = catalogue[payload["event_type"]]
            try:
                apply_override(payload, override, schema, sampler)
                found = True
            except UnknownProperty as problem:
                missing = problem
        if missing is not None and not found:
            raise missing


def settle_times(payloads: list[JsonObject], now: float) -> None:
    """
    Move the times of events that belong together so that the last one was made just now.

    Samples tell of times long gone, but an event of a service tells of what happened.
    """
    last = max((_moment(one.get("created_at")) or 0.0 for one in payloads), default=0.0)
    if not last:
        return
    for payload in payloads:
        for name, value in payload.items():
            if name.endswith("_at"):
                moment = _moment(value)
                if moment is not None:
                    with suppress(ValueError, OverflowError):
                        payload[name] = format_timestamp(now + moment - last)


def _moment(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_timestamp(text)
    except (ValueError, OverflowError):
        return None


def chunks(events: Iterator[Made], size: int) -> Iterator[list[Made]]:
    """
    Take events some at a time.
    """
    while some := list(islice(events, size)):
        yield some
