"""
Running the battery: each check in its order, until the end or until there is no point.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.battery.delivery.failure_recovery import recovered
from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.generation.event_source import EventSource
from seamproof.checks.model.results import Failure, Inconclusive, Report, Result, Skipped
from seamproof.checks.probe.preflight import Preflight, run_preflight
from seamproof.checks.probe.presence import rejected_types
from seamproof.checks.probe.probe import HandlerGone, OutOfTime, Probe
from seamproof.checks.state.calibration import effects_of, reconsider
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.options import Settings
    from seamproof.checks.model.results import Finding, Status
    from seamproof.checks.probe.probe import RequestSender

#: The check that a plain genuine delivery belongs to, and the one that takes no sending.
FIRST: Final = "delivery.success_status"
_TIMED: Final = "delivery.response_time"
#: What sends the most runs late: before it, the handler's state is small and quick to see.
_ROOMS: Final = ("signature", "delivery", "payload")
#: A breakdown, from which a handler may not recover, comes after whatever needs a state. What fails
#: at what an event says is told by `payload` before a journey meets it; how long answers took is
#: known in the end.
_BREAKDOWN: Final = "delivery.retry_after_failure"
_LATE: Final = (_BREAKDOWN, "payload.property_fuzz", "delivery.journey", _TIMED)
#: The one check that tells a type of which no plain event is accepted; others pass over it.
_EVERY: Final = "payload.every_event_type"
_NAMED: Final = 3
_PLACES: Final = {check.id: place for place, check in enumerate(BATTERY)}
_NEAREST: Final = 3
#: Why a run ends where genuine deliveries, once accepted, no longer are; after a breakdown or not.
_GONE_BAD: Final = {
    False: "the handler takes no genuine delivery any more, which it did at the beginning",
    True: "the handler does not recover from the breakdown of --break",
}
_SILENT: Final = "the handler no longer answers"
_OUT_OF_TIME: Final = "the time that --max-time allows was over"


def run_battery(
    target: RequestSender,
    settings: Settings,
    *,
    name: str = "",
    state: Callable[[], Any] | None = None,
    breaker: Callable[[bool], object] | None = None,
    on_result: Callable[[Result], object] | None = None,
) -> Report:
    """
    Run the checks that the settings choose against a handler.

    Args:
        target: The handler.
        settings: What the user decided.
        name: The target as the user named it; by default what it calls itself.
        state: Looks at the handler's state.
        breaker: Makes the handler's dependency fail (True) and work again (False).
        on_result: Is called with each result as soon as it is there.

    Raises:
        UsageError: An id or glob fits no check.
        UnknownEventType: The pattern fits no event type.
        UnknownProperty: An override is of a property that no event type has.
        TargetUnreachable: Nothing answers where the target should be.
    """
    chosen = choose(settings.select, settings.ignore)
    run = begin_run(target, settings, state=state, breaker=breaker, on_result=on_result)
    run.all(chosen)
    return run.report(name or str(getattr(target, "name", "")))


def begin_run(
    target: RequestSender,
    settings: Settings,
    *,
    state: Callable[[], Any] | None = None,
    breaker: Callable[[bool], object] | None = None,
    on_result: Callable[[Result], object] | None = None,
) -> Run:
    """
    Get ready for a run; nothing is sent yet. Arguments and errors are those of `run_battery`.
    """
    probe = Probe(
        target,
        settings,
        EventSource(settings, time.time()),
        read_state=state,
        breaker=breaker,
        quick=settings.quick,
    )
    if settings.max_time is not None:
        probe.deadline = time.monotonic() + settings.max_time
    return Run(probe, on_result or (lambda _: None))


def choose(select: Iterable[str], ignore: Iterable[str]) -> tuple[Check, ...]:
    """
    Choose checks by id or glob, in the order of the battery.

    Raises:
        UsageError: An id or glob fits no check; names the nearest. Or no check is left.
    """
    selected, ignored = tuple(select), tuple(ignore)
    ids = [check.id for check in BATTERY]
    for pattern in (*selected, *ignored):
        if not any(fnmatchcase(one, pattern) for one in ids):
            whole = {one: one for one in ids} | {one.partition(".")[2]: one for one in ids}
            near = dict.fromkeys(whole[i] for i in get_close_matches(pattern, whole, _NEAREST))
            cure = f"did you mean {' or '.join(near)}?" if near else "`seamproof checks` lists them"
            what = f"no check is called {pattern!r}"
            raise UsageError(what, cure=cure)
    chosen = tuple(
        check
        for check in BATTERY
        if (not selected or any(fnmatchcase(check.id, one) for one in selected))
        and not any(fnmatchcase(check.id, one) for one in ignored)
    )
    if not chosen:
        what, cure = "no check is left to run", "ignore less, or select more"
        raise UsageError(what, found=f"ignored: {', '.join(ignored)}", cure=cure)
    return chosen


class Run:
    """
    One run, and how far it has come.

    Attributes:
        probe: What is sent goes through it.
        results: In the order in which the checks ran.
        stopped: Why nothing more is worth sending; empty while it is.
        opening: How the plain genuine delivery went; None until then.
    """

    def __init__(self, probe: Probe, on_result: Callable[[Result], object]) -> None:
        self.probe = probe
        self.on_result = on_result
        self.results: list[Result] = []
        self.stopped = ""
        self.opening: Preflight | None = None
        self.started = time.time()
        self.begun = time.perf_counter()

    def all(self, checks: tuple[Check, ...]) -> None:
        """
        Open, then run each check; or say why it is not run.
        """
        opening = self.open()
        for check in in_order(_with_first(checks) if opening.failure else checks):
            self.step(check)

    def open(self) -> Preflight:
        """
        Send the plain genuine delivery, the first time that it is asked for.
        """
        if self.opening is None:
            self.opening = self._open()
            self.stopped = self.opening.stopped
        return self.opening

    def step(self, check: Check) -> Result:
        """
        Run one check, whichever comes next; or say why it is not run.
        """
        failure = self.open().failure
        if self.stopped and check.id == FIRST and failure is not None:
            self._add(result := Result(check=check, status="failed", failures=(failure,)))
        elif self.stopped and not (check.id == _TIMED and self.probe.slowest):
            self._add(result := Result(check=check, status="skipped", note=self.stopped))
        else:
            self._add(result := self._one(check))
            if result.status == "failed" and not self.stopped:
                self.stopped = self._gone_bad(after_breakdown=check.id == _BREAKDOWN)
        return result

    def report(self, name: str) -> Report:
        """
        Sum up the checks that have run, in the order of the battery.
        """
        return Report(
            target=name,
            seed=self.probe.settings.seed,
            results=tuple(sorted(self.results, key=lambda one: _PLACES[one.check.id])),
            deliveries=self.probe.sent,
            seconds=time.perf_counter() - self.begun,
            stopped=self.stopped,
            started=self.started,
        )

    def _gone_bad(self, *, after_breakdown: bool) -> str:
        """
        Say so where genuine deliveries, once accepted, no longer are.
        """
        try:
            _, received = self.probe.deliver(self.probe.plain())
            # No answer at all is told by itself.
            silent = received.status is None and not after_breakdown
            fine = silent or self.probe.is_accepted(received) or recovered(self.probe)
        except OutOfTime:
            return ""
        except HandlerGone as problem:
            return f"{_SILENT}: {problem}"
        return "" if fine else _GONE_BAD[after_breakdown]

    def _open(self) -> Preflight:
        try:
            opening = run_preflight(self.probe)
            if self.probe.read_state and not opening.stopped:
                effects_of(self.probe)
            return opening  # noqa: TRY300 - nothing else may raise
        except OutOfTime:
            return Preflight(stopped=_OUT_OF_TIME)
        except HandlerGone as problem:
            return Preflight(stopped=f"the handler does not answer: {problem}")

    def _add(self, result: Result) -> None:
        self.results.append(result)
        self.on_result(result)

    def _one(self, check: Check) -> Result:
        """
        Run a check; again, if what it saw may have come from something else, or late.
        """
        told = set(self.probe.state.reported.causes)
        result = self._once(check)
        undecidable = check.id == _BREAKDOWN and self.probe.breaker is None
        if result.status in ("passed", "skipped") or not check.needs_state or undecidable:
            return result
        with suppress(OutOfTime, HandlerGone):
            if not self.stopped and reconsider(self.probe):
                self.probe.state.reported.causes = told
                return self._once(check)
        return result

    def _once(self, check: Check) -> Result:
        begun, sent = time.perf_counter(), self.probe.sent
        findings: list[Finding] = []
        note = ""
        try:
            findings.extend(check.run(self.probe))
        except OutOfTime:
            note = _OUT_OF_TIME
        except HandlerGone as problem:
            note = f"{_SILENT}: {problem}"
            self.stopped = note
        findings += self._passed_over(check)
        result = _judge(check, findings, note)
        return replace(
            result,
            deliveries=self.probe.sent - sent,
            seconds=time.perf_counter() - begun,
        )

    def _passed_over(self, check: Check) -> list[Inconclusive]:
        """
        Tell the types that a check passes over, where the check that tells them is not run.
        """
        settings = self.probe.settings
        if not check.id.startswith("payload.") or any(
            one.id == _EVERY for one in choose(settings.select, settings.ignore)
        ):
            return []
        refused = rejected_types(self.probe)
        if not refused:
            return []
        more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
        named = ", ".join(refused[:_NAMED])
        return [Inconclusive(reason=f"not accepted at all: {named}{more}; {_EVERY} tells how")]


def in_order(checks: Iterable[Check]) -> list[Check]:
    """
    Sort checks as they run.
    """
    return sorted(checks, key=_lateness)


def _lateness(check: Check) -> int:
    """
    Tell how late a check runs; those of one lateness keep the order of the battery.
    """
    if check.id in _LATE:
        return len(_ROOMS) + _LATE.index(check.id)
    return _ROOMS.index(check.id.partition(".")[0])


def _with_first(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """
    Tell of the plain genuine delivery even where its check was not chosen.
    """
    ids = {check.id for check in checks} | {FIRST}
    return tuple(check for check in BATTERY if check.id in ids)


def _judge(check: Check, findings: list[Finding], note: str) -> Result:
    """
    Sum up what a check yielded: the worst of it decides.
    """
    failures = tuple(
        replace(one, severity="warning") if check.severity == "warning" else one
        for one in findings
        if isinstance(one, Failure)
    )
    open_questions = [one.reason for one in findings if isinstance(one, Inconclusive)]
    skipped = [one.reason for one in findings if isinstance(one, Skipped)]
    status: Status = "passed"
    if any(one.severity == "error" for one in failures):
        status = "failed"
    elif failures:
        status = "warning"
    elif open_questions or note:
        status = "inconclusive"
    elif skipped:
        status = "skipped"
    told = "; ".join(dict.fromkeys([*open_questions, *skipped, *([note] if note else [])]))
    return Result(check=check, status=status, failures=failures, note=told)
