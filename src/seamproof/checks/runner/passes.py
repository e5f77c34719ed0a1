"""
The passes of one check, and what they prove together.

A run is broad first: a quick pass sends one of each, for every check; a second pass sends the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.check_info import Depth
from seamproof.checks.model.results import Failure, Inconclusive, Result, Skipped
from seamproof.checks.probe.sending.progress import PassProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.results import Finding, Status

#: How many event types a note names.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """
    One pass of a check.

    Attributes:
        findings: What it yielded.
        progress: What it has sent.
        is_cut: Whether the time of the run was over before it was complete.
        stopped: Why the handler cannot be sent anything more; empty while it can.
        known_failures: How many failures it met that other checks report.
        deliveries: How many requests were sent.
        seconds: How long it took.
        waited: How long it waited for late changes of the state, in seconds.
    """

    findings: tuple[Finding, ...]
    progress: PassProgress
    is_cut: bool = False
    stopped: str = ""
    known_failures: int = 0
    deliveries: int = 0
    seconds: float = 0.0
    waited: float = 0.0

    @property
    def is_complete(self) -> bool:
        """
        Whether it has sent everything that it wanted to send.
        """
        return not (self.is_cut or self.stopped)

    @property
    def has_failed(self) -> bool:
        """
        Whether it found a failure.
        """
        return any(isinstance(one, Failure) for one in self.findings)


_NOTHING: Final = Pass(findings=(), progress=PassProgress())


@dataclass(slots=True)
class CheckPasses:
    """
    The passes of a check so far.

    Attributes:
        check: The row of the battery.
        passes: In order: the quick one and the one that sends the rest, or a single one.
        lacks_rest: Whether a second pass has to come.
        last_look: The look at the end of the run at what came later; None without one.
    """

    check: Check
    passes: list[Pass] = field(default_factory=list)
    lacks_rest: bool = False
    last_look: Pass | None = None

    def add(self, one: Pass, *, is_last: bool) -> None:
        """
        Add a pass.

        Args:
            one: The pass.
            is_last: Whether no other comes, although this one may have left something out.
        """
        self.passes.append(one)
        is_enough = self.check.depth is Depth.CHANCE and one.has_failed
        is_skipped = any(isinstance(finding, Skipped) for finding in one.findings)
        left_out = one.progress.was_shortened and one.is_complete
        self.lacks_rest = left_out and not (is_last or is_enough or is_skipped)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """
        The failures of all passes, each cause once, or once for each event type.
        """
        found: dict[object, Failure] = {}
        for finding in self._findings():
            if isinstance(finding, Failure):
                is_warning = self.check.severity == "warning"
                one = replace(finding, severity="warning") if is_warning else finding
                # What it changes is the same bug for every event type.
                event_type = None if one.deviation else one.event_type
                found.setdefault((event_type, one.cause, one.severity), one)
        return tuple(found.values())

    def _findings(self) -> Iterable[Finding]:
        """
        List the findings; a second pass that repeats the first one decides what that left open.
        """
        if not self.passes:
            return
        *earlier, last = self.passes
        repeats = last.is_complete and not last.progress.planned
        for one in earlier:
            yield from (f for f in one.findings if isinstance(f, Failure) or not repeats)
        yield from last.findings
        yield from self.last_look.findings if self.last_look else ()

    def result(
        self,
        option_name: Callable[[str], str],
        *,
        limit: float | None,
        stopped: str = "",
    ) -> Result:
        """
        Make the result of the check: the worst finding decides.

        Args:
            option_name: Names an option as the user knows it.
            limit: The time of the run, in seconds.
            stopped: Why a second pass that has to come does not come.
        """
        if not self.passes and stopped:
            return Result(check=self.check, status="skipped", note=stopped)
        findings = list(self._findings())
        failures = self.failures
        undecided, skipped = (
            [
                f"{one.reason}: give {option_name(one.option)}" if one.option else one.reason
                for one in findings
                if isinstance(one, kind)
            ]
            for kind in (Inconclusive, Skipped)
        )
        slow = sorted({name for one in self.passes for name in one.progress.slow_types})
        if slow:
            undecided.append(f"no more was sent of types that take long: {named(slow)}")
        if left_out := [name for one in self.passes for name in one.progress.left_out]:
            far = "not sent by a quick run, although they have effects of other kinds"
            undecided.append(f"{far}: {named(left_out)}")
        known = max((one.known_failures for one in self.passes), default=0)
        if known and not failures:
            # What they hide, the check cannot see.
            undecided.append(f"met only failures that are reported above: {known}")
        notes = [*undecided, *skipped]
        last = self.passes[-1] if self.passes else _NOTHING
        is_cut = last.is_cut or (self.lacks_rest and not stopped)
        if is_cut:
            more = f"give {option_name('max_time')} or {option_name('thorough')}"
            far = self._how_far(proven=not (failures or undecided))
            notes.append(f"{far} not reached within {limit or 0:g} s: {more}")
        elif reason := last.stopped or (stopped if self.lacks_rest else ""):
            notes.append(reason)
        status = _status(failures, undecided=bool(undecided) or len(notes) > len(skipped))
        if status == "passed" and skipped:
            status = "skipped"
        every = [*self.passes, *([self.last_look] if self.last_look else [])]
        waited = sum(one.waited for one in every)
        if status == "passed" and waited >= 1:
            notes.append(f"waited {waited:.0f} s for late changes")
        return Result(
            check=self.check,
            status=status,
            failures=failures,
            note="; ".join(dict.fromkeys(notes)),
            deliveries=sum(one.deliveries for one in every),
            seconds=sum(one.seconds for one in every),
            watched=every[-1].progress.watched if every and status == "passed" else None,
            unreached=last.progress.unreached if last.is_cut else (),
            is_cut=is_cut,
            is_whole=not last.progress.was_shortened,
        )

    def _how_far(self, *, proven: bool) -> str:
        """
        Describe how far the check came before the time was over; what was not reached comes last.
        """
        last = self.passes[-1] if self.passes else _NOTHING
        unreached = last.progress.unreached if last.is_cut else ()
        sent = sum(one.deliveries for one in self.passes)
        if not sent:
            return "it was"
        is_rest = last.progress.is_rest or self.lacks_rest
        if unreached:
            rest = f"{len(unreached)} of {len(unreached) + _reached(last)} event types were"
            before = "passed for one event type of each resource" if is_rest else ""
        else:
            rest = "the rest was"
            before = "passed for one of each" if is_rest else f"stopped after {sent:,} deliveries"
        return f"{before}; {rest}" if before and (proven or not is_rest) else rest


def _reached(one: Pass) -> int:
    return len(one.progress.planned) - len(one.progress.unreached)


def _status(failures: Iterable[Failure], *, undecided: bool) -> Status:
    listed = list(failures)
    if any(one.severity == "error" for one in listed):
        return "failed"
    if listed:
        return "warning"
    return "inconclusive" if undecided else "passed"


def named(event_types: list[str]) -> str:
    """
    Name the first of some event types, and count the others.
    """
    more = len(event_types) - _NAMED
    return ", ".join(event_types[:_NAMED]) + (f" and {more} more" if more > 0 else "")
