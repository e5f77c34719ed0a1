"""
Runs the checks of the battery on a handler, and stops where the rest would prove nothing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.event_source import EventSource
from seamproof.checks.model.check_info import Depth
from seamproof.checks.model.results import Report, Result
from seamproof.checks.probe.preflight import Preflight, run_preflight
from seamproof.checks.probe.probe import Probe
from seamproof.checks.probe.sending.pacing import Pacer, RunStopped
from seamproof.checks.probe.sending.progress import PassProgress
from seamproof.checks.probe.sending.sender import HandlerGone, OutOfTime
from seamproof.checks.runner.clock import RunClock
from seamproof.checks.runner.pass_runner import PassRunner
from seamproof.checks.runner.passes import CheckPasses, Pass
from seamproof.checks.runner.selection import (
    POSITIONS,
    PREFLIGHT,
    in_depth_order,
    in_run_order,
    select_checks,
)
from seamproof.checks.state.calibration import (
    calibrate_rest,
    calibrate_second_effects,
)
from seamproof.checks.state.effects import event_outcomes, observe_rest
from seamproof.checks.state.liveness import learn_effects
from seamproof.errors import SeamproofError, argument_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.options import Settings
    from seamproof.checks.model.snapshot import StateReader
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.probe.sending.sender import RequestSender

#: How much of what is left of the time a second pass may take, where checks run one by one.
_SHARE: Final = 0.5
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
    seam: SeamApi | None = None,
    catch_up: Callable[[], object] | None = None,
    on_result: Callable[[Result], object] | None = None,
    option_name: Callable[[str], str] = argument_name,
) -> Run:
    """
    Prepare a run; nothing is sent yet.

    Arguments are those of `run_battery` and `Probe`, and errors those of the former; `option_name`
    names an option in a note as the user knows it.
    """
    probe = Probe(
        target,
        settings,
        EventSource(settings, time.time()),
        read_state=state,
        breaker=breaker,
        seam=seam,
        catch_up=catch_up,
        pacer=Pacer(settings.rate),
    )
    return Run(probe, on_result or (lambda _: None), option_name)


class Run:
    """
    One run of checks, and its results so far.

    A quick pass of every check comes first, then what each of them has left out, until the time
    of the run is over.

    Attributes:
        probe: Signs, sends and counts the requests.
        results: In the order in which the checks ended.
        stopped: Why nothing more is sent; empty while the run goes on.
        preflight: How the plain genuine delivery went; None until it was sent.
        current: The id of the check that is running or ran last.
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
        self.current = ""
        self._on_result = on_result
        self._option_name = option_name
        self._started = time.time()
        self._began = time.perf_counter()
        self._clock = RunClock(probe, probe.settings.time_limit)
        self._failed: set[str] = set()
        self._passes = PassRunner(probe, option_name)
        #: The checks whose second pass has to come.
        self._unfinished: dict[str, CheckPasses] = {}
        #: Those that look again at the end.
        self._to_look_again: list[CheckPasses] = []

    def all(self) -> None:
        """
        Run the selected checks. Where the plain genuine delivery fails, its check reports that.
        """
        settings = self.probe.settings
        checks = select_checks(settings.select, settings.ignore)
        selected = {check.id: check for check in checks}
        if self.open().failure:
            selected[PREFLIGHT.id] = PREFLIGHT
        with self._clock.running():
            in_order = in_run_order(selected.values())
            judging = [check for check in in_order if check.sends_nothing or check.comes_last]
            for check in in_order:
                if check not in judging:
                    self._begin(check)
            self._complete()
            self._look_again()
            if not self.stopped and any(check.needs_state for check in in_order):
                self._observe(observe_rest)
            for check in judging:
                self._begin(check)

    def step(self, check: Check) -> Result:
        """
        Run one check as a whole, in any order; or note why it is skipped.
        """
        self.open()
        with self._clock.running():
            self._begin(check)
        if self._unfinished:
            # Breadth first for the tests to come: a second pass leaves them half of the time.
            with self._clock.running(share=_SHARE):
                self._complete()
        # Nobody says which test is the last one: a short look has to be enough.
        self.probe.one_of_each = True
        with self._clock.running():
            self._look_again()
        return self.results[-1]

    def open(self) -> Preflight:
        """
        Send the plain genuine delivery, the first time that this is called.
        """
        if self.preflight is None:
            self.probe.one_of_each = True
            with self._clock.running():
                self.preflight = self._open()
            self.stopped = self.preflight.stopped
        return self.preflight

    def _begin(self, check: Check) -> None:
        """
        Run the first pass of a check; it is the only one where nothing was left out.
        """
        failure = self.open().failure
        if check.is_preflight and failure is not None:
            self._end(Result(check=check, status="failed", failures=(failure,)))
        elif self.stopped and not (check.sends_nothing and self.probe.slowest):
            self._end(Result(check=check, status="skipped", note=self.stopped))
        else:
            is_quick = self.probe.settings.quick
            self.probe.one_of_each = is_quick or check.depth is not Depth.RANDOM
            passes = CheckPasses(check)
            if self.probe.one_of_each:
                is_last = is_quick or check.sends_nothing or check.comes_last
                passes.add(self._run(check, PassProgress()), is_last=is_last)
            else:
                passes.lacks_rest = True
            self._conclude(passes)

    def _complete(self) -> None:
        """
        Run the second passes; those that find more come first.
        """
        self.probe.one_of_each = False
        left = [one.check for one in self._unfinished.values()]
        for check in in_depth_order(left, is_slow=self.probe.overlap.is_slow):
            if check.needs_state:
                self._observe(calibrate_second_effects, calibrate_rest)
            if self.stopped:
                break
            passes = self._unfinished[check.id]
            is_rest = bool(passes.passes)
            passes.add(self._run(check, PassProgress(is_rest=is_rest)), is_last=True)
            del self._unfinished[check.id]
            self._conclude(passes)
        for one in self._unfinished.values():
            self._end(self._result_of(one))
        self._unfinished.clear()

    def _look_again(self) -> None:
        """
        Let checks that have found nothing look at what came later.
        """
        while self._to_look_again:
            passes = self._to_look_again[0]
            if passes.check.look_again and not self.stopped:
                check = replace(passes.check, run=passes.check.look_again)
                passes.last_look = self._run(check, PassProgress(), may_repeat=False)
            self._end(self._result_of(self._to_look_again.pop(0)))

    def _observe(self, *steps: Callable[[Probe], object]) -> None:
        """
        Look at the state between checks; the run ends if it could be read before, and no longer.
        """
        try:
            with suppress(OutOfTime, HandlerGone, RunStopped):
                for step in steps:
                    step(self.probe)
        except SeamproofError as problem:
            self.stopped = self._passes.liveness.unreadable(problem, PassProgress()).stopped

    def _conclude(self, passes: CheckPasses) -> None:
        """
        Judge a check whose last pass has ended; put one aside that lacks its second pass.
        """
        has_failed = any(one.severity == "error" for one in passes.failures)
        if has_failed and not self.stopped:
            is_enough = self._why_enough(passes.check)
            self.stopped = is_enough or self._passes.liveness.why_broken(
                passes.check, self._option_name
            )
            if self.stopped and not is_enough:
                self._passes.liveness.stopped(self.stopped, passes)
        if passes.lacks_rest:
            self._unfinished[passes.check.id] = passes
        elif passes.check.look_again and not (passes.failures or self.stopped):
            self._to_look_again.append(passes)
        else:
            self._end(self._result_of(passes))

    def _why_enough(self, check: Check) -> str:
        """
        After a failure, return why the run has to stop: as many checks failed as may fail.
        """
        most = self.probe.settings.max_failures
        self._failed.add(check.id)
        if most is None or len(self._failed) < most:
            return ""
        checks = "1 check" if most == 1 else f"{most} checks"
        return f"{checks} failed, and {self._option_name('max_failures')} allows no more"

    def _end(self, result: Result) -> None:
        self.results.append(result)
        self._on_result(result)

    def _result_of(self, passes: CheckPasses) -> Result:
        limit = self.probe.settings.time_limit
        return passes.result(self._option_name, limit=limit, stopped=self.stopped)

    def _results_of_unfinished(self) -> list[Result]:
        left = [*self._unfinished.values(), *self._to_look_again]
        return [self._result_of(one) for one in left]

    def report(self, name: str) -> Report:
        """
        Report the checks that have run, in the order of the battery.
        """
        results = [*self.results, *self._results_of_unfinished()]
        return Report(
            target=name,
            seed=self.probe.settings.seed,
            results=tuple(sorted(results, key=lambda result: POSITIONS[result.check.id])),
            deliveries=self.probe.sent,
            seconds=time.perf_counter() - self._began,
            stopped=self.stopped,
            is_out_of_time=bool(self.preflight and self.preflight.is_out_of_time),
            started=self._started,
            time_limit=self.probe.settings.time_limit,
            waited=self.probe.budget.waited_for_work,
            event_types=event_outcomes(self.probe),
            notice=self.preflight.notice if self.preflight else "",
        )

    def _open(self) -> Preflight:
        try:
            if (work := getattr(self.probe.target, "pending_work", None)) is not None:
                work.note_idle()
            preflight = run_preflight(self.probe)
            self.probe.other_limits.is_watched = not preflight.stopped
            if not preflight.stopped:
                learn_effects(self.probe)
            return preflight  # noqa: TRY300 - nothing else may raise
        except OutOfTime:
            limit = self.probe.pacer.last_limit
            limited = f": {limit.text(self._option_name)}" if limit else ""
            return Preflight(stopped=f"{_OUT_OF_TIME}{limited}", is_out_of_time=not limit)
        except HandlerGone as problem:
            return Preflight(stopped=f"the handler does not answer: {problem}")
        except RunStopped as reason:
            return Preflight(stopped=reason.text(self._option_name))

    def _run(self, check: Check, progress: PassProgress, *, may_repeat: bool = True) -> Pass:
        self.current = check.id
        done = self._passes.run(check, progress, may_repeat=may_repeat and not self.stopped)
        self.stopped = self.stopped or done.stopped
        return done
