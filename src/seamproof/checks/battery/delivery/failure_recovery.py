"""
Checks of what is done when it must be done, and not when it must not.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.results import Inconclusive
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.outcome import cause_of, is_rejected
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.probe.probe import RETRY_AGE, redelivery_of
from seamproof.checks.state.calibration import effects_of
from seamproof.checks.state.observer import (
    NO_EFFECT,
    NO_STATE,
    apart,
    names_of,
)
from seamproof.checks.state.reference import alike, measured
from seamproof.signing.forgeries import RECIPES, STALE_AGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import Effects
    from seamproof.checks.state.reference import Once

#: With how many event types each is tried.
_TYPES: Final = 8
_REJECTED_TYPES: Final = 3
_SHOWN: Final = 3
_NOTHING: Final = "nothing was done"
_TOO_MANY: Final = 429
#: Seconds before a message is delivered again after the breakdown, each time.
_PAUSES: Final = (0.0, 0.0, 0.5, 1.5, 4.0)
#: Seconds in which a worker that comes late does what it could not do.
_WORKER: Final = 10.0


def retry_after_failure(probe: Probe) -> Iterator[Finding]:
    """
    While the dependency fails nothing is acknowledged that is not done; afterwards it is done.
    """
    if probe.breaker is None:
        yield Inconclusive(
            reason="the handler's dependency has to fail to decide this", option="breaker"
        )
        return
    if probe.read_state is None:
        yield from _retried_blindly(probe)
        return
    effects = effects_of(probe)
    told = set()
    hits: list[bool] = []
    steady = False
    for event_type in effects.richest(1 if effects.is_hasty else _TYPES):
        broken = measured(effects, event_type, partial(_broken_once, effects, hits))
        steady = steady or broken is not None
        for found in _dropped(effects, event_type) if broken is None else broken:
            if found.cause not in told:
                told.add(found.cause)
                yield found
        # What does not come back, or comes late, takes long to be waited for.
        if told and (effects.lag or not recovered(probe)):
            break
    if not steady:
        yield Inconclusive(reason=effects.immeasurable)
    elif not any(hits) and not told:
        yield Inconclusive(
            reason="everything was accepted and done: the dependency does not fail when it should"
        )


def _broken_once(effects: Effects, hits: list[bool], once: Once) -> list[Failure]:
    """
    Deliver an event while the dependency fails, and again when it works; tell what is wrong.

    Args:
        effects: Tell what is done.
        hits: Gets whether the failing dependency made a difference at all.
        once: What is done of such an event.
    """
    probe = effects.probe
    event = alike(probe, once)
    request = probe.signed(event, age=RETRY_AGE)
    names = names_of([event], [request])
    before = effects.look()
    with probe.broken_dependency():
        received = probe.send(request)
    if probe.is_acknowledged(received):
        # A worker that has written down what is to be done may wait a while before it tries again.
        effect = effects.since(before, names, once.effect, patience=_WORKER)
        hits.append(effect != once.effect)
        if effect == once.effect:
            return []
        expected = "not acknowledged with 2xx while the work fails"
        cause = apart(once.effect, effect) if effect else _NOTHING
        return [failure_of(request, received, expected, cause=cause)]
    hits.append(True)
    again, answer = until_accepted(probe, request)
    sent = (request, again)
    if not probe.is_accepted(answer):
        expected = "accepted when it comes again and the dependency works"
        return [failure_of(sent, answer, expected, cause="not accepted after the breakdown")]
    effect = effects.since(before, names, once.effect)
    if effect == once.effect:
        return []
    expected = f"done when it comes again: {'; '.join(once.effect[:_SHOWN])}"
    cause = apart(once.effect, effect) if effect else f"{_NOTHING} when it came again"
    return [failure_of(sent, answer, expected, cause=cause)]


def _dropped(effects: Effects, event_type: str) -> list[Failure]:
    """
    Tell an event that is acknowledged while the dependency fails, and of which nothing is seen.

    However different the effects of a type are, some effect it has.
    """
    probe = effects.probe
    request = probe.signed(accepted_event(probe, probe.events.catalogue[event_type]))
    before = effects.look()
    with probe.broken_dependency():
        received = probe.send(request)
    if not probe.is_acknowledged(received) or effects.between(before, effects.look()):
        return []
    expected = "not acknowledged with 2xx while the work fails"
    return [failure_of(request, received, expected, cause=_NOTHING)]


def until_accepted(probe: Probe, request: Request) -> tuple[Request, Received]:
    """
    Deliver a message again until it is accepted, for about as long as Svix waits before it does.

    A handler may keep away from what has failed for a while.
    """
    for pause in _PAUSES:
        time.sleep(pause)
        again = redelivery_of(probe, request)
        answer = probe.send(again)
        put_off = answer.status == _TOO_MANY or not is_rejected(answer)
        if probe.is_accepted(answer) or not put_off:
            break
    return again, answer


def recovered(probe: Probe) -> bool:
    """
    Whether a plain delivery is accepted, now or after a while.
    """
    return probe.is_accepted(until_accepted(probe, probe.signed(probe.plain()))[1])


def _retried_blindly(probe: Probe) -> Iterator[Finding]:
    """
    Without a look at the state, only the answers tell.
    """
    types = [one.event_type for one in schemas_to_send(probe)]
    types = [one for one in types if accepted_presence(probe, one) is not None]
    requests = [
        probe.signed(accepted_event(probe, probe.events.catalogue[one]), age=RETRY_AGE)
        for one in types
    ]
    with probe.broken_dependency():
        answers = [probe.send(request) for request in requests]
    pairs = list(zip(requests, answers, strict=True))
    put_off = [request for request, received in pairs if not probe.is_acknowledged(received)]
    if pairs and not put_off:
        expected = "not acknowledged with 2xx while the work fails"
        yield failure_of(*pairs[0], expected, cause="every event type was accepted")
        return
    for request in put_off:
        again, received = until_accepted(probe, request)
        if not probe.is_accepted(received):
            expected = "accepted when it comes again and the dependency works"
            yield failure_of((request, again), received, expected, cause="after the breakdown")
            return
    yield Inconclusive(reason=NO_STATE, option="state")


def no_effect_when_rejected(probe: Probe) -> Iterator[Finding]:
    """
    What is refused changes nothing, and does not stand in the way of the genuine delivery.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    effects = effects_of(probe)
    types = effects.richest(1 if probe.quick else _REJECTED_TYPES)
    told = set()
    for event_type in types:
        claimed = measured(effects, event_type, partial(_claimed, effects)) or ()
        for found in (*_rejected(effects, event_type), *claimed):
            if found.cause not in told:
                told.add(found.cause)
                yield found
    if not types:
        yield Inconclusive(reason=NO_EFFECT)


