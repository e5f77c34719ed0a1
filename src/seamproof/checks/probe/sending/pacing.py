"""
Paces the requests of a run, and waits where the handler limits its rate.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.checks.model.tuning import (
    LIMIT_PAUSES,
    LONGEST_LIMIT_PAUSE,
    SHORT_LIMIT_PAUSE,
    TRIED_REFUSALS,
)
from seamproof.errors import argument_name
from seamproof.mock_server.model.retry_schedule import read_retry_after
from seamproof.statuses import SERVICE_UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.model.exchange import Received


class RunStopped(Exception, ABC):
    """
    The run cannot go on: what the handler does would prove nothing.
    """

    @abstractmethod
    def text(self, option_name: Callable[[str], str] = argument_name) -> str:
        """
        Describe why, and what the user can do.

        Args:
            option_name: Names an option as the user knows it.
        """


class RateLimited(RunStopped):
    """
    The handler limits the rate of requests, and waiting would take too long.

    Attributes:
        status: With which it answers; None if it closes the connection without an answer.
        requests: How many requests were answered otherwise before.
        retry_after: After how many seconds it wants the next request; None if it does not say.
        rate: The requests per second that the run was paced to; None if it was not.
        may_be_ban: Whether it may reject a sender because of forgeries.
    """

    def __init__(
        self, status: int | None, requests: int, retry_after: float | None, rate: float | None
    ) -> None:
        super().__init__(status, requests, retry_after, rate)
        self.status = status
        self.requests = requests
        self.retry_after = retry_after
        self.rate = rate
        self.may_be_ban = False

    def text(self, option_name: Callable[[str], str] = argument_name) -> str:
        """
        Describe the limit and the cure: `429 after 30 requests; use --rate`.
        """
        noun = "request" if self.requests == 1 else "requests"
        when = f"after {self.requests} {noun}" if self.requests else "to the first request"
        cure = f"use {option_name('rate')}" if self.rate is None else "use a lower rate"
        asked = f" (it asks to wait {self.retry_after:g} s)" if self.retry_after else ""
        what = "the handler limits its rate"
        if self.status == SERVICE_UNAVAILABLE and self.retry_after is None:
            what += ", or is overloaded"
        if self.status is None:
            what += ", or no longer answers"
        if self.may_be_ban:
            what += ", or bans a sender after forgeries"
        answer = "no answer" if self.status is None else str(self.status)
        return f"{what}: {answer} {when}; {cure}{asked}"


@dataclass
class Pacer:
    """
    Decides when the next request is sent.

    Attributes:
        rate: Requests per second; None sets no pace.
        now: Seconds of a clock that only runs forward.
        sleep: Waits for some seconds.
        clock: Seconds since the epoch.
        unlimited: How many requests were not answered as limited since one last was, or ever.
        limited_after: How many there were before the last time that one was.
        batches: How many batches were sent at once.
        batch_size: How many requests the last of them had.
        thinned: How many of them were limited so much that little of them was handled at once.
        refused: How many requests were answered as limited while plain ones were not.
        is_overloaded: Whether 503 without Retry-After was seen to pass.
        is_expected: Whether an answer such as 429 is one of the handler itself for now, such as
            that of a circuit breaker; then it is not waited for.
        waited: How long it was waited until limits had passed, in seconds.
        last_limit: The last one that was waited for.
    """

    rate: float | None = None
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.time
    unlimited: int = 0
    limited_after: int = 0
    batches: int = 0
    batch_size: int = 0
    thinned: int = 0
    refused: int = 0
    is_overloaded: bool = False
    is_expected: bool = False
    waited: float = 0.0
    last_limit: RateLimited | None = None
    _last: float | None = None
    _in_limit: bool = False
    _paused: float | None = None

    def wait_turn(self, requests: int, remaining: float | None) -> bool:
        """
        Wait until some requests may be sent at once.

        Args:
            requests: How many.
            remaining: Seconds that may be waited; None is any number.

        Returns:
            Whether they may be sent now; if not, nothing was waited for.
        """
        if self.rate is None:
            return True
        now = self.now()
        due = now if self._last is None else max(now, self._last + requests / self.rate)
        if remaining is not None and due - now > remaining:
            return False
        if due > now:
            self.sleep(due - now)
        self._last = due
        return True

    def record(self, received: Received) -> None:
        """
        Count a response.
        """
        if not received.is_overload:
            self.unlimited += 1
        elif not self._in_limit:
            self.limited_after, self.unlimited = self.unlimited, 0
        self._in_limit = received.is_overload

    def judge_batch(self, limited: int, sent: int) -> None:
        """
        Count a batch, and whether less than half of it was handled at once.
        """
        self.batches += 1
        self.batch_size = sent
        self.thinned += 2 * limited > sent

    def pause(self, received: Received, attempt: int, remaining: float | None) -> float | None:
        """
        Choose how long to wait before a limited request is sent again.

        Args:
            received: The response.
            attempt: How often the request was sent again already.
            remaining: Seconds that the run has left; None is any number.

        Returns:
            Seconds; None if it is not to be sent again.
        """
        pauses: Sequence[float] = LIMIT_PAUSES
        if self.refused:
            pauses = LIMIT_PAUSES[:1] if self.refused < TRIED_REFUSALS else (0.0,)
        if attempt >= len(pauses):
            return None
        pause = max(pauses[attempt], self.retry_after(received) or 0.0)
        longest = LONGEST_LIMIT_PAUSE if remaining is None else remaining / 2
        return None if pause > max(longest, SHORT_LIMIT_PAUSE) else pause

    def wait(self, seconds: float) -> None:
        """
        Wait until the limit may have passed.
        """
        self.sleep(seconds)
        self.waited += seconds
        self._paused = self.now()

    def has_paused_since(self, moment: float) -> bool:
        """
        Whether a pause ended after a moment of the clock `now`.
        """
        return self._paused is not None and self._paused > moment

    def retry_after(self, received: Received) -> float | None:
        """
        Read when the handler wants the next request, in seconds from now.
        """
        return read_retry_after(received.headers.get("retry-after", ""), self.clock())

    def limit(self, received: Received) -> RateLimited:
        """
        Make the exception that ends a run.
        """
        after = self.retry_after(received)
        return RateLimited(received.status, self.limited_after, after, self.rate)

    @contextmanager
    def expected(self) -> Iterator[None]:
        """
        Take answers such as 429 as those of the handler for as long as the block lasts.
        """
        before, self.is_expected = self.is_expected, True
        try:
            yield
        finally:
            self.is_expected = before
