"""
What a handler does with each event type: the rows of a table in the reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: `acts`: accepted, and the state changes. `ignores`: accepted without a change. `fails`: not
#: accepted. `accepted`: accepted, and whether the state changes was not looked at. `not tried`.
Outcome: TypeAlias = Literal["acts", "ignores", "fails", "accepted", "not tried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeOutcome:
    """
    What a handler does with the plain event of a type.

    Attributes:
        event_type: The event type.
        outcome: What the handler does with it.
        reason: Why nothing more is known, or how it fails; empty where the outcome says it all.
        changes: The first changes that the event makes to the state; empty if it makes none.
    """

    event_type: str
    outcome: Outcome
    reason: str = ""
    changes: str = ""
