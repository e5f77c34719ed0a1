"""
What the name of a variable or property is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.lint.source.expressions import plain

if TYPE_CHECKING:
    from seamproof.lint.source.expressions import Parts


def names_event_type(subject: Parts) -> bool:
    """
    Whether an expression or a name is about the type of an event, by the name that Seam gives it.
    """
    return any(plain(one).rstrip("s").endswith(("eventtype", "eventkind")) for one in subject)


def may_name_type(subject: Parts) -> bool:
    """
    Whether an expression may be about the type of an event: `type`, `event.type`, `topic`.
    """
    last = [plain(one) for one in subject[-2:]]
    return any(
        one in ("type", "kind", "topic", "event", "eventname", "evt", "types") for one in last
    )
