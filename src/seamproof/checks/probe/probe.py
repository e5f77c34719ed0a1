"""
The probe: makes requests, sends and counts them, and judges what comes back.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from seamproof.checks.generation.encoding import CASES, Style
from seamproof.checks.generation.signed_request import remake
from seamproof.checks.model.exchange import Request
from seamproof.checks.model.results import Failure
from seamproof.checks.probe.run_state import RunState
from seamproof.events import mint_message_id
from seamproof.signing.forgeries import GENUINE, RECIPES, SigningInput
from seamproof.statuses import CLIENT_ERROR, SERVER_ERROR
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.generation.event_source import Specimens
    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received
    from seamproof.checks.model.options import Settings
    from seamproof.json_types import JsonMapping, JsonObject

_COMMON: Final = (
    ("content-type", "application/json"),
    ("user-agent", f"Svix-Webhooks/1.0 (seamproof {__version__})"),
    ("accept", "*/*"),
)
#: Seconds until Svix tries again after a first failure, and a bit.
RETRY: Final = 6
#: Seconds that the requests of one event type may take in all.
_LONG: Final = 20.0
#: Unanswered requests in a row after which the handler counts as gone.
_GONE: Final = 10


class Target(Protocol):
    """
    Where requests go.
    """

    def send(self, request: Request) -> Received:
        """
        Send one and wait for what comes of it.
        """
        ...

    def send_each(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send several one after the other: as many as take little time, one at the least.
        """
        ...

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send several at once and wait for all.
        """
        ...


class TimeUp(Exception):
    """
    The time that the user gave is over.
    """


class Gone(Exception):
    """
    The handler has stopped answering altogether.
    """


@dataclass
class Probe:
    """
    A run's hand: every request of a check goes through it.

    Attributes:
        target: Where requests go.
        settings: What the user decided.
        specimens: The events of the run.
        look: Tells the handler's state as JSON-ready data; None if nobody can.
        switch: Makes the handler's dependency fail and work again; None if nobody can.
        clock: Seconds since the epoch.
        style: How genuine deliveries are written.
        usual: The event type of checks that are about no type in particular.
        sent: How many requests were sent.
        accepted: How many of them were accepted.
        quick: Whether to send one of each only: asked for, or the handler is slow.
        deadline: By the clock of `time.monotonic`, when sending ends.
        slowest: By event type, the genuine request that took longest and what came of it.
        waited: By event type, the seconds that its requests have taken in all.
        state: What one check found out and others use.
    """

    target: Target
    settings: Settings
    specimens: Specimens
    look: Callable[[], Any] | None = None
    switch: Callable[[bool], object] | None = None
    clock: Callable[[], float] = time.time
    style: Style = field(default_factory=Style)
    usual: str = ""
    sent: int = 0
    accepted: int = 0
    quick: bool = False
    deadline: float | None = None
    slowest: dict[str | None, tuple[Request, Received]] = field(default_factory=dict)
    waited: dict[str | None, float] = field(default_factory=dict)
    state: RunState = field(default_factory=RunState)
    _unanswered: int = 0

    def signed(
        self,
        event: JsonMapping | bytes,
        *,
        recipe: str = GENUINE,
        age: int = 0,
        message_id: str | None = None,
        event_type: str | None = None,
        case: str | None = None,
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
            case: Of the names of headers, a key of `CASES`.
            method: Of HTTP.
        """
        body = event if isinstance(event, bytes) else self.body(event)
        if event_type is None and not isinstance(event, bytes):
            event_type = event.get("event_type")
        now = self.clock()
        message_id = message_id or mint_message_id(now)
        parts = SigningInput((self.settings.secret,), message_id, int(now) - age, body)
        signed = RECIPES[recipe].headers(parts)
        headers = (*_COMMON, *signed.items())
        write = CASES[case or self.style.case]
        if write is not str.lower:
            headers = tuple((write(name), value) for name, value in headers)
        return Request(
            headers=headers,
            body=body,
            method=method,
            event_type=event_type,
            recipe=recipe,
            message_id=message_id,
            age=age,
        )

    def plain(self, event_type: str = "") -> JsonObject:
        """
        Make a plain event in the run's style, by default of the usual type.
        """
        digits = 6 if self.style.fine else 3
        return self.specimens.plain(event_type or self.usual, self.style.presence, digits=digits)

    def body(self, event: JsonMapping) -> bytes:
        """
        Write a payload in the run's style.
        """
        return self.style.write(event)

    def send(self, request: Request) -> Received:
        """
        Send a request and wait for what comes of it.

        Raises:
            TimeUp: The time that the user gave is over.
            Gone: The handler has stopped answering.
        """
        self._check_time()
        received = self.target.send(request)
        self._note(request, received)
        return received

    def send_each(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Received]]:
        """
        Send requests one after the other where nothing depends on the answers in between.

        Raises:
            TimeUp: The time that the user gave is over.
            Gone: The handler has stopped answering.
        """
        done = 0
        while done < len(requests):
            self._check_time()
            answers = self.target.send_each(requests[done:])
            for request, received in zip(requests[done:], answers, strict=False):
                self._note(request, received)
                yield request, received
            done += len(answers)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send several requests at once and wait for all.

        Raises:
            TimeUp: The time that the user gave is over.
            Gone: The handler has stopped answering.
        """
        self._check_time()
        received = self.target.send_all(requests)
        for one in received:
            self._count(one)
        return received

    def deliver(self, event: JsonMapping | bytes, **how: Any) -> tuple[Request, Received]:  # noqa: ANN401 - as for `signed`
        """
        Sign and send at once.
        """
        request = self.signed(event, **how)
        return request, self.send(request)

    def is_slow(self, event_type: str | None) -> bool:
        """
        Whether a type has been waited for long enough: what is slow is told, and then spared.
        """
        return self.waited.get(event_type, 0.0) > _LONG

    @property
    def time_is_up(self) -> bool:
        """
        Whether the time that the user gave is over.
        """
        return self.deadline is not None and time.monotonic() > self.deadline

    def _check_time(self) -> None:
        if self.time_is_up:
            raise TimeUp

    def _note(self, request: Request, received: Received) -> None:
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
        if self._unanswered >= _GONE:
            raise Gone(received.reason)

    def is_accepted(self, received: Received) -> bool:
        """
        Whether a request counts as delivered, by what the user accepts.
        """
        # Work that an application does after its answer may fail as well; a server only logs it.
        return received.escaped is None and self.is_acknowledged(received)

    def is_acknowledged(self, received: Received) -> bool:
        """
        Whether the sender counts a request as delivered, whatever became of it afterwards.
        """
        return any(received.status in accepted for accepted in self.settings.accept)

    def is_refused(self, received: Received) -> bool:
        """
        Whether a request was turned away: 4xx.
        """
        return received.status in CLIENT_ERROR

    def is_crash(self, received: Received) -> bool:
        """
        Whether the handler failed by itself: an exception that escaped, 5xx, or no answer at all.
        """
        silent = received.status is None
        return silent or received.escaped is not None or received.status in SERVER_ERROR

    @contextmanager
    def broken(self) -> Iterator[None]:
        """
        Let the handler's dependency fail for as long as the block lasts.
        """
        if self.switch is None:
            message = "nobody said how the dependency is broken"
            raise RuntimeError(message)
        try:
            self.switch(True)  # noqa: FBT003 - the agreed call
            yield
        finally:
            self.switch(False)  # noqa: FBT003 - the agreed call


def redelivered(probe: Probe, request: Request) -> Request:
    """
    Make the next attempt of a message: the same id and body under a timestamp of now.
    """
    young = replace(request, age=0)
    secret = probe.settings.secret
    return remake(young, secret, now=probe.clock(), message_id=request.message_id)


def cause_of(received: Received) -> str:
    """
    Say what tells one failing answer from another: an exception and its place, or the status.
    """
    if received.escaped is not None:
        return f"{received.escaped.kind} at {received.escaped.place}"
    if received.status is None:
        return received.reason or "no answer"
    return f"answered {received.status}"


def failure(
    sent: Request | Sequence[Request],
    received: Received | None,
    expected: str,
    *,
    cause: str = "",
    severity: Severity = "error",
) -> Failure:
    """
    Put what went wrong into words.

    Args:
        sent: What shows it; the last request is the one that failed.
        received: What came of the last request.
        expected: What a good handler does.
        cause: Told before what came back, where that does not tell all.
        severity: Of this failure.
    """
    requests = (sent,) if isinstance(sent, Request) else tuple(sent)
    came = cause_of(received) if received is not None else ""
    return Failure(
        event_type=requests[-1].event_type if requests else None,
        sent=requests,
        expected=expected,
        received=received,
        cause=": ".join(part for part in (cause, came) if part),
        severity=severity,
    )
