"""
Events that alternate: after `unlocked` and `locked`, a second `unlocked` is a new event.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.spacing import times_of
from seamproof.checks.generation.well_known import renown
from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import ALTERNATIONS_IF_QUICK, OBSERVED_ALTERNATIONS
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence, find_presences
from seamproof.checks.state.normaliser import roles_of
from seamproof.events import resource_of

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.checks.state.observer import StateObserver

#: Event types of which each undoes the other.
_ALTERNATING: Final = (
    ("lock.unlocked", "lock.locked"),
    ("device.connected", "device.disconnected"),
    ("access_code.set_on_device", "access_code.removed_from_device"),
    ("connected_account.connected", "connected_account.disconnected"),
)
_IDS: Final = ("_id", "_ids", "_key", "_keys")
_GAP: Final = timedelta(milliseconds=100)
#: The roles of ids that each event has of its own.
_OF_ONE_EVENT: Final = re.compile(r"‹(?:event_id|message)›")


def forgotten_alternations(observer: StateObserver) -> tuple[list[Failure], bool]:
    """
    Send an event, one that undoes it, and one that is equal to the first but for its ids.

    Returns:
        The first failure, and whether the state was seen to go back to what it was.
    """
    has_alternated = False
    for pair in _pairs(observer):
        sent = _send(observer, pair, (0, 1, 0))
        has_alternated |= bool(sent.alternating - sent.lost)
        # Of other types, one may rightly be the last: what was deleted is not issued again.
        if pair not in _ALTERNATING:
            continue
        # A value that stays, such as a flag that somebody has to clear, stays without the first
        # event as well.
        if not sent.lost or sent.lost.isdisjoint(_values(_send(observer, pair, (1, 0)).last)):
            continue
        shown = sent.lost & _send(observer, pair, (0, 1, 0)).lost
        if shown:
            return [_failure(sent, shown)], True
    return [], has_alternated


def _pairs(observer: StateObserver) -> list[tuple[str, str]]:
    probe = observer.probe
    known = observer.observation
    is_shown = ArrivalMarks.of(known).evident_in
    shown = [name for name, changes in known.changes_by_type.items() if is_shown(changes)]
    changing = {resource_of(one) for one in shown}
    types = set(probe.events.event_types)
    pairs = [
        pair for pair in _ALTERNATING if resource_of(pair[0]) in changing and set(pair) <= types
    ]
    for resource in sorted(changing - {resource_of(one) for one, _ in pairs}):
        # Whether each replaces what the other sets is seen when they are sent.
        same = sorted(
            (one for one in shown if resource_of(one) == resource),
            key=lambda one: (renown(one), one),
        )
        pairs += islice(pairwise(same), OBSERVED_ALTERNATIONS)
    find_presences(probe, [one for pair in pairs for one in pair])
    pairs = [pair for pair in pairs if all(accepted_presence(probe, one) for one in pair)]
    return pairs[:ALTERNATIONS_IF_QUICK] if observer.is_late or probe.quick else pairs


@dataclass(frozen=True, slots=True)
class _Sent:
    """
    Events of one record.

    Attributes:
        requests: In the order in which they were sent.
        first: What the first one has changed.
        second: What the first two have changed.
        last: What all of them have changed.
        is_accepted: Whether all were accepted; `delivery.journey` reports one that is not.
    """

    requests: tuple[Request, ...]
    first: StateDiff
    second: StateDiff
    last: StateDiff
    is_accepted: bool

    @property
    def alternating(self) -> set[StateChange]:
        """
        The values that the first event sets and the second one replaces.
        """
        replaced = {one.path for one in _values(self.second) - _values(self.first)}
        return {one for one in _values(self.first) if one.path in replaced}

    @property
    def lost(self) -> set[StateChange]:
        """
        Of these, the ones that are not set again: the value of the second event stays.
        """
        if not self.is_accepted:
            return set()
        kept = {one.path for one in _values(self.second) & _values(self.last)}
        return {one for one in self.alternating if one.path in kept}


def _values(changes: StateDiff) -> set[StateChange]:
    """
    Take the values that are set, each at a path of its own and not kept for one event.
    """
    paths = Counter(one.path for one in changes)
    return {
        one
        for one in changes
        if one.op == "set" and paths[one.path] == 1 and not _OF_ONE_EVENT.search(one.path)
    }


def _send(observer: StateObserver, pair: tuple[str, str], kinds: tuple[int, ...]) -> _Sent:
    """
    Send events of the types of a pair, within a second and all of one record.
    """
    probe = observer.probe
    made = [accepted_event(probe, probe.events.catalogue[one]) for one in pair]
    shared = {name: value for name, value in made[0].items() if name.endswith(_IDS)}
    made[1] |= {one: shared[one] for one in made[1] if one in shared and one != "event_id"}
    first = probe.events.fresh_all(made, until=probe.events.next_second() + _GAP)
    events = [probe.events.another(first[kind], after=_GAP * at) for at, kind in enumerate(kinds)]
    requests = tuple(probe.signed(one) for one in events)
    roles = roles_of(events) | {one.message_id: "message" for one in requests}
    for event in events:
        roles |= {str(event["event_id"]): "event_id"}
        roles |= dict.fromkeys(times_of(event).values(), "occurred_at")
    before = observer.snapshot()
    changes: list[StateDiff] = []
    is_accepted = True
    for request in requests:
        is_accepted &= probe.is_accepted(probe.send(request))
        changes.append(observer.changes_between(before, observer.snapshot(), roles))
    return _Sent(requests, changes[0], changes[1], changes[-1], is_accepted)


def _failure(sent: _Sent, lost: set[StateChange]) -> Failure:
    kept = {one for one in _values(sent.last) if one.path in {change.path for change in lost}}
    first, second = (one.event_type for one in sent.requests[:2])
    return failure_of(
        sent.requests,
        None,
        f"a second {first} after {second} has its effect, too",
        context=f"{first} again, after {second}",
        deviation=StateDeviation(missing=tuple(sorted(lost)), unexpected=tuple(sorted(kept))),
    )
