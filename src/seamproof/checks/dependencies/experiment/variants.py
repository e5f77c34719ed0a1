"""
The variants of a property that an experiment sends: left out, null, and other values.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from zlib import crc32

from seamproof import json_pointer
from seamproof.checks.generation.renewal import new_id
from seamproof.formats import TIME, UUID_IN_ANY_CASE, WHOLE_SECONDS, format_time
from seamproof.json_pointer import ANY, paths_of, to_pointer
from seamproof.schemas.payload_mutations import walk_with_schema
from seamproof.schemas.validation.contract import Contract
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.json_pointer import Path
    from seamproof.json_types import Json, JsonMapping, JsonObject

#: How a variant differs: by another value, id or time; or the property is absent, null or empty, or
#: has twice the items.
Kind: TypeAlias = Literal["value", "id", "time", "absent", "null", "empty", "more"]

#: Kinds of another value, and those that leave nothing to compare with.
OTHER: Final[tuple[Kind, ...]] = ("value", "id", "time")
LEFT_OUT: Final[tuple[Kind, ...]] = ("absent", "null", "empty", "more")

#: Numbers that lie beyond most thresholds, and factors that cross one that is near.
_NUMBERS: Final = (0, 1, 10, 100, 1000, -10)
_FACTORS: Final = (0.5, 2)
#: Added to a whole number, which may be rounded.
_FRACTION: Final = 0.63
#: How far other times lie from those of an event. It stays later than what it began before.
_SHIFTS: Final = (timedelta(minutes=-17, seconds=-3), timedelta(days=-40), timedelta(days=40))
#: The times of the event itself: one that is later makes the events after it outdated.
_OWN_TIMES: Final = ("/occurred_at", "/created_at")
_OWN_ID: Final = ("event_id",)
#: How long after it has occurred an event is created.
_CREATED_AFTER: Final = timedelta(seconds=2)
_ANOTHER: Final = "Zoe Lodz"
#: Other texts of a property that are tried.
_TEXTS: Final = 4


@dataclass(frozen=True, slots=True)
class TriedProperty:
    """
    A property of an event type, with its value in a plain event.

    Attributes:
        pointer: JSON Pointer; `*` stands for each item of a list.
        shape: Its schema.
        values: In the plain event; one of each item, inside of a list.
    """

    pointer: str
    shape: JsonMapping
    values: tuple[Json, ...]

    @property
    def value(self) -> Json:
        """
        The value in the plain event; that of the first item, inside of a list.
        """
        return self.values[0]

    @property
    def has_members(self) -> bool:
        """
        Whether it holds properties that are looked at one by one.
        """
        return is_divided(self.shape) or is_divided(self.shape.get("items", {}))

    @property
    def is_choice(self) -> bool:
        """
        Whether it holds one of a few values.
        """
        return len(self.shape.get("enum", ())) > 1

    @property
    def is_id(self) -> bool:
        """
        Whether it holds an id, or several.
        """
        values = self.value if isinstance(self.value, list) else [self.value]
        return bool(values) and all(
            isinstance(one, str) and UUID_IN_ANY_CASE.fullmatch(one) for one in values
        )

    @property
    def is_labelled(self) -> bool:
        """
        Whether it holds ids or a time, which have their label in the changes of a state.
        """
        is_time = isinstance(self.value, str) and TIME.fullmatch(self.value)
        return self.is_id or bool(is_time)


def is_divided(shape: JsonMapping) -> bool:
    """
    Whether a schema describes the members of an object.
    """
    return bool(shape.get("properties"))


def properties_of(document: JsonMapping, event: JsonMapping) -> list[TriedProperty]:
    """
    List the properties of an event, nested ones as well.

    What a customer may name as he likes, and the items of a list of texts, is one value.
    """
    found: dict[str, TriedProperty] = {}
    whole: set[Path] = set()
    for path, shape, value in walk_with_schema(document, event):
        if not path:
            continue
        if path[:-1] in whole:
            whole.add(path)
            continue
        if isinstance(value, dict) and not is_divided(shape):
            whole.add(path)
        if isinstance(value, list) and not is_divided(shape.get("items", {})):
            whole.add(path)
        if isinstance(path[-1], int):
            continue
        pointer = to_pointer(ANY if isinstance(one, int) else one for one in path)
        before = found[pointer].values if pointer in found else ()
        found[pointer] = TriedProperty(pointer, shape, (*before, value))
    return sorted(found.values(), key=lambda one: one.pointer)


@dataclass(frozen=True, slots=True)
class PropertyVariant:
    """
    One way in which a property of an event differs from the plain event.

    Attributes:
        pointer: Of the property.
        kind: How it differs.
        value: The other value.
        shift: How far the other time lies from that of the plain event.
    """

    pointer: str
    kind: Kind
    value: Json = None
    shift: timedelta = timedelta()

    def apply(self, event: JsonObject) -> None:
        """
        Change an event, in each item of a list.
        """
        for path in list(paths_of(event, json_pointer.parse(self.pointer))):
            if self.kind == "absent":
                json_pointer.remove(event, path)
            else:
                json_pointer.assign(event, path, self._new(json_pointer.get(event, path)))

    def _new(self, old: Json) -> Json:
        if self.kind == "id":
            return [new_id() for _ in old] if isinstance(old, list) else new_id()
        if self.kind == "more":
            return [*old, *deepcopy(old)]
        if self.kind == "time":
            moment = datetime.fromisoformat(str(old)) + self.shift
            return format_time(moment, len(str(old)) - WHOLE_SECONDS - 1)
        if self.value and isinstance(old, dict) and old.keys() != self.value.keys():
            # An item of another form has no value to compare the new one with.
            return old
        return deepcopy(self.value)


def variants_of(
    one: TriedProperty, samples: Iterable[JsonMapping], *, fixed_ids: frozenset[str]
) -> list[PropertyVariant]:
    """
    List the variants of a property: absent, null where that is allowed, then its other values.

    Args:
        one: The property.
        samples: Other events of the type, for plausible values.
        fixed_ids: Ids that the user has set: others are new ones in each event anyway.
    """
    found = [PropertyVariant(one.pointer, "absent")]
    if "null" in stated_types(one.shape) and one.value is not None:
        found.append(PropertyVariant(one.pointer, "null"))
    if one.pointer == "/event_type":
        resource = str(one.value).partition(".")[0]
        return [*found, PropertyVariant(one.pointer, "value", f"{resource}.something_new_happened")]
    if isinstance(one.value, str) and TIME.fullmatch(one.value):
        shifts = _SHIFTS[:2] if one.pointer in _OWN_TIMES else _SHIFTS
        # Two times that move by the same time keep their distance.
        apart = timedelta(seconds=sum(one.pointer.encode()) % 100)
        return found + [
            PropertyVariant(one.pointer, "time", shift=shift - apart) for shift in shifts
        ]
    found += _other_counts(one)
    if not one.is_id:
        return found + [
            PropertyVariant(one.pointer, "value" if value not in ("", {}) else "empty", value)
            for value in _other_values(one, samples)
        ]
    values = one.value if isinstance(one.value, list) else [one.value]
    is_known = any(value in fixed_ids for value in values) or one.pointer == "/workspace_id"
    return [*found, PropertyVariant(one.pointer, "id")] if is_known else found


def _other_counts(one: TriedProperty) -> list[PropertyVariant]:
    """
    List variants with another number of items.
    """
    if not isinstance(one.value, list) or not one.value:
        return []
    valid = Contract(one.shape)
    twice = [*one.value, *one.value]
    more = [PropertyVariant(one.pointer, "more")] if valid.is_valid(twice) else []
    return [*more, *([PropertyVariant(one.pointer, "empty", [])] if valid.is_valid([]) else [])]


def _other_values(one: TriedProperty, samples: Iterable[JsonMapping]) -> list[Json]:
    """
    List other values that the contract allows.
    """
    if one.has_members:
        return []
    if "enum" in one.shape:
        return [value for value in one.shape["enum"] if value not in (one.value, None)]
    sampled = _sampled(one, samples)
    candidates: list[Json] = []
    if isinstance(one.value, bool):
        candidates = [not one.value]
    elif isinstance(one.value, int | float):
        factored = (one.value * factor for factor in _FACTORS)
        # 41.0 is written as 41.
        whole = [*(int(n) if n == int(n) else n for n in factored), *_NUMBERS]
        candidates = [*whole, round(int(one.value) + _FRACTION, 2)]
    elif isinstance(one.value, str):
        url = "https://example.com/another"
        new = url if one.shape.get("format") == "uri" else f"{_ANOTHER} {one.pointer[1:]}"
        candidates = [*sampled[:_TEXTS], new, *([] if "format" in one.shape else [""])]
    elif isinstance(one.value, list):
        candidates = [[_altered(item) for item in one.value]]
    elif isinstance(one.value, dict):
        candidates = [{name: _altered(item) for name, item in one.value.items()}, {}]
    valid = Contract(one.shape)
    chosen: list[Json] = []
    for value in candidates:
        if value != one.value and value not in chosen and valid.is_valid(value):
            chosen.append(value)
    return chosen


def _altered(value: Json) -> Json:
    """
    Change a value in a list or an object that a customer fills.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value + 7
    is_labelled = isinstance(value, str) and (TIME.match(value) or UUID_IN_ANY_CASE.match(value))
    return _ANOTHER if is_labelled or isinstance(value, bool) else f"{value} {_ANOTHER}"


