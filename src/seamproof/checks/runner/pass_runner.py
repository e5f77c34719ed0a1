"""
Runs the passes of checks, and turns what ends one early into its result.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from seamproof.checks.model.results import Failure, Inconclusive, Skipped
from seamproof.checks.probe.findings import count_known_failures, reports_rollback
from seamproof.checks.probe.presence import genuine_body, rejected_types
from seamproof.checks.probe.sending.pacing import RunStopped
from seamproof.checks.probe.sending.progress import PassProgress
from seamproof.checks.probe.sending.sender import HandlerGone, OutOfTime
from seamproof.checks.runner.liveness import SILENT, LivenessWatch
from seamproof.checks.runner.passes import Pass, named
from seamproof.checks.runner.selection import REPORTS_REFUSED, select_checks
from seamproof.checks.state.calibration import recalibrate, unproved
from seamproof.checks.state.liveness import stopped_working
from seamproof.errors import SeamproofError

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe


class PassRunner:
    """
    Runs the passes of checks.

    Args:
        probe: Of the run.
        option_name: Names an option as the user knows it.

    Attributes:
        probe: Of the run.
        liveness: Looks between the passes whether the handler still works.
    """

    def __init__(self, probe: Probe, option_name: Callable[[str], str]) -> None:
        self.probe = probe
        self.liveness = LivenessWatch(probe)
        self._option_name = option_name

    def run(self, check: Check, progress: PassProgress, *, may_repeat: bool) -> Pass:
        """
        Run a pass, and look whether the handler still works.

        Args:
            check: The row of the battery.
            progress: Is filled with what the pass sends.
            may_repeat: Whether a pass that noise may have decided is run once more.
        """
        try:
            done = self._run_decided(check, progress, may_repeat=may_repeat)
            return with_answers(self.probe, self.liveness.after(check, done))
        except SeamproofError as problem:
            return self.liveness.unreadable(problem, progress)

    def _run_decided(self, check: Check, progress: PassProgress, *, may_repeat: bool) -> Pass:
        """
        Run a pass; once more, if background noise or a late effect may have decided it.
        """
        forget_new_reports = reports_rollback(self.probe)
        limits = self.probe.other_limits
        found = limits.found
        done = self._run_once(check, progress)
        if limits.found > found and done.has_failed and may_repeat and not done.stopped:
            # What was sent to find a limit has effects that a check takes for those of its own.
            forget_new_reports()
            done = self._run_once(check, PassProgress(is_rest=progress.is_rest))
        is_decided = any(map(_settles, done.findings)) or not any(map(_is_uncertain, done.findings))
        undecidable = check.needs_breaker and self.probe.breaker is None
        if is_decided or not check.needs_state or undecidable:
            return done
        with suppress(OutOfTime, HandlerGone, RunStopped):
            if may_repeat and not done.stopped and recalibrate(self.probe):
                forget_new_reports()
                return self._run_once(check, PassProgress(is_rest=progress.is_rest))
        return done

    def _run_once(self, check: Check, progress: PassProgress) -> Pass:
        began, sent = time.perf_counter(), self.probe.sent
        self.probe.progress = progress
        waited = self.probe.budget.waited_for_work
        findings: list[Finding] = []
        is_cut, stopped = False, ""
        try:
            findings.extend(check.run(self.probe))
        except OutOfTime as problem:
            is_cut = not str(problem)
            if not is_cut:
                findings.append(Inconclusive(reason=str(problem), option="settle"))
        except HandlerGone as problem:
            stopped = f"{SILENT}: {problem}"
            stopped_working(self.probe, stopped)
        except RunStopped as reason:
            stopped = self.liveness.why_stopped(reason, self._option_name)
        findings += self._skipped_types(check)
        if not findings:
            findings += unproved(self.probe, check)
        return Pass(
            findings=tuple(findings),
            progress=progress,
            is_cut=is_cut,
            stopped=stopped,
            known_failures=count_known_failures(self.probe),
            waited=self.probe.budget.waited_for_work - waited,
            deliveries=self.probe.sent - sent,
            seconds=time.perf_counter() - began,
        )

    def _skipped_types(self, check: Check) -> list[Inconclusive]:
        """
        Name the event types that a check skips, if the check that reports them does not run.
        """
        settings = self.probe.settings
        if check.refused_types is None or REPORTS_REFUSED in select_checks(
            settings.select, settings.ignore
        ):
            return []
        refused = rejected_types(self.probe)
        if not refused:
            return []
        reason = f"not accepted at all: {named(refused)}; {REPORTS_REFUSED.id} reports how"
        return [Inconclusive(reason=reason)]


def with_answers(probe: Probe, done: Pass) -> Pass:
    """
    Add to each failure what came back for each of its requests, and a plain event to compare with.
    """

    def complete(finding: Finding) -> Finding:
        if not isinstance(finding, Failure):
            return finding
        answers = probe.state.answers.answers_to(finding.sent, finding.received)
        return replace(finding, answers=answers, genuine=genuine_body(probe, finding))

    return replace(done, findings=tuple(map(complete, done.findings)))


def _is_uncertain(finding: Finding) -> bool:
    """
    Whether background noise or a late effect may have decided a check.
    """
    is_about_state = isinstance(finding, Inconclusive) and finding.is_about_state
    return isinstance(finding, Failure) or is_about_state


def _settles(finding: Finding) -> bool:
    """
    Whether a finding leaves the rest of a check to later, or to no run.
    """
    is_put_off = isinstance(finding, Inconclusive) and finding.comes_later
    return isinstance(finding, Skipped) or is_put_off
