"""
Output of `listen`: text for people, JSON for programs, annotations for a GitHub workflow.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.output import paint, plural, safe
from seamproof.cli.support.recordings.drift_report import (
    deviation_text,
    deviations_json,
    drift_annotations,
    drift_json,
    drift_lines,
)
from seamproof.formats import format_timestamp, one_line
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import JsonObject
    from seamproof.recordings.drift import Drift
    from seamproof.recordings.listener.delivery import HandlerAnswer, Judgement, ReceivedRequest

#: Characters of an explanation, and how many deviations a line shows.
_LONGEST: Final = 200
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class ListenStart:
    """
    The parts of the message at the start.

    Attributes:
        url: Where the listener is.
        forward_to: The handler, without a password; empty if nothing is forwarded.
        save: Where fixtures are written; empty if none are.
        verified: Whether a secret is known.
    """

    url: str
    forward_to: str
    save: str
    verified: bool


@dataclass(slots=True)
class ListenCounts:
    """
    What was received.
    """

    deliveries: int = 0
    answered_2xx: int = 0
    not_genuine: int = 0
    deviating: int = 0
    saved: int = 0
    not_saved: int = 0


class ListenOutput(ABC):
    """
    Prints what is received, and counts it.

    Attributes:
        print: Prints a line; another thread may do that.
    """

    def __init__(self) -> None:
        self.print: Callable[[str], object] = click.echo
        self.counts = ListenCounts()
        self._started = False

    def start(self, start: ListenStart) -> None:
        """
        Print where the listener is.
        """
        self._started = True
        self.print(self._start_text(start))

    def delivery(
        self, request: ReceivedRequest, judgement: Judgement, answer: HandlerAnswer
    ) -> None:
        """
        Count and print a delivery.
        """
        self.counts.deliveries += 1
        self.counts.answered_2xx += answer.status in SUCCESS
        self.counts.not_genuine += judgement.genuine is False
        self.counts.deviating += bool(judgement.deviations)
        self.counts.saved += judgement.saved is not None
        self.counts.not_saved += bool(judgement.not_saved)
        self.print(self._delivery_text(request, judgement, answer))

    def end(self, drift: Drift, *, failing: bool) -> None:
        """
        Print a summary, if the listener was started.

        Args:
            drift: Of the whole session.
            failing: Whether drift makes the exit status 1.
        """
        if self._started:
            self.print(self._summary(drift, failing=failing))

    @abstractmethod
    def _start_text(self, start: ListenStart) -> str: ...

    @abstractmethod
    def _delivery_text(
        self, request: ReceivedRequest, judgement: Judgement, answer: HandlerAnswer
    ) -> str: ...

    @abstractmethod
    def _summary(self, drift: Drift, *, failing: bool) -> str: ...


class ListenText(ListenOutput):
    """
    Prints lines for people.
    """

    def _start_text(self, start: ListenStart) -> str:
        secret = "known" if start.verified else "none: signatures are not verified"
        lines = [
            f"listening: {start.url}",
            f"  forward to  {one_line(start.forward_to) or 'nowhere: answered here'}",
            f"  secret      {secret}",
        ]
        lines += [f"  fixtures    {one_line(start.save)}"] if start.save else []
        return "\n".join([*lines, "Ctrl-C stops it."])

    def _delivery_text(
        self, request: ReceivedRequest, judgement: Judgement, answer: HandlerAnswer
    ) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(request.at))
        status = paint(f"{answer.status:>3}", "green" if answer.status in SUCCESS else "red")
        kind = one_line(judgement.event_type or "(no event type)")
        parts = [
            f"{at}  {status}  {answer.milliseconds:8.1f} ms  {kind}",
            one_line(judgement.message_id or "(no svix-id)"),
            *_signature(judgement),
            *_contract(judgement),
        ]
        if answer.reason:
            parts.append(one_line(answer.reason[:_LONGEST]))
        if judgement.not_saved:
            parts.append(one_line(f"not saved: {judgement.not_saved}"))
        return "  ".join(parts)

    def _summary(self, drift: Drift, *, failing: bool) -> str:
        del failing
        counts = self.counts
        parts = [
            plural(counts.deliveries, "delivery"),
            f"{counts.answered_2xx:,} answered 2xx",
            *([f"{counts.not_genuine:,} not genuine"] if counts.not_genuine else []),
            *([f"{counts.saved:,} saved"] if counts.saved else []),
            *([f"{counts.not_saved:,} not saved"] if counts.not_saved else []),
        ]
        lines = drift_lines(drift) if counts.deliveries > counts.not_genuine else []
        return "\n".join([", ".join(parts), *lines])


class ListenGithub(ListenText):
    """
    Prints lines, and at the end an annotation for each deviation.
    """

    def _summary(self, drift: Drift, *, failing: bool) -> str:
        lines = drift_annotations(drift, failing=failing)
        return "\n".join([super()._summary(drift, failing=failing), *lines])


class ListenJson(ListenOutput):
    """
    Prints one JSON object per line, for programs.
    """

    def _start_text(self, start: ListenStart) -> str:
        return json.dumps({"listening": safe(asdict(start))})

    def _delivery_text(
        self, request: ReceivedRequest, judgement: Judgement, answer: HandlerAnswer
    ) -> str:
        verdict = judgement.verdict
        signature = verdict and {
            "genuine": judgement.genuine,
            "reason": verdict.reason.value,
            "explanation": verdict.explanation[:_LONGEST],
        }
        entry: JsonObject = {
            "at": format_timestamp(request.at),
            "message_id": judgement.message_id,
            "event_type": judgement.event_type,
            "event_id": judgement.event_id,
            "signature": signature,
            "deviations": deviations_json(judgement.deviations),
            "status": answer.status,
            "forwarded": not answer.is_own,
            "milliseconds": round(answer.milliseconds, 1),
            "reason": answer.reason[:_LONGEST],
            "saved": str(judgement.saved) if judgement.saved else None,
            "not_saved": judgement.not_saved,
        }
        return json.dumps({"delivery": safe(entry)})

    def _summary(self, drift: Drift, *, failing: bool) -> str:
        del failing
        summary = {**asdict(self.counts), "drift": drift_json(drift)}
        return json.dumps({"summary": summary})


def _signature(judgement: Judgement) -> list[str]:
    verdict = judgement.verdict
    if verdict is None:
        return []
    if verdict.valid:
        return [paint("genuine", "green")]
    word = "genuine, but" if judgement.genuine else "not genuine:"
    text = one_line(f"{word} {verdict.reason}: {verdict.explanation}"[:_LONGEST])
    return [paint(text, "yellow" if judgement.genuine else "red")]


def _contract(judgement: Judgement) -> list[str]:
    if judgement.genuine is False:
        return []
    found = judgement.deviations
    if not found:
        return ["fits the contract"]
    shown = "; ".join(deviation_text(one) for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return [paint(f"{shown}{more}", "yellow")]


LISTEN_OUTPUTS: Final[Mapping[str, Callable[[], ListenOutput]]] = {
    "text": ListenText,
    "json": ListenJson,
    "github": ListenGithub,
}
