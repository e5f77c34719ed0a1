"""
The diff of two snapshots of a handler's state, normalised for comparison.

Ids are replaced by their role, numbers by their difference, timestamps of the delivery by ‹now›.
Lists are compared as multisets: no handler relies on the order in which deliveries arrived.
"""

from __future__ import annotations

import json
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.state_changes import StateChange
from seamproof.checks.model.tuning import CHANGE_DECIMALS, NUMBERED_ITEMS
from seamproof.checks.state.normaliser import ANY_ID, ANY_NUMBER, Normaliser, is_integer
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.json_types import Json, JsonObject

#: Properties that identify the items of a list, the likeliest first.
_IDENTIFIERS: Final = ("id", "key", "pk", "name")
_TYPES_OF_IDS: Final = {str, int, bool}
_ABSENT: Final = object()


def diff(
    before: Snapshot,
    after: Snapshot,
    roles: Mapping[str, str] | None = None,
    numbered: frozenset[str] | None = None,
    *,
    masks_ids: bool = True,
) -> StateDiff:
    """
    Compare two snapshots.

    Args:
        before: The state before the delivery.
        after: The state after it.
        roles: By id of the delivery, its role: `device_id`. Ids without a role are all equal.
        numbered: Names of properties that number the items of lists; by default those that
            number them in `after`.
        masks_ids: Whether ids without a role are all equal; else each is what it is.

    Returns:
        The changes, sorted; empty if nothing changed.
    """
    if numbered is None:
        numbered = numbered_properties(after.data)
    normaliser = Normaliser.between(before, after, roles or {}, numbered, masks_ids=masks_ids)
    return tuple(sorted(_changes(before.data, after.data, "", normaliser)))


def numbered_properties(data: Json, searched: Json = None) -> frozenset[str]:
    """
    Find the properties that number the items of a list: the last items have consecutive numbers.

    Args:
        data: A state.
        searched: One that was searched before; the objects of it are left out.
    """
    found: set[str] = set()
    left = [(data, searched)]
    while left:
        one, was = left.pop()
        if one is was:
            continue
        if type(one) is dict:
            known = was if type(was) is dict else {}
            left += [
                (member, known.get(name))
                for name, member in one.items()
                if type(member) in (dict, list) and member is not known.get(name)
            ]
        elif type(one) is list and len(one) >= NUMBERED_ITEMS:
            found.update(_numbered(one[-NUMBERED_ITEMS:]))
    return frozenset(found)


def _numbered(last: list[Json]) -> Iterator[str]:
    if all(isinstance(item, dict) for item in last):
        for name, first in last[0].items():
            numbers = range(first, first + NUMBERED_ITEMS) if is_integer(first) else ()
            if numbers and [item.get(name) for item in last] == list(numbers):
                yield name


def _changes(old: Json, new: Json, path: str, normaliser: Normaliser) -> Iterator[StateChange]:
    if _is_equal(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _changed_entries(old, new, path, normaliser)
    elif isinstance(old, list) and isinstance(new, list):
        name = _identifier(old, new)
        if name is None:
            yield from _changed_items(old, new, path, normaliser)
        else:
            was, now = ({str(item[name]): item for item in items} for items in (old, new))
            yield from _changed_entries(was, now, path, normaliser)
    elif type(old) is type(new) and (
        normaliser.encode_with_ids(old) == normaliser.encode_with_ids(new)
    ):
        return
    elif _is_number(old) and _is_number(new) and not normaliser.is_timestamp(new):
        by = f"{round(new - old, CHANGE_DECIMALS):+}"
        yield StateChange(path, "increment", by, before=str(old))
    else:
        yield StateChange(path, "set", normaliser.encode(new), before=normaliser.encode(old))


def _changed_entries(
    old: JsonObject, new: JsonObject, path: str, normaliser: Normaliser
) -> Iterator[StateChange]:
    for name in {**old, **new}:
        was, now = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if _is_equal(was, now):
            continue
        key = normaliser.key(name)
        where = f"{path}.{key}" if path else key
        if now is _ABSENT:
            yield StateChange(where, "unset", before=normaliser.encode(was))
        elif was is not _ABSENT:
            yield from _changes(was, now, where, normaliser)
        elif normaliser.is_amount(now, name):
            # A counter that is new has counted from zero.
            yield StateChange(where, "increment", f"{now:+}")
        elif now and isinstance(now, dict | list) and not key.startswith((ANY_ID, ANY_NUMBER)):
            yield from _changes(type(now)(), now, where, normaliser)
        else:
            # A record under an id without a role stays whole: its parts would mix with others'.
            yield StateChange(where, "set", normaliser.encode(now, name))


def _changed_items(
    old: list[Json], new: list[Json], path: str, normaliser: Normaliser
) -> Iterator[StateChange]:
    gone, come = _without_common(*_without_same(old, new))
    was, now = (Counter(map(normaliser.encode_with_ids, items)) for items in (gone, come))
    values = {normaliser.encode_with_ids(item): normaliser.encode(item) for item in (*gone, *come)}
    # A list of the last so many items has the same length; what drops out of it differs each time.
    removed = was - now if len(old) != len(new) else Counter[str]()
    yield from (StateChange(path, "remove", values[item]) for item in removed.elements())
    yield from (StateChange(path, "add", values[item]) for item in (now - was).elements())


def _without_same(old: list[Json], new: list[Json]) -> tuple[list[Json], list[Json]]:
    """
    Leave out the items that are one object in both lists, as often as they are in both.
    """
    was, now = Counter(map(id, old)), Counter(map(id, new))
    return _left(old, was - now), _left(new, now - was)


def _left(items: list[Json], counted: Counter[int]) -> list[Json]:
    by_id = {id(one): one for one in items}
    return [by_id[one] for one in counted.elements()]


def _without_common(old: list[Json], new: list[Json]) -> tuple[list[Json], list[Json]]:
    """
    Leave out the items that are equal in both lists.
    """
    was, now = (Counter(map(_hashable, items)) for items in (old, new))
    return _items(was - now), _items(now - was)


def _hashable(item: Json) -> str | tuple[str]:
    """
    Make an item hashable; strings, which the longest lists hold, stay as they are.
    """
    return item if isinstance(item, str) else (json.dumps(item, sort_keys=True),)


def _items(counted: Counter[str | tuple[str]]) -> list[Json]:
    return [one if isinstance(one, str) else parse_json(one[0]) for one in counted.elements()]


def _identifier(old: list[Json], new: list[Json]) -> str | None:
    """
    Find the property that identifies the items of both lists; None if there is none.
    """
    items: list[JsonObject] = [*old, *new]
    if not items or not set(map(type, items)) <= {dict}:
        return None
    ids = sorted(name for name in items[0] if name.endswith("_id"))
    for name in (*(name for name in _IDENTIFIERS if name in items[0]), *ids):
        if _identifies(name, old) and _identifies(name, new):
            return name
    return None


def _identifies(name: str, items: list[JsonObject]) -> bool:
    """
    Whether a property differs in each item. A list may be long, so that no loop is in Python.
    """
    try:
        values = list(map(itemgetter(name), items))
    except KeyError:
        return False
    return set(map(type, values)) <= _TYPES_OF_IDS and len(set(map(str, values))) == len(items)


def _is_equal(old: object, new: object) -> bool:
    """
    Whether two values are equal without normalising, as most rows of a large state are.

    True and 1 are equal in Python, and not in JSON.
    """
    if old is new:
        return True
    return bool(old == new) and (isinstance(old, str) or repr(old) == repr(new))


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
