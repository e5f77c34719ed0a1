"""
Opens event types for the experiment: what a plain event does, and whether several can be together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.experiment.effects import differing
from seamproof.checks.dependencies.experiment.preparation import PlainEvent, Trial, prepare
from seamproof.checks.model.arrivals import ArrivalMarks
from seamproof.checks.state.calibration import observer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.dependencies.experiment.effects import Effect
    from seamproof.checks.dependencies.experiment.preparation import PreparedType
    from seamproof.checks.dependencies.experiment.trials import TrialRunner
    from seamproof.checks.dependencies.experiment.variants import PropertyVariant
    from seamproof.checks.generation.event_source import EventSource
    from seamproof.checks.probe.probe import Probe

#: Events with other values of each type that nothing is known of.
_OTHERS: Final = 8
#: Plain events of which the effects are compared before the experiment.
_PLAIN: Final = 4
#: Plain events that are delivered before one reading, to find out whether that can be done.
_APART: Final = 4


def types_acting_on_values(
    runner: TrialRunner, probe: Probe
) -> dict[str, tuple[PropertyVariant, ...]]:
    """
    Find event types of which the plain event changes nothing, and one with other values does.

    A record that all events share has the values of plain events already.

    Returns:
        By event type, the values with which it has an effect.
    """
    known = observer_of(probe).observation
    prepared = [prepare(probe, one) for one in sorted(known.ignored_types)]
    found: dict[str, tuple[PropertyVariant, ...]] = {}
    groups = [[(one, trial) for one in prepared for trial in one.others[:_OTHERS]]]
    while groups:
        group = [pair for pair in groups.pop() if pair[0].plain.event_type not in found]
        if not group:
            continue
        # Those values may be in the state already: a half has been sent before.
        plain = {one.plain.event_type: Trial(one.plain) for one, _ in group}
        runner.changes_of([*plain.values()])
        changes = runner.changes_of([trial for _, trial in group])
        if not ArrivalMarks.of(known).evident_in(changes):
            continue
        if len(group) == 1:
            ((one, trial),) = group
            found[one.plain.event_type] = trial.variants
        else:
            half = len(group) // 2
            groups += [group[half:], group[:half]]
    return found


def open_types(
    runner: TrialRunner, events: EventSource, types: Sequence[PreparedType]
) -> list[PreparedType]:
    """
    Find out what the plain events of some types do.

    All types are tried together, then one by one those of which the effects are not apart.

    Returns:
        Those of which plain events do not have the same effect each time.
    """
    rest = [*types]
    if events.clock is None and not events.fixed_ids:
        rest = _open_together(runner, events, types)
    return [one for one in rest if not open_alone(runner, events, one)]


def _open_together(
    runner: TrialRunner, events: EventSource, types: Sequence[PreparedType]
) -> list[PreparedType]:
    """
    Deliver one event of each type before each reading; return the types that are left to open.
    """
    if not types:
        return []
    runner.changes_of([one.different for one in types])
    at = events.next_second()
    for one in types:
        one.plain.at = at
    trials = [Trial(one.plain) for one in types]
    first, second = runner.effects_of_each(trials), runner.effects_of_each(trials[::-1])
    if first is None or second is None:
        return [*types]
    second.reverse()
    if first[-1].paths != second[-1].paths or first[0].paths != second[0].paths:
        # The state shows only the last event somewhere: of several, the effects are not seen.
        return [*types]
    found = [
        one
        for one, was, now in zip(types, first, second, strict=True)
        if was.accepted and now.leaves and _settle(one.plain, was, now)
    ]
    apart = runner.which_are_apart([Trial(one.plain, (), one.plain.effect) for one in found], 2)
    for one, is_apart in zip(found, apart, strict=True):
        one.plain.is_independent = is_apart
    return [one for one in types if not one.plain.is_independent]


def open_alone(runner: TrialRunner, events: EventSource, prepared: PreparedType) -> bool:
    """
    Deliver plain events until two have the same effect.

    An event with other values comes first, to find out whether events share a record. The events
    have one time, if the handler lets them: what it derives from it stays the same.
    """
    plain = prepared.plain
    runner.observe_alone(prepared.different)
    if events.clock is None:
        plain.at = events.next_second()
        first, second = (runner.observe_alone(Trial(plain)) for _ in range(2))
        if first.accepted and _settle(plain, first, second):
            trial = Trial(plain, (), plain.effect)
            is_apart = not events.fixed_ids and runner.which_are_apart([trial], _APART)[0]
            plain.is_independent = is_apart
            if is_apart or second.leaves:
                return True
    plain.at, plain.hidden = None, {}
    *_, before, last = (runner.observe_alone(Trial(plain)) for _ in range(_PLAIN))
    return last.accepted and _settle(plain, before, last)


def _settle(plain: PlainEvent, first: Effect, second: Effect) -> bool:
    """
    Note the effect of plain events, if two are equal but for values that differ each time.
    """
    if first.paths != second.paths or first.accepted != second.accepted:
        return False
    plain.hidden = differing(first, second)
    plain.effect = second.without(plain.hidden)
    plain.varying = sum(one.is_varying for one in plain.effect.leaves)
    is_equal = plain.effect.key == first.without(plain.hidden).key
    return is_equal and (not plain.hidden or any(not one.is_hidden for one in plain.effect.leaves))
