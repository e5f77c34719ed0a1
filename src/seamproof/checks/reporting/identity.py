"""
Which failures are the same, and what each is called.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.checks.reporting.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.results import Failure, Report
    from seamproof.signing import Secret

_DIGITS: Final = 8
#: Where effects are counted and time is taken, the figures are others in each run. The line
#: of a place and a status are not.
_MEASURED: Final = "delivery."
_PORT: Final = re.compile(r":\d+(?=/|\Z)")
_FIGURE: Final = re.compile(r"(?<![\w:.])(?<!answered )[+-]?\d+(?:\.\d+)?\b")


def case_id(check: str, failure: Failure, target: str = "") -> str:
    """
    Name a failure: the same for the same target, check, event type and cause, run after run.
    """
    # On which port a handler is served is another one in each run of a test.
    place = _PORT.sub("", target)
    told = "\n".join((check, failure.event_type or "", settled(check, failure.cause), place))
    return f"{check}-{hashlib.sha256(told.encode(errors='backslashreplace')).hexdigest()[:_DIGITS]}"


def settled(check: str, cause: str) -> str:
    """
    Take out of a cause what is another figure in each run.
    """
    return _FIGURE.sub("N", cause) if check.startswith(_MEASURED) else cause


def distilled(report: Report, secrets: Iterable[Secret]) -> Report:
    """
    Copy a report as it is to be told: each failure once, no secret, paths from here.

    Args:
        report: As the run gave it.
        secrets: Those that the handler knows.
    """
    clean = redacted(report, secrets)
    results = tuple(
        replace(one, failures=distinct(one.check.id, map(_from_here, one.failures)))
        for one in clean.results
    )
    return replace(clean, results=results)


def distinct(check: str, failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """
    Keep of each event type and cause the failure with the smallest proof.
    """
    kept: dict[str, Failure] = {}
    for one in failures:
        key = case_id(check, one)
        if key not in kept or size_of(one) < size_of(kept[key]):
            kept[key] = one
    return tuple(kept.values())


def size_of(failure: Failure) -> tuple[int, int]:
    """
    Tell how much it takes to show a failure: requests, bytes.
    """
    return len(failure.sent), sum(len(one.body) for one in failure.sent)


def _from_here(failure: Failure) -> Failure:
    """
    Tell places from the current directory, so that they are the same on every machine.
    """
    here = f"{Path.cwd()}/"
    received = failure.received
    if received and received.escaped:
        escaped = replace(received.escaped, place=received.escaped.place.replace(here, ""))
        received = replace(received, escaped=escaped)
    return replace(failure, cause=failure.cause.replace(here, ""), received=received)
