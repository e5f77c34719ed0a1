"""
Age checks: an event has its effect however old it is, and if the clock of its sender is fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.effects.any_effect import NOTHING_DONE
from seamproof.checks.battery.effects.logs import find_log
from seamproof.checks.generation.renewal import new_id
from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.tuning import (
    CLOCK_AHEAD,
    FUTURE_TYPES,
    LAST_CHECK_SECONDS,
    LAST_RETRY_AGE,
    OLD_TYPES,
)
from seamproof.checks.probe.deliveries import send_each
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.effects import acting_types
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import NO_STATE
from seamproof.formats import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonMapping, JsonObject

_TIMES: Final = ("occurred_at", "created_at")
_KNOWN_RECORD: Final = "events about a record that the handler knows may be outdated"


@dataclass(frozen=True, slots=True)
class Retimed:
    """
    Other times for an event.

    Attributes:
        seconds: How long ago it occurred; less than 0 lies in the future.
        words: The same for a reader.
    """

    seconds: int
    words: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """
    One event that was delivered.

    Attributes:
        request: The request.
        received: Its response.
        effects: The paths that it changed, each with what was done there.
    """

    request: Request
    received: Received
    effects: frozenset[tuple[str, str]]


OLD: Final = Retimed(LAST_RETRY_AGE, "27 h 35 min ago")
AHEAD: Final = Retimed(-CLOCK_AHEAD, "1 min in the future")
_NOW: Final = Retimed(0, "now")


def old_event(probe: Probe) -> Iterator[Finding]:
    """
    An event has the same effect when Svix retries it for the last time, and an hour after it.
    """
    yield from _retimed(probe, OLD, 1 if probe.quick else OLD_TYPES)
    if probe.read_state is not None:
        yield from _only_recent(probe)


def future_event(probe: Probe) -> Iterator[Finding]:
    """
    An event has the same effect if the clock of its sender is fast.
    """
    # It comes last, and is cheap: it has a little time of its own.
    probe.budget.leave(LAST_CHECK_SECONDS)
    yield from _retimed(probe, AHEAD, FUTURE_TYPES)


def _retimed(probe: Probe, when: Retimed, most: int) -> Iterator[Finding]:
    if probe.events.fixed_ids:
        yield Inconclusive(reason=_KNOWN_RECORD)
        return
    if probe.read_state is None:
        yield from _rejected(probe, when)
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    find_log(observer)
    acting = set(acting_types(probe))
    ordered = observer.most_changing_types(len(observer.observation.changes_by_type))
    types = [one for one in ordered if one in acting]
    types = types[: 1 if observer.is_slow else most]
    if not types:
        yield from _rejected(probe, when)
        yield Inconclusive(reason=observer.no_change_reason, option="settle", is_about_state=True)
    failures = [one for one in (_lost(observer, name, when) for name in types) if one]
    yield from failures
    if types and not failures and (reason := ArrivalMarks.of(observer.observation).reason):
        yield Inconclusive(reason=reason)


def _rejected(probe: Probe, when: Retimed) -> Iterator[Failure]:
    """
    Report an event with other times that is rejected, where its effect cannot be seen.
    """
    event = _with_times(probe, probe.plain(), when)
    request, received = probe.deliver(event)
    if not probe.is_accepted(received) and probe.is_accepted(probe.deliver(probe.plain())[1]):
        context = f"occurred {when.words}"
        yield failure_of(
            request, received, "accepted with 2xx, whenever it occurred", context=context
        )


def _lost(observer: StateObserver, event_type: str, when: Retimed) -> Failure | None:
    """
    Deliver an event with other times; report it if none of the effect of a plain one is seen.
    """
    probe = observer.probe
    for _ in range(2):
        plain = observe(observer, plain_alone(probe, event_type))
        retimed = observe(observer, _with_times(probe, plain_alone(probe, event_type), when))
        if not plain.effects or _has_effect(probe, retimed, plain):
            return None
    alone = [
        name
        for name in _TIMES
        if not _has_effect(
            probe,
            observe(observer, _with_times(probe, plain_alone(probe, event_type), when, (name,))),
            plain,
        )
    ]
    names = " and ".join(alone or _TIMES)
    done = f": {NOTHING_DONE}" if probe.is_accepted(retimed.received) else ""
    return failure_of(
        retimed.request,
        retimed.received,
        "accepted, with the effect that an event of this moment has",
        context=f"{names} {when.words}{done}",
        is_about_answer=not done,
    )


def _has_effect(probe: Probe, found: Delivered, plain: Delivered) -> bool:
    """
    Whether an event was accepted and had some of the effect of a plain one.

    A handler may leave out a part for an old event, such as a notice to a person.
    """
    return probe.is_accepted(found.received) and bool(found.effects & plain.effects)


def _only_recent(probe: Probe) -> Iterator[Failure]:
    """
    Report event types whose plain event, almost an hour old, has no effect, and a recent one has.
    """
    observer = observer_of(probe)
    known = observer.observation
    if probe.events.clock is not None:
        return
    types = [
        one.event_type
        for one in schemas_to_send(probe)
        if one.event_type in known.ignored_types
        and accepted_presence(probe, one.event_type) is not None
    ]
    if not _act_together(observer, types):
        return
    for event_type in sorted(types):
        if known.lag == 0 and _only_recent_acts(observer, event_type):
            request, received = probe.deliver(plain_alone(probe, event_type))
            yield failure_of(
                request,
                received,
                "accepted, with the effect that an event of this moment has",
                context=f"occurred almost an hour ago: {NOTHING_DONE}",
                is_about_answer=False,
            )
            return


def _act_together(observer: StateObserver, types: list[str]) -> bool:
    probe = observer.probe
    events = [_with_times(probe, plain_alone(probe, one), _NOW) for one in types]
    before = observer.snapshot()
    signed = [probe.signed(one) for one in events]
    requests = [request for request, _ in send_each(probe, signed)]
    changes = observer.changes_since(before, roles_of(events, requests))
    return bool(ArrivalMarks.of(observer.observation).evident_in(changes))


def _only_recent_acts(observer: StateObserver, event_type: str) -> bool:
    probe = observer.probe
    for _ in range(2):
        recent = observe(observer, _with_times(probe, plain_alone(probe, event_type), _NOW))
        if not recent.effects or observe(observer, plain_alone(probe, event_type)).effects:
            return False
    return True


def plain_alone(probe: Probe, event_type: str) -> JsonObject:
    """
    Make a plain event in a workspace of its own: no other event of it is newer.
    """
    event = accepted_event(probe, probe.events.catalogue[event_type])
    return {**event, "workspace_id": new_id()} if "workspace_id" in event else event


def _with_times(
    probe: Probe, event: JsonMapping, when: Retimed, names: tuple[str, ...] = _TIMES
) -> JsonObject:
    moment = datetime.fromtimestamp(probe.clock(), UTC) - timedelta(seconds=when.seconds)
    text = format_time(moment)
    return {**event, **{name: text for name in names if name in event}}


def observe(observer: StateObserver, event: JsonMapping) -> Delivered:
    """
    Deliver an event, and observe what it changes besides the record of its arrival.
    """
    request = observer.probe.signed(event)
    before = observer.snapshot()
    received = observer.probe.send(request)
    changes = observer.changes_since(before, roles_of([event], [request]))
    changes = ArrivalMarks.of(observer.observation).evident_in(changes)
    return Delivered(request, received, frozenset((one.path, one.op) for one in changes))
