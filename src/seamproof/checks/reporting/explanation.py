"""
Explains a failure: a headline in words, what was sent, expected and received, and the fix.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.model.causes import change_text
from seamproof.checks.model.check_info import CONTEXT
from seamproof.checks.model.exchange import CAUGHT
from seamproof.checks.reporting.causes.answers import (
    SHOWN,
    answer_lines,
    exception_name,
)
from seamproof.checks.reporting.causes.circumstances import (
    circumstance_of,
    is_after_answer,
    is_while_broken,
)
from seamproof.checks.reporting.causes.fixes import capitalised, fix_and_why, matched
from seamproof.checks.reporting.requests.sequence import (
    moments,
    sent_requests,
    shown_groups,
)
from seamproof.signing.forgeries import GENUINE
from seamproof.statuses import CLIENT_ERROR, REDIRECT, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import StateDiff

#: Requests of a sequence and state changes that are shown.
_REQUESTS: Final = 6
_CHANGES: Final = 6

#: `accepted with 2xx: without device_id`, `rejected with 4xx (another secret)`.
_EXPECTED: Final = re.compile(r"(?P<rule>[^:(]+?)(?:: | \()(?P<detail>.*?)\)?", re.DOTALL)
#: What is expected of an answer, whatever the check.
_RULES: Final = ("accepted with 2xx", "rejected with 4xx", "no crash")
#: What an event lacks or has, as reasons of an exception state it, and why that happens.
_REASONS: Final[Mapping[str, str]] = {
    r"without (\w+)": "because the optional property {0} was missing",
    r"without ([\w, ]+)": "because the optional properties {0} were missing",
    r"([\w.]+) (?:is|=) (\"[^\"]*\"|[^\",]+)": "because {0} was {1}",
}


class Explanation(NamedTuple):
    """
    What a report says of a failure. Its texts may come from a handler: escape them.

    Attributes:
        headline: What happened, in one sentence.
        sent: What was sent; one line for each request of a sequence.
        expected: What a correct handler does.
        got: What this one did.
        fix: How to fix it.
        why: Why it matters.
    """

    headline: str
    sent: tuple[str, ...]
    expected: tuple[str, ...]
    got: tuple[str, ...]
    fix: str
    why: str


def explain(check: CheckInfo, failure: Failure) -> Explanation:
    """
    Explain a failure of a check.
    """
    rule, detail = _rule_of(failure.expected)
    fix, why = fix_and_why(check, failure, detail)
    circumstance = circumstance_of(check, failure)
    if circumstance:
        fix, why = circumstance.fix or fix, circumstance.why or why
    known = circumstance.headline if circumstance else ""
    headline = known or _headline(check, failure, rule, detail)
    return Explanation(
        headline=f"{headline} {_finding(failure)}".rstrip(),
        sent=tuple(_sent(failure, detail)),
        expected=tuple(_expected(failure, rule)),
        got=tuple(_got(failure, detail)),
        fix=fix,
        why=why,
    )


def in_short(check: CheckInfo, failure: Failure) -> str:
    """
    Say in a few words what happened: the exception and its place, or the headline.
    """
    _, detail = _rule_of(failure.expected)
    received = failure.received if failure.is_about_answer else None
    escaped = received.escaped if received else None
    circumstance = circumstance_of(check, failure)
    is_late = received is not None and (check.reports_background or is_after_answer(received))
    has_headline = circumstance is not None and bool(circumstance.headline)
    if escaped is not None and (check.reports_background or not has_headline):
        is_caught = failure.context == CAUGHT
        after = ", caught and logged" if is_caught else " after the answer" if is_late else ""
        text = f"{exception_name(escaped)} at {escaped.place}{after}"
        return f"{text}: {detail}" if detail else text
    if _finding(failure):
        return failure.finding.removeprefix("the handler ")
    headline = explain(check, failure).headline.removeprefix("The handler ").removesuffix(".")
    return uncapitalised(headline)


def detail_of(failure: Failure) -> str:
    """
    Say in what a request differs from a plain one: `without device_id`; empty if in nothing.
    """
    return _rule_of(failure.expected)[1]


def sent_lines(failure: Failure) -> list[str]:
    """
    Describe the requests of a failure; a sequence has a line for each.
    """
    return list(_sent(failure, detail_of(failure)))


def expected_lines(failure: Failure) -> list[str]:
    """
    Say what a correct handler does.
    """
    return list(_expected(failure, _rule_of(failure.expected)[0]))


def _rule_of(expected: str) -> tuple[str, str]:
    """
    Split what is expected into the rule and what distinguishes the request.
    """
    found = _EXPECTED.fullmatch(expected)
    if found is None or not found["rule"].startswith(("accepted", "rejected", "no crash")):
        return expected, ""
    return found["rule"], found["detail"]


def _headline(check: CheckInfo, failure: Failure, rule: str, detail: str) -> str:
    if failure.deviation or not failure.received or not failure.is_about_answer:
        known = check.violation.replace(CONTEXT, failure.context)
        return known or f"The handler does not do what is expected: {rule}."
    received = failure.received
    if check.violation and rule not in _RULES and not received.is_crash:
        return check.violation
    verb = _verb(received)
    is_forged = bool(failure.sent) and failure.sent[-1].is_forgery
    kind = "a forged request" if is_forged else f"a genuine {failure.event_type or 'delivery'}"
    if rule == "no crash" or detail.startswith("a body"):
        return f"The handler {verb} {detail or 'the request'}."
    if detail.startswith("signed"):
        return f"The handler {verb} a request that was {detail}."
    because = "" if is_forged or verb == "accepted" else matched(_REASONS, detail)
    if not because:
        return f"The handler {verb} {kind}{_after(detail)}."
    what = verb.removesuffix(" on") if received.is_crash else f"{verb} {kind}"
    return f"The handler {what} {because}."


def _after(detail: str) -> str:
    """
    Write a detail after a noun: ` with two signatures`, `: another secret`.
    """
    return f" {detail}" if detail.startswith("with ") else f": {detail}" if detail else ""


def _finding(failure: Failure) -> str:
    """
    Say what was found out about the handler by trying; empty if the answer shows it anyway.
    """
    received, found = failure.received, failure.finding
    if not found or received is None or received.escaped or received.status is None:
        return ""
    return capitalised(f"{found.replace('the handler ', 'it ', 1)}.")


def uncapitalised(text: str) -> str:
    """
    Begin a text with a small letter, but for an abbreviation such as GET.
    """
    is_abbreviation = text[:2].isupper() and text[:2].isalpha()
    return text if is_abbreviation else text[:1].lower() + text[1:]


def _verb(received: Received) -> str:
    if is_after_answer(received):
        return f"answered {received.status}, and then crashed on"
    if received.escaped is not None or (received.status or 0) >= CLIENT_ERROR.stop:
        return "crashed on"
    if received.status is None:
        return "did not answer"
    if received.status in SUCCESS:
        return "accepted"
    return "redirected" if received.status in REDIRECT else "refused"


def _sent(failure: Failure, detail: str) -> Iterator[str]:
    if not failure.sent:
        yield "nothing"
        return
    if len(failure.sent) == 1:
        while_broken = ", while the dependency fails (--break)" if is_while_broken(failure) else ""
        yield _request(failure.sent[-1], detail) + while_broken
        return
    requests = sent_requests(failure)
    groups, when = shown_groups(requests, _REQUESTS), moments(requests)
    digits = max(len(one.numbers) for one in groups)
    width = max(len(one.name) for one in groups)
    for one in groups:
        moment = "" if one.is_gap else when.get(one.requests[0].number, "")
        occurred = f"occurred {moment}" if moment else ""
        rest = "  ".join(filter(None, (occurred, one.statuses, one.note)))
        yield f"{one.numbers:>{digits}}  {one.name:<{width}}  {rest}".rstrip()


def _request(request: Request, detail: str) -> str:
    if request.event_type is None and detail and request.recipe == GENUINE:
        return detail
    kind = request.event_type or "request"
    if request.method != "POST":
        return f"a {request.method} {'with' if request.body else 'without'} a delivery"
    if request.recipe != GENUINE:
        body = f", with {detail}" if detail.startswith("a body") else ""
        how = _after(request.signed_how)
        return f"a {'forged' if request.is_forgery else 'genuine'} {kind}{how}{body}"
    minutes = abs(request.age) // 60
    if minutes:
        return f"a genuine {kind}, signed {minutes} minutes {'ago' if request.age > 0 else 'ahead'}"
    return f"a genuine {kind}{f' {_short(detail)}' if detail else ''}"


def _short(detail: str) -> str:
    """
    Write after the name of an event in what it differs from a plain one.
    """
    if " is " in detail or " = " in detail:
        return f"in which {detail}"
    starts = ("with", "as ", "in ", "of ", "written")
    return detail if detail.startswith(starts) else f"with {detail}"


def _expected(failure: Failure, rule: str) -> Iterator[str]:
    deviation = failure.deviation
    if deviation and deviation.missing:
        yield from _changes(deviation.missing)
        yield f"({failure.expected})"
    elif deviation:
        yield f"no change: {failure.expected}"
    else:
        yield rule.replace("accepted with ", "").replace("rejected with ", "")


def _got(failure: Failure, detail: str) -> Iterator[str]:
    deviation = failure.deviation
    if deviation:
        yield from _changes(deviation.unexpected) if deviation.unexpected else ("no change",)
    is_said = failure.context == detail or (failure.received and failure.received.escaped)
    if failure.context and not is_said:
        yield f"({failure.context})" if deviation else failure.context
    if failure.received and not deviation:
        yield from answer_lines(failure.received)


def _changes(changes: StateDiff) -> Iterator[str]:
    for change in changes[:_CHANGES]:
        was = f"   (was {change.before[:SHOWN]})" if change.before else ""
        yield change_text(change) + was
    if len(changes) > _CHANGES:
        yield f"and {len(changes) - _CHANGES} more changes"
