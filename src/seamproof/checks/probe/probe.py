"""
Signs, sends and counts every request of a run, within its time budget.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from seamproof.checks.generation.encoding import HEADER_CASES, Encoding
from seamproof.checks.generation.signed_request import remake
from seamproof.checks.model.exchange import Request
from seamproof.checks.model.tuning import EVENT_TYPE_BUDGET, MAX_UNANSWERED
from seamproof.checks.probe.run_state import RunState
from seamproof.events import mint_message_id
from seamproof.signing.forgeries import GENUINE, RECIPES, SigningInput
from seamproof.version import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.generation.event_source import EventSource
    from seamproof.checks.model.exchange import Received
    from seamproof.checks.model.options import Settings
    from seamproof.checks.model.snapshot import DependencySwitch, StateReader
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.strategies import Presence

_HEADERS: Final = (
    ("content-type", "application/json"),
    ("user-agent", USER_AGENT),
    ("accept", "*/*"),
)


class RequestSender(Protocol):
    """
    What the probe needs of a target.
    """

    def send(self, request: Request) -> Received:
        """
        Send one request and wait for its response.
        """
        ...

    def send_each(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests one after the other: at least one, and as many as take little time.
        """
        ...

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time and wait for all responses.
        """
        ...


class OutOfTime(Exception):
    """
    The time budget of the run is used up.
    """


class HandlerGone(Exception):
    """
    The handler has stopped responding.
    """


@dataclass
class Probe:
    """
    Signs, sends and counts every request of a run, within its time budget.

    Attributes:
        target: Where requests are sent.
        settings: The options of the run.
        events: Makes the events of the run.
        read_state: Reads the state of the handler; None without the option `state`.
        breaker: Makes the dependency of the handler fail (True) or work (False); None without
            the option `breaker`.
        clock: Seconds since the epoch.
        deadline: When sending ends, by `time.monotonic`; None without a time budget.
        encoding: How genuine deliveries are encoded; set by the preflight.
        default_type: The event type of checks that are about no particular type; set by the
            preflight.
        quick: Whether to send one of each only: as asked for, or because the preflight found
            the handler slow.
        sent: How many requests were sent.
        accepted: How many of them were accepted.
        slowest: By event type, the genuine request that took longest, and its response.
        waited: By event type, the seconds that its requests have taken in all.
        state: What one check found out and others use.
    """

    target: RequestSender
    settings: Settings
    events: EventSource
    read_state: StateReader | None = None
    breaker: DependencySwitch | None = None
    clock: Callable[[], float] = time.time
    deadline: float | None = None
    encoding: Encoding = field(default_factory=Encoding)
    default_type: str = ""
    quick: bool = False
    sent: int = 0
    accepted: int = 0
    slowest: dict[str | None, tuple[Request, Received]] = field(default_factory=dict)
    waited: dict[str | None, float] = field(default_factory=dict)
    state: RunState = field(default_factory=RunState)
    _unanswered: int = 0

    def plain(self, event_type: str = "", presence: Presence | None = None) -> JsonObject:
        """
        Make a plain event: of the default type, with the properties that the preflight found.
        """
        return self.events.plain(
            event_type or self.default_type,
            presence or self.encoding.presence,
            digits=self.encoding.digits,
        )

    def signed(
        self,
        event: JsonMapping | bytes,
        *,
        recipe: str = GENUINE,
        age: int = 0,
        message_id: str | None = None,
        event_type: str | None = None,
        header_case: str | None = None,
        method: str = "POST",
    ) -> Request:
        """
        Make a request, genuine or forged.

        Args:
            event: The payload, or the exact bytes of a body.
            recipe: How it is signed, a key of `RECIPES`.
            age: Seconds by which the timestamp lies before the clock.
            message_id: By default a new one.
            event_type: By default that of the payload.
            header_case: Of the names of headers, a key of `HEADER_CASES`.
            method: The HTTP method.
        """
        body = event if isinstance(event, bytes) else self.encoding.encode(event)
        if event_type is None and not isinstance(event, bytes):
            event_type = event.get("event_type")
        now = self.clock()
        message_id = message_id or mint_message_id(now)
        parts = SigningInput((self.settings.secret,), message_id, int(now) - age, body)
        signed = RECIPES[recipe].headers(parts)
        headers = (*_HEADERS, *signed.items())
        in_case = HEADER_CASES[header_case or self.encoding.header_case]
        if in_case is not str.lower:
            headers = tuple((in_case(name), value) for name, value in headers)
        return Request(
            headers=headers,
            body=body,
            method=method,
            event_type=event_type,
            recipe=recipe,
            message_id=message_id,
            age=age,
        )

    def send(self, request: Request) -> Received:
        """
        Send a request and wait for its response.

        Raises:
            OutOfTime: The time budget is used up.
            HandlerGone: The handler has stopped responding.
        """
        self._check_time()
        received = self.target.send(request)
        self._record(request, received)
        return received

    def send_each(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Received]]:
        """
        Send requests one after the other, none of which depends on the responses before it.

        Raises:
            OutOfTime: The time budget is used up.
            HandlerGone: The handler has stopped responding.
        """
        done = 0
        while done < len(requests):
            self._check_time()
            responses = self.target.send_each(requests[done:])
            for request, received in zip(requests[done:], responses, strict=False):
                self._record(request, received)
                yield request, received
            done += len(responses)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time and wait for all responses.

        Raises:
            OutOfTime: The time budget is used up.
            HandlerGone: The handler has stopped responding.
        """
        self._check_time()
        responses = self.target.send_all(requests)
        for received in responses:
            self._count(received)
        return responses

    def deliver(self, event: JsonMapping | bytes, **how: Any) -> tuple[Request, Received]:
        """
        Sign and send an event.
        """
        request = self.signed(event, **how)
        return request, self.send(request)

    def is_slow(self, event_type: str | None) -> bool:
        """
        Whether the requests of a type have used up its time: then no more of it is sent.
        """
        return self.waited.get(event_type, 0.0) > EVENT_TYPE_BUDGET

    @property
    def time_is_up(self) -> bool:
        """
        Whether the time budget is used up.
        """
        return self.deadline is not None and time.monotonic() > self.deadline

    def _check_time(self) -> None:
        if self.time_is_up:
            raise OutOfTime

    def _record(self, request: Request, received: Received) -> None:
        self._count(received)
        seconds = self.waited.get(request.event_type, 0.0)
        self.waited[request.event_type] = seconds + received.milliseconds / 1000
        if request.recipe == GENUINE:
            worst = self.slowest.get(request.event_type)
            if worst is None or worst[1].milliseconds < received.milliseconds:
                self.slowest[request.event_type] = (request, received)

    def _count(self, received: Received) -> None:
        self.sent += 1
        self.accepted += self.is_accepted(received)
        silent = received.status is None and received.escaped is None
        self._unanswered = self._unanswered + 1 if silent else 0
        if self._unanswered >= MAX_UNANSWERED:
            raise HandlerGone(received.reason)

    def is_accepted(self, received: Received) -> bool:
        """
        Whether a request was accepted: an accepted status, and no exception escaped.
        """
        # Work that an application does after its response may fail as well; a server only logs it.
        return received.escaped is None and self.is_acknowledged(received)

    def is_acknowledged(self, received: Received) -> bool:
        """
        Whether the sender counts a request as delivered: by its status alone.
        """
        return self.settings.accepts(received.status)

    @contextmanager
    def broken_dependency(self) -> Iterator[None]:
        """
        Make the dependency of the handler fail for as long as the block lasts.
        """
        if self.breaker is None:
            message = "there is nothing that makes the dependency fail"
            raise RuntimeError(message)
        try:
            self.breaker(True)  # noqa: FBT003 - the signature that users implement
            yield
        finally:
            self.breaker(False)  # noqa: FBT003 - the signature that users implement


def redelivery_of(probe: Probe, request: Request) -> Request:
    """
    Sign the next attempt of a message: the same id and body under the current time.
    """
    current = replace(request, age=0)
    secret = probe.settings.secret
    return remake(current, secret, now=probe.clock(), message_id=request.message_id)
