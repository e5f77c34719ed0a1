"""
Separates the work of a handler from the record that a message arrived: ids, times, counters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.checks.model.tuning import COUNTED_TYPES
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.observation import Observation
    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.json_types import Json

#: Path, operation and value of a change, without ids.
Kind: TypeAlias = tuple[str, str, str]

#: Ids of a message or event, as a state diff shows them.
_MESSAGE: Final = re.compile(r"‹(?:event_id \d+|message \d+|id)›")
#: What is recorded of any request beside its id: when it came, that it came.
_ARRIVAL: Final = re.compile(r"‹(?:now.*|time|number|occurred_at|created_at)›|")
#: What every event has, of whatever type.
_OF_EVERY_EVENT: Final = re.compile(r"‹(?:now.*|time|number|event_type|occurred_at|created_at)›")
_ROLE: Final = re.compile(r"‹[^‹›]*›")
#: A whole number in a row, as a table of counts has them, and what stands for it.
_NUMBER: Final = re.compile(r"(?<=[\s:\[,])\d+(?=[\],}])")
_COUNT: Final = "#"

ONLY_RECORDED: Final = "only its id is recorded"
COUNTED: Final = "it is only counted or logged"
#: Why nothing is proved by a state that every event changes in the same manner.
ONLY_COUNTS: Final = "the state only counts deliveries: show in it what the handler does"
ONLY_LOGS: Final = (
    "events of types that do not exist change the state too: it shows which events arrived; "
    "show in it what the handler does"
)


def effects_in(changes: StateDiff) -> StateDiff:
    """
    Leave out the changes that only record that a message arrived: its id, the time.

    A counter of deliveries stays: that it does not rise shows that an event was lost.
    """
    return tuple(one for one in changes if not _is_record_of_arrival(one))


@dataclass(frozen=True, slots=True)
class ArrivalMarks:
    """
    What the state of a handler records of any event.

    Attributes:
        common: Counters and items of logs that each event changes, of whatever type.
        only_logs: Whether all changes are such ones, those that hold data of an event too.
        reason: Why no change that is known shows work; empty if one does, or if none is known.
    """

    common: frozenset[StateChange] = frozenset()
    only_logs: bool = False
    reason: str = ""

    @property
    def counts_by_type(self) -> bool:
        """
        Whether events are counted by their type, which may be all that the handler has to do.
        """
        return any(
            _ROLE.findall(one.path + one.value) == ["‹event_type›"]
            and (one.op == "increment" or _COUNT in one.value)
            for one in self.common
        )

    @classmethod
    def of(cls, known: Observation) -> ArrivalMarks:
        """
        Find out what is known of them.
        """
        counts = _counts_of_deliveries(known)
        common = counts.union(map(of_any_message, known.logged))
        found = cls(common, known.only_logs)
        if any(map(found.work_in, known.changes_by_type.values())):
            return found
        has_log = known.only_logs or known.logged
        return replace(found, reason=ONLY_LOGS if has_log else ONLY_COUNTS if counts else "")

    def work_in(self, changes: StateDiff) -> StateDiff:
        """
        Leave out of effects what every accepted event changes.
        """
        if self.only_logs:
            return ()
        return tuple(one for one in effects_in(changes) if of_any_message(one) not in self.common)

    def evident_in(self, changes: StateDiff) -> StateDiff:
        """
        Take the work of some changes; where the state shows none of any event, what it counts.

        A counter that does not rise shows that an event was lost; one that rises proves no work.
        """
        return effects_in(changes) if self.reason else self.work_in(changes)


def types_of_other_work(
    known: Observation | None, types: Iterable[str], *, has_values: bool = True
) -> list[str]:
    """
    List event types that do what none of some types does: one type for each kind of work.

    Of one kind are changes of the same paths, whatever the ids in them, to the same value. A value
    and what is after an id may be data of the event: only the path before it differs for certain.
    """
    kinds = kinds_of_work(known)
    if not has_values:
        kinds = {
            name: frozenset((path.partition("‹")[0], op, "") for path, op, _ in several)
            for name, several in kinds.items()
        }
    done = frozenset[Kind]().union(*(kinds.get(one, ()) for one in types))
    others = []
    for name, several in kinds.items():
        if several - done:
            others.append(name)
            done |= several
    return others


def kinds_of_work(known: Observation | None) -> dict[str, frozenset[Kind]]:
    """
    List by event type the kinds of its work: path, operation and value, without ids and data.
    """
    if known is None:
        return {}
    evident_in = ArrivalMarks.of(known).evident_in
    return {
        name: frozenset(map(_kind_of, evident_in(one)))
        for name, one in known.changes_by_type.items()
    }


def _kind_of(change: StateChange) -> Kind:
    value = "" if change.value.startswith(("{", "[")) else _ROLE.sub("‹›", change.value)
    return _ROLE.sub("‹›", change.path), change.op, value


def may_be_logged(known: Observation, change: StateChange) -> bool:
    """
    Whether a change may be an item of a log, or a counter.

    Neither has the id of a record in its path. An item of a log may hold one, and then a type that
    is ignored shows that the handler makes a choice.
    """
    return _is_of_every_event(change.path) and (
        not known.ignored_types or _is_of_every_event(change.value)
    )


def is_without_data(change: StateChange) -> bool:
    """
    Whether a change holds nothing of an event but what every event has: id, type, times.
    """
    return _is_of_every_event(change.path + change.value)


def without_removals(changes: StateDiff) -> StateDiff:
    """
    Leave out what a list of the last items drops.
    """
    return tuple(one for one in changes if one.op not in ("remove", "unset"))


def _counts_of_deliveries(known: Observation) -> frozenset[StateChange]:
    """
    Find what each accepted event changes, whatever its type, and without any of its data.

    One event type alone cannot show that: a number may count what the handler did with it.
    """
    several = [*known.changes_by_type.values()]
    if known.ignored_types or len(several) < COUNTED_TYPES:
        return frozenset()
    common = set(several[0]).intersection(*several[1:])
    return frozenset(map(of_any_message, filter(is_count, common)))


def of_any_message(change: StateChange) -> StateChange:
    """
    Make a change equal for every message: an increment for several at once, a row with a count.
    """
    value = "" if change.op == "increment" else _MESSAGE.sub("‹id›", change.value)
    if is_without_data(change):
        value = _NUMBER.sub(_COUNT, value)
    return replace(change, path=_MESSAGE.sub("‹id›", change.path), value=value)


def is_count(change: StateChange) -> bool:
    """
    Whether a change counts something that is of no record.
    """
    return change.op == "increment" and _is_of_every_event(change.path)


def _is_of_every_event(text: str) -> bool:
    roles = _ROLE.findall(text)
    return all(_MESSAGE.fullmatch(one) or _OF_EVERY_EVENT.fullmatch(one) for one in roles)


def _is_record_of_arrival(change: StateChange) -> bool:
    if change.op not in ("add", "set"):
        return False
    in_path = _ROLE.findall(change.path)
    leaves = list(_leaves(parse_json(change.value)))
    others = [one for one in leaves if not _is_recorded_value(one)]
    has_id = any(_MESSAGE.fullmatch(one) for one in (*in_path, *leaves) if isinstance(one, str))
    return has_id and not others and all(map(_MESSAGE.fullmatch, in_path))


def _is_recorded_value(leaf: Json) -> bool:
    if isinstance(leaf, str):
        return bool(_MESSAGE.fullmatch(leaf) or _ARRIVAL.fullmatch(leaf))
    return leaf is None or leaf is True or (leaf == 1 and not isinstance(leaf, bool))


def _leaves(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value
