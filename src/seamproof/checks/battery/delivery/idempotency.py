"""
Checks of what comes twice: one after the other, signed anew, at once.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.results import Inconclusive
from seamproof.checks.probe.findings import failure_of, report_failure
from seamproof.checks.probe.outcome import is_crash
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.probe.probe import RETRY_AGE, redelivery_of
from seamproof.checks.state.calibration import effects_of
from seamproof.checks.state.observer import (
    NO_EFFECT,
    NO_STATE,
    apart,
    names_of,
    own_names,
)
from seamproof.checks.state.reference import alike, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import Effects
    from seamproof.checks.state.reference import Once

    Again = Callable[[Probe, Request], Request]

#: How many copies arrive at once, how often that is tried, and with how many event types.
_COPIES: Final = 10
_ROUNDS: Final = 6
_FEW_ROUNDS: Final = 4
_HASTY_ROUNDS: Final = 2
_TYPES: Final = 4
_SHOWN: Final = 3
_AMOUNT: Final = re.compile(r" [+-]\d+(?=[;,:]|\Z)")
_NOTHING: Final = "the second delivery of a message changes nothing"
#: How a handler says that it is at a copy just now.
_BUSY: Final = 503


def duplicate(probe: Probe) -> Iterator[Finding]:
    """
    The same bytes again are accepted and change nothing.
    """
    yield from _twice(probe, 0, lambda _, request: request)


def duplicate_resigned(probe: Probe) -> Iterator[Finding]:
    """
    The same message, under a new timestamp and signature, is accepted and changes nothing.
    """
    yield from _twice(probe, RETRY_AGE, redelivery_of)


def _twice(probe: Probe, age: int, again: Again) -> Iterator[Finding]:
    types = [one.event_type for one in schemas_to_send(probe)]
    types = [one for one in types if accepted_presence(probe, one) is not None]
    effects = effects_of(probe) if probe.read_state else None
    firsts = [one for one in (_first(probe, event_type, age) for event_type in types) if one]
    before = effects.look() if effects else None
    seconds = []
    for first in firsts:
        request = again(probe, first)
        received = probe.send(request)
        seconds.append(request)
        if not probe.is_accepted(received):
            found = report_failure(probe, request, received, "the second delivery of a message")
            if found:
                yield replace(found, sent=(first, request))
    if effects is None or before is None:
        yield Inconclusive(reason=NO_STATE, option="state")
    elif not effects.known:
        yield Inconclusive(reason=NO_EFFECT)
    elif effect := effects.between(before, effects.look()):
        cause = f"after {len(types)} other messages: {_changed(effect)}"
        everything = failure_of((*firsts, *seconds), None, _NOTHING, cause=cause)
        told = list(_each_twice(effects, types, age, again))
        yield from told or _forgotten(effects, types, age, again, everything)


def _first(probe: Probe, event_type: str, age: int) -> Request | None:
    """
    Deliver a message for the first time; None if it was not accepted, so that it may well come.
    """
    request = probe.signed(accepted_event(probe, probe.events.catalogue[event_type]), age=age)
    return request if probe.is_accepted(probe.send(request)) else None


def _each_twice(effects: Effects, types: list[str], age: int, again: Again) -> Iterator[Failure]:
    """
    Find the types whose second delivery does something; alike effects are one failure.

    One type is enough where each takes long, as effects come late.
    """
    probe = effects.probe
    told = set()
    for event_type in sorted(types, key=lambda one: one not in effects.known):
        first = _first(probe, event_type, age)
        if first is None:
            continue
        request = again(probe, first)
        before = effects.look()
        received = probe.send(request)
        effect = effects.since(before, own_names(json.loads(request.body)))
        if effect and effect not in told:
            told.add(effect)
            yield failure_of((first, request), received, _NOTHING, cause=_changed(effect))
            if effects.lag:
                return


def _forgotten(
    effects: Effects, types: list[str], age: int, again: Again, everything: Failure
) -> Iterator[Failure]:
    """
    Find a type whose second delivery does something when another message came in between.

    Where none does, a message is forgotten after more of them: all that was sent shows it.
    """
    probe = effects.probe
    for event_type in sorted(types, key=lambda one: one not in effects.known):
        first, other = _first(probe, event_type, age), _first(probe, types[0], age)
        if first is None or other is None:
            continue
        request = again(probe, first)
        before = effects.look()
        received = probe.send(request)
        effect = effects.since(before, own_names(json.loads(request.body)))
        if effect:
            cause = f"after another message: {_changed(effect)}"
            yield failure_of((first, other, request), received, everything.expected, cause=cause)
            return
    yield everything


def _changed(effect: tuple[str, ...]) -> str:
    more = f" and {len(effect) - _SHOWN} more" if len(effect) > _SHOWN else ""
    return f"changed again: {'; '.join(effect[:_SHOWN])}{more}"


def concurrent_duplicates(probe: Probe) -> Iterator[Finding]:
    """
    Copies that arrive at once have the effect of one; none of them makes the handler crash.
    """
    if probe.read_state is None:
        yield from _crashed(probe, probe.signed(probe.plain()))
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    effects = effects_of(probe)
    told: set[str] = set()
    steady = False
    for event_type in effects.richest(1 if effects.is_hasty else _TYPES):
        raced = measured(effects, event_type, partial(_raced, effects), by_chance=True)
        steady = steady or raced is not None
        for found in raced or ():
            # How many of the copies got through is chance.
            cause = _AMOUNT.sub("", found.cause)
            if cause not in told:
                told.add(cause)
                yield found
    if not steady:
        yield Inconclusive(reason=effects.immeasurable)


def _raced(effects: Effects, once: Once) -> list[Failure]:
    probe = effects.probe
    rounds = _FEW_ROUNDS if probe.quick or effects.is_slow else _ROUNDS
    rounds = _HASTY_ROUNDS if effects.is_hasty else rounds
    lacked = False
    for _ in range(rounds):
        event = alike(probe, once)
        request = probe.signed(event)
        crashes: list[Failure] = []
        effect = effects.of(
            lambda request=request, crashes=crashes: crashes.extend(_crashed(probe, request)),  # type: ignore[misc]
            names_of([event], [request]),
            once.effect,
        )
        lacks = not crashes and not Counter(effect) - Counter(once.effect)
        if lacks and effect != once.effect and not lacked:
            # Copies that race do too much. What is not seen, once only, is a full list's matter.
            lacked = True
        elif effect != once.effect:
            return [*crashes, _double(request, effect, once.effect)]
        if crashes:
            return crashes
    return []


def _double(request: Request, effect: tuple[str, ...], measure: tuple[str, ...]) -> Failure:
    return failure_of(
        (request,) * _COPIES,
        None,
        f"{_COPIES} copies at once have the effect of one",
        cause=apart(measure, effect),
    )


def _crashed(probe: Probe, request: Request) -> list[Failure]:
    """
    Send copies at once; a crash among them is a warning, for the retry will find its way.
    """
    answers = probe.send_all([request] * _COPIES)
    accepted = any(map(probe.is_accepted, answers))
    for received in answers:
        crashed = is_crash(received) and received.status != _BUSY
        if crashed or not accepted:
            expected = "copies at once are accepted, or put off without a crash"
            severity: Severity = "warning" if accepted else "error"
            return [failure_of((request,) * _COPIES, received, expected, severity=severity)]
    return []
