"""
Event preparation: makes the events of an emission, with the exact bytes to deliver.
"""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import repeat
from typing import TYPE_CHECKING, Final

from seamproof.errors import TooLarge, UnknownProperty, UsageError
from seamproof.events import Event
from seamproof.formats import format_timestamp, parse_timestamp
from seamproof.mock_server.model.pending import PreparedEvent
from seamproof.schemas.json_text import decode_bytes, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import Catalogue
    from seamproof.strategies import Sampler

#: The size limit of an event, in bytes: Svix's.
MAX_BYTES: Final = 350_000

#: The flaws of a JSON text that a sender may really have: such an event is sent as it is.
_ACCEPTED_FLAWS: Final = frozenset({"duplicate_key"})

#: How many events one request may emit.
MAX_COUNT: Final = 1_000_000


def prepare_events(  # noqa: PLR0913 - each has a name
    *,
    event_type: str | None,
    event: JsonMapping | bytes | None,
    journey: str | None,
    overrides: JsonMapping,
    count: int | None,
    seed: int | str | None,
    catalogue: Catalogue,
    now: float,
    agree: Callable[[JsonObject, Collection[str]], None],
) -> Iterator[PreparedEvent]:
    """
    Make the events of an emission, which is checked before the first event is made.

    Arguments and errors are those of `Service.emit`, beside `agree`: it lets a sampled event
    speak of existing records as they are, except for the properties that are named.
    """
    if sum(one is not None for one in (event_type, event, journey)) != 1:
        what = "an emission names an event_type, an event or a journey"
        raise UsageError(what, expected="one of the three")
    if count is not None and not 0 <= count <= MAX_COUNT:
        what = "count is out of range"
        raise UsageError(what, where="count", expected=f"0 to {MAX_COUNT:,}", found=str(count))
    if event is not None:
        if overrides:
            what = "overrides apply to sampled events only: a given event is sent as it is"
            raise UsageError(what, where="overrides", cure="change the event itself")
        return repeat(given_event(event, now), 1 if count is None else count)
    sampler = _EventSampler(overrides, seed, catalogue, now, agree)
    if journey is not None:
        return sampler.journey(journey, count)
    return sampler.pattern(str(event_type), count)


def given_event(event: JsonMapping | bytes, now: float) -> PreparedEvent:
    """
    Prepare a given event, whose bytes stay as they are.

    Raises:
        UsageError: It is no JSON object with an event type, or it is too large.
    """
    if isinstance(event, bytes):
        body = event
        text, undecodable = decode_bytes(event)
        payload, flaws = parse(text)
        found = [*([undecodable] if undecodable else []), *flaws]
        fatal = next((one for one in found if one.rule not in _ACCEPTED_FLAWS), None)
        if fatal is not None:
            what = f"the event is not JSON: {fatal.message}"
            raise UsageError(what, where="event")
    else:
        payload = dict(event)
        try:
            body = Event.of(payload).body
        except (ValueError, TypeError, RecursionError) as problem:
            what = f"the event is not JSON: {problem}"
            raise UsageError(what, where="event") from problem
    if not isinstance(payload, dict):
        what = "an event is a JSON object"
        raise UsageError(what, where="event", found=type(payload).__name__)
    if not isinstance(payload.get("event_type"), str):
        what = "an event has an event_type, which decides where it goes"
        raise UsageError(what, where="event.event_type", expected="a string")
    return _prepared(payload, body, now)


def _prepared(payload: JsonMapping, body: bytes, now: float) -> PreparedEvent:
    if len(body) > MAX_BYTES:
        what = "the event is too large: Svix accepts none of this size"
        raise TooLarge(
            what,
            where="event",
            expected=f"up to {MAX_BYTES:,} bytes, better under 20,000",
            found=f"{len(body):,} bytes",
        )
    event_id = payload.get("event_id")
    created = _parse_time(payload.get("created_at"))
    return PreparedEvent(
        event_id=event_id if isinstance(event_id, str) else "",
        event_type=payload["event_type"],
        body=body,
        listed_at=now if created is None else created,
        payload=payload,
    )


class _EventSampler:
    """
    Samples the events of an emission.
    """

    def __init__(
        self,
        overrides: JsonMapping,
        seed: int | str | None,
        catalogue: Catalogue,
        now: float,
        agree: Callable[[JsonObject, Collection[str]], None],
    ) -> None:
        from seamproof.strategies import Sampler, parse_override

        self._catalogue = catalogue
        self._now = now
        self._agree = agree
        self._kept = {path.partition(".")[0].partition("[")[0] for path in overrides}
        self._sampler = Sampler(seed, catalogue=catalogue)
        self._overrides = [
            parse_override(f"{path}={value if isinstance(value, str) else json.dumps(value)}")
            for path, value in overrides.items()
        ]

    def pattern(self, pattern: str, count: int | None) -> Iterator[PreparedEvent]:
        """
        Sample events of the types that match a pattern.
        """
        from seamproof.strategies import Sampler

        for schema in self._catalogue.match(pattern) if self._overrides else ():
            # Tried on each type before the first event is emitted: none, or all of them.
            trial = Sampler(0, catalogue=self._catalogue)
            self._apply_overrides([trial.event(schema.event_type)], trial)
        payloads = self._sampler.events(pattern, count=count)
        return (event for payload in payloads for event in self._prepare([payload]))

    def journey(self, name: str, count: int | None) -> Iterator[PreparedEvent]:
        """
        Sample the events of a journey.
        """
        from seamproof.strategies import JOURNEYS, Sampler

        if name not in JOURNEYS:
            what = f"no journey is called {name!r}"
            raise UsageError(what, where="journey", expected=", ".join(JOURNEYS), found=name)
        if self._overrides:
            # Tried before the first event is emitted: none, or all of them.
            trial = Sampler(0, catalogue=self._catalogue)
            self._apply_overrides(trial.journey(name), trial)
        journeys = (self._sampler.journey(name) for _ in range(1 if count is None else count))
        return (event for payloads in journeys for event in self._prepare(payloads))

    def _prepare(self, payloads: list[JsonObject]) -> list[PreparedEvent]:
        _move_times(payloads, self._now)
        self._apply_overrides(payloads, self._sampler)
        for payload in payloads:
            self._agree(payload, self._kept)
        return [_prepared(payload, Event.of(payload).body, self._now) for payload in payloads]

    def _apply_overrides(self, payloads: list[JsonObject], sampler: Sampler) -> None:
        """
        Set the values of overrides in those events that have the property.

        Raises:
            UnknownProperty: No event has the property.
            UsageError: The contract does not allow the value.
        """
        from seamproof.strategies import apply_override

        for override in self._overrides:
            missing: UnknownProperty | None = None
            applied = False
            for payload in payloads:
                schema = self._catalogue[payload["event_type"]]
                try:
                    apply_override(payload, override, schema, sampler)
                    applied = True
                except UnknownProperty as problem:
                    missing = problem
            if missing is not None and not applied:
                raise missing


def _move_times(payloads: list[JsonObject], now: float) -> None:
    """
    Move the times of events that belong together, so that the last one was created now.

    Sampled times lie in the past, but a service emits events as they happen.
    """
    last = max((_parse_time(one.get("created_at")) or 0.0 for one in payloads), default=0.0)
    if not last:
        return
    for payload in payloads:
        for name, value in payload.items():
            if name.endswith("_at"):
                moment = _parse_time(value)
                if moment is not None:
                    with suppress(ValueError, OverflowError):
                        payload[name] = format_timestamp(now + moment - last)


def _parse_time(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_timestamp(text)
    except (ValueError, OverflowError):
        return None
