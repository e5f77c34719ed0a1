"""
The check of out-of-order delivery: a life cycle ends in the same state in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.journeys import journeys_of
from seamproof.checks.model.causes import path_text
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import (
    FEW_JOURNEYS,
    ORDER_REDELIVERIES,
    ORDER_REFERENCES,
    RANDOM_ORDERS,
    RETRY_AGE,
)
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.probe import redelivery_of
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.observer import NO_CHANGE, NO_STATE, roles_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver

_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class SentOrder:
    """
    Events of a life cycle that were sent in some order.

    Attributes:
        sent: In the order in which they were sent.
        received: The answer to the last one.
        changes: What they changed in the end.
        is_accepted: Whether all of them were accepted in the end.
    """

    sent: tuple[Request, ...]
    received: Received
    changes: StateDiff
    is_accepted: bool


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


def out_of_order(probe: Probe) -> Iterator[Finding]:
    """
    The state after a life cycle does not depend on the order in which its events arrive.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    names = sorted(journeys_of(probe), key=lambda name: not _is_known_to_change(observer, name))
    available = len(names)
    if observer.is_hasty or observer.is_very_slow or (probe.quick and observer.is_slow):
        names = names[: 1 if observer.is_hasty else FEW_JOURNEYS]
    if not names:
        yield Skipped(reason="no journey consists of event types that are sent")
        return
    undecided = {}
    for name in names:
        outcome = _send_in_several_orders(observer, name)
        if isinstance(outcome, Undecided):
            undecided[name] = outcome
            continue
        yield from outcome
        # One failure is enough where each takes long, because changes come late.
        if outcome and observer.is_late:
            return
    different = {name: one for name, one in undecided.items() if not one.is_reproducible}
    if different or len(undecided) == len(names):
        reasons = (f"{name}: {one.reason}" for name, one in (different or undecided).items())
        yield Inconclusive(reason="; ".join(reasons))
    elif len(names) < available and not probe.quick:
        slow = f"reading the state takes {observer.observation.reading_seconds:.1f} s"
        yield Inconclusive(reason=f"{slow}: {len(names)} of {available} life cycles were sent")


def _send_in_several_orders(observer: StateObserver, name: str) -> list[Failure] | Undecided:
    """
    Compare several orders of a life cycle.

    With the timestamps of another life cycle its events may be outdated, where several share a
    record: a failure counts if it is found with new timestamps as well, or if nothing can be
    decided with them.
    """
    has_set_ids = bool(observer.probe.events.fixed_ids)
    outcome = _LifeCycle(observer, name, has_new_times=has_set_ids).compare_orders()
    is_final = outcome.is_reproducible if isinstance(outcome, Undecided) else not outcome
    if has_set_ids or is_final:
        return outcome
    again = _LifeCycle(observer, name, has_new_times=True).compare_orders()
    return outcome if isinstance(again, Undecided) else again


def _is_known_to_change(observer: StateObserver, name: str) -> bool:
    """
    Whether events of the families in a life cycle are known to change the state.
    """
    from seamproof.strategies import JOURNEYS

    changing = observer.observation.changes_by_type
    families = {event_type.partition(".")[0] for event_type in changing}
    return any(step.event_type.partition(".")[0] in families for step in JOURNEYS[name])


