"""
Compares the states in which a life cycle ends when its events arrive in another order.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, islice
from random import Random
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.order.life_cycle import end_equally
from seamproof.checks.generation.spacing import (
    AGE,
    CLOSE,
    CLOSE_AND_REPORTED_LATE,
    NATURAL,
    REPORTED_LATE,
    TRIMMED,
    TRIMMED_AND_REPORTED_LATE,
)
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import FEW_ORDER_PAIRS, RANDOM_ORDERS
from seamproof.checks.probe.findings import ACCEPTED, failure_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.checks.battery.delivery.order.life_cycle import LifeCycle, Reference, SentOrder
    from seamproof.checks.generation.spacing import Spacing
    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import StateDiff

_PAIR: Final = 2
#: The status of a handler that waits for an earlier event.
_POSTPONED: Final = 503
#: Where events that are close together end differently: what may be the reason, how they are
#: spaced then, and whether they arrive in order. The first that shows it is reported.
_REASONS: Final = (
    ("created_at in another order than occurred_at", REPORTED_LATE, False),
    ("events 1 to 400 ms apart", CLOSE, True),
    ("events 1 to 400 ms apart", CLOSE, False),
    ("times in mixed precision", TRIMMED, True),
    ("times in mixed precision", TRIMMED, False),
)
#: Where of two events of one type the later delivery changes nothing, in either order.
_KEEPS_FIRST: Final = (
    "Of two events of one type and record the later delivery changes nothing. If the handler "
    "ignores it as a duplicate: recognise duplicates by svix-id, not by the event type and the "
    "record. If it is to keep the first event: compare occurred_at, not the time of arrival."
)


class OrderComparison:
    """
    Sends a life cycle in other orders than the one in which its events occurred.

    Args:
        cycle: The life cycle.
        reference: The states in which it ends in order.
    """

    def __init__(self, cycle: LifeCycle, reference: Reference) -> None:
        self.cycle = cycle
        self.reference = reference
        self.probe = cycle.probe
        self.tail = [*cycle.places][cycle.lived :]

    def of_first_orders(self) -> Iterator[Failure]:
        """
        Send it in reversed order, with its events close together, and without one of them.
        """
        yield from self._compare([*self.cycle.places][::-1])
        if self.reference.until is None:
            yield from self._compare_close_events()
        if not self.cycle.observer.is_hasty:
            yield from self._compare_without(self.cycle.lived - 1)

    def of_more_orders(self) -> Iterator[Failure]:
        """
        Send it in orders that show what is hidden in the reversed one.
        """
        places = [*self.cycle.places]
        yield from self._compare([*places[1:], places[0]])
        yield from self._compare([places[-1], *places[:-1]])
        yield from self._compare_living(self._living[::-1])
        if not self.cycle.observer.is_slow:
            yield from self._compare_prefixes()
        yield from self._compare_without(self.cycle.lived // 2)
        random = Random(self.probe.settings.seed)
        for _ in range(RANDOM_ORDERS):
            yield from self._compare(random.sample(places, len(places)))

    @property
    def _living(self) -> list[int]:
        """
        List the places before the deletion, in order.
        """
        return [*self.cycle.places][: self.cycle.lived]

    @property
    def _other_orders(self) -> list[list[int]]:
        """
        List other orders of them: reversed, and with what is between two events of a type last.

        A record that was `connected`, `disconnected` and `connected` again ends the same if that
        arrives in reversed order, whichever of them the handler takes for the last one.
        """
        living = self._living
        types = [self.cycle.events[at]["event_type"] for at in living]
        last = {one: at for at, one in enumerate(types)}
        late = [at for at in living if any(a < at < last[types[a]] for a in living)]
        late = [at for at in late if last[types[at]] == at]
        regrouped = [*(at for at in living if at not in late), *late]
        return [living[::-1], *([regrouped] if late and not self.cycle.observer.is_hasty else [])]

    def _compare(self, places: Sequence[int]) -> Iterator[Failure]:
        order = self.cycle.send(places, expected=self.reference.endings)
        in_order = self.reference.endings[len(places)].changes
        if order.last.changes != in_order and self._happens_again(order, places):
            yield self._smallest_failure(order, in_order)

    def _compare_living(self, living: Sequence[int]) -> Iterator[Failure]:
        """
        Compare the states before the deletion, which may leave nothing.
        """
        places, lived = [*living, *self.tail], self.cycle.lived
        order = self.cycle.send(places, marks=(lived,), expected=self.reference.endings)
        in_order = self.reference.endings[lived].changes
        if order.endings[lived].changes != in_order and self._happens_again(order, places):
            yield self._smallest_failure(order, in_order)

    def _happens_again(
        self, order: SentOrder, places: Sequence[int], spacing: Spacing = NATURAL
    ) -> bool:
        """
        Whether an order ends again as it did, and the life cycle in order does, too.

        Otherwise the difference does not come from the order: a clock may have advanced. The life
        cycle in order is sent once before, so that shared records are as they were the first time.
        """
        cycle, expected = self.cycle, self.reference.endings
        cycle.send(cycle.places)
        in_order = cycle.send(cycle.places, marks=cycle.marks, expected=expected)
        if not end_equally(in_order.endings, expected):
            return False
        again = cycle.send(places, spacing, marks=order.endings)
        if spacing is NATURAL:
            return end_equally(again.endings, order.endings)
        pairs = zip(again.endings.values(), order.endings.values(), strict=True)
        return all(one.timeless == two.timeless for one, two in pairs)

    def _compare_close_events(self) -> Iterator[Failure]:
        """
        Send events within a second, in order and otherwise, with times in mixed precision.

        In other orders `created_at` follows the order of arrival. What makes the difference, if
        there is one, is found out afterwards.
        """
        lived, others = self.cycle.lived, self._other_orders
        spacings = (TRIMMED, TRIMMED_AND_REPORTED_LATE)
        in_order = self._send_living(TRIMMED, self._living)
        if not in_order.is_accepted:
            spacings = (CLOSE, CLOSE_AND_REPORTED_LATE)
            in_order = self._send_living(CLOSE, self._living)
        sent = [in_order, *(self._send_living(spacings[1], one) for one in others)]
        expected = self._expected_when_close(in_order)
        if all(one.endings[lived].timeless == expected for one in sent):
            return
        for one in others:
            yield from self._compare_living(one)
        for words, spacing, is_in_order in _REASONS:
            if not spacing.is_trimmed or TRIMMED in spacings:
                for one in [self._living] if is_in_order else others:
                    yield from self._compare_spaced(words, spacing, one)

    def _send_living(self, spacing: Spacing, living: Sequence[int]) -> SentOrder:
        marks = (self.cycle.lived,)
        expected = self.reference.endings if self.reference.is_timeless else None
        return self.cycle.send([*living, *self.tail], spacing, marks=marks, expected=expected)

    def _expected_when_close(self, in_order: SentOrder) -> StateDiff:
        """
        What events that are close together change; where intervals count, what they do in order.
        """
        lived = self.cycle.lived
        endings = self.reference.endings if self.reference.is_timeless else in_order.endings
        return endings[lived].timeless

    def _compare_spaced(
        self, words: str, spacing: Spacing, living: Sequence[int]
    ) -> Iterator[Failure]:
        cycle, lived = self.cycle, self.cycle.lived
        if self.reference.is_timeless or not spacing.is_close:
            expected = self.reference.endings[lived].timeless
        else:
            expected = self._send_living(spacing, self._living).endings[lived].timeless
        order = self._send_living(spacing, living)
        changes = order.endings[lived].timeless
        if changes == expected or not order.is_accepted:
            return
        if not self._happens_again(order, [*living, *self.tail], spacing):
            return
        if self._depends_on_age(spacing):
            return
        sent, pair = order.sent[:lived], [lived - 2, lived - 1]
        two = cycle.send(pair if living == self._living else pair[::-1], spacing)
        in_order = cycle.send(pair)
        if two.last.timeless != in_order.last.timeless and two.is_accepted:
            sent, changes, expected = two.sent, two.last.timeless, in_order.last.timeless
        yield failure_of(
            sent,
            None,
            f"the life cycle {cycle.name} ends the same: {words}",
            context=f"{cycle.name}, {words}",
            deviation=StateDeviation.between(expected, changes),
        )

    def _depends_on_age(self, spacing: Spacing) -> bool:
        """
        Whether older events end differently: then other times do, in whatever order they arrive.

        A handler may leave out a notice of what occurred yesterday; `effect.old_event` reports
        one that leaves out everything.
        """
        younger = replace(NATURAL, stretch=spacing.stretch)
        both = [
            self._send_living(one, self._living).endings[self.cycle.lived].timeless
            for one in (younger, replace(younger, age=AGE))
        ]
        return both[0] != both[1]

    def _compare_without(self, place: int) -> Iterator[Failure]:
        """
        Send the life cycle in order without one of its events, which may not be sent at all.

        The handler must not crash, nor keep a record as it was before its deletion.
        """
        cycle, count = self.cycle, len(self.cycle.events)
        places = [one for one in cycle.places if one != place]
        order = cycle.send(places, marks=(cycle.lived - 1,))
        missing = cycle.events[place]["event_type"]
        context = f"{cycle.name} without {missing}"
        for at, received in enumerate(order.received, 1):
            if received.is_crash and received.status != _POSTPONED:
                expected = f"{ACCEPTED}: the life cycle {context}"
                yield failure_of(order.sent[:at], received, expected, context=context)
                return
        whole = [self.reference.endings[at].changes for at in (cycle.lived, count)]
        partial = [order.endings[at].changes for at in (cycle.lived - 1, count - 1)]
        deviation = _kept(whole, partial)
        if deviation and self._happens_again(order, places):
            expected = f"the life cycle {context} ends as it does with it"
            yield failure_of(order.sent, None, expected, context=context, deviation=deviation)

    def _compare_prefixes(self) -> Iterator[Failure]:
        """
        Send the beginning of the life cycle up to each step, with the last two events swapped.
        """
        cycle, lengths = self.cycle, range(_PAIR, len(self.cycle.events))
        in_order = cycle.send(cycle.places, marks=lengths)
        for length in lengths:
            places = [*range(length - 2), length - 1, length - 2]
            changes = cycle.send(places).last.changes
            if changes == in_order.endings[length].changes:
                continue
            expected, order = cycle.send(range(length)).last.changes, cycle.send(places)
            if order.last.changes == changes != expected:
                yield self._smallest_failure(order, expected)
                return

    def _smallest_failure(self, order: SentOrder, in_order: StateDiff) -> Failure:
        """
        Find two events that show the failure alone; else use the whole order.
        """
        observer = self.cycle.observer
        is_hurried = observer.is_late or observer.is_slow
        pairs = combinations(self.cycle.places, _PAIR)
        for early, late in islice(pairs, FEW_ORDER_PAIRS if is_hurried else None):
            pair, swapped = self.cycle.send([early, late]), self.cycle.send([late, early])
            if pair.is_accepted and pair.last.changes != swapped.last.changes:
                cure = _KEEPS_FIRST if self._keeps_first(swapped, early, late) else ""
                return self._failure(swapped, pair.last.changes, swapped.last.changes, cure)
        count = next(at for at, one in order.endings.items() if one.changes != in_order)
        return self._failure(order, in_order, order.endings[count].changes)

    def _keeps_first(self, swapped: SentOrder, early: int, late: int) -> bool:
        """
        Whether of two events of one type the later delivery changes nothing, in either order.
        """
        if len({one.event_type for one in swapped.sent}) > 1:
            return False
        orders = (self.cycle.send(places, marks=(1,)) for places in ((early, late), (late, early)))
        return all(one.endings[1].changes == one.last.changes for one in orders)

    def _failure(
        self, order: SentOrder, in_order: StateDiff, changes: StateDiff, cure: str = ""
    ) -> Failure:
        name = self.cycle.name
        types = " before ".join(one.event_type or "" for one in order.sent)
        return failure_of(
            order.sent,
            None,
            f"as when the events of the life cycle {name} arrive in order",
            context=f"{name}, {types}" if len(order.sent) == _PAIR else name,
            deviation=StateDeviation.between(in_order, changes),
            cure=cure,
        )


def _kept(whole: Sequence[StateDiff], partial: Sequence[StateDiff]) -> StateDeviation:
    """
    Compare a life cycle before and after its deletion, with all its events and without one.

    Returns:
        What stays as it was, although the deletion changes it where no event is missing; nothing
        if the deletion changes anything else: then the handler has noticed it.
    """
    (living, ended), (remaining, left) = whole, partial
    if remaining != left:
        return StateDeviation()
    before, after, kept = ({one.path: one for one in changes} for changes in (living, ended, left))
    paths = [path for path in kept if path in before and before[path] != after.get(path)]
    paths = [path for path in paths if kept[path] != after.get(path)]
    changed = [path for path in paths if path not in after or after[path].op == "set"]
    return StateDeviation(
        missing=tuple(after[path] for path in changed if path in after),
        unexpected=tuple(kept[path] for path in changed),
    )
