"""
Records a response while it arrives, and turns it into what was received.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seamproof.checks.model.exchange import Received
from seamproof.checks.targets.background import ProcessEnded
from seamproof.checks.targets.base import MAX_BODY, SEARCHED_BODY
from seamproof.checks.targets.handler_thread import LATE, TIMEOUT, call_at_once
from seamproof.checks.targets.tracebacks import attempt, escaped_exception, text_of
from seamproof.checks.targets.work.overlap_meter import OverlapMeter, intervals_overlap
from seamproof.signing.leaks import find_leak
from seamproof.statuses import INTERNAL_SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.targets.base import TargetContext

T = TypeVar("T")

#: Seconds after which no more requests of a batch are sent.
BATCH_SECONDS: Final = 1.0

#: Measures the calls that are made at once; each of them runs in a copy of this context.
meter_in_use: Final[ContextVar[OverlapMeter | None]] = ContextVar("meter_in_use", default=None)


@dataclass(slots=True)
class ResponseRecorder:
    """
    A response that arrives.

    Attributes:
        context: Of the target.
        status: As soon as it is known.
        headers: Name and value.
        request: What it is the response to.
        body: The first 64 kB of it.
        started: When the request was sent, by the performance counter.
        ended: When the response was complete.
        error: The exception that escaped the handler.
        reason: Why there is no status.
        is_hung_up: Whether the connection was closed before there was one.
        signalled: Exceptions that a framework reported by a signal.
        meter: Measures whether calls overlap; None where that is not measured.
        process: In which the request was sent.
    """

    context: TargetContext
    request: Request | None = None
    status: int | None = None
    headers: Iterable[tuple[str, str]] = ()
    body: bytearray = field(default_factory=bytearray)
    started: float = field(default_factory=perf_counter)
    ended: float | None = None
    error: BaseException | None = None
    reason: str = ""
    is_hung_up: bool = False
    signalled: list[BaseException] = field(default_factory=list)
    meter: OverlapMeter | None = None
    process: int = field(default_factory=os.getpid)

    def add(self, chunk: bytes) -> None:
        """
        Add a part of the body.
        """
        if len(self.body) < SEARCHED_BODY:
            self.body += chunk[: SEARCHED_BODY - len(self.body)]

    def end(self) -> None:
        """
        Record that the response is complete.
        """
        self._end_fork()
        if self.meter is not None:
            self.meter.look()
        self.ended = perf_counter()

    def received(self) -> Received:
        """
        Return what was received, without the secret.
        """
        self._end_fork()
        ended = self.ended or perf_counter()
        error = self.error
        failed = (self.status or INTERNAL_SERVER_ERROR) >= INTERNAL_SERVER_ERROR
        if error is None and self.signalled and failed:
            error = self.signalled[-1]
        if isinstance(error, ProcessEnded):
            error.has_escaped = True
        root, secret = self.context.root, self.context.secret
        # An application may set names that are no text.
        headers: dict[str, str] = attempt(
            lambda: {name.lower(): value for name, value in self.headers}, {}
        )
        shown = bytes(self.body[: MAX_BODY + len(secret.reveal())])
        return Received(
            status=self.status,
            headers=headers,
            body=shown.replace(secret.reveal().encode(), b"whsec_***")[:MAX_BODY],
            milliseconds=(ended - self.started) * 1000,
            ended=ended,
            escaped=None if error is None else escaped_exception(error, root, secret),
            reason=self.reason,
            is_hung_up=self.is_hung_up,
            leak=self._leak(headers.values()),
        )

    def _end_fork(self) -> None:
        """
        End a process that a handler forked and that returns as if it were this one.

        It would go on with the run, with the same event loop and the same output.
        """
        if os.getpid() != self.process:
            os._exit(0)

    def _leak(self, headers: Iterable[str]) -> str:
        request = self.request
        if request is None or not request.is_forgery:
            return ""
        text = "\n".join((*headers, self.body.decode("latin-1")))
        return find_leak(request.headers, request.body, text, self.context.secret)


def begin_response(context: TargetContext, request: Request) -> ResponseRecorder:
    """
    Record the response to a request that is handed to the handler now.
    """
    if context.background is not None:
        context.background.begin(request)
    return ResponseRecorder(context, request)


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
        if context.background is None:
            return await asyncio.gather(*map(respond, requests))
        meter = OverlapMeter()
        meter_in_use.set(meter)

        async def measured(request: Request) -> ResponseRecorder:
            response = await respond(request)
            # There may be work after the response.
            meter.look()
            return response

        try:
            return await asyncio.gather(*map(measured, requests))
        finally:
            context.background.has_overlapped = meter.has_overlapped

    try:
        return [one.received() for one in context.thread.run(gather())]
    except TimeoutError as late:
        return [timed_out(context, str(late)) for _ in requests]


def receive_in_turn(
    context: TargetContext,
    respond: Callable[[Request], Coroutine[Any, Any, ResponseRecorder]],
    requests: Sequence[Request],
    at_once: int,
) -> list[Received]:
    """
    Await the responses to the first of several requests, in the event loop of the target.

    Args:
        context: Of the target.
        respond: Makes a response; it raises nothing.
        requests: After a second no more are started.
        at_once: How many are under way at a time.
    """
    responses: dict[int, ResponseRecorder] = {}
    places = iter(range(len(requests)))

    async def work(until: float) -> None:
        for at in places:
            # A task for each, as in servers: it keeps the context variables of a request apart.
            responses[at] = await asyncio.create_task(respond(requests[at]))
            if perf_counter() > until:
                return

    async def gather() -> None:
        until = perf_counter() + BATCH_SECONDS
        if at_once == 1:
            await work(until)
        else:
            await asyncio.gather(*(work(until) for _ in range(at_once)))

    late: list[Received] = []
    try:
        context.thread.run(gather())
    except TimeoutError as problem:
        late.append(timed_out(context, str(problem)))
    return [one.received() for one in _beginning(responses)] + late


def receive_in_turn_by_threads(
    context: TargetContext,
    respond: Callable[[Request], ResponseRecorder],
    requests: Sequence[Request],
    at_once: int,
) -> list[Received]:
    """
    Make the responses to the first of several requests in a few threads.

    Arguments are those of `receive_in_turn`.
    """
    responses: dict[int, ResponseRecorder] = {}
    places = iter(range(len(requests)))
    until = perf_counter() + BATCH_SECONDS

    def work() -> None:
        for at in places:
            responses[at] = respond(requests[at])
            if perf_counter() > until:
                return

    threads = [threading.Thread(target=work, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until + TIMEOUT - perf_counter()))
    late = [timed_out(context)] if any(thread.is_alive() for thread in threads) else []
    return [one.received() for one in _beginning(responses)] + late


def _beginning(responses: dict[int, T]) -> Iterator[T]:
    """
    List the responses to the first requests, up to one that is missing.
    """
    for at in range(len(responses)):
        if at not in responses:
            return
        yield responses[at]


def receive_in_threads(
    context: TargetContext,
    respond: Callable[[Request], ResponseRecorder],
    requests: Sequence[Request],
) -> list[Received]:
    """
    Make the responses to several requests at the same time, each in its own thread.
    """
    intervals: list[tuple[float, float]] = []

    def call(request: Request) -> Received:
        response = respond(request)
        intervals.append((response.started, response.ended or perf_counter()))
        return response.received()

    received = call_at_once(
        [partial(call, request) for request in requests], partial(timed_out, context)
    )
    if context.background is not None:
        context.background.has_overlapped = intervals_overlap(intervals)
    return received
