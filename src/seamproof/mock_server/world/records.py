"""
Records of the world: JSON documents by kind and id, and changes of them that can be taken back.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.json_types import Json, JsonMapping, JsonObject

EMPTY: Final[JsonMapping] = MappingProxyType({})

#: Takes a property away.
UNSET: Final = object()

#: Kind and id.
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """
    A resource. Its documents are never changed in place.

    Attributes:
        kind: Such as `access_code`; managed and unmanaged ones are of one kind.
        id: Its own id.
        number: Rises in the order of creation, in which lists are.
        document: What is known of its properties; the template of the kind has the rest.
        links: What Seam keeps without showing it: the ids of related records, and troubles.
    """

    kind: str
    id: str
    number: int
    document: JsonMapping
    links: JsonMapping = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """
        What identifies it.
        """
        return self.kind, self.id

    def with_values(self, values: JsonMapping, links: JsonMapping = EMPTY) -> Record:
        """
        Set properties by their dotted paths, and links by their names.
        """
        return replace(
            self, document=with_values(self.document, values), links=with_values(self.links, links)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldEffect:
    """
    A change of one record, now or later, and the event that reports it.

    Attributes:
        kind: Of the record.
        id: Of the record.
        event: The type of the event; empty for none.
        sets: Properties to set, by dotted path.
        links: Links to set.
        values: Properties of the event that no record has.
        creates: Whether the record is made if there is none; otherwise nothing happens then.
        deletes: Whether the record is removed, with those that belong to it.
        guard: Properties by dotted path that the record must have at that time.
        due_at: When, in seconds since the epoch; 0 for at once.
    """

    kind: str
    id: str
    event: str = ""
    sets: JsonMapping = field(default_factory=dict)
    links: JsonMapping = field(default_factory=dict)
    values: JsonMapping = field(default_factory=dict)
    creates: bool = False
    deletes: bool = False
    guard: JsonMapping = field(default_factory=dict)
    due_at: float = 0.0

    @classmethod
    def on(cls, record: Record, event: str = "", **more: Any) -> WorldEffect:
        """
        Make an effect on a record.

        Args:
            record: That is changed.
            event: As of the class.
            more: The other attributes.
        """
        return cls(kind=record.kind, id=record.id, event=event, **more)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """
    A later effect.

    Attributes:
        number: Identifies it.
        effect: What happens then.
    """

    number: int
    effect: WorldEffect


@dataclass(slots=True)
class WorldChange:
    """
    What a transaction changed, for the database.

    Attributes:
        written: The records that were made or changed, in their last state.
        removed: Those that were removed.
        scheduled: Effects that are to happen later.
        finished: Numbers of effects that have happened.
    """

    written: list[Record] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    scheduled: list[Scheduled] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        """
        Whether anything changed.
        """
        return bool(self.written or self.removed or self.scheduled or self.finished)


class Records:
    """
    The records in memory, with an index of the references between them.
    """

    def __init__(self) -> None:
        self._by_kind: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        self._referring: defaultdict[Key, dict[Key, None]] = defaultdict(dict)
        self._before: dict[Key, Record | None] = {}
        self._last_number = 0

    def get(self, kind: str, record_id: object) -> Record | None:
        """
        Find a record by its kind and id.
        """
        records = self._by_kind.get(kind)
        return records.get(record_id) if records and isinstance(record_id, str) else None

    def all(self, kind: str) -> Iterable[Record]:
        """
        List the records of a kind in the order of their creation.
        """
        return tuple(self._by_kind[kind].values()) if kind in self._by_kind else ()

    def kinds(self) -> Iterable[str]:
        """
        List the kinds of which there are records.
        """
        return tuple(kind for kind, records in self._by_kind.items() if records)

    def referring(self, to: Key, kind: str = "") -> list[Record]:
        """
        List the records, of one kind or of all, that refer to a record.
        """
        keys = self._referring.get(to, ())
        return [self._by_kind[one][name] for one, name in keys if kind in ("", one)]

    def next_number(self) -> int:
        """
        Number a new record.
        """
        self._last_number += 1
        return self._last_number

    def put(self, record: Record) -> Record:
        """
        Add or replace a record.
        """
        before = self.get(*record.key)
        self._before.setdefault(record.key, before)
        self._store(record.key, before, record)
        return record

    def remove(self, record: Record) -> None:
        """
        Remove a record.
        """
        present = self.get(*record.key)
        self._before.setdefault(record.key, present)
        self._store(record.key, present, None)

    def take_change(self) -> WorldChange:
        """
        Return what changed since the last time, and keep it.
        """
        change = WorldChange()
        for key in self._before:
            record = self.get(*key)
            if record is not None:
                change.written.append(record)
            elif self._before[key] is not None:
                change.removed.append(key)
        self._before = {}
        return change

    def take_back(self) -> None:
        """
        Undo what changed since `take_change`.
        """
        for key, before in self._before.items():
            self._store(key, self.get(*key), before)
        self._before = {}

    def load(self, records: Iterable[Record]) -> None:
        """
        Start with these records alone.
        """
        self._by_kind.clear()
        self._referring.clear()
        for record in records:
            self._store(record.key, None, record)
            self._last_number = max(self._last_number, record.number)
        self._before = {}

    def _store(self, key: Key, before: Record | None, after: Record | None) -> None:
        kind, record_id = key
        new = references(after) if after else frozenset()
        old = references(before) if before else frozenset()
        for name in new - old if old else new:
            self._referring[name][key] = None
        for name in old - new if old else ():
            referring = self._referring[name]
            referring.pop(key, None)
            if not referring:
                del self._referring[name]
        if after is None:
            self._by_kind[kind].pop(record_id, None)
        else:
            self._by_kind[kind][record_id] = after


def references(record: Record) -> frozenset[Key]:
    """
    List the records that a record refers to, by their kinds and ids.
    """
    found: list[Key] = []
    for document in (record.document, record.links) if record.links else (record.document,):
        for name, value in document.items():
            kind = referred_kind(name)
            if not kind or value == record.id:
                continue
            if isinstance(value, str):
                found.append((kind, value))
            elif isinstance(value, list):
                found += [(kind, one) for one in value if isinstance(one, str)]
    return frozenset(found)


@cache
def referred_kind(name: str) -> str:
    """
    Find which kind of record the property of this name refers to; empty for none.
    """
    kind, found, _ = name.removesuffix("s").rpartition("_id")
    return _ALIASES.get(kind, kind) if found and name.endswith(("_id", "_ids")) else ""


_ALIASES: Final = {
    "parent_space": "space",
    "pulled_backup_access_code": "access_code",
}


def value_at(document: JsonMapping, path: str) -> Json:
    """
    Read a property by its dotted path; None if there is none.
    """
    value: Json = document
    for name in path.split("."):
        if not isinstance(value, dict | MappingProxyType):
            return None
        value = value.get(name)
    return value


def with_values(document: JsonMapping, values: JsonMapping) -> JsonMapping:
    """
    Copy a document with other values, by dotted path; only what changes is copied.
    """
    if not values:
        return document
    copy: JsonObject = dict(document)
    for path, value in values.items():
        target = copy
        *holders, name = path.split(".")
        for holder in holders:
            inner = target.get(holder)
            target[holder] = dict(inner) if isinstance(inner, dict) else {}
            target = target[holder]
        if value is UNSET:
            target.pop(name, None)
        else:
            target[name] = value
    return copy


def merged(template: JsonMapping, document: JsonMapping) -> JsonObject:
    """
    Fill a document up with the values of a template.
    """
    result: JsonObject = dict(template)
    for name, value in document.items():
        known = result.get(name)
        if isinstance(value, dict) and isinstance(known, dict):
            result[name] = merged(known, value)
        else:
            result[name] = value
    return result
