"""
State changes and deviations as data, normalised so that they can be compared.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.json_types import Json

#: `add` and `remove` an item of a list, `set` or `unset` a value, `increment` a number.
#: Changes of one path are sorted by these names.
Operation: TypeAlias = Literal["add", "increment", "remove", "set", "unset"]


@dataclass(frozen=True, slots=True, order=True)
class StateChange:
    """
    One change of a handler's state. Two deliveries with the same effect make equal changes.

    Whatever stood there before: it differs from delivery to delivery, and is only shown.

    Attributes:
        path: Keys from the root, with dots between them; ids stand as their role. Empty for the
            root itself.
        op: What was done at the path.
        value: The item or the new value as canonical JSON, ids and timestamps by role; for
            `increment` the difference with its sign; empty for `unset`.
        before: What stood at the path; empty where nothing did, and for items of lists.
    """

    path: str
    op: Operation
    value: str = ""
    before: str = field(default="", compare=False)

    def members(self) -> Iterator[tuple[str, Json]]:
        """
        List what an added item or a new value holds: the members of objects and lists, with paths.
        """
        return _members(self.path, parse_json(self.value))


#: The changes that a delivery made, sorted; a change is in it as often as it happened.
StateDiff: TypeAlias = tuple[StateChange, ...]


@dataclass(frozen=True, slots=True)
class StateDeviation:
    """
    How a state diff differs from the one that was expected.

    Attributes:
        missing: Expected changes that did not happen.
        unexpected: Changes that happened and were not expected.
        occasion: When the unexpected ones happened: `instead` of those that are missing, `again`
            at a duplicate, or at a `rejected` request.
    """

    missing: StateDiff = ()
    unexpected: StateDiff = ()
    occasion: Literal["instead", "again", "rejected"] = "instead"

    @classmethod
    def between(cls, expected: StateDiff, found: StateDiff) -> StateDeviation:
        """
        Compare two diffs. A change that is missing several times is listed once.
        """
        wanted, got = Counter(expected), Counter(found)
        return cls(missing=tuple(wanted - got), unexpected=tuple(got - wanted))

    @property
    def first_path(self) -> str:
        """
        The first path at which the two diffs differ; empty for the root.
        """
        return min((*self.missing, *self.unexpected)).path

    def without_amounts(self) -> StateDeviation:
        """
        Leave out by how much numbers changed: in a race it depends on chance.
        """
        return self._map(lambda one: replace(one, value="") if one.op == "increment" else one)

    def map_texts(self, change: Callable[[str], str]) -> StateDeviation:
        """
        Apply a function to each path and value.
        """
        return self._map(
            lambda one: replace(
                one, path=change(one.path), value=change(one.value), before=change(one.before)
            )
        )

    def _map(self, change: Callable[[StateChange], StateChange]) -> StateDeviation:
        return replace(
            self,
            missing=tuple(map(change, self.missing)),
            unexpected=tuple(map(change, self.unexpected)),
        )

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected)


def _members(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from _members(f"{path}.{name}", member)
    elif isinstance(value, list) and value:
        for at, member in enumerate(value):
            yield from _members(f"{path}.{at}", member)
    else:
        yield path, value
