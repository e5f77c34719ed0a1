"""
The check of order: a life cycle permuted ends where the life cycle in order ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.responses import FEW, journeys_of
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.probe import RETRY_AGE, redelivery_of
from seamproof.checks.state.calibration import effects_of
from seamproof.checks.state.observer import NO_EFFECT, NO_STATE, apart, names_of, parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import Effect, Effects

#: Random orders besides those that are tried in any case.
_SHUFFLES: Final = 2
#: How often a life cycle is sent in order at the most, until it ends twice the same.
_REFERENCES: Final = 3
_NOT_ACCEPTED: Final = "not accepted in order"
_UNSTEADY: Final = "sent twice in order, it does not end the same: it differs in"
#: How often what was not accepted is delivered again, as Svix would.
_RETRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Ran:
    """
    Events of a life cycle that were sent in some order.

    Attributes:
        sent: In the order in which they went out.
        received: For the last one.
        effect: What changed in the end.
        accepted: Whether all were, in the end.
    """

    sent: tuple[Request, ...]
    received: Received
    effect: Effect
    accepted: bool


def out_of_order(probe: Probe) -> Iterator[Finding]:
    """
    The end of a life cycle does not depend on the order in which its events arrive.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    effects = effects_of(probe)
    names = sorted(journeys_of(probe), key=lambda name: not _moves(effects, name))
    everything = len(names)
    if effects.is_hasty or effects.is_very_slow or (probe.quick and effects.is_slow):
        names = names[: 1 if effects.is_hasty else FEW]
    if not names:
        yield Skipped(reason="no journey consists of event types that are sent")
        return
    undecided = []
    for name in names:
        told = _tried(effects, name)
        if isinstance(told, str):
            undecided.append(f"{name}: {told}")
            continue
        yield from told
        # One is enough where each takes long, as effects come late.
        if told and effects.lag:
            return
    unsteady = [one for one in undecided if _UNSTEADY in one]
    if unsteady or len(undecided) == len(names):
        yield Inconclusive(reason="; ".join(unsteady or undecided))
    elif len(names) < everything and not probe.quick:
        slow = f"a look at the state takes {effects.look_seconds:.1f} s"
        yield Inconclusive(reason=f"{slow}: {len(names)} of {everything} life cycles were sent")


def _tried(effects: Effects, name: str) -> list[Failure] | str:
    """
    Send a life cycle in several orders; say why it cannot be told where it ends.

    At the times of another life cycle its events may be stale, where many share a record: a
    failure counts if it is there as well when times go on, or if nothing can be told then.
    """
    told = _Cycle(effects, name, timed=bool(effects.probe.events.fixed_ids)).told()
    if effects.probe.events.fixed_ids or told in ([], NO_EFFECT, _NOT_ACCEPTED):
        return told
    again = _Cycle(effects, name, timed=True).told()
    return told if isinstance(again, str) else again


def _moves(effects: Effects, name: str) -> bool:
    """
    Whether an event like one of a life cycle is known to change what the state shows.
    """
    from seamproof.strategies import JOURNEYS

    families = {event_type.partition(".")[0] for event_type in effects.known}
    return any(step.event_type.partition(".")[0] in families for step in JOURNEYS[name])


