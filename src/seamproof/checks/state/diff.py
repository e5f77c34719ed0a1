"""
What an act changed in a handler's state, told so that two acts can be compared.

Two acts that do the same to different records, under different ids and at different
times, give the same lines: ids are told by their part, counters by how far they moved,
and times of the act itself as now. Lists are compared as bags: in which order things
arrived is no state that anybody relies on.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.state.timestamps import Times
from seamproof.formats import UUID_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.state.sources import Snapshot
    from seamproof.json_types import Json, JsonObject

#: What an id looks like whose part nobody has told: a UUID, a KSUID with a prefix, hex, a ULID.
_ID: Final = re.compile(
    rf"(?i:{UUID_TEXT})"
    r"|\b[a-z]+_[0-9A-Za-z]{20,}\b"
    r"|\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b"
    r"|\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b"
    # A signature is another one at each attempt, as an id is another one for each message.
    r"|\bv1,[A-Za-z0-9+/]{43}="
)
#: Names under which a whole number says which one, not how much.
_ORDINAL: Final = re.compile(
    r"(?:^|_)(?:id|pk|seq|sequence|index|idx|position|row|rowid|ordinal|serial|number|no|nr"
    # How often a row was written depends on how much came too late to be written.
    r"|version|revision|rev|generation)\Z",
    re.IGNORECASE,
)
#: Names under which the items of a list are told apart, the likeliest first.
_KEYS: Final = ("id", "key", "pk", "name")
_DIGITS: Final = 6
#: How many items that are numbered one by one are no chance.
_SEVERAL: Final = 4
_ABSENT: Final = object()
#: How keys begin that tell nothing of what they stand for.
_NAMELESS: Final = ("‹id›", "‹number›")


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How values are told.

    Attributes:
        times: How times are.
        names: By id, what it is called.
        pattern: Finds these ids.
        numbered: Names under which the state numbers the items of its lists.
    """

    times: Times
    names: Mapping[str, str]
    pattern: re.Pattern[str] | None
    numbered: frozenset[str] = frozenset()


def difference(
    before: Snapshot,
    after: Snapshot,
    names: Mapping[str, str] | None = None,
    numbered: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """
    Tell what an act changed.

    Args:
        before: The state before the act.
        after: The state after it.
        names: By id that the act was about, what it is called: `device_id`. Without
            it, one id is told like any other.
        numbered: Names that are known to number the items of lists, besides those that
            are seen to.

    Returns:
        A line for each change, sorted; none when nothing changed.
    """
    known = {one: name for one, name in (names or {}).items() if one}
    longest = sorted(known, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest))) if known else None
    numbered |= numbered_in(after.data)
    reading = Reading(Times.of(before.at, after.at, known), known, pattern, numbered)
    return tuple(sorted(_changes(before.data, after.data, "", reading)))


def numbered_in(data: Json) -> frozenset[str]:
    """
    Find the names under which items of a list are numbered: the last few in their order.
    """
    return frozenset(_numbered(data))


def _numbered(data: Json) -> Iterator[str]:
    if isinstance(data, dict):
        for one in data.values():
            yield from _numbered(one)
    elif isinstance(data, list) and len(data) >= _SEVERAL:
        last = data[-_SEVERAL:]
        if all(isinstance(item, dict) for item in last):
            for name, first in last[0].items():
                wanted = [first + at for at in range(_SEVERAL)] if _is_whole(first) else []
                if wanted and [item.get(name) for item in last] == wanted:
                    yield name


