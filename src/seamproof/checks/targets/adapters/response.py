"""
From what a handler gave back to what was received.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from seamproof.checks.model.exchange import Received
from seamproof.checks.targets.adapters.handler_thread import LATE, TIMEOUT
from seamproof.checks.targets.base import KEPT
from seamproof.checks.targets.tracebacks import escaped
from seamproof.statuses import INTERNAL_SERVER_ERROR, SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.targets.base import Place

#: What servers answer when an application raises.


@dataclass(slots=True)
class Answer:
    """
    An answer on its way.

    Attributes:
        place: Of the target.
        status: As soon as it is known.
        headers: Name and value.
        body: The first 4 kB of it.
        begun: When the request was sent, by the performance counter.
        ended: When the answer was whole.
        error: What left the handler.
        reason: Why there is no status.
        heard: Exceptions that a framework told of.
    """

    place: Place
    status: int | None = None
    headers: Iterable[tuple[str, str]] = ()
    body: bytearray = field(default_factory=bytearray)
    begun: float = field(default_factory=perf_counter)
    ended: float | None = None
    error: BaseException | None = None
    reason: str = ""
    heard: list[BaseException] = field(default_factory=list)

    def add(self, chunk: bytes) -> None:
        """
        Take a part of the body.
        """
        if len(self.body) < KEPT:
            self.body += chunk[: KEPT - len(self.body)]

    def end(self) -> None:
        """
        Note that the answer is whole.
        """
        self.ended = perf_counter()

    def received(self) -> Received:
        """
        Close the answer. The secret is in none of it.
        """
        ended = self.ended or perf_counter()
        error = self.error
        if (
            error is None
            and self.heard
            and (self.status or INTERNAL_SERVER_ERROR) >= SERVER_ERROR.start
        ):
            error = self.heard[-1]
        place = self.place
        key = place.secret.reveal().encode()
        return Received(
            status=self.status,
            headers={name.lower(): value for name, value in self.headers},
            body=bytes(self.body).replace(key, b"whsec_***"),
            milliseconds=(ended - self.begun) * 1000,
            escaped=None if error is None else escaped(error, place.root, place.secret),
            reason=self.reason,
        )


def too_late(place: Place, reason: str = LATE) -> Received:
    """
    Stand in for an answer that did not come.
    """
    answer = Answer(place, reason=reason, begun=perf_counter() - TIMEOUT)
    return answer.received()
