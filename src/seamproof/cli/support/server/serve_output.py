"""
Output of `serve`: text for people or JSON for programs.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from seamproof.cli.support.output import paint, plural
from seamproof.cli.support.server.attempt_text import is_refused_as_expected, outcome_text
from seamproof.formats import one_line
from seamproof.mock_server.model.durations import readable_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.mock_server.model.records import AttemptRecord, Message


@dataclass(frozen=True, slots=True)
class RegisteredEndpoint:
    """
    An endpoint of `--to`; with its secret if it is new, to be shown once.
    """

    webhook_id: str
    url: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStart:
    """
    The parts of the message at the start.

    Attributes:
        endpoints: Those of `--to`.
        world: What the world began with; `last time` if it goes on, empty for an empty one.
        endpoints_at_start: How many endpoints are there from last time.
        pending_at_start: How many pending messages are there from last time.
    """

    url: str
    database: str
    manual: bool
    api_key: str | None
    endpoints: list[RegisteredEndpoint]
    world: str
    endpoints_at_start: int
    pending_at_start: int


class ServeOutput(ABC):
    """
    Prints what the server does, and counts messages and attempts.

    Attributes:
        pending: How many messages the next start continues with; None if unknown.
        print: Prints a line; another thread may do that.
    """

    def __init__(self) -> None:
        self.pending: int | None = None
        self.print: Callable[[str], object] = click.echo
        self._started = False
        self._messages = self._attempts = self._delivered = self._refused = 0

    @property
    def _failed(self) -> int:
        return self._attempts - self._delivered

    def start(self, start: ServerStart) -> None:
        """
        Print where the server is.
        """
        self._started = True
        self.print(self._start_text(start))

    def message(self, message: Message) -> None:
        """
        Count a message that was stored, and print it if the format shows messages.
        """
        self._messages += 1
        if text := self._message_text(message):
            self.print(text)

    def attempt(self, attempt: AttemptRecord) -> None:
        """
        Count and print an attempt.
        """
        self._attempts += 1
        self._delivered += attempt.delivered
        self._refused += is_refused_as_expected(attempt.status, attempt.fault)
        self.print(self._attempt_text(attempt))

    def end(self) -> None:
        """
        Print a summary, if the server was started.
        """
        if self._started:
            self.print(self._summary())

    @abstractmethod
    def _start_text(self, start: ServerStart) -> str: ...

    @abstractmethod
    def _message_text(self, message: Message) -> str: ...

    @abstractmethod
    def _attempt_text(self, attempt: AttemptRecord) -> str: ...

    @abstractmethod
    def _summary(self) -> str: ...


class TextOutput(ServeOutput):
    """
    Prints lines for people.

    Args:
        schedule: The name of the schedule.
        attempts: How many attempts it has.
        verbose: Whether the answers to failed attempts are printed.
    """

    def __init__(self, schedule: str, attempts: int, *, verbose: bool = False) -> None:
        super().__init__()
        self._schedule = schedule
        self._schedule_length = attempts
        self._verbose = verbose

    def _start_text(self, start: ServerStart) -> str:
        key = "any that begins with seam_" if start.api_key is None else "the one given"
        kept = "none: in memory only" if start.database == ":memory:" else start.database
        lines = [
            f"Seam's webhook service: {start.url}",
            f"  API key   {key}",
            f"  database  {kept}",
            f"  schedule  {self._schedule}{', manual clock' if start.manual else ''}",
        ]
        if start.world:
            lines.append(f"  world     {one_line(start.world)}")
        for one in start.endpoints:
            lines.append(f"  endpoint  {one_line(one.url)}  {one.webhook_id}")
            if one.secret:
                lines.append(f"  secret    {one.secret}  (shown only once)")
        if start.endpoints_at_start or start.pending_at_start:
            endpoints = plural(start.endpoints_at_start, "endpoint")
            pending = plural(start.pending_at_start, "pending message")
            lines.append(f"  last time {endpoints}, {pending}; --fresh forgets them")
        lines.append(f"  page      {start.url}/")
        return "\n".join([*lines, "Ctrl-C stops it."])

    def _message_text(self, message: Message) -> str:
        del message
        return ""

    def _attempt_text(self, attempt: AttemptRecord) -> str:
        from seamproof.mock_server.faults.catalogue import is_expected

        at = time.strftime("%H:%M:%S", time.localtime(attempt.at))
        expected = is_expected(attempt.status, attempt.fault)
        status = paint(f"{attempt.status or '---':>3}", "green" if expected else "red")
        line = f"{at} {status} {one_line(attempt.event_type)} {self._place(attempt)}"
        if attempt.next_at is not None:
            line += f" next {readable_duration(attempt.next_at - attempt.at)}"
        if attempt.fault:
            line += f"  {outcome_text(attempt.status, attempt.fault, attempt.reason)}"
        elif attempt.reason:
            line += f"  {one_line(attempt.reason)}"
        return "\n".join([line, *self._details(attempt)])

    def _place(self, attempt: AttemptRecord) -> str:
        """
        Say which attempt of the schedule it is, or why else the message was sent.
        """
        if attempt.kind == "schedule":
            return f"{attempt.ordinal}/{self._schedule_length}"
        return attempt.kind

    def _details(self, attempt: AttemptRecord) -> list[str]:
        """
        Say where a message went and what was answered.
        """
        if not self._verbose:
            return []
        took = f"{attempt.milliseconds:,.1f} ms"
        lines = [f"         {attempt.message_id}  {one_line(attempt.url)}  {took}"]
        if attempt.reason and attempt.response_body:
            lines.append(f"         {one_line(attempt.response_body.decode(errors='replace'))}")
        return lines

    def _summary(self) -> str:
        pending = "" if self.pending is None else f"; {self.pending:,} pending"
        refused = f"{self._refused:,} refused as they should be, " if self._refused else ""
        return (
            f"{plural(self._messages, 'message')}, {plural(self._attempts, 'attempt')}: "
            f"{self._delivered:,} delivered, {refused}"
            f"{self._failed - self._refused:,} failed{pending}"
        )


class JsonOutput(ServeOutput):
    """
    Prints one JSON object per line, for programs.
    """

    def _start_text(self, start: ServerStart) -> str:
        serving = {
            "url": start.url,
            "database": start.database,
            "clock": "manual" if start.manual else "real",
            "world": start.world,
            "endpoints_at_start": start.endpoints_at_start,
            "pending_at_start": start.pending_at_start,
            "endpoints": [
                {name: value for name, value in asdict(one).items() if value}
                for one in start.endpoints
            ],
        }
        return json.dumps({"serving": serving})

    def _message_text(self, message: Message) -> str:
        from seamproof.mock_server.api.serializers import message_view

        return json.dumps({"message": message_view(message).model_dump()})

    def _attempt_text(self, attempt: AttemptRecord) -> str:
        from seamproof.mock_server.api.serializers import attempt_view

        return json.dumps({"attempt": attempt_view(attempt).model_dump()})

    def _summary(self) -> str:
        counts = {
            "messages": self._messages,
            "attempts": self._attempts,
            "delivered": self._delivered,
            "failed": self._failed,
            "pending": self.pending,
        }
        return json.dumps({"summary": counts})
