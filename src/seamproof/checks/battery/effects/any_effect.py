"""
Effect checks: some event type changes the state, and each that is expected to does.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.effects.diagnosis import find_reason
from seamproof.checks.battery.effects.logs import find_log
from seamproof.checks.battery.effects.misspelt_types import MisspeltType, misspelt_types
from seamproof.checks.model.arrivals import (
    COUNTED,
    ONLY_RECORDED,
    ArrivalMarks,
    effects_in,
)
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.tuning import EFFECT_PATIENCE, EFFECT_PAUSE
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.effects import learn_lag, observe_types, working_types
from seamproof.checks.state.normaliser import event_roles, roles_of
from seamproof.checks.state.observer import NO_STATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonMapping

NOTHING_DONE: Final = "nothing is done"
_ONLY_IDS: Final = "the state shows which messages arrived, and not what was done with them"
#: Parts of a state that are empty as long as all goes well.
_OF_EXCEPTIONS: Final = re.compile(
    r"error|fail|dead|reject|refus|retr|invalid|ignor|skip|drop|pending|queue|unknown|lock",
    re.IGNORECASE,
)
#: How many event types a reason names.
_NAMED: Final = 3
_NOT_EXPECTED: Final = "no event type is expected to have an effect"


def any_effect(probe: Probe) -> Iterator[Finding]:
    """
    An event of some type changes the state.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    if not working_types(probe):
        observe_types(observer, probe.events.event_types)
    find_log(observer)
    if working_types(probe):
        return
    if crashed := _crashed_types(probe):
        # The handler did something with them: the check of event types reports what.
        some = ", ".join(crashed[:_NAMED]) + (" and others" if len(crashed) > _NAMED else "")
        yield Inconclusive(reason=f"no event changes the state, but {some} made the handler crash")
        return
    types, waited = probe.events.event_types, observer.observation.unchanged_seconds
    if waited:
        # Whatever was sent has changed nothing for that long: one answer is enough to show.
        sent = [probe.deliver(probe.plain())]
    else:
        sent, waited, changed = _deliver_and_wait(observer, types)
        if not sent:
            yield Inconclusive(reason=observer.no_change_reason)
        if changed or not sent:
            return
    marks = ArrivalMarks.of(observer.observation)
    if observer.observation.changes_by_type and _may_be_all(observer, marks):
        yield Inconclusive(reason=marks.reason or _ONLY_IDS)
        return
    request, received = sent[-1]
    misspelt = misspelt_types(probe)
    reason = "" if misspelt else find_reason(observer)
    found = failure_of(
        request,
        received,
        f"an event of some type changes the state; {_accepted(probe)} types were accepted, and "
        f"{_watched(waited)}",
        context=f"{NOTHING_DONE} for any event type" + (f"; {reason}" if reason else ""),
        is_about_answer=False,
        cure=_type_names(misspelt),
    )
    yield replace(found, event_type=None)


def expected_effects(probe: Probe) -> Iterator[Finding]:
    """
    An event of each expected type changes the state.
    """
    patterns = probe.settings.expect
    if not patterns:
        yield Skipped(reason=f"{_NOT_EXPECTED}: --expect names those that have to")
        return
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    matching = {
        one.event_type
        for pattern in patterns
        for one in probe.events.catalogue.match(pattern, undocumented=True)
    }
    types = [one for one in probe.events.event_types if one in matching]
    observe_types(observer, types)
    find_log(observer)
    marks = ArrivalMarks.of(observer.observation)
    if marks.reason and _may_be_all(observer, marks):
        yield Inconclusive(reason=marks.reason)
        return
    missing = [one for one in types if one not in working_types(probe)]
    _, waited, changed = _deliver_and_wait(observer, missing) if missing else ((), 0.0, False)
    misspelt = misspelt_types(probe) if missing else []
    for event_type in missing:
        if accepted_presence(probe, event_type) is None:
            failed = probe.state.plain_deliveries[event_type].failed
            if failed:
                yield failure_of(*failed, _expectation(event_type), context="not accepted")
            continue
        done = _deliver_and_wait(observer, [event_type]) if changed else None
        if done and done[2]:
            continue
        request, received = probe.deliver(accepted_event(probe, probe.events.catalogue[event_type]))
        changes = observer.observation.changes_by_type.get(event_type, ())
        recorded = COUNTED if effects_in(changes) else ONLY_RECORDED if changes else ""
        yield failure_of(
            request,
            received,
            f"{_expectation(event_type)}; {_watched(done[1] if done else waited)}",
            context=f"{NOTHING_DONE}: {recorded}" if recorded else NOTHING_DONE,
            is_about_answer=False,
            cure=_type_names([one for one in misspelt if one.event_type == event_type]),
        )


def _type_names(misspelt: Sequence[MisspeltType]) -> str:
    """
    Say how to fix names that are no event types; empty if there are none.
    """
    several = "; ".join(map(str, misspelt[:_NAMED]))
    return f"Use the event types that Seam sends: {several}." if several else ""


def _crashed_types(probe: Probe) -> list[str]:
    """
    List event types whose plain events made the handler crash: it may act on them once fixed.
    """
    return [
        event_type
        for event_type, one in probe.state.plain_deliveries.items()
        if one.presence is None and one.failed and one.failed[1].is_crash
    ]


def _may_be_all(observer: StateObserver, marks: ArrivalMarks) -> bool:
    """
    Whether to count or to store events may be all that the handler has to do.
    """
    is_enough = marks.counts_by_type or observer.observation.log_is_of_records
    return is_enough or not _empty_parts(observer)


def _accepted(probe: Probe) -> int:
    return sum(one.presence is not None for one in probe.state.plain_deliveries.values())


def _watched(seconds: float) -> str:
    if seconds < 1:
        return "no work is left that could change it"
    return f"the state was watched for {seconds:.0f} s"


def _expectation(event_type: str) -> str:
    return f"an event of the type {event_type} changes the state"


def _deliver_and_wait(
    observer: StateObserver, types: Iterable[str]
) -> tuple[list[tuple[Request, Received]], float, bool]:
    """
    Deliver an event of each type once more, and wait for a change of the state.

    Returns:
        What was accepted, the seconds waited for a change, and whether there was an effect.
    """
    probe = observer.probe
    events: list[JsonMapping] = []
    sent: list[tuple[Request, Received]] = []
    before = observer.snapshot()
    for event_type in types:
        if accepted_presence(probe, event_type) is not None:
            events.append(accepted_event(probe, probe.events.catalogue[event_type]))
            sent.append(probe.deliver(events[-1]))
    roles = roles_of(events, [request for request, _ in sent])
    roles |= {value: role for one in events for value, role in event_roles(one).items()}
    begun = time.monotonic()
    known = observer.observation
    patience = max(EFFECT_PATIENCE, probe.settings.settle or 0.0, known.lag + known.period)
    after = observer.read()
    work_in = ArrivalMarks.of(known).work_in
    while not work_in(observer.changes_between(before, after, roles)):
        if after.is_final or time.monotonic() - begun > patience:
            return sent, time.monotonic() - begun, False
        probe.budget.wait_for_work(EFFECT_PAUSE)
        after = observer.read()
    waited = time.monotonic() - begun
    if waited > EFFECT_PAUSE:
        learn_lag(observer, waited)
    return sent, waited, True


def _empty_parts(observer: StateObserver) -> list[str]:
    """
    List the parts of the state that are still empty: where effects were to be expected.
    """
    data = observer.read().data
    if not isinstance(data, dict):
        return []
    return [
        name
        for name, value in data.items()
        if value in ({}, []) and not _OF_EXCEPTIONS.search(name)
    ]
