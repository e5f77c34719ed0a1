"""
Measuring: what a plain delivery does is the measure for all else that is done with an event.

Two deliveries are compared under other ids and other times, which are told by their part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.observer import names_of, parted

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import Effect, Effects
    from seamproof.json_types import JsonMapping, JsonObject

#: How many more deliveries an effect is measured by, until two are alike.
_MEASURED: Final = 3


@dataclass(frozen=True, slots=True)
class Once:
    """
    An event delivered once, as the measure for all else that is done with it.

    Attributes:
        event: Of which new ones are made by `alike`.
        effect: What it changed.
        request: That was sent.
        received: What came back.
        timed: Whether new ones have other times as well, and not only other ids.
    """

    event: JsonMapping
    effect: Effect
    request: Request
    received: Received
    timed: bool


def deliver_once(effects: Effects, event_type: str) -> Once | None:
    """
    Deliver plain events of a type, alike but for their ids and times, until two change the same.

    An event at the time of another one may be stale where many share a record. Where times are
    stored in a way that cannot be told, no two change the same unless they agree in them.

    Returns:
        The last of them; None if no two do, so that nothing can be measured by them.
    """
    event = accepted_event(effects.probe, effects.probe.events.catalogue[event_type])
    for timed in (True, False):
        last = _delivered(effects, event, timed=timed)
        for _ in range(_MEASURED):
            event = alike(effects.probe, last)
            once = _delivered(effects, event, last.effect, timed=timed)
            if once.effect == last.effect:
                return once if once.effect else None
            effects.unsteady = parted(last.effect, once.effect)
            last = once
        event = alike(effects.probe, last)
    return None


def measured(
    effects: Effects,
    event_type: str,
    attempt: Callable[[Once], list[Failure]],
    *,
    by_chance: bool = False,
) -> list[Failure] | None:
    """
    Try something with events of a type, against what a plain delivery of one does.

    What is found counts if the measure still holds afterwards, and if it is found again: a clock
    may have moved on, a list of the last ten may have filled.

    Args:
        effects: Tell what is done.
        event_type: Of the events.
        attempt: Tells what is wrong.
        by_chance: Whether what is wrong need not be so each time.

    Returns:
        What is wrong; None where nothing can be measured.
    """
    for _ in range(_MEASURED):
        once = deliver_once(effects, event_type)
        if once is None:
            return None
        found = attempt(once)
        if not found or (_holds(effects, once) and (by_chance or attempt(once))):
            return found
    return None


def _holds(effects: Effects, once: Once) -> bool:
    """
    Whether one more event changes the same. One that changes nothing at all tells nothing new.
    """
    again = _delivered(effects, alike(effects.probe, once), once.effect, timed=once.timed)
    accepted = effects.probe.is_accepted(again.received)
    if again.effect == once.effect or not again.effect or not accepted:
        return True
    effects.unsteady = parted(once.effect, again.effect)
    return False


def _delivered(effects: Effects, event: JsonMapping, wanted: Effect = (), *, timed: bool) -> Once:
    request = effects.probe.signed(event)
    before = effects.look()
    received = effects.probe.send(request)
    effect = effects.since(before, names_of([event], [request]), wanted)
    return Once(event, effect, request, received, timed)


def alike(probe: Probe, once: Once) -> JsonObject:
    """
    Make the event of a delivery anew: other ids, and other times unless they have to agree.

    Where the user has set ids, the handler knows the record from before, and times go on.
    """
    if once.timed or probe.events.fixed_ids:
        return probe.events.fresh(once.event)
    return probe.events.fresh(once.event, until=probe.events.time_of(once.event))
