"""
Values of a state that are made of ids, or look like one: cut, hashed, encoded.

Such a value differs with each event, as random ones do. Where the ids of the events are held, it is
the same each time, so that it is seen which property changes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.experiment.opening import open_alone
from seamproof.checks.dependencies.experiment.preparation import prepare
from seamproof.checks.dependencies.uses import UseKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.dependencies.experiment.preparation import PreparedType
    from seamproof.checks.dependencies.experiment.trials import TrialRunner
    from seamproof.checks.dependencies.uses import PropertyUse, TypeUse
    from seamproof.checks.probe.probe import Probe

#: Why a property is undecided where there is no time to find out.
DERIVED: Final = "the state holds a value that is made of properties, and comes late"


def types_with_derived_values(
    probe: Probe, runner: TrialRunner, types: Iterable[PreparedType]
) -> dict[str, PreparedType]:
    """
    Prepare events with held ids, of the types of which the effect is more steady with them.

    Args:
        probe: Of the run.
        runner: Delivers the trials.
        types: As they were opened; those without an effect have no steady one.
    """
    found: dict[str, PreparedType] = {}
    for one in types:
        plain = one.plain
        if plain.effect is not None and not plain.varying:
            continue
        held = prepare(probe, plain.event_type, changed=one.changed, holds_ids=True)
        is_steady = open_alone(runner, probe.events, held)
        if is_steady and (plain.effect is None or held.plain.varying < plain.varying):
            found[plain.event_type] = held
    return found


def merged(before: TypeUse, held: TypeUse) -> TypeUse:
    """
    Add the properties that are used where ids are held to what was found.
    """
    if before.reason or held.reason:
        return held if before.reason else before
    used = {one.pointer: one for one in held.used}
    both = (one if one.is_used else used.get(one.pointer, one) for one in before.properties)
    return replace(before, properties=tuple(both))


def in_doubt(use: TypeUse) -> TypeUse:
    """
    Leave undecided what makes no other difference.
    """
    return replace(use, properties=tuple(map(_in_doubt, use.properties)))


def _in_doubt(one: PropertyUse) -> PropertyUse:
    is_unused = one.use is UseKind.UNUSED
    return replace(one, use=UseKind.UNDECIDED, reason=DERIVED) if is_unused else one