def _sampled(one: TriedProperty, samples: Iterable[JsonMapping]) -> list[Json]:
    tokens = json_pointer.parse(one.pointer)
    found: list[Json] = []
    for event in samples:
        for path in paths_of(dict(event), tokens):
            value = _without_inner_ids(json_pointer.get(event, path))
            if value not in found and value != one.value and type(value) is type(one.value):
                found.append(value)
    return found


def with_distinct_values(event: JsonMapping, *, fixed_ids: frozenset[str]) -> JsonObject:
    """
    Copy an event so that each of its ids and times differs from the others, to whole seconds.
    """
    copied = deepcopy(dict(event))
    occurred, created = (copied.get(one) for one in ("occurred_at", "created_at"))
    if isinstance(occurred, str) and isinstance(created, str) and TIME.fullmatch(occurred):
        # The same in each type, so that no time of one event is that of another one.
        moment = datetime.fromisoformat(occurred) + _CREATED_AFTER
        copied["created_at"] = format_time(moment, len(occurred) - WHOLE_SECONDS - 1)
    ids, times = set(fixed_ids), set[datetime]()
    for path, value in list(json_pointer.walk(copied)):
        if not isinstance(value, str):
            continue
        if TIME.fullmatch(value):
            moment = datetime.fromisoformat(value)
            while moment.replace(microsecond=0) in times:
                moment += timedelta(seconds=2)
            times.add(moment.replace(microsecond=0))
            json_pointer.assign(copied, path, format_time(moment, len(value) - WHOLE_SECONDS - 1))
        elif UUID_IN_ANY_CASE.fullmatch(value) and value not in fixed_ids:
            json_pointer.assign(copied, path, new_id() if value in ids else value)
            ids.add(value)
        elif value not in fixed_ids:
            json_pointer.assign(copied, path, _without_inner_ids(value))
    return copied


def ids_of(event: JsonMapping) -> Iterator[str]:
    """
    List the ids in an event, but for its own.
    """
    for path, value in json_pointer.walk(dict(event)):
        if path != _OWN_ID and isinstance(value, str) and UUID_IN_ANY_CASE.fullmatch(value):
            yield value


def _without_inner_ids(value: Json) -> Json:
    """
    Put words in place of the ids within a text: ids without a role are all equal in a state.
    """
    if not isinstance(value, str) or UUID_IN_ANY_CASE.fullmatch(value):
        return value
    return UUID_IN_ANY_CASE.sub(lambda found: f"a-{crc32(found[0].encode()):x}", value)
