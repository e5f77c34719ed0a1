"""
Proves rejections: a request was rejected for what it is if a genuine delivery after it is accepted.

A limiter or a ban rejects forgeries that the handler never verified.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.signed_request import remake_all
from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.results import Failure, Inconclusive
from seamproof.checks.model.tuning import (
    LIMIT_PAUSES,
    MAX_UNANSWERED_CONTROLS,
    REPEATED_REJECTIONS,
)
from seamproof.checks.probe.deliveries import is_rejected, send_groups
from seamproof.checks.probe.sending.limits import look_of
from seamproof.checks.probe.sending.pacing import RunStopped
from seamproof.errors import argument_name
from seamproof.statuses import TOO_MANY_REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe

    Run = Callable[[Probe], Iterator[Finding]]

#: Why a rejection proves nothing in itself.
NO_PROOF: Final = "answered 429, which does not show that the request was verified"
_NOT_AT_ONCE: Final = (
    "the handler limits its rate: less than half of the requests at once were handled at once"
)
#: Why rejections prove nothing although a genuine delivery was accepted.
AT_TIMES: Final = "the handler rejects genuine deliveries at times, and so proves nothing"


class GenuineRejected(RunStopped):
    """
    After requests that had to be rejected, genuine deliveries are rejected as well.

    Attributes:
        received: The response to a plain genuine delivery.
        requests: How many requests the run had sent.
    """

    def __init__(self, received: Received, requests: int) -> None:
        super().__init__(received, requests)
        self.received = received
        self.requests = requests

    def text(self, option_name: Callable[[str], str] = argument_name) -> str:
        """
        Describe what was found, and what may be the reason.
        """
        if _is_silent(self.received):
            return f"the handler no longer answers: {self.received.reason}"
        found = f"{answer_text(self.received)}, after {self.requests} requests"
        text = "the handler no longer accepts genuine deliveries, which it accepted at first"
        if self.received.is_rejected or self.received.is_overload:
            rate = option_name("rate")
            found += f"); it may limit its rate (use {rate}) or ban a sender after forgeries"
            return f"{text} ({found}"
        return f"{text} ({found})"


def controlled(check: Run) -> Run:
    """
    Let a check that passes by rejections send a genuine delivery after them as a control.

    Where the control is accepted only after a while, or a request that was rejected is accepted
    when it is repeated after the control, the check runs once more.
    """

    @wraps(check)
    def run(probe: Probe) -> Iterator[Finding]:
        for _ in range(2):
            held: list[Finding] = []
            with probe.watched_rejections() as rejected:
                for finding in check(probe):
                    if _needs_control(finding):
                        held.append(finding)
                    else:
                        yield finding
            if proves_rejections(probe, rejected):
                yield from (one for one in held if not _is_limited(one))
                if any(received.status == TOO_MANY_REQUESTS for _, received in rejected):
                    yield Inconclusive(reason=NO_PROOF)
                return
        yield Inconclusive(reason=AT_TIMES, option="rate")

    return run


def handled_at_once(check: Run) -> Run:
    """
    Leave a check undecided that passes by requests at once, if the handler limited all batches.

    A handler may put off all copies of a message but one, by 503 and Retry-After or by 429: that is
    no limit if it handles as many different messages at once.
    """

    @wraps(check)
    def run(probe: Probe) -> Iterator[Finding]:
        pacer = probe.pacer
        batches, thinned = pacer.batches, pacer.thinned
        yield from check(probe)
        limited = pacer.thinned - thinned
        if limited and limited == pacer.batches - batches and _is_limited_at_once(probe):
            yield Inconclusive(reason=_NOT_AT_ONCE)

    return run


def _is_limited_at_once(probe: Probe) -> bool:
    """
    Whether as many different messages at once as in the last batch are limited as well.
    """
    pacer = probe.pacer
    thinned = pacer.thinned
    probe.send_all([probe.signed(probe.plain()) for _ in range(pacer.batch_size)])
    return pacer.thinned > thinned


def proves_rejections(
    probe: Probe,
    rejected: Sequence[tuple[Request, Received]],
    *,
    most: int | None = REPEATED_REJECTIONS,
) -> bool:
    """
    Send a genuine delivery after requests that were rejected.

    Args:
        probe: Of the run.
        rejected: The requests and their responses.
        most: How many different responses are asked for again after it; None for all.

    Returns:
        Whether it was accepted at once, and those requests are rejected after it, too.

    Raises:
        GenuineRejected: No genuine delivery is accepted any more.
    """
    if not _accepts_at_once(probe):
        return False
    # Where a limit answers as the handler itself does, an earlier proof is none for this check.
    known = probe.state.proved_rejections - probe.other_limits.looks
    new = {look_of(received): request for request, received in rejected if received.is_rejected}
    looks = [one for one in new if one not in known][:most]
    # A limit may have ended just before the control.
    again = [remake_all((new[one],), probe.settings.secret, now=probe.clock()) for one in looks]
    for look, (_, received) in zip(
        looks, send_groups(probe, map(tuple, again), is_rejected), strict=True
    ):
        if not received.is_rejected:
            return False
        probe.state.proved_rejections.add(look)
    return True


def _accepts_at_once(probe: Probe) -> bool:
    """
    Whether a genuine delivery is accepted, without a pause.

    Raises:
        GenuineRejected: None is accepted, after pauses either.
    """
    unanswered, passed = 0, probe.other_limits.passed
    for pause in (0.0, *LIMIT_PAUSES):
        probe.pacer.sleep(pause)
        _, received = probe.deliver(probe.plain())
        if probe.is_accepted(received):
            return not pause and probe.other_limits.passed == passed
        unanswered += _is_silent(received)
        # Each of them may have taken as long as a time-out.
        if unanswered >= MAX_UNANSWERED_CONTROLS:
            break
    raise GenuineRejected(received, probe.sent)


def _needs_control(finding: Finding) -> bool:
    """
    Whether a failure may be one of a limiter: it counts only if the control is accepted.
    """
    received = finding.received if isinstance(finding, Failure) else None
    return received is not None and received.is_overload


def _is_silent(received: Received) -> bool:
    return received.status is None and received.escaped is None


def _is_limited(finding: Finding) -> bool:
    received = finding.received if isinstance(finding, Failure) else None
    return received is not None and received.status == TOO_MANY_REQUESTS
