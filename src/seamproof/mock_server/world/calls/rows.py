"""
Rows of the table of operations: what a call changes, which events it emits, after how long.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.json_types import JsonMapping

#: What a call does with its record, before it does what its row says beyond that.
Verb: TypeAlias = Literal["get", "list", "create", "update", "delete", "act", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emit:
    """
    An event that a call emits.

    In `values`, a text `$name` stands for the parameter of that name.

    Attributes:
        event: Its type.
        after: Seconds after the call.
        at: The property of the record with the time instead; without one, nothing is emitted.
        changed: Only if the call changed one of these properties, by dotted path.
        given: Only if the parameter has a value that is true.
        absent: Only if the parameter has no such value.
        values: Properties of the event that no record has.
        guard: Properties that the record must still have at that time.
        change: Whether the event has `from`, `to` and `description` of what changed.
    """

    event: str
    after: float = 0.0
    at: str = ""
    changed: tuple[str, ...] = ()
    given: str = ""
    absent: str = ""
    values: JsonMapping = field(default_factory=dict)
    guard: tuple[str, ...] = ()
    change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    An operation that is served.

    In `sets`, a text `$name` stands for the parameter of that name; what is not given is not set.

    Attributes:
        verb: What is done with the record.
        kind: Of the record.
        where: What the record has, by dotted path; a new one gets it.
        sets: Properties to set, by dotted path, beside the parameters of the same names.
        emits: The events.
        category: Of the device that it is about, or that its record is of; any if empty.
        plan: Does what no row can describe.
    """

    verb: Verb
    kind: str
    where: JsonMapping = field(default_factory=dict)
    sets: JsonMapping = field(default_factory=dict)
    emits: tuple[Emit, ...] = ()
    category: str = ""
    plan: Callable[[Any], object] | None = None


MANAGED: JsonMapping = {"is_managed": True}
UNMANAGED: JsonMapping = {"is_managed": False}


def _row(verb: Verb, kind: str, *emits: Emit | str, **more: Any) -> Row:
    events = tuple(Emit(event=one) if isinstance(one, str) else one for one in emits)
    return replace(Row(verb=verb, kind=kind, emits=events), **more)


#: Calls that set the properties that their parameters name, remove a record, or make a device do
#: something: its action attempt succeeds or fails afterwards.
update: Final = partial(_row, "update")
delete: Final = partial(_row, "delete")
act: Final = partial(_row, "act")


#: Opens an entrance.
UNLOCK: Final = act("acs_entrance", Emit(event="lock.unlocked", values={"method": "remote"}))


def planned(kind: str, plan: Callable[[Any], object], **more: Any) -> Row:
    """
    A call that does more than a row can describe.
    """
    return replace(Row(verb="plan", kind=kind, plan=plan), **more)
