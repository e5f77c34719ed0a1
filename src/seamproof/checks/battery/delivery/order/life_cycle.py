"""
Sends the events of a life cycle in some order and observes the states in which it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.checks.generation.spacing import (
    NATURAL,
    STRETCHED,
    Spacing,
    respaced,
    times_of,
    trimmed,
)
from seamproof.checks.model.causes import path_text
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import LIFE_CYCLE_IF_BRIEF, ORDER_REDELIVERIES, RETRY_AGE
from seamproof.checks.probe.deliveries import redelivery_of
from seamproof.checks.state.normaliser import roles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject

#: How the names of events end that end a life.
_DELETIONS: Final = (".deleted", ".removed")


class Ending:
    """
    What the events of a life cycle have changed, some or all of them; compared when it is needed.

    Args:
        compare: Compares the states before and after, under names for ids and timestamps.
        roles: Name each timestamp by its event, and all of them by one name.
    """

    def __init__(self, compare: Callable[[Mapping[str, str]], StateDiff], roles: _Roles) -> None:
        self._compare = compare
        self._timed, self._timeless = roles

    @cached_property
    def changes(self) -> StateDiff:
        """
        The changes, with timestamps named by their event.
        """
        return self._compare(self._timed)

    @cached_property
    def timeless(self) -> StateDiff:
        """
        The changes, with one name for the timestamps of all events.
        """
        return self._compare(self._timeless)


#: By number of events that were sent, what they have changed.
Endings: TypeAlias = "dict[int, Ending]"
#: By text, its role: each timestamp by its event, or all timestamps by one name.
_Roles: TypeAlias = "tuple[dict[str, str], dict[str, str]]"


def end_equally(one: Endings, two: Endings) -> bool:
    """
    Whether two orders have changed the same after the same numbers of events.
    """
    return all(one[count].changes == two[count].changes for count in one)


@dataclass(frozen=True, slots=True)
class SentOrder:
    """
    Events of a life cycle that were sent in some order.

    Attributes:
        sent: In the order in which they were sent.
        received: The answers in the end, in the same order.
        endings: By number of events, what these have changed.
        is_accepted: Whether all of them were accepted in the end.
    """

    sent: tuple[Request, ...]
    received: tuple[Received, ...]
    endings: Endings
    is_accepted: bool

    @property
    def last(self) -> Ending:
        """
        What all of them have changed.
        """
        return self.endings[len(self.sent)]


@dataclass(frozen=True, slots=True)
class Reference:
    """
    The states in which a life cycle ends in order.

    Attributes:
        endings: By number of events: of those before the deletion, and of all.
        is_timeless: Whether it ends the same with other intervals between its events.
        until: When its last event occurred, where other timestamps change the state differently.
    """

    endings: Endings
    is_timeless: bool = True
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """
    Why the state in which a life cycle ends is not known.

    Attributes:
        reason: In words.
        is_reproducible: Whether it ends in the same state each time it is sent in order.
    """

    reason: str
    is_reproducible: bool = True


class LifeCycle:
    """
    One life cycle, sent repeatedly: with new ids and timestamps each time.

    Args:
        observer: Observes what it changes.
        name: Of the life cycle.

    Attributes:
        lived: How many events it has before those that delete its resource.
        until: When the last event occurred, if that is to be the same each time.
    """

    def __init__(self, observer: StateObserver, name: str) -> None:
        self.observer = observer
        self.probe = observer.probe
        self.name = name
        self.events = self.probe.events.journey(name)
        self.lived = len(self.events)
        while self.lived > 1 and self.events[self.lived - 1]["event_type"].endswith(_DELETIONS):
            self.lived -= 1
        if self.probe.is_brief:
            tail = self.events[self.lived :]
            self.events = [*self.events[: min(self.lived, LIFE_CYCLE_IF_BRIEF)], *tail]
            self.lived = len(self.events) - len(tail)
        self.until: datetime | None = None

    @property
    def places(self) -> range:
        """
        The places of its events, in order.
        """
        return range(len(self.events))

    @property
    def marks(self) -> frozenset[int]:
        """
        After how many events the state is of interest: before the deletion, and in the end.
        """
        return frozenset((self.lived, len(self.events)))

    def send(
        self,
        places: Sequence[int],
        spacing: Spacing = NATURAL,
        *,
        marks: Collection[int] = (),
        expected: Mapping[int, Ending] | None = None,
        prepare: Callable[[Sequence[Request]], object] | None = None,
    ) -> SentOrder:
        """
        Send the events of some places in that order.

        Args:
            places: Of the events.
            spacing: How their times are set.
            marks: After how many events the state is read, besides at the end.
            expected: By number of events, the changes to wait for where they come late.
            prepare: Is called with all requests before the first one is sent.
        """
        probe = self.probe
        events = self._events(spacing, places)
        requests = {at: probe.signed(events[at], age=RETRY_AGE) for at in sorted(places)}
        if prepare is not None:
            prepare([requests[at] for at in sorted(places)])
        before = self.observer.snapshot()
        received: dict[int, Received] = {}
        endings: Endings = {}
        for count, at in enumerate(places, 1):
            received[at] = probe.send(requests[at])
            if count in marks or count == len(places):
                self._redeliver(requests, received)
                roles = self._roles(events, requests)
                endings[count] = self._ending(before, roles, (expected or {}).get(count))
        return SentOrder(
            sent=tuple(requests[at] for at in places),
            received=tuple(received[at] for at in places),
            endings=endings,
            is_accepted=all(map(probe.is_accepted, received.values())),
        )

    def _ending(self, before: Snapshot, roles: _Roles, expected: Ending | None) -> Ending:
        """
        Observe what was changed; wait for what is expected where changes come late.
        """
        observer = self.observer
        if observer.is_late and expected:
            observer.changes_since(before, roles[1], expected.timeless)
        after = observer.snapshot()
        return Ending(partial(observer.changes_between, before, after), roles)

    def _events(self, spacing: Spacing, arrival: Sequence[int]) -> list[JsonObject]:
        source = self.probe.events
        events = self.events
        until, digits = self.until, self.probe.encoding.digits
        if spacing is not NATURAL:
            events = respaced(events, spacing, self.lived, arrival)
        if spacing.is_close and (last := source.time_of(events[-1])):
            until = source.next_second().replace(microsecond=last.microsecond) - spacing.age
        elif spacing.age and (moment := source.time_of(self.probe.plain())):
            until = moment - spacing.age
        fresh = source.fresh_all(events, digits=digits, until=until)
        return [trimmed(one) for one in fresh] if spacing.is_trimmed else fresh

    def _roles(self, events: Sequence[JsonObject], requests: Mapping[int, Request]) -> _Roles:
        """
        Name ids and timestamps: each timestamp by its event, or all of them by one name.
        """
        # Which message came last is not part of the state in which a life cycle ends.
        ids = roles_of(events) | {one.message_id: "message" for one in requests.values()}
        times = [(at, one) for at, event in enumerate(events) for one in times_of(event).items()]
        timeless = ids | {text: "occurred_at" for _, (_, text) in times}
        if self.until is not None:
            return ids, timeless
        return ids | {text: f"{name} {at}" for at, (name, text) in times}, timeless

    def _redeliver(self, requests: dict[int, Request], received: dict[int, Received]) -> None:
        """
        Redeliver what was not accepted: a handler may postpone an event that came too early.
        """
        probe = self.probe
        for _ in range(ORDER_REDELIVERIES):
            left = [at for at, one in received.items() if not probe.is_accepted(one)]
            for at in left:
                received[at] = probe.send(redelivery_of(probe, requests[at]))
            if not left:
                return

    def reference(self) -> Reference | Undecided:
        """
        Send the life cycle in order until it ends in the same states twice.

        Other timestamps are tried first. The same ones are tried then, because a handler may
        store them in a format that is not recognised.
        """
        first = self._repeat((NATURAL, STRETCHED, NATURAL, NATURAL))
        if isinstance(first, Reference) or first.is_reproducible or self.probe.events.fixed_ids:
            return first
        self.until = self.probe.events.time_of(self.probe.plain())
        second = self._repeat((NATURAL, NATURAL, NATURAL))
        return second if isinstance(second, Reference) else first

    def _repeat(self, spacings: Sequence[Spacing]) -> Reference | Undecided:
        repeats: list[SentOrder] = []
        for spacing in spacings:
            expected = repeats[-1].endings if repeats else None
            repeats.append(self.send(self.places, spacing, marks=self.marks, expected=expected))
            if not repeats[-1].is_accepted:
                return Undecided("not all events are accepted")
            if len(repeats) > 1 and end_equally(repeats[-1].endings, repeats[-2].endings):
                break
        last, before = repeats[-1], repeats[-2]
        if not end_equally(last.endings, before.endings):
            pairs = zip(before.endings.values(), last.endings.values(), strict=True)
            deviations = (StateDeviation.between(one.changes, two.changes) for one, two in pairs)
            path = path_text(next((one.first_path for one in deviations if one), ""))
            reason = f"sent twice in order, it does not end the same: it differs in {path}"
            return Undecided(reason, is_reproducible=False)
        if not any(one.changes for one in last.endings.values()):
            return Undecided(self.observer.no_change_reason)
        used = spacings[len(repeats) - 2 : len(repeats)]
        return Reference(last.endings, STRETCHED in used, self.until)
