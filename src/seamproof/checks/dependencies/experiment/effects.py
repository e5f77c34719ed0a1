"""
The effects of events that are delivered together, attributed by the ids of each.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.model.tuning import CHANGE_DECIMALS
from seamproof.checks.state.normaliser import ANY_ID
from seamproof.formats import TIME, UUID_IN_ANY_CASE
from seamproof.json_pointer import ANY, to_pointer, walk
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.json_types import Json, JsonMapping

#: Between the role of an id and the number of its event.
_OF: Final = "·"
_TYPE: Final = "/event_type"
_MARK: Final = re.compile(rf"{_OF}(\d+)(?=›)")
_TYPE_MARK: Final = re.compile(rf"‹{_TYPE}{_OF}\d+›")
#: What each event sets to the same, whatever is in it.
_ALWAYS: Final = re.compile(r'"?(?:‹(?:now[^‹›]*|number|id)›|true|false|null)"?')
#: The id of a record in a path.
_KEY: Final = re.compile(r"(?:(?<=^)|\.)(‹/[^‹›]*›)(?=\.|\Z)")
#: What stands for a value that differs each time.
_ANY: Final = "…"


class Leaf(NamedTuple):
    """
    A change of one value of the state, also within a record that was added.

    Attributes:
        path: Keys from the root, with dots between them.
        op: What was done at the path.
        value: The new value as JSON, or the difference; ids and times as their property.
        total: The number that is the sum of an increment, as JSON; else empty.
    """

    path: str
    op: str
    value: str
    total: str = ""

    @property
    def is_hidden(self) -> bool:
        """
        Whether the value differs each time.
        """
        return self.value == _ANY

    @property
    def is_varying(self) -> bool:
        """
        Whether it differs each time, or has an id that no event has.
        """
        return self.is_hidden or ANY_ID in self.path + self.value


@dataclass(frozen=True, slots=True)
class Effect:
    """
    What a delivery did.

    Attributes:
        accepted: Whether it was accepted.
        answer: How it was answered, in words.
        leaves: What it changed, sorted.
        shared: Those of them that hold nothing by which the event is known.
    """

    accepted: bool
    answer: str
    leaves: tuple[Leaf, ...] = ()
    shared: StateDiff = ()

    def without(self, hidden: Mapping[str, frozenset[str]]) -> Effect:
        """
        Ignore the values at some paths, which differ each time, but for those that do not.
        """
        if not hidden:
            return self
        leaves = (
            one
            if one.value in hidden.get(one.path, (one.value,))
            else one._replace(value=_ANY, total="")
            for one in self.leaves
        )
        return replace(self, leaves=tuple(sorted(leaves)))

    @property
    def key(self) -> tuple[object, ...]:
        """
        What is compared: two effects with one key are equal.
        """
        if not self.accepted:
            return (False,)
        return (True, tuple((one.path, one.op, one.value) for one in self.leaves))

    @property
    def paths(self) -> frozenset[tuple[str, str]]:
        """
        What was changed, whatever the values are.
        """
        return frozenset((one.path, one.op) for one in self.leaves)


def differing(first: Effect, second: Effect) -> dict[str, frozenset[str]]:
    """
    List the paths at which two effects have other values, each with the values that both have.

    The items of a list have one path.
    """
    values: tuple[dict[str, Counter[str]], ...] = ({}, {})
    for effect, found in zip((first, second), values, strict=True):
        for leaf in effect.leaves:
            found.setdefault(leaf.path, Counter())[leaf.value] += 1
    was, now = values
    return {
        path: frozenset(several & now.get(path, Counter()))
        for path, several in was.items()
        if several != now.get(path)
    }


def label_of(pointer: str) -> str:
    """
    Return what stands for the id, or the time, at a property in the changes of a state.
    """
    return f"‹{pointer}›"


def roles_of_each(
    events: Sequence[JsonMapping], requests: Iterable[Request], *, by_type: bool = False
) -> dict[str, str]:
    """
    Name the ids, times and types of events by their property, and by the number of their event.

    What several of them share has no number.

    Args:
        events: As they were sent.
        requests: Those in which they were sent.
        by_type: Whether each event is of another type, which then is known by it.
    """
    count = Counter(value for event in events for value in set(_marked_values(event)))
    roles: dict[str, str] = {}
    for at, event in enumerate(events):
        for value, pointer in _marked_values(event).items():
            is_own = count[value] == 1 and (by_type or pointer != _TYPE)
            mark = f"{_OF}{at}" if is_own else ""
            # Times are named by the second word of their role.
            roles[value] = f"time {pointer}{mark}" if TIME.fullmatch(value) else f"{pointer}{mark}"
    return roles | {one.message_id: f"message{_OF}{at}" for at, one in enumerate(requests)}


def _marked_values(event: JsonMapping) -> dict[str, str]:
    found: dict[str, str] = {}
    if isinstance(event.get("event_type"), str):
        found[event["event_type"]] = _TYPE
    for path, value in walk(dict(event)):
        if isinstance(value, str) and (TIME.fullmatch(value) or UUID_IN_ANY_CASE.fullmatch(value)):
            tokens = (ANY if isinstance(one, int) else one for one in path)
            # The ids of a list are one value.
            found.setdefault(value, to_pointer(tokens).removesuffix(f"/{ANY}"))
    return found


def is_of_type(change: StateChange) -> bool:
    """
    Whether a change is known to be of an event by nothing but its type.
    """
    text = change.path + change.value
    return bool(_TYPE_MARK.search(text)) and not _MARK.search(_TYPE_MARK.sub("", text))


def split_by_event(
    changes: StateDiff, count: int
) -> tuple[list[list[StateChange]], StateDiff] | None:
    """
    Attribute changes to the events whose ids or times are in them.

    Returns:
        The changes of each event, and those of no particular one; None if a change is of several.
    """
    each: list[list[StateChange]] = [[] for _ in range(count)]
    shared: list[StateChange] = []
    for change in changes:
        if change.op == "unset" and change.path.endswith(ANY_ID):
            # A record of an earlier event has made room for one of these.
            continue
        marks = set(_MARK.findall(change.path + change.value))
        if len(marks) > 1:
            return None
        plain = _without_marks(change)
        if marks:
            each[int(marks.pop())].append(plain)
        else:
            shared.append(plain)
    return each, tuple(shared)


def share_of(shared: StateDiff, count: int) -> StateDiff | None:
    """
    Divide changes of no particular event by the number of events that made them.

    Returns:
        What each event has changed; None if that is not the same for all.
    """
    each: list[StateChange] = []
    for change in shared:
        if change.op == "increment" and float(change.value) % count == 0:
            each.append(replace(change, value=f"{int(float(change.value) / count):+}"))
        elif change.op in ("set", "unset") and _ALWAYS.fullmatch(change.value):
            each.append(change)
        else:
            return None
    return tuple(each)


def is_sum(found: StateDiff, expected: Iterable[StateDiff]) -> bool:
    """
    Whether changes of no particular event are those that several events make one by one.
    """
    return _summed([found]) == _summed(expected)


def _summed(diffs: Iterable[StateDiff]) -> Mapping[tuple[str, str, str], float]:
    total: Counter[tuple[str, str, str]] = Counter()
    for one in (change for diff in diffs for change in diff):
        if one.op == "increment":
            key = (one.path, one.op, "")
            total[key] = round(total[key] + float(one.value), CHANGE_DECIMALS)  # type: ignore[assignment]
        elif one.op in ("set", "unset") and _ALWAYS.fullmatch(one.value):
            total[one.path, one.op, one.value] = 1
        else:
            total[one.path, one.op, one.value] += 1
    return {key: number for key, number in total.items() if number}


def effect_of(
    changes: Iterable[StateChange], shared: StateDiff, *, accepted: bool, answer: str
) -> Effect:
    """
    Put together what a delivery did.

    Args:
        changes: Those that hold ids or times of its event.
        shared: The others.
        accepted: Whether it was accepted.
        answer: How it was answered, in words.
    """
    every = [leaf for one in (*changes, *shared) for leaf in _leaves(one)]
    return Effect(accepted, answer, tuple(sorted(_without_keys(every))), shared)


def _without_keys(leaves: list[Leaf]) -> Iterator[Leaf]:
    """
    Write the changes of a record without its key, so that rows of a list are like other records.

    Whether a list is compared by an id of its rows depends on the rows that are in it already.
    """
    named = {_KEY.sub("", one.path): set[str]() for one in leaves}
    for one in leaves:
        named.setdefault(_KEY.sub("", one.path).rpartition(".")[0], set()).add(one.value)
    keys = set[Leaf]()
    for one in leaves:
        path = _KEY.sub("", one.path)
        if path == one.path:
            yield one
            continue
        is_new = one.op == "increment" and one.value.lstrip("+") == one.total
        op, value = ("set", one.total) if is_new else (one.op, one.value)
        yield Leaf(path, op, value, "" if is_new else one.total)
        for found in _KEY.finditer(one.path):
            holder = _KEY.sub("", one.path[: found.start()])
            keys.add(Leaf(holder, "key", json.dumps(found[1], ensure_ascii=False)))
    for key in keys:
        if not any(key.value in values for path, values in named.items() if path == key.path):
            yield key


def _without_marks(change: StateChange) -> StateChange:
    return replace(
        change,
        path=_MARK.sub("", change.path).replace("‹time /", "‹/"),
        value=_MARK.sub("", change.value).replace("‹time /", "‹/"),
    )


def _leaves(change: StateChange) -> Iterator[Leaf]:
    if change.op == "increment":
        total = float(change.before or 0) + float(change.value)
        number = json.dumps(int(total) if total.is_integer() else round(total, CHANGE_DECIMALS))
        yield Leaf(change.path, change.op, change.value, number)
    elif change.op in ("add", "set"):
        yield from _members(change.path, change.op, parse_json(change.value))
    else:
        yield Leaf(change.path, change.op, change.value)


def _members(path: str, op: str, value: Json) -> Iterator[Leaf]:
    """
    List what a new value holds: each item of a list is added to it.
    """
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from _members(f"{path}.{name}", "set", member)
    elif isinstance(value, list) and value:
        for member in value:
            yield from _members(path, "add", member)
    else:
        yield Leaf(path, op, json.dumps(value, ensure_ascii=False, sort_keys=True))
