"""
The check of distinct events: two that are equal but for their ids both have their effect.

What an effect is depends on the handler. A second event adds to what is counted or listed, and not
to what is kept once for each record. What it should have added is shown by one that is surely
another event: it occurs a day later, or has another body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.order.alternation import forgotten_alternations
from seamproof.checks.battery.delivery.order.watermark import is_of_record
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import DISTINCT_TYPES, DISTINCT_TYPES_IF_QUICK
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.effects import effects_in
from seamproof.checks.state.observer import NO_CHANGE, NO_STATE, event_roles, roles_of

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
#: How much later than an event an equal one occurs.
_DELAYS: Final = (
    (_SECOND, "1 s later"),
    (timedelta(milliseconds=1), "1 ms later"),
    (timedelta(0), "at the same moment"),
)
#: Properties that differ between two events that are equal otherwise; a lock that is operated by
#: hand has none of them.
_OF_ONE_EVENT: Final = ("action_attempt_id",)
#: The roles of ids that each event has of its own.
_EVENT_ID: Final = re.compile(r"‹(?:event_id|message)\b")
_NUMBER: Final = re.compile(r"\d+")
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
    left = 1 if observer.is_late else (DISTINCT_TYPES_IF_QUICK if probe.quick else DISTINCT_TYPES)
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
        yield Inconclusive(reason=NO_CHANGE)
    elif not (is_decided or has_alternated):
        yield Inconclusive(reason=_UNDECIDED)


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
        """
        probe, observer = self.probe, self.observer
        requests = [probe.signed(one, age=age) for one in events]
        before = observer.snapshot()
        received = [probe.send(one) for one in requests][-1]
        roles = roles_of(events, requests)
        for one in events:
            roles |= event_roles(one)
        changes = observer.changes_since(before, roles, expected)
        return _Delivered(events[-1], requests[-1], received, changes)

    def _lost_record(self, first: _Delivered) -> Failure | None:
        """
        Find out whether an event of another record at the same moment has no effect.
        """
        if self.probe.events.fixed_ids or self._at_same_moment(first) is None:
            return None
        again = self._deliver_first()
        return self._at_same_moment(again) if _kinds(again.changes) else None

    def _at_same_moment(self, first: _Delivered) -> Failure | None:
        events = self.probe.events
        other = events.fresh(first.event, until=events.time_of(first.event))
        second = self._deliver([other], first.changes)
        wanted = [one for one in first.changes if _is_of_one_event(one) or is_of_record(one)]
        missing = _missing(wanted, second.changes)
        if not missing or not self.probe.is_accepted(second.received):
            return None
        words = "of another record at the same moment"
        return _failure(first, second, words, missing)

    def _lost_repetition(self, first: _Delivered) -> Failure | None:
        """
        Find out whether an equal event of the same record has no effect, however soon it comes.
        """
        events = [first.event]
        for delay, _ in _DELAYS:
            events.append(self.probe.events.another(events[-1], after=delay))
        repeated = self._deliver(events[1:])
        wanted = tuple(filter(_is_of_one_event, first.changes))
        amounts, found = _amounts(wanted), _amounts(repeated.changes)
        if all(abs(found.get(kind, 0.0)) >= len(_DELAYS) * abs(amounts[kind]) for kind in amounts):
            self.is_decided = bool(effects_in(repeated.changes))
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
        for differ in (self._a_day_later, self._with_another_body):
            shown = [one for one in missing if _kind(one) in differ()]
            if shown:
                self.is_decided = True
                again = self._repeated(delay, words)
                kinds = {_kind(one) for one in again[1]} if again else set()
                return failure(shown) if {_kind(one) for one in shown} <= kinds else None
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
        wanted = [one for one in first.changes if _is_of_one_event(one)]
        missing = _missing(wanted, second.changes)
        if not missing or not self.probe.is_accepted(second.received):
            return None
        return lambda shown: _failure(first, second, words, shown), missing

    def _a_day_later(self) -> set[tuple[str, str]]:
        first = self._deliver_first(before=_DAY, age=_EARLIER)
        return _kinds(self._deliver([self.probe.events.another(first.event, after=_DAY)]).changes)

    def _with_another_body(self) -> set[tuple[str, str]]:
        first = self._deliver_first()
        other = self.probe.events.another(first.event, after=_SECOND)
        for name in ("event_description", "reported_by"):
            other[name] = f"{other.get(name, '')} again".strip()
        return _kinds(self._deliver([other]).changes)


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


def _is_of_one_event(change: StateChange) -> bool:
    """
    Whether each event makes such a change anew: it adds to something, or is kept by its own id.
    """
    if "‹workspace_id›" in change.path:
        return False
    return change.op in ("add", "increment") or bool(_EVENT_ID.search(change.path))


def _kind(change: StateChange) -> tuple[str, str]:
    """
    What was done where; numbers in the path, such as a date, may differ.
    """
    return change.op, _NUMBER.sub("#", change.path)


def _kinds(changes: StateDiff) -> set[tuple[str, str]]:
    return {_kind(one) for one in changes}


def _missing(wanted: Sequence[StateChange], changes: StateDiff) -> list[StateChange]:
    found = _kinds(changes)
    return [one for one in wanted if _kind(one) not in found]


def _amounts(changes: StateDiff) -> dict[tuple[str, str], float]:
    """
    Count how often, or by how much, each kind of change happened.
    """
    amounts: dict[tuple[str, str], float] = {}
    for one in changes:
        amount = float(one.value) if one.op == "increment" else 1.0
        amounts[_kind(one)] = amounts.get(_kind(one), 0.0) + amount
    return amounts
