"""
The check of distinct events: two that are equal but for their ids both have their effect.

What an effect is depends on the handler. A second event adds to what is counted or listed, and not
to what is kept once for each record. What it should have added is shown by one that is surely
another event: it occurs a day later, or has another body.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.duplicates.retention import later_clock
from seamproof.checks.battery.delivery.order.alternation import forgotten_alternations
from seamproof.checks.battery.delivery.order.effect_kinds import (
    Kind,
    added_each_time,
    amounts_of,
    is_of_one_event,
    kind_of,
    kinds_of,
    missing_changes,
)
from seamproof.checks.battery.delivery.order.watermark import is_of_record
from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import DISTINCT_TYPES, DISTINCT_TYPES_IF_QUICK
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import event_roles, roles_of
from seamproof.checks.state.observer import NO_CHANGE, NO_STATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
#: Seconds between the timestamps of two deliveries, within the tolerance.
_EARLIER: Final = 120
#: Seconds between the arrivals of two events, longer than a handler should look back.
_LATER: Final = 3600
#: How much later than an event an equal one occurs.
_DELAYS: Final = (
    (_SECOND, "1 s later"),
    (timedelta(milliseconds=1), "1 ms later"),
    (timedelta(0), "at the same moment"),
)
#: Properties that differ between two events that are equal otherwise; a lock that is operated by
#: hand has none of them.
_OF_ONE_EVENT: Final = ("action_attempt_id",)
#: Properties that no handler acts on; Seam sends the first.
_DESCRIPTIVE: Final = ("event_description", "remark")
_UNDECIDED: Final = (
    "a second event of the same record changes nothing, however much it differs from the first: "
    "the state does not show whether it had its effect"
)


@dataclass(frozen=True, slots=True)
class _Delivered:
    """
    An event that was delivered, and what it changed.
    """

    event: JsonObject
    request: Request
    received: Received
    changes: StateDiff


def distinct_events(probe: Probe) -> Iterator[Finding]:
    """
    Two events that are equal but for their ids both have their effect.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    has_changed = is_decided = False
    left = DISTINCT_TYPES_IF_QUICK if probe.quick else DISTINCT_TYPES
    left = 1 if observer.is_late or probe.is_brief else left
    for event_type in _types(observer):
        comparison = _Comparison(observer, event_type)
        failure = comparison.find_lost_event()
        if failure is not None:
            yield failure
            return
        has_changed |= comparison.has_changed
        is_decided |= comparison.is_decided
        left -= comparison.has_changed
        if not left:
            break
    failures, has_alternated = forgotten_alternations(observer)
    yield from failures
    if not has_changed:
        yield Inconclusive(reason=NO_CHANGE, is_about_state=True)
    elif not (is_decided or has_alternated):
        yield Inconclusive(reason=_UNDECIDED, is_about_state=True)


def _types(observer: StateObserver) -> list[str]:
    """
    List event types: those that are known to change the state, then one of each resource.

    A handler that drops events of one second may seem to ignore all types but the first.
    """
    probe = observer.probe
    known = observer.most_changing_types(len(observer.observation.changes_by_type))
    families = [family[0].event_type for family in probe.events.families.values()]
    return known or [one for one in families if accepted_presence(probe, one) is not None]


