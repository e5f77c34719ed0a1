"""
Measures how late the changes of a delivery come: of a worker behind a queue, of one that flushes.

A worker that empties its queue once in a period is late by a whole period at most, and by anything
less if a delivery comes in the middle. So each event after the first is delivered as soon as the
change of the one before is seen.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.model.tuning import (
    BACKLOG_PATIENCE,
    FIRST_CHANGE_PATIENCE,
    FIRST_CHANGE_PATIENCE_IF_ALONE,
    IRREGULAR_LAGS,
    LAG_MARGIN,
    LAG_SAMPLES,
    LATE,
    LATE_MARGIN,
    LONG_MEASUREMENT,
    LONG_QUIET_PERIOD,
    QUIET_PERIOD,
    SECOND_EFFECT_PATIENCE,
    SECOND_EFFECT_TYPES,
    SHORTEST_LAG,
    STEPS_OF_QUEUE,
    WAITED_READING,
    WATCH_PAUSE,
)
from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.presence import accepted_event, accepted_presence, find_presences
from seamproof.checks.state.effects import changes_by_message, shows_messages
from seamproof.checks.state.observer import discard_snapshot
from seamproof.checks.targets.work.pending_work import WorkLeft

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject

#: Seconds by which a sample may be late because the machine is busy.
_SLACK: Final = 0.15


@dataclass(frozen=True, slots=True)
class _Watched:
    """
    How the state changed after deliveries.

    Attributes:
        pause: The longest pause before a change that came after the responses, in seconds.
        last: The time of the last such change, in seconds after the responses; 0 without one.
        steps: How many of them there were.
        has_changed: Whether the deliveries changed the state, at once or later.
        seconds: How long the state was watched.
    """

    pause: float
    last: float
    steps: int
    has_changed: bool
    seconds: float


def measure_lag(observer: StateObserver) -> None:
    """
    Find out by how much the changes of deliveries lag behind the responses.

    With the option `settle` the lag is what the user says.
    """
    if observer.probe.settings.settle is not None:
        observer.observation.lag = observer.probe.settings.settle
        return
    begun = time.monotonic()
    _measure(observer)
    seconds = time.monotonic() - begun
    if seconds > LONG_MEASUREMENT:
        observer.probe.budget.prolong(seconds)


def _measure(observer: StateObserver) -> None:
    probe, known = observer.probe, observer.observation
    few = [family[0].event_type for family in probe.events.families.values()]
    rest = [one.event_type for one in probe.events.schemas if one.event_type not in few]
    idle_reading = _seconds_to_read(observer)
    before = observer.read()
    longest = FIRST_CHANGE_PATIENCE_IF_ALONE if before.is_final else FIRST_CHANGE_PATIENCE
    find_presences(probe, few)
    sent: list[str] = []
    events: list[JsonObject] = []
    # A handler may process few event types, and none of the first ones.
    for types, patience in ((few, 0.0), (rest, longest)):
        accepted = probe.accepted
        sent += types
        events += _deliver(observer, types)
        watched = _watch(observer, before, idle_reading, patience=patience, until=LATE)
        if watched.has_changed:
            per_delivery = watched.last / max(1, probe.accepted - accepted)
            # A late change may be of the types that were sent before.
            sent_again = _recorded_type(observer, events) or sent
            # The first sample begins at any time of a period, unless a change was just seen.
            count = LAG_SAMPLES + (watched.pause < LATE)
            samples = _sample(observer, sent_again, count, longest)
            _note_lag(observer, watched, per_delivery, samples)
            return
    known.unchanged_seconds = watched.seconds


def find_second_effects(observer: StateObserver) -> list[str]:
    """
    Find out, once in a run, whether a worker changes the state again after a first effect at once.

    Returns:
        Event types to observe again; then the lag is noted, and what was observed before is no
        longer known. None if there is no second effect.
    """
    known, probe = observer.observation, observer.probe
    if known.has_looked_for_more or not known.changes_by_type or probe.settings.settle is not None:
        return []
    known.has_looked_for_more = True
    types = observer.most_changing_types(len(known.changes_by_type))
    # A change without an id of the event may be a second effect of another one.
    types = sorted(types, key=lambda one: not shows_messages(known, one))[:SECOND_EFFECT_TYPES]
    is_shown = shows_messages(known, types[0])
    samples = _sample_second_effects(observer, types[0], is_shown=is_shown)
    if samples and not is_shown and _changes_while_idle(observer, max(samples)):
        # What was measured may have been a backlog, which has come to an end.
        samples = [] if known.noise else _sample_second_effects(observer, types[0], is_shown=False)
        if samples and _changes_while_idle(observer, max(samples)):
            samples = []
    if not samples:
        return []
    known.lags = (min(samples[1:]), max(samples))
    known.is_irregular = max(samples[1:]) > IRREGULAR_LAGS * min(samples[1:]) + _SLACK
    known.lag, known.period = LATE_MARGIN * max(samples) + _SLACK, max(samples)
    known.changes_by_type.clear()
    known.ignored_types.clear()
    discard_snapshot(probe)
    return types


def _sample_second_effects(
    observer: StateObserver, event_type: str, *, is_shown: bool
) -> list[float]:
    """
    Measure how long after a delivery the state changes once more; none if it does not each time.

    Args:
        observer: Takes and compares the snapshots.
        event_type: Of the deliveries.
        is_shown: Whether each change shows which message it is of.
    """
    probe, samples = observer.probe, list[float]()
    while len(samples) <= LAG_SAMPLES:
        events = _deliver(observer, [event_type])
        begun = time.monotonic()
        before = observer.snapshot()
        if observer.work_left is WorkLeft.NOTHING:
            return []
        if is_shown:
            has_changed = _record_changes(observer, before, events)
        else:
            watched = _watch(observer, before, 0.0, patience=SECOND_EFFECT_PATIENCE, until=0.0)
            has_changed = watched.has_changed
        probe.budget.prolong(time.monotonic() - begun)
        if not has_changed:
            return []
        samples.append(time.monotonic() - begun)
    return samples


def _record_changes(observer: StateObserver, before: Snapshot, events: list[JsonObject]) -> bool:
    """
    Wait until the state changes where it holds an id of an event: no backlog of others does that.
    """
    until = time.monotonic() + SECOND_EFFECT_PATIENCE
    while time.monotonic() < until:
        time.sleep(WATCH_PAUSE)
        for event in events:
            request = observer.probe.signed(event)
            sent = {str(event["event_type"]): (event, request)}
            if any(changes_by_message(observer, before, observer.read(), sent).values()):
                return True
    return False


def _changes_while_idle(observer: StateObserver, seconds: float) -> bool:
    """
    Whether the state changes although nothing is sent: a clock does that, or a backlog.
    """
    changed: list[set[str]] = []
    before = observer.read()
    while len(changed) < LAG_SAMPLES and all(changed):
        observer.probe.budget.wait_for_work(max(LATE_MARGIN * seconds, LONG_QUIET_PERIOD))
        after = observer.read()
        changed.append({one.path for one in observer.changes_between(before, after)})
        before = after
    # A backlog comes to an end.
    observer.observation.noise |= set.intersection(*changed)
    return bool(changed[0])


def _seconds_to_read(observer: StateObserver) -> float:
    begun = time.monotonic()
    observer.read()
    return time.monotonic() - begun


def _deliver(observer: StateObserver, types: Iterable[str]) -> list[JsonObject]:
    probe, catalogue = observer.probe, observer.probe.events.catalogue
    accepted = (one for one in types if accepted_presence(probe, one) is not None)
    events = (accepted_event(probe, catalogue[one]) for one in accepted)
    sent = deliver_each(probe, ((one, None) for one in events))
    return [event_in(request.body) for _, request, _ in sent]


def _recorded_type(observer: StateObserver, events: list[JsonObject]) -> list[str]:
    """
    Find a type of which an id is in the state now; the ids of each event are new ones.
    """
    shared = {*observer.probe.events.fixed_ids, observer.probe.events.workspace}
    text = json.dumps(observer.read().data)
    for event in events:
        ids = [value for name, value in event.items() if name.endswith("_id")]
        if any(isinstance(one, str) and one not in shared and one in text for one in ids):
            return [str(event["event_type"])]
    return []


def _sample(observer: StateObserver, types: list[str], count: int, patience: float) -> list[float]:
    """
    Measure the lag of several deliveries, each as soon as the change of the last one is seen.

    Args:
        observer: Takes and compares the snapshots.
        types: The event types to deliver each time.
        count: How many times.
        patience: How long to wait for each change, in seconds.

    Returns:
        The lags in seconds; 0 for a change that was there at once.
    """
    samples: list[float] = []
    while len(samples) < count:
        before, begun = observer.read(), time.monotonic()
        _deliver(observer, types)
        watched = _watch(observer, before, 0.0, patience=patience, until=0.0)
        if not watched.has_changed:
            break
        samples.append(time.monotonic() - begun if watched.steps else 0.0)
    return samples


def _note_lag(
    observer: StateObserver, first: _Watched, per_delivery: float, samples: list[float]
) -> None:
    """
    Note the lag: of changes that come soon a generous one, of others the longest and a period.
    """
    known = observer.observation
    longest = max(first.pause, *samples, 0.0)
    if longest < LATE:
        if longest or first.last:
            known.lag = max(SHORTEST_LAG, LAG_MARGIN * longest)
            known.lag_per_delivery = per_delivery
        discard_snapshot(observer.probe)
        return
    rest = _watch(observer, observer.read(), 0.0, patience=LATE_MARGIN * longest)
    if rest.steps >= STEPS_OF_QUEUE:
        known.lag_per_delivery = max(rest.pause, *samples)
    elif rest.last:
        samples = [one + rest.last for one in samples or [longest]]
    longest = max([longest, *samples])
    whole = samples[-LAG_SAMPLES:] or [longest]
    known.lags = (min(whole), longest)
    known.is_irregular = max(whole) > IRREGULAR_LAGS * min(whole) + _SLACK
    known.lag = LATE_MARGIN * longest + _SLACK
    known.period = longest
    observer.read_now()


def _watch(
    observer: StateObserver,
    before: Snapshot,
    idle_reading: float,
    *,
    patience: float = 0.0,
    until: float = inf,
) -> _Watched:
    """
    Watch the state after deliveries until it stops changing.

    Args:
        observer: Takes and compares the snapshots.
        before: The state before the deliveries.
        idle_reading: How long a snapshot takes while nothing changes, in seconds.
        patience: How long to wait for the first change, in seconds.
        until: How late a change has to be for which to return at once, in seconds.
    """
    begun = time.monotonic()
    seen, pause, steps = observer.read(), 0.0, 0
    has_changed = bool(observer.changes_between(before, seen))
    now = time.monotonic() - begun
    # The reader itself waits for changes that follow each other quickly.
    last = now if now - idle_reading > WAITED_READING else 0.0
    while now < BACKLOG_PATIENCE and not (has_changed and pause >= until):
        quiet = QUIET_PERIOD if has_changed else max(QUIET_PERIOD, patience)
        margin = LATE_MARGIN if pause > LATE else LAG_MARGIN
        if now - last >= max(quiet, margin * pause):
            break
        time.sleep(WATCH_PAUSE)
        reading_from = time.monotonic() - begun
        after = observer.read()
        now = time.monotonic() - begun
        if observer.changes_between(seen, after):
            pause, last, steps = max(pause, reading_from - last), now, steps + 1
            has_changed = True
        seen = after
    return _Watched(pause, last, steps, has_changed, now)
