"""
Liveness checks: exceptions after the answer, and whether the handler still works at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.swallowed_errors import swallowed_exceptions
from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.model.tuning import LIVENESS_GRACE
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.liveness import (
    background_failure,
    check_liveness,
    collect_background,
)
from seamproof.checks.state.observer import NO_CHANGE, NO_STATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe

_ELSEWHERE: Final = "exceptions after the answer are seen in this process only"
#: What a handler cannot stand is sent by other checks.
_ALONE: Final = "no other check has sent anything: select some, to see what the handler stands"


def background_work(probe: Probe) -> Iterator[Finding]:
    """
    No thread, task or job of an executor has raised during the run.
    """
    yield from swallowed_exceptions(probe)
    if getattr(probe.target, "background", None) is None:
        if probe.read_state is None:
            yield Inconclusive(reason=_ELSEWHERE, option="state")
        else:
            yield Skipped(reason=f"{_ELSEWHERE}; effect.unusual_event looks for missing effects")
        return
    collect_background(probe, is_final=True)
    for found in probe.state.liveness.background:
        yield background_failure(probe, found)
    if not probe.state.liveness.has_watched:
        yield Inconclusive(reason=_ALONE)


def still_working(probe: Probe) -> Iterator[Finding]:
    """
    After everything else, plain events have the effects that they had at the beginning.
    """
    known = probe.state.liveness
    if known.undecided:
        yield Skipped(reason=known.undecided)
        return
    with probe.budget.leaving(LIVENESS_GRACE):
        yield from check_liveness(probe, is_final=True)
    if known.failure is None and not known.has_watched:
        yield Inconclusive(reason=_ALONE)
    if known.failure is not None or known.effects:
        return
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
    else:
        # A worker with a long backlog is another reason, and ends the check.
        observer_of(probe).snapshot()
        yield Inconclusive(reason=NO_CHANGE)