class _LifeCycle:
    """
    One life cycle, sent repeatedly: with new ids each time, and with the same timestamps.

    Args:
        observer: Observes what it changes.
        name: Of the life cycle.
        has_new_times: Whether it gets new timestamps as well, named by their event.
    """

    def __init__(self, observer: StateObserver, name: str, *, has_new_times: bool) -> None:
        self.observer = observer
        self.probe = observer.probe
        self.name = name
        self.events = self.probe.events.journey(name)
        self.until: datetime | None = None
        if not has_new_times:
            self.until = self.probe.events.time_of(self.probe.plain())

    def compare_orders(self) -> list[Failure] | Undecided:
        """
        Find the order that ends differently from the life cycle in order.
        """
        in_order = self._reference()
        return in_order if isinstance(in_order, Undecided) else list(self._compare(in_order))

    def _send(self, places: Sequence[int], expected: StateDiff = ()) -> SentOrder:
        """
        Send the events of some places in that order; wait for the changes that are expected.
        """
        probe = self.probe
        digits = probe.encoding.digits
        events = probe.events.fresh_all(self.events, digits=digits, until=self.until)
        requests = {at: probe.signed(events[at], age=RETRY_AGE) for at in sorted(places)}
        before = self.observer.snapshot()
        received = {at: probe.send(requests[at]) for at in places}
        self._redeliver(requests, received, places)
        # Which message came last is not part of the state in which a life cycle ends.
        roles = roles_of(events) | {one.message_id: "message" for one in requests.values()}
        if self.until is None:
            roles |= {
                str(event[name]): f"{name} {at}"
                for at, event in enumerate(events)
                for name in ("occurred_at", "created_at")
                if name in event
            }
        changes = self.observer.changes_since(before, roles, expected)
        return SentOrder(
            sent=tuple(requests[at] for at in places),
            received=received[places[-1]],
            changes=changes,
            is_accepted=all(map(probe.is_accepted, received.values())),
        )

    def _redeliver(
        self, requests: dict[int, Request], received: dict[int, Received], places: Sequence[int]
    ) -> None:
        """
        Redeliver what was not accepted: a handler may postpone an event that came too early.
        """
        probe = self.probe
        for _ in range(ORDER_REDELIVERIES):
            left = [at for at in places if not probe.is_accepted(received[at])]
            for at in left:
                received[at] = probe.send(redelivery_of(probe, requests[at]))
            if not left:
                return

    def _reference(self) -> StateDiff | Undecided:
        """
        Send the life cycle in order until it makes the same changes twice.
        """
        all_places = range(len(self.events))
        repeats = [self._send(all_places)]
        while len(repeats) < ORDER_REFERENCES:
            repeats.append(self._send(all_places, repeats[-1].changes))
            if repeats[-1].changes == repeats[-2].changes:
                break
        last = repeats[-1]
        if not last.is_accepted:
            return Undecided("not accepted in order")
        if not any(one.changes for one in repeats):
            return Undecided(NO_CHANGE)
        if last.changes and last.changes == repeats[-2].changes:
            return last.changes
        deviations = (StateDeviation.between(last.changes, one.changes) for one in repeats)
        path = path_text(next(filter(None, deviations)).first_path)
        reason = f"sent twice in order, it does not end the same: it differs in {path}"
        return Undecided(reason, is_reproducible=False)

    def _compare(self, in_order: StateDiff) -> Iterator[Failure]:
        """
        Send the life cycle in other orders until one ends differently.
        """
        for places in self._orders():
            order = self._send(places, in_order)
            if order.changes != in_order and self._happens_again(order, places, in_order):
                yield self._smallest_failure(order, in_order)
                return
        if not self.observer.is_slow and not self.probe.quick:
            yield from self._compare_prefixes()

    def _happens_again(self, order: SentOrder, places: Sequence[int], in_order: StateDiff) -> bool:
        """
        Whether an order ends again as it did, and the life cycle in order does, too.

        Otherwise the difference does not come from the order: a clock may have advanced. The life
        cycle in order is sent once before, so that shared records are as they were the first time.
        """
        all_places = range(len(self.events))
        self._send(all_places)
        return self._send(all_places, in_order).changes == in_order and (
            self._send(places).changes == order.changes
        )

    def _orders(self) -> Iterator[list[int]]:
        places = list(range(len(self.events)))
        yield places[::-1]
        if self.probe.quick or self.observer.is_late:
            return
        yield [*places[1:], places[0]]
        yield [places[-1], *places[:-1]]
        yield [*places[:-2], *places[:-3:-1]]
        random = Random(self.probe.settings.seed)
        # Each event may depend on any other one.
        yield from ([at, *places[:at], *places[at + 1 :]] for at in places[1:-1])
        for _ in range(RANDOM_ORDERS):
            yield random.sample(places, len(places))

    def _compare_prefixes(self) -> Iterator[Failure]:
        """
        Send the beginning of the life cycle up to each step, with the last two events swapped.
        """
        for length in range(2, len(self.events)):
            order = self._send([*range(length - 2), length - 1, length - 2])
            in_order = self._send(range(length)).changes
            if order.changes != in_order:
                yield self._smallest_failure(order, in_order)
                return

    def _smallest_failure(self, order: SentOrder, in_order: StateDiff) -> Failure:
        """
        Find two events that show the failure alone; else use the whole order.
        """
        for early, late in combinations(range(len(self.events)), 2):
            pair, swapped = self._send([early, late]), self._send([late, early])
            if pair.is_accepted and pair.changes != swapped.changes:
                return self._failure(swapped, pair.changes)
        return self._failure(order, in_order)

    def _failure(self, order: SentOrder, in_order: StateDiff) -> Failure:
        types = " before ".join(one.event_type or "" for one in order.sent)
        return failure_of(
            order.sent,
            None,
            f"the life cycle {self.name} ends the same in any order",
            context=f"{self.name}, {types}" if len(order.sent) == _PAIR else self.name,
            deviation=StateDeviation.between(in_order, order.changes),
        )
