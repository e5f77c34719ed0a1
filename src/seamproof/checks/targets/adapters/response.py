"""
Records a response while it arrives, and turns it into what was received.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from seamproof.checks.model.exchange import Received
from seamproof.checks.targets.background import ProcessEnded
from seamproof.checks.targets.base import MAX_BODY
from seamproof.checks.targets.handler_thread import LATE, TIMEOUT, call_at_once
from seamproof.checks.targets.tracebacks import attempt, escaped_exception, text_of
from seamproof.statuses import INTERNAL_SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.targets.base import TargetContext


@dataclass(slots=True)
class ResponseRecorder:
    """
    A response that arrives.

    Attributes:
        context: Of the target.
        status: As soon as it is known.
        headers: Name and value.
        body: The first 4 kB of it.
        started: When the request was sent, by the performance counter.
        ended: When the response was complete.
        error: The exception that escaped the handler.
        reason: Why there is no status.
        signalled: Exceptions that a framework reported by a signal.
    """

    context: TargetContext
    status: int | None = None
    headers: Iterable[tuple[str, str]] = ()
    body: bytearray = field(default_factory=bytearray)
    started: float = field(default_factory=perf_counter)
    ended: float | None = None
    error: BaseException | None = None
    reason: str = ""
    signalled: list[BaseException] = field(default_factory=list)

    def add(self, chunk: bytes) -> None:
        """
        Add a part of the body.
        """
        if len(self.body) < MAX_BODY:
            self.body += chunk[: MAX_BODY - len(self.body)]

    def end(self) -> None:
        """
        Record that the response is complete.
        """
        self.ended = perf_counter()

    def received(self) -> Received:
        """
        Return what was received, without the secret.
        """
        ended = self.ended or perf_counter()
        error = self.error
        failed = (self.status or INTERNAL_SERVER_ERROR) >= INTERNAL_SERVER_ERROR
        if error is None and self.signalled and failed:
            error = self.signalled[-1]
        if isinstance(error, ProcessEnded):
            error.has_escaped = True
        root, secret = self.context.root, self.context.secret
        return Received(
            status=self.status,
            # An application may set names that are no text.
            headers=attempt(lambda: {name.lower(): value for name, value in self.headers}, {}),
            body=bytes(self.body).replace(secret.reveal().encode(), b"whsec_***"),
            milliseconds=(ended - self.started) * 1000,
            escaped=None if error is None else escaped_exception(error, root, secret),
            reason=self.reason,
        )


def begin_response(context: TargetContext, request: Request) -> ResponseRecorder:
    """
    Record the response to a request that is handed to the handler now.
    """
    if context.background is not None:
        context.background.begin(request)
    return ResponseRecorder(context)


def as_bytes(part: object) -> bytes:
    """
    Encode what a function returned as part of a body: text, or an object as text.
    """
    return part if isinstance(part, bytes) else text_of(part).encode(errors="replace")


def timed_out(context: TargetContext, reason: str = LATE) -> Received:
    """
    Make what is received where no response came in time.
    """
    return ResponseRecorder(context, reason=reason, started=perf_counter() - TIMEOUT).received()


def receive_concurrently(
    context: TargetContext,
    respond: Callable[[Request], Awaitable[ResponseRecorder]],
    requests: Sequence[Request],
) -> list[Received]:
    """
    Await the responses to several requests at the same time, in the event loop of the target.
    """

    async def gather() -> list[ResponseRecorder]:
        return await asyncio.gather(*map(respond, requests))

    try:
        return [one.received() for one in context.thread.run(gather())]
    except TimeoutError as late:
        return [timed_out(context, str(late)) for _ in requests]


def receive_in_threads(
    context: TargetContext,
    respond: Callable[[Request], ResponseRecorder],
    requests: Sequence[Request],
) -> list[Received]:
    """
    Make the responses to several requests at the same time, each in its own thread.
    """
    calls = [partial(lambda one: respond(one).received(), request) for request in requests]
    return call_at_once(calls, partial(timed_out, context))