class _Comparison:
    """
    Sends events of one type, and compares the changes that two of them make.

    Args:
        observer: Observes the changes.
        event_type: Of the events.

    Attributes:
        has_changed: Whether the first event has changed the state.
        is_decided: Whether the second one was seen to have its effect.
    """

    def __init__(self, observer: StateObserver, event_type: str) -> None:
        self.observer = observer
        self.probe = observer.probe
        self.event_type = event_type
        self.has_changed = False
        self.is_decided = False

    def find_lost_event(self) -> Failure | None:
        """
        Send events of two records at one moment, and events of one record soon after another.
        """
        first = self._deliver_first()
        self.has_changed = bool(first.changes)
        if not first.changes or not self.probe.is_accepted(first.received):
            return None
        return self._lost_record(first) or self._lost_repetition(first)

    def _deliver_first(self, *, before: timedelta = timedelta(0), age: int = 0) -> _Delivered:
        """
        Deliver an event of a new record, early in a second that no event has occurred in.

        Args:
            before: How much earlier it occurs.
            age: Seconds by which the timestamp of its delivery lies before the clock.
        """
        events, catalogue = self.probe.events, self.probe.events.catalogue
        event = accepted_event(self.probe, catalogue[self.event_type])
        required = catalogue[self.event_type].required
        for name in _OF_ONE_EVENT:
            if name not in required:
                event.pop(name, None)
        until = events.next_second() + timedelta(milliseconds=100) - before
        return self._deliver([events.fresh(event, until=until)], age=age)

    def _deliver(
        self, events: Sequence[JsonObject], expected: StateDiff = (), *, age: int = 0
    ) -> _Delivered:
        """
        Deliver events one after the other; the result is about all of them.

        Args:
            events: Of one record.
            expected: Changes to wait for, where changes come late.
            age: Seconds by which the timestamp of the first delivery lies before the clock, and
                that of each further one after the one before it.
        """
        probe, observer = self.probe, self.observer
        requests = [probe.signed(one, age=age * (1 - at)) for at, one in enumerate(events)]
        before = observer.snapshot()
        received = [probe.send(one) for one in requests][-1]
        changes = observer.changes_since(before, _roles(events, requests), expected)
        return _Delivered(events[-1], requests[-1], received, changes)

    def _lost_record(self, first: _Delivered) -> Failure | None:
        """
        Find out whether an event of another record at the same moment has no effect.
        """
        if self.probe.events.fixed_ids or not self._missing_at_same_moment(first)[1]:
            return None
        again = self._deliver_first()
        second, missing = self._missing_at_same_moment(again)
        added = self._added_by_other_records(again)
        shown = [one for one in missing if kind_of(one) in added]
        words = "of another record at the same moment"
        return _failure(again, second, words, shown) if shown else None

    def _missing_at_same_moment(self, first: _Delivered) -> tuple[_Delivered, list[StateChange]]:
        events = self.probe.events
        other = events.fresh(first.event, until=events.time_of(first.event))
        second = self._deliver([other], first.changes)
        wanted = [one for one in first.changes if is_of_one_event(one) or is_of_record(one)]
        is_accepted = self.probe.is_accepted(second.received)
        return second, missing_changes(wanted, second.changes) if is_accepted else []

    def _added_by_other_records(self, first: _Delivered) -> set[Kind]:
        """
        Find what events of two more records add, each in another second.
        """
        events = self.probe.events
        more = [events.fresh(first.event, until=events.next_second()) for _ in range(2)]
        return added_each_time(first.changes, self._deliver(more).changes)

    def _lost_repetition(self, first: _Delivered) -> Failure | None:
        """
        Find out whether an equal event of the same record has no effect, however soon it comes.
        """
        events = [first.event]
        for delay, _ in _DELAYS:
            events.append(self.probe.events.another(events[-1], after=delay))
        repeated = self._deliver(events[1:])
        wanted = tuple(filter(is_of_one_event, first.changes))
        found = amounts_of(repeated.changes)
        enough = {
            kind
            for kind, amount in amounts_of(wanted).items()
            if abs(found.get(kind, 0.0)) >= len(_DELAYS) * abs(amount)
        }
        # A record of arrival proves nothing about the work that comes after it.
        self.is_decided = bool(
            ArrivalMarks.of(self.observer.observation).evident_in(repeated.changes)
        )
        if enough == kinds_of(wanted):
            return None
        return self._first_lost_repetition()

    def _first_lost_repetition(self) -> Failure | None:
        """
        Find the repetition that lacks an effect which a surely different event has.
        """
        lost = None
        for delay, words in _DELAYS:
            lost = self._repeated(delay, words)
            if lost is not None:
                break
        if lost is None:
            self.is_decided = True
            return None
        failure, missing = lost
        for adding in (
            self._added_by_later_events,
            self._added_by_other_bodies,
            self._added_under_later_clocks,
        ):
            added = adding()
            if shown := [one for one in missing if kind_of(one) in added]:
                self.is_decided = True
                again = self._repeated(delay, words)
                kinds = {kind_of(one) for one in again[1]} if again else set()
                return failure(shown) if {kind_of(one) for one in shown} <= kinds else None
        return None

    def _repeated(
        self, delay: timedelta, words: str
    ) -> tuple[Callable[[list[StateChange]], Failure], list[StateChange]] | None:
        """
        Deliver an event and an equal one of the same record.

        Returns:
            What makes a failure of it, and the changes that the second one lacks; None if there
            are none.
        """
        first = self._deliver_first()
        second = self._deliver([self.probe.events.another(first.event, after=delay)])
        wanted = [one for one in first.changes if is_of_one_event(one)]
        missing = missing_changes(wanted, second.changes)
        if not missing or not self.probe.is_accepted(second.received):
            return None
        return lambda shown: _failure(first, second, words, shown), missing

    def _added_by_later_events(self) -> set[Kind]:
        """
        Find what two more events add that occur and are sent long after each other.
        """
        first = self._deliver_first(before=2 * _DAY, age=2 * _EARLIER)
        more = [self.probe.events.another(first.event, after=at * _DAY) for at in (1, 2)]
        return added_each_time(first.changes, self._deliver(more, age=_EARLIER).changes)

    def _added_by_other_bodies(self) -> set[Kind]:
        """
        Find what two more events add that have another description and an unknown property.
        """
        first = self._deliver_first()
        more = [self.probe.events.another(first.event, after=at * _SECOND) for at in (1, 2)]
        for at, event in enumerate(more):
            for name in _DESCRIPTIVE:
                event[name] = f"{event.get(name, '')} {at}".strip()
        return added_each_time(first.changes, self._deliver(more).changes)

    def _added_under_later_clocks(self) -> set[Kind]:
        """
        Find what two more events add that arrive long after each other, where that can be tried.
        """
        if not getattr(self.probe.target, "in_process", False):
            return set()
        first = self._deliver_first()
        before = self.observer.snapshot()
        more = [self.probe.events.another(first.event, after=at * _SECOND) for at in (1, 2)]
        requests = []
        for at, event in enumerate(more, 1):
            with later_clock(self.probe, at * _LATER):
                requests.append(self.probe.signed(event))
                self.probe.send(requests[-1])
                # Its work is done under this clock.
                self.observer.snapshot()
        changes = self.observer.changes_since(before, _roles(more, requests))
        return added_each_time(first.changes, changes)


def _roles(events: Sequence[JsonObject], requests: Sequence[Request]) -> dict[str, str]:
    roles = roles_of(events, requests)
    for one in events:
        roles |= event_roles(one)
    return roles


def _failure(
    first: _Delivered, second: _Delivered, words: str, missing: Sequence[StateChange]
) -> Failure:
    return failure_of(
        (first.request, second.request),
        second.received,
        f"an event {words}, equal but for its ids, has its effect, too",
        context=words,
        deviation=StateDeviation(missing=tuple(missing)),
    )
