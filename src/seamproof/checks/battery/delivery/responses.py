"""
Checks of how a handler answers, and that it keeps up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.results import Skipped
from seamproof.checks.probe.findings import failure_of, report_failure
from seamproof.checks.probe.hints import hint_for
from seamproof.checks.probe.outcome import cause_of, is_crash
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.state.calibration import effects_of
from seamproof.checks.state.observer import apart, names_of
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import Effect, Effects
    from seamproof.json_types import JsonObject

_WARN: Final = 5.0
_FAIL: Final = 15.0
_BURST: Final = 50
#: How many types half of them are of.
_RICH: Final = 5
#: How often so many are sent at once.
_CROWDS: Final = 5
_QUICK_CROWDS: Final = 2
_TOLD: Final = 5
#: How many life cycles are sent where it has to be quick.
FEW: Final = 2
#: Targets that see no method: what leads to them decides which one it is.
_NO_METHOD: Final = ("function", "lambda", "lambda-v1")


def success_status(probe: Probe) -> Iterator[Finding]:
    """
    A plain genuine delivery is answered 2xx.
    """
    request, received = probe.deliver(probe.plain())
    if not probe.is_accepted(received):
        hint = hint_for(received)
        expected = "answered 200-299, no redirect"
        yield failure_of(request, received, f"{expected}; {hint}" if hint else expected)


def wrong_method(probe: Probe) -> Iterator[Finding]:
    """
    A GET is not answered 2xx, neither a bare one nor one that carries a delivery.
    """
    if getattr(probe.target, "kind", "") in _NO_METHOD:
        yield Skipped(reason="this target sees no method: what leads to it decides which there are")
        return
    bare = probe.signed(b"", recipe="no svix headers", method="GET", event_type=None)
    for one in (bare, probe.signed(probe.plain(), method="GET")):
        # What is left unread of a GET would be taken for the beginning of the next request.
        request = replace(one, headers=(*one.headers, ("connection", "close")))
        received = probe.send(request)
        if received.status in SUCCESS:
            yield failure_of(request, received, "GET is not answered 2xx: 405, or 404")
            return


def response_time(probe: Probe) -> Iterator[Finding]:
    """
    No genuine delivery of the run took long, as long as they came one after the other.
    """
    if not probe.slowest:
        probe.deliver(probe.plain())
    slow = sorted(probe.slowest.values(), key=lambda pair: -pair[1].milliseconds)
    for request, received in slow[:_TOLD]:
        seconds = received.milliseconds / 1000
        if seconds >= _WARN:
            yield failure_of(
                request,
                received,
                f"answered within {_WARN:g} s, and {_FAIL:g} s at the very most",
                cause=f"took {seconds:.1f} s",
                severity="error" if seconds >= _FAIL else "warning",
            )


def journey(probe: Probe) -> Iterator[Finding]:
    """
    The events of each life cycle, in order, are accepted.
    """
    names = journeys_of(probe)
    if not names:
        yield Skipped(reason="no journey consists of event types that are sent")
    for name in names[: FEW if probe.quick else None]:
        sent = []
        digits = probe.encoding.digits
        for event in probe.events.fresh_all(probe.events.journey(name), digits=digits):
            request, received = probe.deliver(event)
            sent.append(request)
            taken_alone = accepted_presence(probe, event["event_type"]) is not None
            if probe.is_accepted(received) or not taken_alone:
                continue
            found = report_failure(
                probe, request, received, f"step {len(sent)} of the life cycle {name}"
            )
            if found:
                yield replace(found, sent=tuple(sent))
                break


def journeys_of(probe: Probe) -> tuple[str, ...]:
    """
    Name the life cycles whose events are all of types that are sent.
    """
    from seamproof.strategies import JOURNEYS

    types = {one for one in probe.events.event_types if not probe.is_slow(one)}
    names = (n for n, steps in JOURNEYS.items() if {one.event_type for one in steps} <= types)
    return tuple(names)


def concurrent_burst(probe: Probe) -> Iterator[Finding]:
    """
    None of many deliveries at once makes the handler fail, and each has its effect.
    """
    schemas = [one for one in schemas_to_send(probe) if accepted_presence(probe, one.event_type)]
    if not schemas:
        return
    # Half of it of a few types that change the most: what they count, they count together.
    known = effects_of(probe).richest(_RICH) if probe.read_state else []
    rich = [one for one in schemas if one.event_type in known] or schemas
    halves = (rich, schemas)
    events = [
        accepted_event(probe, halves[at % 2][at // 2 % len(halves[at % 2])]) for at in range(_BURST)
    ]
    # A crowd is a matter of luck: what it finds is found by one of several.
    for _ in range(_QUICK_CROWDS if probe.quick else _CROWDS):
        requests = [probe.signed(probe.events.fresh(event)) for event in events]
        if crashed := list(_sent_at_once(probe, requests)):
            yield from crashed
            return
    if probe.read_state is None:
        return
    effects = effects_of(probe)
    if effects.is_hasty:
        return
    one_by_one = _changed_by(effects, events, _one_by_one)
    found: list[Failure] = []
    at_once = _changed_by(
        effects, events, lambda *sent: found.extend(_sent_at_once(*sent)), one_by_one
    )
    yield from found
    # What is not the same in any order, one after the other, says nothing of what happens at once:
    # a list of the last twenty, for one.
    if at_once != one_by_one and not found:
        again = _changed_by(effects, events, _backwards, one_by_one)
        lasting = Counter(one_by_one) & Counter(again)
        wanted = (
            one_by_one if again == one_by_one else tuple((lasting - Counter(at_once)).elements())
        )
        if wanted and (wrong := apart(wanted, at_once if again == one_by_one else ())):
            requests = [probe.signed(event) for event in events]
            expected = f"{_BURST} deliveries at once have the effect that they have one by one"
            yield failure_of(requests, None, expected, cause=wrong)


def _changed_by(
    effects: Effects,
    events: list[JsonObject],
    send: Callable[[Probe, list[Request]], object],
    wanted: Effect = (),
) -> Effect:
    probe = effects.probe
    fresh = [probe.events.fresh(event, until=probe.events.time_of(event)) for event in events]
    requests = [probe.signed(event) for event in fresh]
    return effects.of(lambda: send(probe, requests), names_of(fresh, requests), wanted)


def _one_by_one(probe: Probe, requests: list[Request]) -> None:
    for request in requests:
        probe.send(request)


def _backwards(probe: Probe, requests: list[Request]) -> None:
    _one_by_one(probe, requests[::-1])


def _sent_at_once(probe: Probe, requests: list[Request]) -> Iterator[Failure]:
    causes = set()
    for request, received in zip(requests, probe.send_all(requests), strict=True):
        cause = cause_of(received)
        if is_crash(received) and cause not in causes:
            causes.add(cause)
            expected = f"no crash among {len(requests)} deliveries at once"
            found = failure_of(request, received, expected)
            yield replace(found, sent=tuple(requests))
