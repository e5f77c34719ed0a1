"""
Runs the checks of the battery on a handler, and stops where the rest would prove nothing.
"""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.delivery.failure_recovery import recovered
from seamproof.checks.generation.event_source import EventSource
from seamproof.checks.model.results import Failure, Inconclusive, Report, Result, Skipped
from seamproof.checks.probe.findings import reports_rollback
from seamproof.checks.probe.pacing import Pacer, RateLimited
from seamproof.checks.probe.preflight import Preflight, run_preflight
from seamproof.checks.probe.presence import rejected_types
from seamproof.checks.probe.probe import HandlerGone, OutOfTime, Probe
from seamproof.checks.runner.selection import (
    POSITIONS,
    PREFLIGHT,
    REPORTS_REFUSED,
    in_run_order,
    select_checks,
)
from seamproof.checks.state.calibration import observer_of, recalibrate
from seamproof.checks.state.effects import event_outcomes
from seamproof.errors import argument_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.options import Settings
    from seamproof.checks.model.results import Finding, Status
    from seamproof.checks.model.snapshot import StateReader
    from seamproof.checks.probe.probe import RequestSender

#: How many event types a note names.
_NAMED: Final = 3
_REJECTS: Final = "the handler no longer accepts genuine deliveries, which it accepted at first"
_NOT_RECOVERED: Final = "the handler does not recover after its dependency has failed"
_SILENT: Final = "the handler no longer answers"
_OUT_OF_TIME: Final = "the time limit was reached"


def run_battery(
    target: RequestSender,
    settings: Settings,
    *,
    name: str = "",
    state: StateReader | None = None,
    breaker: Callable[[bool], object] | None = None,
    on_result: Callable[[Result], object] | None = None,
) -> Report:
    """
    Run the checks that the settings select on a handler.

    Args:
        target: The handler.
        settings: Which checks run, with which events and which secret.
        name: The target as the user named it; by default what it calls itself.
        state: Takes snapshots of the handler's state.
        breaker: Makes the handler's dependency fail (True) and work again (False).
        on_result: Is called with each result as soon as it is known.

    Raises:
        UsageError: An id or glob matches no check.
        UnknownEventType: The pattern matches no event type.
        UnknownProperty: An override is of a property that no event type has.
        TargetUnreachable: Nothing answers at the address of the target.
    """
    run = start_run(target, settings, state=state, breaker=breaker, on_result=on_result)
    run.all()
    return run.report(name or str(getattr(target, "name", "")))


def start_run(
    target: RequestSender,
    settings: Settings,
    *,
    state: StateReader | None = None,
    breaker: Callable[[bool], object] | None = None,
    on_result: Callable[[Result], object] | None = None,
    option_name: Callable[[str], str] = argument_name,
) -> Run:
    """
    Prepare a run; nothing is sent yet.

    Arguments and errors are those of `run_battery`; `option_name` names an option in a note as
    the user knows it.
    """
    probe = Probe(
        target,
        settings,
        EventSource(settings, time.time()),
        read_state=state,
        breaker=breaker,
        quick=settings.quick,
        pacer=Pacer(settings.rate),
    )
    if settings.max_time is not None:
        probe.deadline = time.monotonic() + settings.max_time
    return Run(probe, on_result or (lambda _: None), option_name)