def _forged(probe: Probe, event_type: str) -> list[Request]:
    schema = probe.events.catalogue[event_type]
    forged = [
        probe.signed(accepted_event(probe, schema), recipe=recipe)
        for recipe, row in RECIPES.items()
        if not row.genuine
    ]
    stale = [
        probe.signed(accepted_event(probe, schema), age=age) for age in (STALE_AGE, -STALE_AGE)
    ]
    return forged + stale


def _rejected(effects: Effects, event_type: str) -> Iterator[Failure]:
    probe = effects.probe

    def send_all() -> list[tuple[Request, Received]]:
        return [(request, probe.send(request)) for request in _forged(probe, event_type)]

    if not effects.of(send_all):
        return
    for request in _forged(probe, event_type):
        before = effects.look()
        received = probe.send(request)
        # What is wrongly accepted is another check's failure.
        if probe.is_accepted(received):
            continue
        effect = effects.between(before, effects.look(), {request.message_id: "message"})
        if effect:
            cause = f"changed: {'; '.join(effect[:_SHOWN])}"
            expected = "a refused request changes nothing"
            yield replace(failure_of(request, received, expected), cause=cause)
            return


def _claimed(effects: Effects, once: Once) -> list[Failure]:
    """
    Send a forgery under an id, then the genuine delivery under the same id.
    """
    probe = effects.probe
    event = alike(probe, once)
    forged = probe.signed(event, recipe="another secret")
    request = probe.signed(event, message_id=forged.message_id)
    if probe.is_accepted(probe.send(forged)):
        return []
    before = effects.look()
    received = probe.send(request)
    effect = effects.since(before, names_of([event], [request]), once.effect)
    if effect == once.effect and probe.is_accepted(received):
        return []
    expected = "a forgery under an id does not keep the genuine delivery from being done"
    told = apart(once.effect, effect) if effect else _NOTHING
    cause = f"after a forgery: {cause_of(received) if effect == once.effect else told}"
    return [replace(failure_of((forged, request), received, expected), cause=cause)]