def _changes(old: Json, new: Json, path: str, reading: Reading) -> Iterator[str]:
    if _equal(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _entries(old, new, path, reading)
    elif isinstance(old, list) and isinstance(new, list):
        key = _telling_key(old, new)
        if key is None:
            yield from _items(old, new, path, reading)
        else:
            was, now = ({str(item[key]): item for item in items} for items in (old, new))
            yield from _entries(was, now, path, reading)
    elif _same(old, new, reading):
        return
    elif _is_number(old) and _is_number(new) and not reading.times.told(new):
        yield f"{path or 'the state'} {round(new - old, _DIGITS):+}"
    else:
        yield f"{path or 'the state'} = {_text(new, reading)}"


def _entries(old: JsonObject, new: JsonObject, path: str, reading: Reading) -> Iterator[str]:
    for name in {**old, **new}:
        was, now = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if _equal(was, now):
            continue
        key = _named(name, reading, key=True)
        where = f"{path}.{key}" if path else key
        if now is _ABSENT:
            yield f"{where} is gone"
        elif was is not _ABSENT:
            yield from _changes(was, now, where, reading)
        elif _counts(now, name, reading):
            # A counter that comes into being has counted from nought.
            yield f"{where} {now:+}"
        elif now and isinstance(now, dict | list) and not key.startswith(_NAMELESS):
            yield from _changes(type(now)(), now, where, reading)
        else:
            yield f"{where} = {_text(now, reading, name)}"


def _items(old: list[Any], new: list[Any], path: str, reading: Reading) -> Iterator[str]:
    gone, come = _unequal(old, new)
    was, now = (Counter(_exact(item, reading) for item in items) for items in (gone, come))
    texts = {_exact(item, reading): _text(item, reading) for item in (*gone, *come)}
    # What falls out of a list of the last so many is another item each time.
    fallen = was - now if len(old) != len(new) else Counter[str]()
    for sign, counted in (("-", fallen), ("+", now - was)):
        for item in counted.elements():
            yield f"{path or 'the state'} {sign} {texts[item]}"


def _unequal(old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any]]:
    """
    Take out what both lists have, exactly.
    """
    was, now = (Counter(map(_countable, items)) for items in (old, new))
    return _items_of(was - now), _items_of(now - was)


def _countable(item: Json) -> str | tuple[str]:
    """
    Write an item so that it can be counted; texts, of which the longest lists are, as they stand.
    """
    return item if isinstance(item, str) else (json.dumps(item, sort_keys=True),)


def _items_of(counted: Counter[str | tuple[str]]) -> list[Any]:
    return [one if isinstance(one, str) else json.loads(one[0]) for one in counted.elements()]


def _telling_key(old: list[Any], new: list[Any]) -> str | None:
    """
    Find the property by which the items of both lists are told apart, if they have one.
    """
    items: list[JsonObject] = [*old, *new]
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    common = set.intersection(*(set(item) for item in items))
    ids = sorted(name for name in common if name.endswith("_id"))
    for key in (*(key for key in _KEYS if key in common), *ids):
        # Ids of things that come and go are strings; row numbers follow the order of arrival.
        alike = all(isinstance(item[key], str | int) for item in items)
        if alike and all(len({str(one[key]) for one in many}) == len(many) for many in (old, new)):
            return key
    return None


def _equal(old: Json, new: Json) -> bool:
    """
    Whether two values are equal as they stand, which of most rows of a large state they are.

    True and 1 are equal in Python, and not in JSON.
    """
    return bool(old == new) and repr(old) == repr(new)


def _same(old: Json, new: Json, reading: Reading) -> bool:
    return type(old) is type(new) and _exact(old, reading) == _exact(new, reading)


def _exact(value: Json, reading: Reading) -> str:
    return json.dumps(_timeless(value, reading), sort_keys=True)


def _text(value: Json, reading: Reading, name: str = "") -> str:
    return json.dumps(_told(value, reading, name), sort_keys=True, ensure_ascii=False)


def _timeless(value: Json, reading: Reading) -> Json:
    """
    Write times of the act as now, and leave the rest as it is.
    """
    if isinstance(value, dict):
        return {name: _timeless(one, reading) for name, one in value.items()}
    if isinstance(value, list):
        return [_timeless(one, reading) for one in value]
    return reading.times.told(value) or value


def _told(value: Json, reading: Reading, name: str) -> Json:
    """
    Write a value without what differs from act to act.
    """
    if isinstance(value, dict):
        told = [(_named(one, reading, key=True), _told(value[one], reading, one)) for one in value]
        if len({one for one, _ in told}) == len(told):
            return dict(told)
        return sorted(([one, what] for one, what in told), key=json.dumps)
    if isinstance(value, list):
        return sorted((_told(one, reading, name) for one in value), key=json.dumps)
    return reading.times.told(value) or _told_scalar(value, reading, name)


def _told_scalar(value: object, reading: Reading, name: str) -> object:
    if isinstance(value, str):
        return _named(value, reading)
    return "‹number›" if _is_whole(value) and _says_which(name, reading) else value


def _named(text: str, reading: Reading, *, key: bool = False) -> str:
    if reading.pattern is not None:
        text = reading.pattern.sub(lambda found: f"‹{reading.names[found[0]]}›", text)
    text = reading.times.within(text)
    # A row number that serves as a key follows the order of arrival; a code does not.
    return "‹number›" if key and text.isdecimal() else _ID.sub("‹id›", text)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _counts(value: object, name: str, reading: Reading) -> bool:
    return _is_whole(value) and not _says_which(name, reading) and not reading.times.told(value)


def _says_which(name: str, reading: Reading) -> bool:
    return name in reading.numbered or bool(_ORDINAL.search(name))
