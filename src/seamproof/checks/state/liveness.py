"""
Liveness: whether a plain event still has the effect that it had at the beginning of the run.

A worker of the handler may die while the handler goes on answering 200.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.renewal import new_id
from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.exchange import Received
from seamproof.checks.model.results import Failure, Inconclusive
from seamproof.checks.model.state_changes import StateDeviation
from seamproof.checks.model.tuning import (
    LIVENESS_OTHER_TYPES,
    LIVENESS_PATIENCE,
    LIVENESS_PAUSE,
    LIVENESS_REPETITIONS,
    LIVENESS_TYPES,
    WORK_PATIENCE,
)
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.probe.sending.sender import OutOfTime
from seamproof.checks.state.calibration import observer_of, prefer_effective_type
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import discard_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import BackgroundFailure, Request
    from seamproof.checks.model.observation import Liveness
    from seamproof.checks.model.results import Finding
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import Json

WORKS: Final = "a plain event has the effect that it had at the beginning"
STOPPED: Final = "the handler no longer does its work"
_NOT_SHOWN: Final = "the state does not show each event, as a list of the last ones does not"
_STILL_BUSY: Final = "the handler was still at work on earlier deliveries when the run ended"


def learn_effects(probe: Probe) -> None:
    """
    Find out what plain events change; a state that changes too late leaves that open.
    """
    try:
        if probe.read_state is not None:
            prefer_effective_type(probe)
        remember_effects(probe)
    except OutOfTime as problem:
        if not str(problem):
            raise
        probe.state.liveness.undecided = ""


def remember_effects(probe: Probe) -> None:
    """
    Remember what plain events of a few types change, as long as the handler works.

    A path counts if it changes at each event, not only at the first one.
    """
    known = probe.state.liveness
    if probe.read_state is not None:
        observer = observer_of(probe)
        count = 1 if observer.is_late else LIVENESS_TYPES
        for event_type in observer.most_changing_types(count):
            first = observer.observation.changes_by_type[event_type]
            # Nothing is waited for: what only the first event changes never changes again.
            _, _, again = _deliver(observer, event_type, ())
            paths = _paths(first) & _paths(again)
            if paths:
                known.effects[event_type] = tuple(one for one in again if one.path in paths)
    known.undecided = ""
    _prove(probe, known)


def check_liveness(probe: Probe, *, is_final: bool = False) -> list[Finding]:
    """
    Deliver plain events, and compare their effects with those of the beginning.

    Returns:
        A failure, also remembered, if an effect is missing, or why that cannot be decided.
    """
    known = probe.state.liveness
    if known.failure is not None:
        return [known.failure]
    collect_background(probe, is_final=is_final)
    if not known.effects:
        request, received = probe.deliver(probe.plain())
        if not probe.is_accepted(received):
            return _fail(probe, known, request, received)
        _prove(probe, known)
        return []
    observer = observer_of(probe)
    types = list(known.effects)
    for event_type in types if is_final or not probe.one_of_each else types[:1]:
        found = _check_type(observer, known, event_type)
        if found:
            return found
    _prove(probe, known)
    return []


def collect_background(probe: Probe, *, is_final: bool = False) -> list[BackgroundFailure]:
    """
    Collect the exceptions of background work since the last call, and remember them.
    """
    background = getattr(probe.target, "background", None)
    found: list[BackgroundFailure] = background.failures(is_final=is_final) if background else []
    probe.state.liveness.background += found
    return found


def background_failure(probe: Probe, found: BackgroundFailure) -> Failure:
    """
    Make a failure of an exception of background work.
    """
    sent = (found.request,) if found.request else ()
    answer = probe.state.exchanges.answer_to(found.request) if found.request else None
    received = answer or Received(status=None, reason="the exception came after the answer")
    where = _SOURCES[found.source]
    return Failure(
        event_type=found.request.event_type if found.request else None,
        sent=sent,
        expected="work after the answer ends without an exception",
        received=replace(received, escaped=found.escaped),
        context=where,
        severity="warning" if found.source == "finalizer" else "error",
    )


#: By source, where an exception was raised.
_SOURCES: Final = {
    "thread": "in a thread",
    "task": "in a task that nothing awaits",
    "callback": "in a callback of the event loop",
    "executor": "in a job of an executor whose result is not read",
    "finalizer": "in a finalizer",
    "exit": "ends the process",
}


def stopped_working(probe: Probe, reason: str, *, finding: str = "", cure: str = "") -> None:
    """
    Remember that the run is stopped, because the handler accepts nothing any more.

    The failure is about the first crash since it was last known to work.

    Args:
        probe: Of the run.
        reason: Why the run is stopped.
        finding: What is wrong, where that is another thing than the handler's work.
        cure: How to fix it, likewise.
    """
    known = probe.state.liveness
    exchanges = probe.state.exchanges
    if known.failure is None and exchanges.since_proof:
        request, received = exchanges.crash or exchanges.since_proof[-1]
        last, answer = exchanges.since_proof[-1]
        sent = (request,) if last is request else (request, last)
        then = f"afterwards: {answer_text(answer)}" if last is not request else reason
        found = failure_of(sent, received, WORKS, context=then, cure=cure)
        known.failure = replace(found, finding=finding)


def _check_type(observer: StateObserver, known: Liveness, event_type: str) -> list[Finding]:
    probe, expected = observer.probe, known.effects[event_type]
    missing = _paths(expected)
    # The backlog of a worker in another process cannot be seen.
    longest = LIVENESS_PATIENCE if getattr(probe.target, "in_process", True) else WORK_PATIENCE
    for left in reversed(range(LIVENESS_REPETITIONS)):
        # The last one occurs now: a handler that keeps the latest time of all has no later one.
        now, patience = (None, LIVENESS_PATIENCE) if left else (datetime.now(UTC), longest)
        request, received, changes = _deliver(
            observer, event_type, expected, until=now, patience=patience
        )
        if not probe.is_accepted(received):
            return _fail(probe, known, request, received)
        missing &= _paths(expected) - _paths(changes)
        if not missing:
            return []
    if _is_full(observer, event_type) or _has_other_effect(observer, event_type, missing):
        return [Inconclusive(reason=_NOT_SHOWN)]
    if _is_busy(observer):
        return [Inconclusive(reason=_STILL_BUSY)]
    if probe.events.fixed_ids:
        reason = "events of one record are sent again and again, because its id is set"
        return [Inconclusive(reason=reason)]
    lost = tuple(one for one in expected if one.path in missing)
    return _fail(probe, known, request, received, lost)


def _deliver(
    observer: StateObserver,
    event_type: str,
    expected: StateDiff,
    *,
    until: datetime | None = None,
    patience: float = LIVENESS_PATIENCE,
) -> tuple[Request, Received, StateDiff]:
    """
    Deliver a plain event, and wait until every path has changed that should.
    """
    probe = observer.probe
    accepted = accepted_event(probe, probe.events.catalogue[event_type])
    event = probe.events.fresh(accepted, until=until)
    if "workspace_id" in event and not probe.events.fixed_ids:
        # In a workspace of its own no other event is newer.
        event["workspace_id"] = new_id()
    before = observer.snapshot()
    request, received = probe.deliver(event)
    roles = roles_of([event])
    changes = observer.changes_since(before, roles)
    begun = time.monotonic()
    while _paths(expected) - _paths(changes) and (
        time.monotonic() < begun + patience or observer.is_at_work_since(begun)
    ):
        probe.budget.wait_for_work(LIVENESS_PAUSE)
        discard_snapshot(probe)
        changes = observer.changes_since(before, roles)
    return request, received, changes


def _is_full(observer: StateObserver, event_type: str) -> bool:
    """
    Whether a list has only equal items of this type: one more pushes out an equal one.
    """
    return any(
        len(items) > 1 and len(set(items)) == 1 and event_type in items[0]
        for items in _lists_in(observer.snapshot().data)
    )


def _lists_in(data: Json) -> Iterator[list[str]]:
    members = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    if isinstance(data, list):
        yield [json.dumps(one, sort_keys=True) for one in data]
    for one in members:
        if isinstance(one, dict | list):
            yield from _lists_in(one)


def _has_other_effect(observer: StateObserver, event_type: str, missing: set[str]) -> bool:
    """
    Whether another type still changes what this one no longer does: the state shows only a part.
    """
    family = event_type.partition(".")[0]
    types = [one for one in observer.probe.events.event_types if one != event_type]
    types = [one for one in types if accepted_presence(observer.probe, one) is not None]
    related = [one for one in types if one.partition(".")[0] == family] or types
    return any(
        missing & _paths(_deliver(observer, one, ())[2]) for one in related[:LIVENESS_OTHER_TYPES]
    )


def _is_busy(observer: StateObserver) -> bool:
    """
    Whether the state still changes, although nothing is sent: a worker has a backlog.
    """
    discard_snapshot(observer.probe)
    before = observer.snapshot()
    until = time.monotonic() + LIVENESS_PATIENCE
    while time.monotonic() < until:
        observer.probe.budget.wait_for_work(LIVENESS_PAUSE)
        discard_snapshot(observer.probe)
        if observer.changes_between(before, observer.snapshot()):
            return True
    return False


def _fail(
    probe: Probe, known: Liveness, request: Request, received: Received, lost: StateDiff = ()
) -> list[Finding]:
    """
    Remember and return a failure, with the exception that has caused it, as far as it is known.
    """
    exchanges = probe.state.exchanges
    collect_background(probe, is_final=True)
    caused = next((one for one in known.background if one.request), None)
    context = "" if lost else f"afterwards: {answer_text(received)}"
    if caused is not None and caused.request is not None:
        cause = replace(background_failure(probe, caused), context="")
        sent, shown = (*cause.sent, request), cause.received
    elif exchanges.crash is not None and exchanges.crash[0] is not request:
        sent, shown = (exchanges.crash[0], request), exchanges.crash[1]
    else:
        sent, shown = exchanges.sent(), received
        sent = sent if sent and sent[-1] is request else (*sent, request)
        context = "" if lost else "a plain event"
    known.failure = failure_of(
        sent,
        shown,
        WORKS,
        context=context,
        deviation=StateDeviation(missing=lost) if lost else None,
        is_about_answer=not lost or shown is not received,
    )
    return [known.failure]


def _prove(probe: Probe, known: Liveness) -> None:
    known.proven_at = probe.sent
    probe.state.exchanges.prove()


def _paths(changes: StateDiff) -> set[str]:
    return {one.path for one in changes}
