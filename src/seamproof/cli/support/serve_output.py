"""
Output of `serve`: text for people or JSON for programs.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

import click

from seamproof.cli.support.output import one_line, paint, plural

if TYPE_CHECKING:
    from seamproof.mock_server.model.records import AttemptRecord, Message


@dataclass(frozen=True, slots=True)
class RegisteredEndpoint:
    """
    An endpoint of `--to`; with its secret if it is new, to be shown once.
    """

    webhook_id: str
    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class ServerStart:
    """
    The parts of the message at the start.
    """

    url: str
    database: str
    manual: bool
    api_key: str | None
    endpoints: list[RegisteredEndpoint]


class ServeOutput(Protocol):
    """
    Prints what the server does.

    Attributes:
        pending: How many messages the next start continues with; None if unknown.
    """

    pending: int | None

    def start(self, start: ServerStart) -> None:
        """
        Print where the server is.
        """

    def message(self, message: Message) -> None:
        """
        Print or count a message that was stored.
        """

    def attempt(self, attempt: AttemptRecord) -> None:
        """
        Print an attempt.
        """

    def end(self) -> None:
        """
        Print a summary, if the server was started.
        """


@dataclass
class DeliveryCounts:
    """
    The number of messages and attempts.
    """

    messages: int = 0
    attempts: int = 0
    delivered: int = 0

    def add(self, attempt: AttemptRecord) -> None:
        """
        Count an attempt.
        """
        self.attempts += 1
        self.delivered += attempt.delivered


class TextOutput:
    """
    Prints lines for people.

    Args:
        schedule: The name of the schedule.
    """

    def __init__(self, schedule: str) -> None:
        self.pending: int | None = None
        self._schedule = schedule
        self._counts: DeliveryCounts | None = None

    def start(self, start: ServerStart) -> None:
        """
        Print where the server is, and which key it accepts.
        """
        self._counts = DeliveryCounts()
        key = "any that begins with seam_" if start.api_key is None else "the one given"
        kept = "none: in memory only" if start.database == ":memory:" else start.database
        lines = [
            f"Seam's webhook service: {start.url}",
            f"  API key   {key}",
            f"  database  {kept}",
            f"  schedule  {self._schedule}{', manual clock' if start.manual else ''}",
        ]
        for one in start.endpoints:
            lines.append(f"  endpoint  {one_line(one.url)}  {one.webhook_id}")
            if one.secret:
                lines.append(f"  secret    {one.secret}  (shown only once)")
        click.echo("\n".join([*lines, "Ctrl-C stops it."]))

    def message(self, message: Message) -> None:
        """
        Count a message; only its attempts are printed.
        """
        del message
        if self._counts is not None:
            self._counts.messages += 1

    def attempt(self, attempt: AttemptRecord) -> None:
        """
        Print an attempt in a line.
        """
        if self._counts is not None:
            self._counts.add(attempt)
        at = time.strftime("%H:%M:%S", time.localtime(attempt.at))
        status = paint(f"{attempt.status or '---':>3}", "green" if attempt.delivered else "red")
        line = (
            f"{at}  {status}  {attempt.milliseconds:8.1f} ms  {one_line(attempt.event_type)}"
            f"  {attempt.message_id}  {attempt.kind} {attempt.ordinal}  {one_line(attempt.url)}"
        )
        if attempt.fault:
            line += f"  [{one_line(attempt.fault)}]"
        if attempt.reason:
            line += f"  {one_line(attempt.reason)}"
        if attempt.next_at is not None:
            line += f"; next attempt in {attempt.next_at - attempt.at:,.0f} s"
        click.echo(line)

    def end(self) -> None:
        """
        Print a summary.
        """
        if self._counts is None:
            return
        counts = self._counts
        failed = counts.attempts - counts.delivered
        pending = "" if self.pending is None else f"; {self.pending:,} pending"
        click.echo(
            f"{plural(counts.messages, 'message')}, {plural(counts.attempts, 'attempt')}: "
            f"{counts.delivered:,} delivered, {failed:,} failed{pending}"
        )


class JsonOutput:
    """
    Prints one JSON object per line, for programs.
    """

    def __init__(self) -> None:
        self.pending: int | None = None
        self._counts: DeliveryCounts | None = None

    def start(self, start: ServerStart) -> None:
        """
        Print where the server is.
        """
        self._counts = DeliveryCounts()
        serving = {
            "url": start.url,
            "database": start.database,
            "clock": "manual" if start.manual else "real",
            "endpoints": [
                {name: value for name, value in asdict(one).items() if value}
                for one in start.endpoints
            ],
        }
        click.echo(json.dumps({"serving": serving}))

    def message(self, message: Message) -> None:
        """
        Print a message.
        """
        from seamproof.mock_server.api.serializers import message_view

        if self._counts is not None:
            self._counts.messages += 1
        click.echo(json.dumps({"message": message_view(message).model_dump()}))

    def attempt(self, attempt: AttemptRecord) -> None:
        """
        Print an attempt.
        """
        from seamproof.mock_server.api.serializers import attempt_view

        if self._counts is not None:
            self._counts.add(attempt)
        click.echo(json.dumps({"attempt": attempt_view(attempt).model_dump()}))

    def end(self) -> None:
        """
        Print a summary.
        """
        if self._counts is None:
            return
        summary = asdict(self._counts) | {
            "failed": self._counts.attempts - self._counts.delivered,
            "pending": self.pending,
        }
        click.echo(json.dumps({"summary": summary}))
