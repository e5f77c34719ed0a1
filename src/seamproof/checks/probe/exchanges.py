"""
The exchanges since the handler was last known to work, and the first crash among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seamproof.checks.generation.encoding import event_in
from seamproof.schemas import is_valid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.schemas import Catalogue

#: Bytes of bodies that the proof of a failure has at most.
_MAX_PROOF = 1_000_000


@dataclass
class Exchanges:
    """
    What was sent and received since the handler was last known to work.

    Attributes:
        since_proof: In order.
        crash: The first exception, 5xx or missing answer after which no plain event of the
            default type was accepted.
    """

    since_proof: list[tuple[Request, Received]] = field(default_factory=list)
    crash: tuple[Request, Received] | None = None

    def record(self, request: Request, received: Received, *, is_proof: bool) -> None:
        """
        Record an exchange.

        Args:
            request: What was sent.
            received: The answer.
            is_proof: Whether it is a plain event of the default type that was accepted.
        """
        self.since_proof.append((request, received))
        if is_proof:
            self.crash = None
        elif received.is_crash and self.crash is None:
            self.crash = (request, received)

    def prove(self) -> None:
        """
        Forget what was sent before: the handler is known to work.
        """
        self.since_proof.clear()
        self.crash = None

    def answer_to(self, request: Request) -> Received | None:
        """
        Look up the answer to a request; None if it was sent before the handler last worked.
        """
        return next((answer for one, answer in self.since_proof if one is request), None)

    def sent(self) -> tuple[Request, ...]:
        """
        List the requests, without those that would make the proof too large.
        """
        chosen, size = [], 0
        for request, _ in self.since_proof:
            size += len(request.body)
            if size > _MAX_PROOF:
                break
            chosen.append(request)
        return tuple(chosen)

    def is_after_crash(self, failure: Failure) -> bool:
        """
        Whether a failure was met after the first crash, and so may be its consequence.
        """
        if self.crash is None or not failure.sent:
            return False
        return self._position(failure.sent[-1:]) > self._position(self.crash[:1])

    @property
    def is_blocked_by_crash(self) -> bool:
        """
        Whether 429 or 503 began with a crash, as where a lock was never released.

        An answer that says when to try again is that of a limit, however it began.
        """
        if self.crash is None or self.crash[1].is_overload:
            return False
        later = self.since_proof[self._position(self.crash[:1]) + 1 :]
        answers = [answer for request, answer in later if not request.is_forgery]
        return bool(answers) and all(
            "retry-after" not in one.headers if one.is_overload else one.is_crash for one in answers
        )

    def may_have_stopped(self, catalogue: Catalogue) -> bool:
        """
        Whether a crash, or an event that Seam does not send, may be why nothing is accepted.
        """
        if self.crash is not None and not self.crash[1].is_hung_up:
            return True
        genuine = [one for one, _ in self.since_proof if not one.is_forgery]
        return not all(is_valid(event_in(one.body), catalogue=catalogue) for one in genuine)

    def _position(self, requests: Sequence[object]) -> int:
        sent = [id(one) for one, _ in self.since_proof]
        return sent.index(id(requests[0])) if id(requests[0]) in sent else -1
