"""
Signs, sends and counts every request of a run, within its time budget.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seamproof.checks.generation.encoding import Encoding, event_in
from seamproof.checks.generation.signed_request import remake, signed_request
from seamproof.checks.model.tuning import LATE_BUDGET, LATE_BUDGET_IF_QUICK, MAX_UNANSWERED
from seamproof.checks.probe.run_state import RunState
from seamproof.checks.probe.sending.limits import OtherLimits, is_limit, send_past_limit
from seamproof.checks.probe.sending.overlap import Overlap
from seamproof.checks.probe.sending.pacing import Pacer
from seamproof.checks.probe.sending.progress import PassProgress
from seamproof.checks.probe.sending.sender import HandlerGone, OutOfTime
from seamproof.checks.probe.sending.time_budget import TimeBudget, TypeTime
from seamproof.checks.targets.handler_output import logged_in, with_output
from seamproof.signing.forgeries import GENUINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Unpack

    from seamproof.checks.generation.event_source import EventSource
    from seamproof.checks.generation.signed_request import Signing
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.options import Settings
    from seamproof.checks.model.snapshot import DependencySwitch, StateReader
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.probe.sending.sender import RequestSender
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.strategies import Presence


@dataclass
class Probe:
    """
    Signs, sends and counts every request of a run, within its time budget.

    Attributes:
        target: Where requests are sent.
        settings: The options of the run.
        events: Makes the events of the run.
        read_state: Reads the state of the handler; None without the option `state`.
        breaker: Makes the handler's dependency fail (True) or work; None without the option.
        seam: The Seam API that the handler calls; None without the option `world`.
        catch_up: Makes the handler fetch what it has missed; None without the option.
        clock: Seconds since the epoch.
        encoding: How genuine deliveries are encoded; set by the preflight.
        default_type: Of checks that are about no particular event type; set by the preflight.
        one_of_each: Whether the present pass is a quick one; checks read it as `quick`.
        sent: How many requests were sent.
        accepted: How many of them were accepted.
        slowest: By event type, the genuine request that took longest, and its response.
        times: By event type, what its requests have taken.
        state: What one check found out and others use.
        pacer: Decides when the next request is sent.
        other_limits: What is known about limits that answer neither 429 nor 503.
        progress: What the present pass of a check has sent.
        overlap: Decides how many deliveries are under way at a time.
        budget: When sending ends.
        is_broken: Whether the dependency is made to fail at the moment.
        accepted_when_broken: What `accepted` was when it last worked again.
    """

    target: RequestSender
    settings: Settings
    events: EventSource
    read_state: StateReader | None = None
    breaker: DependencySwitch | None = None
    seam: SeamApi | None = None
    catch_up: Callable[[], object] | None = None
    clock: Callable[[], float] = time.time
    encoding: Encoding = field(default_factory=Encoding)
    default_type: str = ""
    one_of_each: bool = False
    sent: int = 0
    accepted: int = 0
    slowest: dict[str | None, tuple[Request, Received]] = field(default_factory=dict)
    times: defaultdict[str | None, TypeTime] = field(default_factory=lambda: defaultdict(TypeTime))
    state: RunState = field(default_factory=RunState)
    pacer: Pacer = field(default_factory=Pacer)
    other_limits: OtherLimits = field(default_factory=OtherLimits)
    progress: PassProgress = field(default_factory=PassProgress)
    overlap: Overlap = field(default_factory=Overlap)
    budget: TimeBudget = field(init=False)
    is_broken: bool = False
    accepted_when_broken: int = 0
    _unanswered: int = 0
    _rejected: list[tuple[Request, Received]] | None = None

    def __post_init__(self) -> None:
        """
        Let late effects take their time on top, unless the user gave a limit.
        """
        self.budget = TimeBudget(
            may_grow=self.settings.max_time is None,
            longest_work=LATE_BUDGET_IF_QUICK if self.settings.quick else LATE_BUDGET,
        )

    @property
    def quick(self) -> bool:
        """
        Whether to send one of each only. A check that asks gets a longer pass later.
        """
        self.progress.was_shortened |= self.one_of_each
        return self.one_of_each

    @property
    def is_brief(self) -> bool:
        """
        Whether each delivery counts: in a quick pass at a handler that takes long to answer.
        """
        return self.overlap.is_brief and self.quick

    def plain(self, event_type: str = "", presence: Presence | None = None) -> JsonObject:
        """
        Make a plain event: of the default type, with the properties that the preflight found.
        """
        chosen = presence or self.encoding.presence
        name = event_type or self.default_type
        return self.events.plain(name, chosen, digits=self.encoding.digits)

    def signed(self, event: JsonMapping | bytes, **how: Unpack[Signing]) -> Request:
        """
        Make a request, genuine or forged: a payload, or the exact bytes of a body.
        """
        return signed_request(self.settings.secret, self.encoding, event, now=self.clock(), **how)

    def send(self, request: Request) -> Received:
        """
        Send a request and wait for its response; again, if the handler limits its rate.

        Raises:
            OutOfTime: The time budget is used up.
            HandlerGone: The handler has stopped responding.
            RateLimited: It limits its rate, and waiting would take too long.
        """
        return self._decide(request, send_past_limit(self, request, self.send_once(request)))

    def send_some(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Send the first of some requests, none of which depends on the responses before it.

        At least one is sent, and as many as take little time. Errors are those of `send`.

        Args:
            requests: Those to send.
            at_once: How many may be under way at a time.
        """
        if self.pacer.rate is not None:
            requests, at_once = requests[:1], 1
        self._take_turn(requests, turns=1)
        began = time.perf_counter()
        responses = with_output(lambda: self.target.send_each(requests, at_once=at_once))
        share = (time.perf_counter() - began) / len(responses)
        pairs = list(zip(requests, responses, strict=False))
        for request, received in pairs:
            if at_once == 1:
                self._record(request, received)
            else:
                self._count(request, received)
                self._note(request, share)
        at = self.pacer.now()
        return [self._decide(one, send_past_limit(self, one, got, at)) for one, got in pairs]

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time and wait for all responses.

        Those for which the handler limits its rate are sent again, one after the other. Errors are
        those of `send`.
        """
        self._take_turn(requests)
        responses = with_output(lambda: self.target.send_all(requests))
        background = getattr(self.target, "background", None)
        if (overlapped := getattr(background, "has_overlapped", None)) is not None:
            self.progress.overlaps.add(overlapped)
        for request, received in zip(requests, responses, strict=True):
            self._count(request, received, at_once=True)
        if self.pacer.is_expected:
            return list(map(self._decide, requests, responses))
        says_limit = self.pacer.is_overloaded or self.other_limits.looks
        limited = [
            is_limit(self, request, received) if says_limit else received.is_limited
            for request, received in zip(requests, responses, strict=True)
        ]
        self.pacer.judge_batch(sum(limited), len(responses))
        return [
            # A lock of the handler may be answered 429 as well: it is open again.
            self.send(request) if is_limited else self._decide(request, received)
            for request, received, is_limited in zip(requests, responses, limited, strict=True)
        ]

    def send_over_new_connections(
        self, requests: Sequence[Request]
    ) -> list[tuple[Received, int | None]]:
        """
        Send requests over new connections; return the responses and the ids of their processes.
        """
        if (send := getattr(self.target, "send_over_new_connections", None)) is None:
            return []
        self._take_turn(requests)
        answers: list[tuple[Received, int | None]] = send(requests)
        for request, (received, _) in zip(requests, answers, strict=False):
            self._count(request, received)
            self._decide(request, received)
        return answers

    def deliver(
        self, event: JsonMapping | bytes, **how: Unpack[Signing]
    ) -> tuple[Request, Received]:
        """
        Sign and send an event.
        """
        request = self.signed(event, **how)
        return request, self.send(request)

    def is_slow(self, event_type: str | None) -> bool:
        """
        Whether the requests of a type have used up its time: then no more of it is sent.
        """
        if (is_slow := self.times[event_type].is_used_up) and event_type:
            self.progress.slow_types.add(event_type)
        return is_slow

    def send_once(self, request: Request) -> Received:
        """
        Send a request, whatever the answer is.
        """
        self._take_turn([request])
        (received,) = with_output(lambda: [self.target.send(request)])
        self._record(request, received)
        return received

    def _take_turn(self, requests: Sequence[Request], turns: int | None = None) -> None:
        """
        Wait until requests may be sent, by the time budget and the pace of the run.
        """
        turns = turns or len(requests)
        if self.budget.is_used_up or not self.pacer.wait_turn(turns, self.budget.remaining):
            raise OutOfTime
        if self.seam is not None:
            self.seam.expect(requests)

    def plain_request(self) -> Request:
        """
        Sign a plain event of the default type.
        """
        return self.signed(self.plain())

    def copy_of(self, request: Request) -> Request | None:
        """
        Sign the event of a request under new ids; None if it holds none.
        """
        event = event_in(request.body)
        return self.signed(self.events.fresh_again(event)) if event else None

    def may_have_stopped(self) -> bool:
        """
        Whether a crash, or an event that Seam does not send, may be why nothing is accepted.
        """
        return self.state.exchanges.may_have_stopped(self.events.catalogue)

    def sign_again(self, request: Request) -> Request:
        """
        Sign a request again, with the current time.
        """
        message_id, now = request.message_id, self.clock()
        return remake(request, self.settings.secret, now=now, message_id=message_id)

    def _record(self, request: Request, received: Received) -> None:
        self._count(request, received)
        self._note(request, received.milliseconds / 1000)
        if request.recipe == GENUINE and not self.is_broken:
            self.overlap.response_times.append(received.milliseconds / 1000)
            worst = self.slowest.get(request.event_type)
            if worst is None or worst[1].milliseconds < received.milliseconds:
                self.slowest[request.event_type] = (request, received)

    def _decide(self, request: Request, received: Received) -> Received:
        """
        Note the response that counts: that after the limit of a rate.
        """
        self._unanswered = 0 if received.status or received.escaped else self._unanswered + 1
        if self._unanswered >= MAX_UNANSWERED:
            raise HandlerGone(received.reason)
        if self._rejected is not None and (received.is_rejected or received.is_limited):
            self._rejected.append((request, received))
        return received

    def _note(self, request: Request, seconds: float) -> None:
        event_type = request.event_type
        self.progress.sent_types[event_type] = None
        self.times[event_type].add(seconds)

    def _count(self, request: Request, received: Received, *, at_once: bool = False) -> None:
        self.state.answers.add(request, received, is_broken=self.is_broken, at_once=at_once)
        is_accepted, may_print = self.is_accepted(received), not self.is_broken
        if not self.is_broken:
            is_plain = request.event_type == self.default_type and request.recipe == GENUINE
            self.state.exchanges.record(request, received, is_proof=is_plain and is_accepted)
        self.sent += 1
        self.state.liveness.logged += logged_in(self.target, request, received, may_print=may_print)
        known = self.state.liveness.accepted
        known[request.message_id] = known.get(request.message_id, True) and is_accepted
        if is_accepted:
            self.accepted += 1
            if self.state.observation is not None:
                self.state.observation.queue(time.monotonic())
        if request.is_forgery:
            self.other_limits.has_forged = True
            self.state.forgeries.add((request.recipe, request.age))
            if received.leak:
                self.state.leaks.append((request, received))
        self.pacer.record(received)

    def is_accepted(self, received: Received) -> bool:
        """
        Whether a request was accepted: an accepted status, and no exception during or after it.
        """
        return received.escaped is None and self.is_acknowledged(received)

    def is_acknowledged(self, received: Received) -> bool:
        """
        Whether the sender counts a request as delivered: by its status alone.
        """
        return self.settings.accepts(received.status)

    @contextmanager
    def watched_rejections(self) -> Iterator[list[tuple[Request, Received]]]:
        """
        Collect the requests that are rejected for as long as the block lasts, and the responses.
        """
        before, self._rejected = self._rejected, []
        try:
            yield self._rejected
        finally:
            self._rejected = before
