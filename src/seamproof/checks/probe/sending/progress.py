"""
How far a check came: what a pass of it sent, and what it left to a longer one.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class PassProgress:
    """
    One pass of a check. The probe fills it, the runner reads it.

    Attributes:
        is_rest: Whether a quick pass came before, whose event types need not be sent again.
        was_shortened: Whether the check sent less because the pass is a quick one.
        planned: The event types that the check wants to send, where it chose them.
        left_out: Event types with an effect of another kind that a quick run does not send.
        slow_types: Those of which no more was sent, because their responses take too long.
        sent_types: The types of the events that were sent, in order.
        overlaps: Whether requests that were sent at once have overlapped in the handler, of each
            time where it was measured.
        watched: For how many seconds a second effect was waited for, where a worker may make one
            later; None where none can, or where the check looks for none.
    """

    is_rest: bool = False
    was_shortened: bool = False
    planned: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    slow_types: set[str] = field(default_factory=set)
    sent_types: dict[str | None, None] = field(default_factory=dict)
    overlaps: set[bool] = field(default_factory=set)
    watched: float | None = None

    @property
    def unreached(self) -> tuple[str, ...]:
        """
        The event types that were planned and not sent when the pass was cut.
        """
        return tuple(one for one in self.planned if one not in self.sent_types)