class Run:
    """
    One run of checks, and its results so far.

    Attributes:
        probe: Signs, sends and counts the requests.
        results: In the order in which the checks ran.
        stopped: Why nothing more is sent; empty while the run goes on.
        preflight: How the plain genuine delivery went; None until it was sent.
    """

    def __init__(
        self,
        probe: Probe,
        on_result: Callable[[Result], object],
        option_name: Callable[[str], str],
    ) -> None:
        self.probe = probe
        self.results: list[Result] = []
        self.stopped = ""
        self.preflight: Preflight | None = None
        self._on_result = on_result
        self._option_name = option_name
        self._started = time.time()
        self._began = time.perf_counter()

    def all(self) -> None:
        """
        Run the selected checks. Where the plain genuine delivery fails, its check reports that.
        """
        settings = self.probe.settings
        checks = select_checks(settings.select, settings.ignore)
        selected = {check.id: check for check in checks}
        if self.open().failure:
            selected[PREFLIGHT.id] = PREFLIGHT
        for check in in_run_order(selected.values()):
            self.step(check)

    def open(self) -> Preflight:
        """
        Send the plain genuine delivery, the first time that this is called.
        """
        if self.preflight is None:
            self.preflight = self._open()
            self.stopped = self.preflight.stopped
        return self.preflight

    def step(self, check: Check) -> Result:
        """
        Run one check, in any order; or note why it is skipped.
        """
        failure = self.open().failure
        if self.stopped and check.is_preflight and failure is not None:
            result = Result(check=check, status="failed", failures=(failure,))
        elif self.stopped and not (check.sends_nothing and self.probe.slowest):
            result = Result(check=check, status="skipped", note=self.stopped)
        else:
            result = self._run(check)
        self.results.append(result)
        self._on_result(result)
        if result.status == "failed" and not self.stopped:
            self.stopped = self._why_broken(check)
        return result

    def report(self, name: str) -> Report:
        """
        Report the checks that have run, in the order of the battery.
        """
        return Report(
            target=name,
            seed=self.probe.settings.seed,
            results=tuple(sorted(self.results, key=lambda result: POSITIONS[result.check.id])),
            deliveries=self.probe.sent,
            seconds=time.perf_counter() - self._began,
            stopped=self.stopped,
            started=self._started,
            event_types=event_outcomes(self.probe),
        )

    def _open(self) -> Preflight:
        try:
            preflight = run_preflight(self.probe)
            if self.probe.read_state and not preflight.stopped:
                observer_of(self.probe)
            return preflight  # noqa: TRY300 - nothing else may raise
        except OutOfTime:
            return Preflight(stopped=_OUT_OF_TIME)
        except HandlerGone as problem:
            return Preflight(stopped=f"the handler does not answer: {problem}")
        except RateLimited as limit:
            return Preflight(stopped=limit.text(self._option_name))

    def _why_broken(self, check: Check) -> str:
        """
        After a failure, return why the run has to stop: the handler accepts nothing any more.
        """
        try:
            # After a failure of the dependency, 429 may come from a circuit breaker.
            with self.probe.pacer.expected() if check.needs_breaker else nullcontext():
                _, received = self.probe.deliver(self.probe.plain())
            # A missing response is reported where it happens, and counted by the probe.
            silent = received.status is None and not check.needs_breaker
            if silent or self.probe.is_accepted(received) or recovered(self.probe):
                return ""
        except OutOfTime:
            return ""
        except HandlerGone as problem:
            return f"{_SILENT}: {problem}"
        except RateLimited as limit:
            return limit.text(self._option_name)
        return _NOT_RECOVERED if check.needs_breaker else _REJECTS

    def _run(self, check: Check) -> Result:
        """
        Run a check; once more, if background noise or a late effect may have decided it.
        """
        forget_new_reports = reports_rollback(self.probe)
        result = self._run_once(check)
        undecidable = check.needs_breaker and self.probe.breaker is None
        if result.status in ("passed", "skipped") or not check.needs_state or undecidable:
            return result
        with suppress(OutOfTime, HandlerGone, RateLimited):
            if not self.stopped and recalibrate(self.probe):
                forget_new_reports()
                return self._run_once(check)
        return result

    def _run_once(self, check: Check) -> Result:
        began, sent = time.perf_counter(), self.probe.sent
        findings: list[Finding] = []
        note = ""
        try:
            findings.extend(check.run(self.probe))
        except OutOfTime:
            note = _OUT_OF_TIME
        except HandlerGone as problem:
            note = self.stopped = f"{_SILENT}: {problem}"
        except RateLimited as limit:
            note = self.stopped = limit.text(self._option_name)
        findings += self._skipped_types(check)
        return replace(
            self._result(check, findings, note),
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
        more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
        named = ", ".join(refused[:_NAMED])
        reason = f"not accepted at all: {named}{more}; {REPORTS_REFUSED.id} reports how"
        return [Inconclusive(reason=reason)]

    def _result(self, check: Check, findings: list[Finding], note: str) -> Result:
        """
        Make the result of a check: the worst finding decides.
        """
        failures = tuple(
            replace(one, severity="warning") if check.severity == "warning" else one
            for one in findings
            if isinstance(one, Failure)
        )
        undecided = [
            f"{one.reason}: give {self._option_name(one.option)}" if one.option else one.reason
            for one in findings
            if isinstance(one, Inconclusive)
        ]
        skipped = [one.reason for one in findings if isinstance(one, Skipped)]
        status: Status = "passed"
        if any(one.severity == "error" for one in failures):
            status = "failed"
        elif failures:
            status = "warning"
        elif undecided or note:
            status = "inconclusive"
        elif skipped:
            status = "skipped"
        notes = dict.fromkeys([*undecided, *skipped, *([note] if note else [])])
        return Result(check=check, status=status, failures=failures, note="; ".join(notes))
