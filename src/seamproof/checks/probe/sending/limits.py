"""
Recognises the limit of a handler's rate, with whichever answer, and sends past it.

429, and 503 where anything was accepted, are such answers. Any other rejection, and a connection
that is closed without an answer, is one if a plain delivery, which was accepted before, gets
the same answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from seamproof.checks.model.tuning import LIMIT_PAUSES, REJECTIONS_IN_A_ROW, SIGNED_AGAIN_AFTER
from seamproof.checks.probe.sending.sender import OutOfTime
from seamproof.signing.forgeries import RECIPES

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.sending.pacing import Pacer, RateLimited
    from seamproof.checks.probe.sending.time_budget import TimeBudget

#: Statuses that say something else than a limit: the method is not allowed; the request conflicts
#: with an earlier one, such as a duplicate.
_NO_LIMIT: Final = (405, 409)
#: Bytes of a response by which kinds of rejections are distinguished.
_COMPARED: Final = 200
#: Looks of one status that are no limit, after which others of this status are none either.
_MANY_LOOKS: Final = 5


class Look(NamedTuple):
    """
    A rejection reduced to what distinguishes it: its status, and its text without ids and figures.
    """

    status: int | None
    text: bytes


def look_of(received: Received) -> Look:
    """
    Reduce a rejection to what distinguishes it.
    """
    return Look(received.status, re.sub(rb"\S*\d\S*", b"", received.body[:_COMPARED]))


@dataclass
class OtherLimits:
    """
    What is known about rejections that are neither 429 nor 503.

    Attributes:
        is_watched: Whether a plain delivery was accepted, so that another one can be a control.
        looks: Those with which the handler limits its rate.
        refuted: Those with which it rejects a delivery for what it is.
        found: How often a limit was found that was not known: deliveries that were sent to find
            it have an effect as well.
        in_a_row: How many genuine deliveries in a row have been rejected.
        passed: How often such a limit has passed after a pause.
        has_forged: Whether a forgery was sent: a ban looks like a limit.
    """

    is_watched: bool = False
    looks: set[Look] = field(default_factory=set)
    refuted: set[Look] = field(default_factory=set)
    found: int = 0
    in_a_row: int = 0
    passed: int = 0
    has_forged: bool = False

    def is_refuted(self, look: Look) -> bool:
        """
        Whether the handler rejects a delivery for what it is.

        It has done so with this look, or with the status and several other texts: it may quote
        what it rejects.
        """
        same_status = (one for one in self.refuted if one.status == look.status)
        return look in self.refuted or sum(1 for _ in same_status) >= _MANY_LOOKS


class LimitedSender(Protocol):
    """
    What is needed to send past a limit; the probe is one.
    """

    pacer: Pacer
    budget: TimeBudget
    other_limits: OtherLimits
    accepted: int
    accepted_when_broken: int
    is_broken: bool

    def send_once(self, request: Request) -> Received:
        """
        Send a request, whatever the answer is.
        """
        ...

    def plain_request(self) -> Request:
        """
        Sign a plain event of the default type.
        """
        ...

    def copy_of(self, request: Request) -> Request | None:
        """
        Sign the event of a request under new ids; None if it holds none.
        """
        ...

    def sign_again(self, request: Request) -> Request:
        """
        Sign a request again, with the current time.
        """
        ...

    def is_accepted(self, received: Received) -> bool:
        """
        Whether a request was accepted.
        """
        ...

    def may_have_stopped(self) -> bool:
        """
        Whether something that was sent may be why the handler accepts nothing any more.
        """
        ...


def is_limit(sender: LimitedSender, request: Request, received: Received) -> bool:
    """
    Whether a request has to be sent again: 503 is no limit before anything is accepted.
    """
    if sender.pacer.is_expected:
        return False
    is_overload = received.is_overload and sender.accepted > sender.accepted_when_broken
    if received.is_limited or is_overload:
        return True
    is_known = _is_rejection(received) and look_of(received) in sender.other_limits.looks
    return is_known and not request.is_forgery


def send_past_limit(
    sender: LimitedSender, request: Request, received: Received, at: float | None = None
) -> Received:
    """
    Send a request again for as long as the handler limits its rate.

    One such as 429 is returned if it belongs to this very request, as plain ones have another.
    `at` is when the response came, where other requests may have waited since.

    Raises:
        RateLimited: The limit lasts too long.
    """
    pacer, attempt, waited = sender.pacer, 0, 0.0
    is_new = _is_unknown_limit(sender, request, received)
    if not is_new and not is_limit(sender, request, received):
        return received
    requests = pacer.unlimited - 1
    says_limit, is_other = received.is_limited, not received.is_overload
    if at is not None and pacer.has_paused_since(at):
        received = sender.send_once(request)
    while is_limit(sender, request, received):
        remaining = sender.budget.remaining
        pause = pacer.pause(received, attempt, remaining)
        if pause is None:
            control = sender.plain_request()
            plain = sender.send_once(control)
            if is_limit(sender, control, plain):
                if is_new and sender.may_have_stopped():
                    _refute(sender, received)
                    return received
                raise _limit(sender, received, requests if is_other else None)
            pacer.refused += 1
            if is_other:
                _refute(sender, received)
            return received
        if remaining is not None and pause > remaining:
            raise OutOfTime
        pacer.last_limit = _limit(sender, received, requests if is_other else None)
        pacer.wait(pause)
        attempt, waited = attempt + 1, waited + pause
        if waited > SIGNED_AGAIN_AFTER and not RECIPES[request.recipe].borrowed:
            request = sender.sign_again(request)
        received = sender.send_once(request)
    pacer.is_overloaded |= not (says_limit or is_other)
    sender.other_limits.passed += is_other
    return received


def _refute(sender: LimitedSender, received: Received) -> None:
    look = look_of(received)
    sender.other_limits.looks.discard(look)
    sender.other_limits.refuted.add(look)


def _limit(sender: LimitedSender, received: Received, requests: int | None) -> RateLimited:
    limit = sender.pacer.limit(received)
    if requests is not None:
        limit.requests, limit.may_be_ban = requests, sender.other_limits.has_forged
    return limit


def _is_unknown_limit(sender: LimitedSender, request: Request, received: Received) -> bool:
    """
    Find out whether a rejection is that of a limit; by a control, if that is not known yet.
    """
    known = sender.other_limits
    is_watched = known.is_watched and not (sender.is_broken or sender.pacer.is_expected)
    if request.is_forgery or not is_watched:
        return False
    if not _is_rejection(received):
        known.in_a_row = 0
        return False
    look = look_of(received)
    known.in_a_row += 1
    is_refuted = known.is_refuted(look)
    if look in known.looks or (is_refuted and known.in_a_row % REJECTIONS_IN_A_ROW):
        return False
    plain = sender.send_once(sender.plain_request())
    if sender.is_accepted(plain):
        # What was no limit before is none by good luck: it is not waited for each time.
        found = not is_refuted and _was_lucky(sender, request)
    else:
        found = look_of(plain) == look
    if found:
        known.looks.add(look)
        known.found += 1
    else:
        known.refuted.add(look)
    return found


def _is_rejection(received: Received) -> bool:
    return (received.is_rejected and received.status not in _NO_LIMIT) or received.is_hung_up


def _was_lucky(sender: LimitedSender, request: Request) -> bool:
    """
    Whether the control was accepted only because the limit had just passed.

    Then a copy of the request is accepted after a pause, and the request itself is, too.
    """
    copy = sender.copy_of(request)
    if copy is None or copy.recipe != request.recipe:
        return False
    sender.pacer.sleep(LIMIT_PAUSES[0])
    return all(sender.is_accepted(sender.send_once(one)) for one in (copy, request))
