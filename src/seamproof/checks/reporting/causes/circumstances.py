"""
What a failure means because of when it happened: after the answer, at once, in a breakdown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.model.exchange import CAUGHT
from seamproof.checks.reporting.causes.answers import exception_name
from seamproof.checks.reporting.causes.fixes import fix_of_crash, fix_of_lookup
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.exchange import Answer, Escaped, Received
    from seamproof.checks.model.results import Failure


class Circumstance(NamedTuple):
    """
    What is said of a failure because of when it happened; what is empty is said as usual.

    Attributes:
        headline: What happened, in one sentence.
        fix: How to fix it.
        why: Why it matters.
    """

    headline: str = ""
    fix: str = ""
    why: str = ""


_DURABLE: Final = "Do the work before the answer, or store the event durably first."
_NOT_AGAIN: Final = "A 2xx ends the retries: Seam does not send the event again."
_STILL_FAILING: Final = Circumstance(
    "The handler still fails when the dependency works again.",
    "Roll back the session or open a new connection after an error; let a circuit breaker close.",
    "An outage of a minute then lasts until somebody restarts the server.",
)
#: Raised by the second insert of one id: a connection of its own does not prevent that.
_CONFLICTS: Final = ("IntegrityError", "UniqueViolation", "UniqueViolationError")


def circumstance_of(check: CheckInfo, failure: Failure) -> Circumstance | None:
    """
    Say what a failure means because of when it happened; None where that says nothing.
    """
    received = failure.received
    if received is None or failure.deviation or not failure.is_about_answer:
        return None
    if check.needs_breaker and received.is_crash:
        return _of_breakdown(failure, received)
    if is_at_once(failure) and received.is_crash:
        return _of_race(check, received.escaped)
    if check.reports_background:
        is_caught = failure.context == CAUGHT
        return (
            _of_caught(failure, received.escaped) if is_caught else _afterwards(failure, received)
        )
    if is_after_answer(received):
        return Circumstance(why=f"{_NOT_AGAIN} What raises after the answer loses it.")
    return None


def _of_breakdown(failure: Failure, received: Received) -> Circumstance | None:
    if not is_while_broken(failure):
        return _STILL_FAILING
    headline = f"The event is lost: it was answered {received.status} before the work failed."
    return Circumstance(headline, _DURABLE, _NOT_AGAIN) if is_after_answer(received) else None


def _afterwards(failure: Failure, received: Received) -> Circumstance:
    answered = f"answered {received.status}" if received.status else "had answered"
    where = f" {failure.context}" if failure.context else ""
    return Circumstance(f"The handler {answered}, and raised an exception afterwards{where}.")


def _of_caught(failure: Failure, escaped: Escaped | None) -> Circumstance:
    """
    Say how to fix what was caught, and that the event is to be delivered again.
    """
    headline = "The handler caught an exception, logged it and accepted the event."
    known = fix_of_lookup(failure, escaped, "") if escaped else ""
    fix = f"{known or fix_of_crash(failure, escaped)} Where the work fails, answer 5xx."
    return Circumstance(headline, fix, _NOT_AGAIN)


def _of_race(check: CheckInfo, escaped: Escaped | None) -> Circumstance:
    headline = "The handler crashed when deliveries came at the same time."
    if escaped and exception_name(escaped).rpartition(".")[2] in _CONFLICTS:
        return Circumstance(headline, check.cure, check.why)
    place = f" at {escaped.place}" if escaped else ", where its log shows the exception"
    fix = f"Guard what requests share{place}: a connection or session for each request, or a lock."
    return Circumstance(headline, fix, check.why)


def is_after_answer(received: Received) -> bool:
    """
    Whether an exception was raised after the answer: in background work.
    """
    return received.escaped is not None and received.status in SUCCESS


def is_while_broken(failure: Failure) -> bool:
    """
    Whether the dependency of the handler was made to fail when the last request was sent.
    """
    last = _last_answer(failure)
    return last is not None and last.is_while_broken


def is_at_once(failure: Failure) -> bool:
    """
    Whether a failure is an answer to one of several requests that were under way at once.
    """
    is_together = any(one is not None and one.is_at_once for one in failure.answers)
    return is_together and failure.deviation is None


def _last_answer(failure: Failure) -> Answer | None:
    return failure.answers[-1] if failure.answers else None
