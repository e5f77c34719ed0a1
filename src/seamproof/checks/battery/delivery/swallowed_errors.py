"""
Exceptions that a handler catches and logs, although it accepts the valid event that they come from.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from seamproof.checks.battery.effects.event_age import observe, plain_alone
from seamproof.checks.generation.encoding import event_in
from seamproof.checks.model.exchange import CAUGHT, Received
from seamproof.checks.model.results import Failure
from seamproof.checks.model.tuning import LIVENESS_GRACE, LOGGED_TRIALS
from seamproof.checks.probe.presence import accepted_presence
from seamproof.checks.probe.sending.pacing import RunStopped
from seamproof.checks.probe.sending.sender import HandlerGone, OutOfTime
from seamproof.checks.state.calibration import observer_of
from seamproof.schemas import is_valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Escaped, LoggedException
    from seamproof.checks.probe.probe import Probe


def swallowed_exceptions(probe: Probe) -> Iterator[Failure]:
    """
    Report each exception that was logged while a valid event was accepted.

    With a state, it is an error if the event has no effect, and no failure if it has all of it: the
    handler may catch what does not matter. Without one, nobody can see that: a warning.
    """
    found = probe.state.liveness.background
    known = {key_of(one.escaped) for one in found}
    candidates: dict[tuple[str, str], list[LoggedException]] = {}
    for one in [*probe.state.liveness.logged]:
        if key_of(one.escaped) not in known and _is_of_accepted_event(probe, one):
            candidates.setdefault(key_of(one.escaped), []).append(one)
    for several in candidates.values():
        with probe.budget.leaving(LIVENESS_GRACE):
            failure = _failure(probe, several)
        if failure is not None:
            yield failure


def _is_of_accepted_event(probe: Probe, logged: LoggedException) -> bool:
    request = logged.request
    # Of a message that was rejected once, the exception may be that of the rejection.
    return (
        probe.state.liveness.accepted.get(request.message_id, False)
        and not request.is_forgery
        and is_valid(event_in(request.body), catalogue=probe.events.catalogue)
    )


def _failure(probe: Probe, several: list[LoggedException]) -> Failure | None:
    """
    Send some of the events again, alone, to see which one it comes from and what is lost.
    """
    with suppress(OutOfTime, HandlerGone, RunStopped):
        for logged in several[:LOGGED_TRIALS]:
            loss = _loss(probe, logged)
            if loss is not None:
                return _made(logged, loss) if loss else None
    certain = next((one for one in several if one.is_certain), None)
    return _made(certain, "warning") if certain else None


def _loss(probe: Probe, logged: LoggedException) -> Severity | str | None:
    """
    Return how severe it is; empty if nothing is lost, None if the exception is not logged again.
    """
    event = event_in(logged.request.body)
    event_type = logged.request.event_type or ""
    known = probe.state.liveness.logged
    before = len(known)
    if (background := getattr(probe.target, "background", None)) is not None:
        background.forget_logged()
    if probe.read_state is None or accepted_presence(probe, event_type) is None:
        request = probe.copy_of(logged.request)
        accepted = request is not None and probe.is_accepted(probe.send(request))
        return "warning" if accepted and _is_again(known[before:], logged) else None
    observer = observer_of(probe)
    found = observe(observer, probe.events.fresh_again(event))
    if not (probe.is_accepted(found.received) and _is_again(known[before:], logged)):
        return None
    plain = observe(observer, plain_alone(probe, event_type))
    if not plain.effects:
        return "warning"
    if found.effects >= plain.effects:
        return ""
    return "warning" if found.effects else "error"


def key_of(escaped: Escaped) -> tuple[str, str]:
    """
    Make two exceptions of one class and line equal, seen in this process or printed.
    """
    return escaped.kind.rpartition(".")[2], escaped.place.rpartition("/")[2]


def _is_again(logged: list[LoggedException], one: LoggedException) -> bool:
    return any(key_of(other.escaped) == key_of(one.escaped) for other in logged)


def _made(logged: LoggedException, severity: str) -> Failure:
    request = logged.request
    return Failure(
        event_type=request.event_type,
        sent=(request,),
        expected="an event that fails is not accepted, so that it is delivered again",
        received=Received(status=200, escaped=logged.escaped),
        context=CAUGHT,
        severity="error" if severity == "error" else "warning",
    )
