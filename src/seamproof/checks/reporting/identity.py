"""
The identity of a failure: which failures are the same, and the id of each.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.model.causes import answer_text, deviation_text
from seamproof.checks.model.masking import without_values
from seamproof.checks.reporting.redaction import redact_report
from seamproof.formats import UUID_TEXT
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Failure, Report
    from seamproof.json_types import JsonObject
    from seamproof.signing import Secret

_DIGITS: Final = 8
_PORT: Final = re.compile(r":\d+(?=/|\Z)")
#: A time and an id in a text: those of an event are new in each run.
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?)?"
)
_ID: Final = re.compile(rf"(?i:{UUID_TEXT})|\b[a-z]+_[0-9A-Za-z]{{20,}}\b")
#: A figure in a text. The line of a place, `app.py:12`, is none.
_FIGURE: Final = re.compile(r"(?<![\w:.])[+-]?\d+(?:\.\d+)?\b")


class IdentifiedFailure(NamedTuple):
    """
    A failure of a report with its check and its id.
    """

    check: CheckInfo
    failure: Failure
    id: str


def identified_failures(report: Report) -> Iterator[IdentifiedFailure]:
    """
    Identify each failure of a report, in the order of the battery.
    """
    for result in report.results:
        for failure in result.failures:
            name = case_id(result.check, failure, report.target)
            yield IdentifiedFailure(result.check, failure, name)


def case_id(check: CheckInfo, failure: Failure, target: str = "") -> str:
    """
    Make the id of a failure: the same for the same target, check, event type and cause.
    """
    # A test server gets another port in each run.
    place = _PORT.sub("", target)
    parts = (check.id, failure.event_type or "", stable_cause(check, failure), place)
    digest = hashlib.sha256("\n".join(parts).encode(errors="backslashreplace")).hexdigest()
    return f"{check.id}-{digest[:_DIGITS]}"


def stable_cause(check: CheckInfo, failure: Failure) -> str:
    """
    Describe the cause without the figures that differ from run to run. A status is not one.
    """
    if not check.has_measured_causes:
        return failure.cause
    parts = [failure.context, deviation_text(failure.deviation) if failure.deviation else ""]
    answer = failure.received if failure.is_about_answer else None
    if answer and (answer.escaped or answer.status is None):
        parts.append(": ".join(filter(None, (answer_text(answer), failure.reason))))
    for event in map(_event_of, failure.sent if failure.deviation else ()):
        parts = [without_values(part, event) for part in parts]
    masked = [_without_figures(part) for part in parts if part]
    if answer and not answer.escaped and answer.status is not None:
        masked.append(answer_text(answer))
    return ": ".join(masked)


def _event_of(request: Request) -> JsonObject:
    try:
        event = parse_json(request.body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _without_figures(text: str) -> str:
    return _FIGURE.sub("N", _ID.sub("‹id›", _TIME.sub("‹time›", text)))


def distil(report: Report, secrets: Iterable[Secret]) -> Report:
    """
    Copy a report with each failure once, without secrets, and with relative paths.

    Args:
        report: The report of a run.
        secrets: Those that the handler knows.
    """
    clean = redact_report(report, secrets)
    results = tuple(
        replace(one, failures=distinct(one.check, map(_with_relative_paths, one.failures)))
        for one in clean.results
    )
    return replace(clean, results=results)


def distinct(check: CheckInfo, failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """
    Keep the failure with the smallest proof of each event type and cause.
    """
    kept: dict[str, Failure] = {}
    for one in failures:
        key = case_id(check, one)
        if key not in kept or proof_size(one) < proof_size(kept[key]):
            kept[key] = one
    return tuple(kept.values())


def proof_size(failure: Failure) -> tuple[int, int]:
    """
    Measure what is sent to reproduce a failure: requests, bytes.
    """
    return len(failure.sent), sum(len(one.body) for one in failure.sent)


def _with_relative_paths(failure: Failure) -> Failure:
    """
    Make paths relative to the current directory, so that they are equal on every machine.
    """
    here = f"{Path.cwd()}/"

    def relative(text: str) -> str:
        return text.replace(here, "")

    received = failure.received
    if received:
        escaped = received.escaped
        received = replace(
            received,
            reason=relative(received.reason),
            escaped=escaped and replace(escaped, place=relative(escaped.place)),
        )
    return replace(
        failure,
        context=relative(failure.context),
        deviation=failure.deviation and failure.deviation.map_texts(relative),
        received=received,
    )
