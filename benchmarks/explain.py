"""
The mistakes of an invalid event, beside jsonschema's own errors.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker

from benchmarks.material import document, valid_event, versioned
from benchmarks.measuring import Bound, Contestant, Figure, interleave, per_second
from seamproof.schemas import violations

if TYPE_CHECKING:
    from collections.abc import Iterator


def invalid_event() -> dict[str, Any]:
    """
    Make the event with three mistakes that both engines see, whatever is installed.
    """
    event = valid_event() | {"acs_system_id": "front-door", "event_description": 7}
    del event["workspace_id"]
    return event


def run() -> Iterator[Figure]:
    """
    Measure the two on one invalid event.
    """
    event, formats = invalid_event(), FormatChecker()
    validator = Draft202012Validator(document(), format_checker=formats)

    def errors() -> list[Any]:
        return list(validator.iter_errors(event))

    ours, theirs = len(violations(event)), len(errors())
    if ours != theirs:
        message = f"found {ours} mistakes where jsonschema finds {theirs}"
        raise RuntimeError(message)
    contestants = [Contestant("ours", partial(violations, event)), Contestant("peer", errors)]
    taken = interleave(contestants, rounds=81, seconds=0.01)
    checked = "date-time" in formats.checkers
    yield Figure(
        name=f"violations of {ours} mistakes",
        values=per_second(taken["ours"]),
        unit="events/s",
        peer=versioned("jsonschema"),
        peer_values=per_second(taken["peer"]),
        bound=Bound("at least", 0.8),
        remark="ours checks date-time; the peer's stock FormatChecker "
        + (
            "does so too, rfc3339-validator is installed"
            if checked
            else "does not, rfc3339-validator is not installed"
        ),
    )