class _Cycle:
    """
    One life cycle, sent over and over: under other ids each time, with the same times.

    Args:
        effects: Tell what it changes.
        name: Of the life cycle.
        timed: Whether times go on instead, told in the state by the event that they are of.
    """

    def __init__(self, effects: Effects, name: str, *, timed: bool) -> None:
        self.effects = effects
        self.probe = effects.probe
        self.name = name
        self.events = self.probe.events.journey(name)
        self.until: datetime | None = None
        if not timed:
            self.until = self.probe.events.time_of(self.probe.plain())

    def told(self) -> list[Failure] | str:
        """
        Tell how other orders end differently, or why that cannot be told.
        """
        in_order = self.reference()
        return in_order if isinstance(in_order, str) else list(self.permuted(in_order))

    def run(self, places: Sequence[int], wanted: Effect = ()) -> Ran:
        """
        Send the events of some places in that order; what is wanted of it is waited for.
        """
        probe = self.probe
        digits = probe.encoding.digits
        events = probe.events.fresh_all(self.events, digits=digits, until=self.until)
        requests = {at: probe.signed(events[at], age=RETRY_AGE) for at in sorted(places)}
        before = self.effects.look()
        received = {at: probe.send(requests[at]) for at in places}
        self._redeliver(requests, received, places)
        accepted = all(probe.is_accepted(one) for one in received.values())
        # Which message came last is no end that a life cycle could have.
        names = names_of(events) | {one.message_id: "message" for one in requests.values()}
        if self.until is None:
            names |= {
                str(event[name]): f"{name} {at}"
                for at, event in enumerate(events)
                for name in ("occurred_at", "created_at")
                if name in event
            }
        effect = self.effects.since(before, names, wanted)
        sent = tuple(requests[at] for at in places)
        return Ran(sent, received[places[-1]], effect, accepted)

    def _redeliver(
        self, requests: dict[int, Request], received: dict[int, Received], places: Sequence[int]
    ) -> None:
        """
        Deliver again what was put off: a handler may ask for what has come too early to come again.
        """
        probe = self.probe
        for _ in range(_RETRIES):
            left = [at for at in places if not probe.is_accepted(received[at])]
            for at in left:
                received[at] = probe.send(redelivery_of(probe, requests[at]))
            if not left:
                return

    def reference(self) -> Effect | str:
        """
        Send the life cycle in order until it ends twice the same; else say why it cannot be told.
        """
        everything = range(len(self.events))
        ran = [self.run(everything)]
        while len(ran) < _REFERENCES:
            ran.append(self.run(everything, ran[-1].effect))
            if ran[-1].effect == ran[-2].effect:
                break
        effect = ran[-1].effect
        if not ran[-1].accepted:
            return _NOT_ACCEPTED
        if not any(one.effect for one in ran):
            return NO_EFFECT
        if effect and effect == ran[-2].effect:
            return effect
        return (
            f"{_UNSTEADY} {next(parted(effect, one.effect) for one in ran if one.effect != effect)}"
        )

    def permuted(self, in_order: Effect) -> Iterator[Failure]:
        """
        Send the life cycle in other orders until one ends differently.
        """
        for places in self._orders():
            ran = self.run(places, in_order)
            if ran.effect != in_order and self._happens_again(ran, places, in_order):
                yield self._smallest(ran, in_order)
                return
        if not self.effects.is_slow and not self.probe.quick:
            yield from self._prefixes()

    def _happens_again(self, ran: Ran, places: Sequence[int], in_order: Effect) -> bool:
        """
        Whether an order ends again as it did, after the life cycle in order.

        If it does not, or that does not either, it is no matter of order: a clock has moved on.
        What many share is as it was only when the same has come before.
        """
        everything = range(len(self.events))
        self.run(everything)
        return self.run(everything, in_order).effect == in_order and (
            self.run(places).effect == ran.effect
        )

    def _orders(self) -> Iterator[list[int]]:
        everything = list(range(len(self.events)))
        yield everything[::-1]
        if self.probe.quick or self.effects.lag:
            return
        yield [*everything[1:], everything[0]]
        yield [everything[-1], *everything[:-1]]
        yield [*everything[:-2], *everything[:-3:-1]]
        random = Random(self.probe.settings.seed)
        # What one event waits for may be any other one.
        yield from ([at, *everything[:at], *everything[at + 1 :]] for at in everything[1:-1])
        for _ in range(_SHUFFLES):
            yield random.sample(everything, len(everything))

    def _prefixes(self) -> Iterator[Failure]:
        """
        Cut the life cycle off after each step, and let the last two change places.
        """
        for length in range(2, len(self.events)):
            ran = self.run([*range(length - 2), length - 1, length - 2])
            in_order = self.run(range(length)).effect
            if ran.effect != in_order:
                yield self._smallest(ran, in_order)
                return

    def _smallest(self, ran: Ran, in_order: Effect) -> Failure:
        """
        Look for two events that show it alone.
        """
        for early, late in combinations(range(len(self.events)), 2):
            pair, swapped = self.run([early, late]), self.run([late, early])
            if pair.accepted and pair.effect != swapped.effect:
                return _told(self.name, swapped, pair.effect)
        return _told(self.name, ran, in_order)


def _told(name: str, ran: Ran, in_order: Effect) -> Failure:
    types = " before ".join(one.event_type or "" for one in ran.sent[:2])
    how = f", {types}" if len(ran.sent) == 2 else ""  # noqa: PLR2004 - a pair
    return failure_of(
        ran.sent,
        None,
        f"the life cycle {name} ends the same in any order",
        cause=f"{name}{how}: {apart(in_order, ran.effect)}",
    )
