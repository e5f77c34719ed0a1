"""
The results of a run: failures, results of checks, the report.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from seamproof.checks.model.causes import answer_text, deviation_text

if TYPE_CHECKING:
    from seamproof.checks.model.check_info import CheckInfo, Severity
    from seamproof.checks.model.event_outcomes import EventTypeOutcome
    from seamproof.checks.model.exchange import Answer, Received, Request
    from seamproof.checks.model.state_changes import StateDeviation

Status: TypeAlias = Literal["passed", "failed", "warning", "inconclusive", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """
    One thing that a handler did wrong, with the smallest request that shows it.

    Attributes:
        event_type: Of the event that was sent, where there is one.
        sent: The requests that show it, in order; the last one is the one that failed.
        expected: What a good handler does, in words.
        received: What came back for the last request.
        context: What distinguishes the request from a plain delivery; empty where nothing does.
        reason: What provoked an exception, without figures, ids and times: two exceptions of one
            class at one place may be two bugs. Empty where class and place are all that is known.
        deviation: How the state differs from the expected one, where the check is about it.
        is_about_answer: Whether the answer is part of the cause.
        severity: `error`, or `warning` where only a standard allows what was sent.
        cure: How to fix what was found, where more is known than the check says; else empty.
        finding: What the handler does wrong, where it was found out by trying; else empty.
        explained_by: The id of the check that reports this cause as well, and is about it.
        answers: What came back for each request of `sent`; None where that is not known.
        genuine: The body of an event as the last one would be if nothing was changed in it, but for
            ids and times; empty where there is none.
    """

    event_type: str | None
    sent: tuple[Request, ...]
    expected: str
    received: Received | None
    context: str = ""
    reason: str = ""
    deviation: StateDeviation | None = None
    is_about_answer: bool = True
    severity: Severity = "error"
    cure: str = ""
    finding: str = ""
    explained_by: str = ""
    answers: tuple[Answer | None, ...] = ()
    genuine: bytes = b""

    @property
    def cause(self) -> str:
        """
        What distinguishes this failure from others of the same check.

        Such as a status, or the class, place and reason of an exception. Two different bugs never
        have the same cause.
        """
        parts = [self.context, deviation_text(self.deviation) if self.deviation else ""]
        if self.received and self.is_about_answer:
            parts.append(answer_text(self.received))
        parts.append(self.reason)
        return ": ".join(filter(None, parts))

    def __repr__(self) -> str:
        # No body and no headers: a handler may have written a secret into what it answered.
        kind = f" {self.event_type}" if self.event_type else ""
        return f"<Failure{kind}: {self.cause}; expected: {self.expected}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconclusive:
    """
    A check that could not be decided.

    Attributes:
        reason: What it would need, in words.
        option: The option of a run that provides it, where there is one.
        comes_later: Whether it was only put off, to the pass after a quick one.
        is_about_state: Whether the state did not change, or not reproducibly: background noise or
            very late work may be why.
    """

    reason: str
    option: str = ""
    comes_later: bool = False
    is_about_state: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """
    A check that does not apply to this target.

    Attributes:
        reason: Why, in words.
        option: The option of a run with which it would apply, where there is one.
    """

    reason: str
    option: str = ""


#: What a check yields.
Finding: TypeAlias = "Failure | Inconclusive | Skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    How one check ended.

    Attributes:
        check: The row of the battery.
        status: The worst finding decides.
        failures: What the handler did wrong.
        note: Why the check is inconclusive or was skipped.
        deliveries: How many requests it has sent.
        seconds: How long it took.
        unreached: The event types that it could not send within the time of the run.
        is_cut: Whether the time of the run was over before it was complete.
        is_whole: Whether it sent all that it can send, as a quick run does not.
        watched: For how many seconds a second effect was waited for, where the check has passed
            although a worker may make one later; else None.
    """

    check: CheckInfo
    status: Status
    failures: tuple[Failure, ...] = ()
    note: str = ""
    deliveries: int = 0
    seconds: float = 0.0
    unreached: tuple[str, ...] = ()
    is_cut: bool = False
    is_whole: bool = True
    watched: float | None = None

    def __repr__(self) -> str:
        return f"<Result {self.check.id}: {self.status}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    How a whole run ended.

    Attributes:
        target: As the user named it.
        seed: Repeats the run.
        results: One for each check, in the order of the battery.
        deliveries: How many requests were sent.
        seconds: How long the run took.
        stopped: Why the run was ended early; empty if it was not.
        is_out_of_time: Whether that is only because its time was over.
        started: When it began, in seconds since the epoch.
        time_limit: Seconds after which nothing more was sent; None set no end.
        waited: Seconds of the run in which effects that come late were waited for.
        event_types: What the handler does with each event type, sorted by name.
        notice: What limits the whole report: how deliveries had to be encoded; empty if nothing.
    """

    target: str
    seed: int
    results: tuple[Result, ...] = ()
    deliveries: int = 0
    seconds: float = 0.0
    stopped: str = ""
    is_out_of_time: bool = False
    started: float = 0.0
    time_limit: float | None = None
    waited: float = 0.0
    event_types: tuple[EventTypeOutcome, ...] = ()
    notice: str = ""

    def __repr__(self) -> str:
        counts = Counter(one.status for one in self.results)
        summary = [f"{count} {status}" for status, count in counts.items()] or ["no check ran"]
        failing = [one.check.id for one in self.results if one.status == "failed"]
        names = f" ({', '.join(failing)})" if failing else ""
        stopped = f"; stopped: {self.stopped}" if self.stopped else ""
        return f"<Report: {', '.join(summary)}{names}{stopped}; seed {self.seed}>"

    @property
    def passed(self) -> bool:
        """
        Whether no check failed and the run was not stopped.
        """
        return not self.stopped and not any(one.status == "failed" for one in self.results)

    @property
    def incomplete(self) -> tuple[CheckInfo, ...]:
        """
        The checks for which the time of the run was too short.
        """
        return tuple(one.check for one in self.results if one.is_cut)

    @property
    def watching(self) -> tuple[CheckInfo, ...]:
        """
        The checks that have passed although a worker may make a second effect later.
        """
        return tuple(one.check for one in self.results if one.watched is not None)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """
        What the handler did wrong, warnings as well, in the order of the battery.
        """
        return tuple(one for result in self.results for one in result.failures)
