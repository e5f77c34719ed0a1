"""
Effects of event types: which of them change more of the state than the record of what arrived.

Where a snapshot is slow, events of many types are delivered before one snapshot. Their ids show
which of them made a change.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.arrivals import (
    COUNTED,
    ONLY_RECORDED,
    ArrivalMarks,
    effects_in,
    is_count,
    of_any_message,
    without_removals,
)
from seamproof.checks.model.causes import answer_text, changes_text
from seamproof.checks.model.event_outcomes import EventTypeOutcome
from seamproof.checks.model.tuning import (
    COUNTED_IN_GROUP,
    EFFECT_SNAPSHOTS,
    LAG_MARGIN,
    LONGEST_LAG,
)
from seamproof.checks.probe.deliveries import send_each
from seamproof.checks.probe.presence import accepted_event, accepted_presence, find_presences
from seamproof.checks.state.normaliser import ANY_ID, event_roles, roles_of
from seamproof.checks.state.observer import StateObserver
from seamproof.events import resource_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.observation import Observation
    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonMapping

#: Between the role of an id and the event type that it is of.
_OF: Final = "·"
_MARK: Final = re.compile(rf"{_OF}[^‹›]*›")

#: The role of an id that an event or its message has, as a state diff shows it.
_OWN_ID: Final = re.compile(r"‹(?:[a-z_]*_ids?|event_id \d+|message \d+)[^‹›]*›")

NO_STATE_GIVEN: Final = "without a state no effect can be seen"
NOT_OBSERVED: Final = "whether the state changes was not looked at"
NOT_OF_THE_RUN: Final = "not among the events of this run"
NOT_REACHED: Final = "this run sent none of it"


def acting_types(probe: Probe) -> list[str]:
    """
    List the event types that are known to have an effect, if only a counter shows it.
    """
    known = probe.state.observation
    if known is None:
        return []
    evident_in = ArrivalMarks.of(known).evident_in
    return [one for one, changes in known.changes_by_type.items() if evident_in(changes)]


def working_types(probe: Probe) -> list[str]:
    """
    List the event types that are known to have an effect besides the record of their arrival.
    """
    known = probe.state.observation
    if known is None:
        return []
    work_in = ArrivalMarks.of(known).work_in
    return [one for one, changes in known.changes_by_type.items() if work_in(changes)]


def recorded_types(probe: Probe) -> list[str]:
    """
    List the event types of which more is recorded than of every accepted event.

    If only that they arrived: of other types the handler does not even record that.
    """
    known = probe.state.observation
    if known is None:
        return []
    records = {
        name: frozenset(map(of_any_message, without_removals(changes)))
        for name, changes in known.changes_by_type.items()
    }
    several = [*records.values()]
    is_of_all = several and not known.ignored_types
    common = several[0].intersection(*several[1:]) if is_of_all else frozenset()
    return [name for name, one in records.items() if one - common]


def observe_types(
    observer: StateObserver,
    types: Iterable[str],
    *,
    snapshots: int | None = None,
    together: bool = False,
) -> None:
    """
    Observe what a plain event of each type changes, unless that is known.

    Args:
        observer: Takes and compares the snapshots.
        types: The event types.
        snapshots: How many may be taken; as many as it needs by default.
        together: Whether to deliver events of all types before a snapshot, however quick it is.
    """
    known, probe = observer.observation, observer.probe
    known_types = {*known.changes_by_type, *known.ignored_types}
    types = list(types)
    find_presences(probe, types)
    pending = [
        one for one in types if one not in known_types and accepted_presence(probe, one) is not None
    ]
    groups = deque([pending] if together or observer.is_slow else [[one] for one in pending])
    while groups and (snapshots is None or snapshots > 0):
        group = groups.popleft()
        if group:
            # The first part first: a few types are found soon, however many there are.
            groups.extendleft(_parts(_observe_together(observer, group), len(group)))
            snapshots = None if snapshots is None else snapshots - 1


def are_own_changes(observer: StateObserver, event_type: str, changes: StateDiff) -> bool:
    """
    Whether changes come from the event of a type, and not from one that was sent seconds before.

    If they hold an id that is none of the event, another event of the type has to make such
    changes as well.
    """
    texts = [one.path + one.value for one in changes]
    if any(map(_OWN_ID.search, texts)) or not any(ANY_ID in one for one in texts):
        return True
    event = accepted_event(observer.probe, observer.probe.events.catalogue[event_type])
    again = observer.changes_of(lambda: observer.probe.deliver(event), roles_of([event]))
    return not {(one.path, one.op) for one in again}.isdisjoint((o.path, o.op) for o in changes)


def learn_lag(observer: StateObserver, seconds: float) -> None:
    """
    Wait longer from now on, and observe again what was observed too early.
    """
    known = observer.observation
    known.lag = min(max(known.lag, LAG_MARGIN * seconds), LONGEST_LAG)
    known.ignored_types.clear()
    families = observer.probe.events.families.values()
    observe_types(observer, [family[0].event_type for family in families], snapshots=2)


def observe_rest(probe: Probe) -> None:
    """
    Observe the event types that nothing is known of, unless the run is a quick one.

    Those of a resource of which another type has an effect come first.
    """
    if probe.state.observation is not None and not probe.settings.quick:
        observer = StateObserver(probe, probe.state.observation)
        acting = set(map(resource_of, working_types(probe)))
        types = sorted(probe.events.event_types, key=lambda one: resource_of(one) not in acting)
        observe_types(observer, types, snapshots=EFFECT_SNAPSHOTS)


def _parts(undecided: list[str], before: int) -> list[list[str]]:
    """
    Choose what to deliver together next: fewer types each time.
    """
    if len(undecided) < before:
        return [undecided]
    half = len(undecided) // 2
    return [undecided[half:], undecided[:half]]


def _observe_together(observer: StateObserver, types: list[str]) -> list[str]:
    """
    Deliver an event of each type, and note which of them change the state.

    Returns:
        The types that may have made the changes in which no id of an event is found.
    """
    probe, known = observer.probe, observer.observation
    before = observer.snapshot()
    sent: dict[str, tuple[JsonMapping, Request]] = {}
    events = {one: accepted_event(probe, probe.events.catalogue[one]) for one in types}
    signed = [probe.signed(one) for one in events.values()]
    for (event_type, event), (request, received) in zip(
        events.items(), send_each(probe, signed), strict=True
    ):
        if probe.is_accepted(received):
            sent[event_type] = event, request
            known.first_deliveries[event_type] = request
    changes = observer.changes_since(before, _marked_roles(sent))
    is_single = len(sent) == 1
    if (
        is_single
        and changes
        and not are_own_changes(observer, next(iter(sent)), _unmarked(changes))
    ):
        return []
    counts = _counts_in(changes, len(sent))
    changes = tuple(one for one in changes if one not in counts)
    each = tuple(counts.values())
    by_type = {one: (*each, *_changes_of(one, changes, everything=is_single)) for one in sent}
    known.changes_by_type |= {one: several for one, several in by_type.items() if several}
    rest = [one for one, several in by_type.items() if not several]
    if is_single or all(_MARK.search(one.path + one.value) for one in changes):
        known.ignored_types.update(rest)
        return []
    return rest


def _marked_roles(sent: Mapping[str, tuple[JsonMapping, Request]]) -> dict[str, str]:
    """
    Name the ids that only one event has, with the type of that event.
    """
    marked: dict[str, str] = {}
    count: Counter[str] = Counter()
    for event_type, (event, request) in sent.items():
        for value, role in roles_of([event], [request]).items():
            count[value] += 1
            marked[value] = f"{role}{_OF}{event_type}"
    return {value: role for value, role in marked.items() if count[value] == 1}


def _changes_of(event_type: str, changes: StateDiff, *, everything: bool) -> StateDiff:
    """
    Take the changes in which an id of the event of a type is found, or all.
    """
    mark = f"{_OF}{event_type}›"
    return _unmarked(one for one in changes if everything or mark in one.path or mark in one.value)


def _unmarked(changes: Iterable[StateChange]) -> StateDiff:
    return tuple(
        replace(one, path=_MARK.sub("›", one.path), value=_MARK.sub("›", one.value))
        for one in changes
    )


def changes_by_message(
    observer: StateObserver,
    before: Snapshot,
    after: Snapshot,
    sent: Mapping[str, tuple[JsonMapping, Request]],
) -> dict[str, StateDiff]:
    """
    Find what has changed of the records of some messages, whatever else has.

    Noise holds no id of a message. What a list of the last items drops does not count.

    Args:
        observer: Compares the snapshots.
        before: The state before.
        after: The state after.
        sent: The events and requests of the messages, by a name of each.
    """
    # A key that a user chose is found in other events, and a short one in other texts by chance.
    marked = _marked_roles(sent).items()
    roles = {value: role for value, role in marked if not role.partition(_OF)[0].endswith("_key")}
    for event, _ in sent.values():
        # Others have the same type, and the times of each are its own.
        roles |= event_roles(event)
    changes = without_removals(observer.changes_between(before, after, roles, with_noise=True))
    return {name: _changes_of(name, changes, everything=False) for name in sent}


def shows_messages(known: Observation, event_type: str) -> bool:
    """
    Whether each change that a type makes holds an id of its event or message.
    """
    changes = known.changes_by_type.get(event_type, ())
    return bool(changes) and all(_OWN_ID.search(one.path + one.value) for one in changes)


def _counts_in(changes: StateDiff, sent: int) -> dict[StateChange, StateChange]:
    """
    Find the numbers that rise by one for each of several events, and what one of them adds.
    """
    if sent < COUNTED_IN_GROUP:
        return {}
    return {
        one: replace(one, value="+1", before="")
        for one in changes
        if one.value == f"+{sent}" and is_count(one)
    }


def event_outcomes(probe: Probe) -> tuple[EventTypeOutcome, ...]:
    """
    Describe what the handler does with each event type, as far as the run has seen it.
    """
    every = probe.events.catalogue.match("*", undocumented=True)
    known = probe.state.observation
    arrivals = ArrivalMarks.of(known) if known else ArrivalMarks()
    return tuple(_outcome(probe, one.event_type, arrivals) for one in every)


def _outcome(probe: Probe, event_type: str, arrivals: ArrivalMarks) -> EventTypeOutcome:
    plain = probe.state.plain_deliveries.get(event_type)
    known = probe.state.observation
    changes = known.changes_by_type.get(event_type, ()) if known else ()
    row = partial(EventTypeOutcome, event_type=event_type)
    if changes:
        return _outcome_of_changes(row, arrivals, changes)
    if known and event_type in known.ignored_types:
        return row(outcome="ignores")
    if plain is None:
        is_sent = event_type in probe.events.event_types
        return row(outcome="not tried", reason=NOT_REACHED if is_sent else NOT_OF_THE_RUN)
    if plain.presence is None:
        return row(outcome="fails", reason=answer_text(plain.failed[1]) if plain.failed else "")
    return row(outcome="accepted", reason=NOT_OBSERVED if probe.read_state else NO_STATE_GIVEN)


def _outcome_of_changes(
    row: Callable[..., EventTypeOutcome], arrivals: ArrivalMarks, changes: StateDiff
) -> EventTypeOutcome:
    if effects := arrivals.work_in(changes):
        return row(outcome="acts", changes=changes_text(effects))
    if arrivals.reason:
        return row(outcome="accepted", reason=arrivals.reason, changes=changes_text(changes))
    reason = COUNTED if effects_in(changes) else ONLY_RECORDED
    return row(outcome="ignores", reason=reason, changes=changes_text(changes))
