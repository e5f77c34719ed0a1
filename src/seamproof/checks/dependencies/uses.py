"""
What a handler uses of the events that it acts on, as data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class UseKind(StrEnum):
    """
    How a handler uses a property; the first that applies.
    """

    REQUIRED = "required"
    READ = "read"
    COPIED = "copied"
    UNUSED = "not used"
    UNDECIDED = "undecided"


#: The uses that a change of the property can break.
USED = frozenset({UseKind.REQUIRED, UseKind.READ, UseKind.COPIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyUse:
    """
    How a handler uses a property of an event type.

    Attributes:
        pointer: JSON Pointer into the payload; `*` stands for any item of a list.
        use: The first of the uses that applies.
        is_read: Whether the effect depends on the value.
        is_copied: Whether the value itself turns up in the state.
        reason: Why the use is undecided; else empty.
        place: `file:line` that reads the property first, where that is known.
    """

    pointer: str
    use: UseKind
    is_read: bool = False
    is_copied: bool = False
    reason: str = ""
    place: str = ""

    @property
    def is_used(self) -> bool:
        """
        Whether the handler is known to use the property.
        """
        return self.use in USED


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeUse:
    """
    What a handler uses of an event type that it acts on.

    Attributes:
        event_type: The event type.
        properties: Of each property, nested ones as well, how it is used; sorted by pointer.
        reason: Why nothing is decided; else empty.
    """

    event_type: str
    properties: tuple[PropertyUse, ...] = ()
    reason: str = ""

    @property
    def used(self) -> Iterator[PropertyUse]:
        """
        The properties that the handler is known to use.
        """
        return (one for one in self.properties if one.is_used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """
    What a handler depends on.

    Attributes:
        target: The handler as the user named it.
        types: The event types that it acts on, sorted.
        ignored: The event types that it accepts and that have no effect.
        undecided: By event type of which it is not known whether it has an effect, why.
        deliveries: How many requests were sent.
        seconds: How long that took.
        stopped: Why the experiment ended early; else empty.
    """

    target: str
    types: tuple[TypeUse, ...] = ()
    ignored: tuple[str, ...] = ()
    undecided: tuple[tuple[str, str], ...] = ()
    deliveries: int = 0
    seconds: float = 0.0
    stopped: str = ""

    @property
    def decides_something(self) -> bool:
        """
        Whether something is decided of an event type.
        """
        return any(True for one in self.types for _ in one.used)

    @property
    def proves_something(self) -> bool:
        """
        Whether it came to its end, and something is decided of an event type.
        """
        return not self.stopped and any(not one.reason for one in self.types)

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """
        The pairs of event type and property that the handler is known to use.
        """
        return frozenset((one.event_type, use.pointer) for one in self.types for use in one.used)
