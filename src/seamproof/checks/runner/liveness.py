"""
Looks after each pass of a check whether the handler still works, and what its background work does.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.failure_recovery import recovered
from seamproof.checks.model.results import Failure, Inconclusive
from seamproof.checks.model.tuning import LIVENESS_FACTOR_IF_BRIEF, LIVENESS_REQUESTS
from seamproof.checks.probe.sending.pacing import RateLimited, RunStopped
from seamproof.checks.probe.sending.progress import PassProgress
from seamproof.checks.probe.sending.sender import HandlerGone, OutOfTime
from seamproof.checks.runner.passes import Pass
from seamproof.checks.runner.selection import REPORTS_BACKGROUND, select_checks
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.liveness import (
    STOPPED,
    check_liveness,
    collect_background,
    stopped_working,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.runner.passes import CheckPasses
    from seamproof.errors import SeamproofError

UNREADABLE: Final = "the state can no longer be read"
SILENT: Final = "the handler no longer answers"
_READ_AGAIN: Final = (
    "Let --state return whatever the handler has stored, null as well; where it uses the handler's "
    "session or connection, roll that back after an error."
)
_REJECTS: Final = "the handler no longer accepts genuine deliveries, which it accepted at first"
_NOT_RECOVERED: Final = "the handler does not recover after its dependency has failed"
_UNDECIDED: Final = f"{STOPPED}; delivery.still_working reports since when"


class LivenessWatch:
    """
    Watches a handler between the passes of checks.

    Args:
        probe: Of the run.
    """

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._family = ""

    def after(self, check: Check, done: Pass) -> Pass:
        """
        Look at the handler after a pass, if it is time to.

        Returns:
            The pass; without what it could not decide, if the handler no longer works.
        """
        probe = self._probe
        probe.state.liveness.has_watched |= not (check.sends_nothing or check.comes_last)
        if done.stopped:
            return self._without_consequences(done)
        if check.sends_nothing or check.comes_last or (check.needs_breaker and done.has_failed):
            return done
        found = collect_background(probe)
        if found and REPORTS_BACKGROUND not in select_checks(
            probe.settings.select, probe.settings.ignore
        ):
            reason = f"an exception after the answer ({found[0].escaped.text})"
            more = Inconclusive(reason=f"{reason}: {REPORTS_BACKGROUND.id} reports it")
            done = replace(done, findings=(*done.findings, more))
        if not self._is_due(check):
            return done
        probe.progress = PassProgress()
        try:
            failures = [one for one in check_liveness(probe) if isinstance(one, Failure)]
        except (OutOfTime, RunStopped):
            return done
        except HandlerGone as problem:
            stopped_working(probe, str(problem))
            return self._without_consequences(replace(done, stopped=f"{SILENT}: {problem}"))
        if failures:
            findings = tuple(_decided(check, done.findings))
            received = failures[-1].received
            is_silent = received and received.status is None and received.escaped is None
            stopped = f"{SILENT}: {received.reason}" if received and is_silent else STOPPED
            done = replace(done, findings=findings, stopped=stopped)
        return done

    def unreadable(self, problem: SeamproofError, progress: PassProgress) -> Pass:
        """
        Make the pass of a check in which the state, which could be read before, cannot be read.

        Raises:
            SeamproofError: The problem is another one.
        """
        if problem.option != "state":
            raise problem
        reason = f"{UNREADABLE}: {problem.what}"
        found = f"{reason} ({problem.found})" if problem.found else reason
        cure = f"{_READ_AGAIN} It failed in {problem.where}." if problem.where else _READ_AGAIN
        stopped_working(self._probe, found, finding=UNREADABLE, cure=cure)
        return Pass(findings=(), progress=progress, stopped=found)

    def stopped(self, reason: str, passes: CheckPasses) -> None:
        """
        Note why a run is stopped after a check, and leave out failures that are a consequence.
        """
        if passes.check.needs_breaker:
            self._probe.state.liveness.undecided = reason
            return
        stopped_working(self._probe, reason)
        passes.passes[:] = map(self._without_consequences, passes.passes)

    def why_stopped(self, reason: RunStopped, option_name: Callable[[str], str]) -> str:
        """
        Describe why a run is stopped; what a crash has blocked is no limit of the rate.
        """
        is_limit = isinstance(reason, RateLimited) and reason.status is not None
        if not (is_limit and self._probe.state.exchanges.is_blocked_by_crash):
            return reason.text(option_name)
        stopped_working(self._probe, STOPPED)
        return STOPPED

    def why_broken(self, check: Check, option_name: Callable[[str], str]) -> str:
        """
        After a failure, return why the run has to stop: the handler accepts nothing any more.
        """
        try:
            # After a failure of the dependency, 429 may come from a circuit breaker.
            with self._probe.pacer.expected() if check.needs_breaker else nullcontext():
                _, received = self._probe.deliver(self._probe.plain())
            # A missing response is reported where it happens, and counted by the probe.
            silent = received.status is None and not check.needs_breaker
            if silent or self._probe.is_accepted(received) or recovered(self._probe):
                return ""
        except OutOfTime:
            return ""
        except HandlerGone as problem:
            return f"{SILENT}: {problem}"
        except RunStopped as reason:
            return reason.text(option_name)
        return _NOT_RECOVERED if check.needs_breaker else _REJECTS

    def _without_consequences(self, done: Pass) -> Pass:
        """
        Leave out the failures that were met after the first crash since the handler last worked.
        """
        exchanges = self._probe.state.exchanges
        kept = tuple(
            one
            for one in done.findings
            if not (isinstance(one, Failure) and exchanges.is_after_crash(one))
        )
        if len(kept) == len(done.findings):
            return done
        return replace(done, findings=(*kept, Inconclusive(reason=_UNDECIDED)))

    def _is_due(self, check: Check) -> bool:
        """
        Whether much was sent, or a family of checks has ended, since the handler last worked.

        Where changes come late, the end of the run is early enough.
        """
        probe = self._probe
        family = check.id.partition(".")[0]
        is_new_family, self._family = family != self._family, family
        since = probe.sent - probe.state.liveness.proven_at
        if probe.budget.is_used_up or not since:
            return False
        if probe.state.observation is not None and observer_of(probe).is_late:
            return False
        most = LIVENESS_REQUESTS * (LIVENESS_FACTOR_IF_BRIEF if probe.overlap.is_brief else 1)
        return is_new_family or since >= most


def _decided(check: Check, findings: Iterable[Finding]) -> list[Finding]:
    """
    Leave out what the state has decided: it may no longer change at all.
    """
    if not check.needs_state:
        return list(findings)
    kept = [one for one in findings if not (isinstance(one, Failure) and one.deviation)]
    return [*kept, Inconclusive(reason=_UNDECIDED)]
