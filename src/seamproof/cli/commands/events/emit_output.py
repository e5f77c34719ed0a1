"""
The output of `seamproof emit`: a line for each attempt, and a summary.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from seamproof.cli.support.output import paint, plural
from seamproof.cli.support.server.attempt_text import outcome_text
from seamproof.formats import one_line

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class EmittedAttempt:
    """
    An attempt, as the output shows it.

    Attributes:
        status: The HTTP status; None without a response.
        milliseconds: Until the headers of the response, or until the failure.
        event_type: Of the event, if it has one.
        message_id: `svix-id`.
        reason: Why it does not count as delivered; empty when it does.
        good: Whether a correct handler responds like this.
        fault: Names of the faults that were applied, separated by commas.
    """

    status: int | None
    milliseconds: float
    event_type: str | None
    message_id: str
    reason: str
    good: bool
    fault: str = ""


@dataclass
class EmitOutput:
    """
    Prints and counts attempts.

    Attributes:
        as_json: Whether to print JSON instead of text.
        with_faults: Whether faults were requested.
        events: How many events were sent.
        attempts: How many attempts were made.
        good: How many of them a correct handler responds to like this.
    """

    as_json: bool
    with_faults: bool
    events: int = 0
    attempts: int = 0
    good: int = 0

    @property
    def bad(self) -> int:
        """
        How many attempts a correct handler responds to otherwise.
        """
        return self.attempts - self.good

    def print_attempt(self, attempt: EmittedAttempt) -> None:
        """
        Count an attempt and print its line.
        """
        self.attempts += 1
        self.good += attempt.good
        click.echo(self._json_line(attempt) if self.as_json else self._text_line(attempt))

    def print_summary(self) -> None:
        """
        Print the counts.
        """
        click.echo(json.dumps({"summary": self._counts()}) if self.as_json else self._summary())

    def _json_line(self, attempt: EmittedAttempt) -> str:
        line: JsonObject = {
            "status": attempt.status,
            "milliseconds": round(attempt.milliseconds, 3),
            "event_type": attempt.event_type,
            "message_id": attempt.message_id,
            "delivered": not attempt.reason,
            "reason": attempt.reason or None,
        }
        if self.with_faults:
            line |= {"fault": attempt.fault or None, "good": attempt.good}
        return json.dumps(line)

    def _text_line(self, attempt: EmittedAttempt) -> str:
        status = paint(f"{attempt.status or '---':>3}", "green" if attempt.good else "red")
        event_type = one_line(attempt.event_type or "(no type)")
        parts = [f"{status}  {attempt.milliseconds:8.1f} ms", event_type, attempt.message_id]
        if self.with_faults:
            parts.append(outcome_text(attempt.status, attempt.fault, attempt.reason))
        elif attempt.reason:
            parts.append(one_line(attempt.reason))
        return "  ".join(parts)

    def _counts(self) -> dict[str, int]:
        if self.with_faults:
            counts = {"events": self.events, "attempts": self.attempts}
            return counts | {"good": self.good, "wrong": self.bad}
        return {"sent": self.events, "delivered": self.good, "failed": self.bad}

    def _summary(self) -> str:
        bad = f"{self.bad:,} {'not' if self.with_faults else 'failed'}"
        bad = paint(bad, "red") if self.bad else bad
        sent = f"{plural(self.events, 'event')} sent"
        if self.with_faults:
            attempts = plural(self.attempts, "attempt")
            return f"{sent} in {attempts}, {self.good:,} answered as by a good handler, {bad}"
        return f"{sent}, {self.good:,} delivered, {bad}"
