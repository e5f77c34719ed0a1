"""
Properties without which a handler fails after its answer: in a thread, a task, a worker.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seamproof.checks.dependencies.experiment.preparation import Trial
from seamproof.checks.dependencies.uses import UseKind
from seamproof.checks.state.liveness import collect_background

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.dependencies.experiment.preparation import PreparedType
    from seamproof.checks.dependencies.experiment.trials import TrialRunner
    from seamproof.checks.dependencies.uses import TypeUse
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.targets.background import BackgroundWork


def with_background_failures(
    runner: TrialRunner,
    uses: Mapping[str, TypeUse],
    prepared: Mapping[str, PreparedType],
    probe: Probe,
) -> dict[str, TypeUse]:
    """
    Let properties be required without which the handler raises after its answer.

    Without them an event has no effect, and an exception of the background is of its request. An
    event from which nothing is left out raises none.
    """
    background: BackgroundWork | None = getattr(probe.target, "background", None)
    if background is None:
        return dict(uses)
    known = probe.state.liveness
    collect_background(probe, is_final=True)
    before = len(known.logged)
    background.keeps_each = True
    sent: dict[str, tuple[str, str]] = {}
    for event_type, pointer, trial in _candidates(uses, prepared):
        effect = runner.observe_alone(trial)
        if effect.accepted and (not effect.leaves or not pointer):
            sent |= {one.message_id: (event_type, pointer) for one in runner.requests}
    failures = [one.request for one in background.failures(is_final=True)]
    failures += [one.request for one in (*background.take_logged(), *known.logged[before:])]
    background.keeps_each = False
    raised = {sent[one.message_id] for one in failures if one and one.message_id in sent}
    required = {one for one in raised if (one[0], "") not in raised}
    return {
        name: replace(
            one,
            properties=tuple(
                replace(use, use=UseKind.REQUIRED) if (name, use.pointer) in required else use
                for use in one.properties
            ),
        )
        for name, one in uses.items()
    }


def _candidates(
    uses: Mapping[str, TypeUse], prepared: Mapping[str, PreparedType]
) -> Iterator[tuple[str, str, Trial]]:
    """
    List trials without a property that is read; before those of a type, its plain event.
    """
    for event_type, one in uses.items():
        read = [use.pointer for use in one.used if use.use is UseKind.READ]
        if not read or one.reason:
            continue
        found = prepared[event_type]
        yield event_type, "", Trial(found.plain)
        for pointer in read:
            for variant in found.variants[pointer]:
                if variant.kind == "absent":
                    yield event_type, pointer, Trial(found.plain, (variant,))
