"""
Calibrates state observation, once in a run.

Finds out which events change the state, the lag of asynchronous changes and background noise.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from seamproof.checks.generation.well_known import renown
from seamproof.checks.model.observation import Observation
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.tuning import (
    CALIBRATED_TYPES_IF_BRIEF,
    FEW_CALIBRATED_TYPES,
    IDLE_PAUSE,
    LATE_SNAPSHOTS,
    LONG_QUIET_PERIOD,
    NOISE_PATIENCE,
    NOISE_REPETITIONS,
    QUICK_SNAPSHOTS,
)
from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.probe.run_state import PlainDelivery
from seamproof.checks.state.effects import are_own_changes, observe_types
from seamproof.checks.state.lag import find_second_effects, measure_lag
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import StateObserver, discard_snapshot
from seamproof.checks.state.recency import events_have_to_be_recent

if TYPE_CHECKING:
    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.probe.probe import Probe


def observer_of(probe: Probe) -> StateObserver:
    """
    Return the state observer of a run; calibrate it the first time.
    """
    if probe.state.observation is not None:
        return StateObserver(probe, probe.state.observation)
    probe.state.observation = Observation()
    observer = StateObserver(probe, probe.state.observation)
    if probe.read_state is not None:
        probe.state.observation.noise = _noise(observer)
        if (work := getattr(probe.target, "pending_work", None)) is not None:
            work.note_started()
        measure_lag(observer)
        if probe.state.observation.unchanged_seconds:
            accepted = (name for name, one in probe.state.plain_deliveries.items() if one.presence)
            probe.state.observation.ignored_types.update(accepted)
    _observe_event_types(observer)
    if events_have_to_be_recent(observer):
        _observe_event_types(observer)
    if probe.read_state is not None and probe.settings.quick and not observer.is_long_late:
        # Which types have an effect decides what the checks of a quick run have to send.
        types = probe.events.event_types
        observe_types(observer, types, snapshots=QUICK_SNAPSHOTS, together=True)
    return observer


def calibrate_rest(probe: Probe) -> None:
    """
    Observe the event types that a quick calibration has left out, unless each takes long.
    """
    if probe.state.observation is not None:
        observer = StateObserver(probe, probe.state.observation)
        if not observer.is_long_late:
            _observe_event_types(observer)


def calibrate_second_effects(probe: Probe) -> None:
    """
    Observe a few event types again, if a worker changes the state once more after a first effect.
    """
    if probe.state.observation is not None and probe.read_state is not None:
        observer = StateObserver(probe, probe.state.observation)
        for event_type in find_second_effects(observer):
            observe_types(observer, [event_type])


def prefer_effective_type(probe: Probe) -> None:
    """
    Let plain events be of a type that changes the state, the best known one, if there is any.
    """
    changing = observer_of(probe).observation.changes_by_type
    as_plain = PlainDelivery(probe.encoding.presence, None)
    # Those of which a plain event is accepted as it is.
    able = [one for one in changing if probe.state.plain_deliveries.get(one) == as_plain]
    if able and probe.default_type not in able:
        probe.default_type = min(able, key=renown)


def recalibrate(probe: Probe) -> bool:
    """
    Look once more, once in a run, for what else changes the state: very late work, slow clocks.

    From then on late work is waited for, and paths that a clock changes count as noise.

    Returns:
        Whether something was found, so that earlier changes may have come from it.
    """
    known = probe.state.observation
    # Work that is known to come late would count as a clock.
    if known is None or known.is_recalibrated or known.period or probe.settings.settle:
        return False
    known.is_recalibrated = True
    calibrate_second_effects(probe)
    if known.period:
        return True
    observer = StateObserver(probe, known)
    for event_type in [probe.default_type, *observer.most_changing_types(FEW_CALIBRATED_TYPES)]:
        probe.deliver(accepted_event(probe, probe.events.catalogue[event_type]))
    changed = _paths_that_change_while_idle(observer)
    if changed:
        always = _paths_that_change_while_idle(observer)
        known.noise |= always
        if changed - always:
            known.lag = max(known.lag, LONG_QUIET_PERIOD)
        discard_snapshot(observer.probe)
        known.changes_by_type.clear()
        known.ignored_types.clear()
        _observe_event_types(observer)
    return bool(changed)


def unproved(probe: Probe, check: CheckInfo) -> list[Inconclusive]:
    """
    Say why a check of the state proves nothing although it found nothing: the lag is not known.
    """
    known = probe.state.observation
    if not (known and known.is_irregular and check.needs_state):
        return []
    late = StateObserver(probe, known).lag_text
    return [Inconclusive(reason=f"how late changes come varies: {late}", option="settle")]


def _paths_that_change_while_idle(observer: StateObserver) -> frozenset[str]:
    # The work of a delivery that is known to come late is done by then.
    before = observer.snapshot()
    observer.probe.budget.wait_for_work(LONG_QUIET_PERIOD)
    return _changed_paths(observer, before, observer.read())


def _changed_paths(observer: StateObserver, before: Snapshot, after: Snapshot) -> frozenset[str]:
    return frozenset(one.path for one in observer.changes_between(before, after))


def _one_type_per_family(probe: Probe) -> list[str]:
    return [family[0].event_type for family in probe.events.families.values()]


def _observe_event_types(observer: StateObserver) -> None:
    """
    Observe what a plain event of each type changes; of a few types where it has to be quick.
    """
    probe, known = observer.probe, observer.observation
    few = _one_type_per_family(probe)
    types = [one.event_type for one in probe.events.schemas]
    if observer.is_long_late:
        observe_types(observer, types, snapshots=LATE_SNAPSHOTS)
        return
    is_hurried = observer.is_slow or probe.quick
    few_are_enough = known.lag >= LONG_QUIET_PERIOD or observer.is_hasty
    enough = CALIBRATED_TYPES_IF_BRIEF if probe.is_brief else len(types)
    enough = FEW_CALIBRATED_TYPES if few_are_enough else enough
    for event_type in dict.fromkeys([*few, *types]):
        if is_hurried and known.changes_by_type and event_type not in few:
            break
        if len(known.changes_by_type) >= enough:
            break
        if event_type in {*known.changes_by_type, *known.ignored_types}:
            continue
        if accepted_presence(probe, event_type) is None:
            continue
        event = accepted_event(probe, probe.events.catalogue[event_type])
        before = observer.snapshot()
        _, received = probe.deliver(event)
        changes = observer.changes_since(before, roles_of([event]))
        if changes:
            if are_own_changes(observer, event_type, changes):
                known.changes_by_type[event_type] = changes
        elif probe.is_accepted(received):
            known.ignored_types.add(event_type)


def _noise(observer: StateObserver) -> frozenset[str]:
    """
    Find the paths that change in an idle handler, and not those that a worker still changes.
    """
    until, repetitions, last = time.monotonic() + NOISE_PATIENCE, 0, frozenset[str]()
    while True:
        before = observer.read()
        time.sleep(IDLE_PAUSE)
        noise = _changed_paths(observer, before, observer.read())
        repetitions, last = repetitions + 1 if noise == last else 1, noise
        if not noise or repetitions >= NOISE_REPETITIONS or time.monotonic() > until:
            return noise
