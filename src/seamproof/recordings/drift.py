"""
Drift: what received events have that the contract does not, by property.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.json_pointer import escape, get, parse, readable, walk
from seamproof.schemas.diff.changes import KINDS, Change, Impact
from seamproof.schemas.payload_validation import claimed_type, violations
from seamproof.schemas.validation.contract import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping
    from seamproof.schemas.catalogue import Catalogue
    from seamproof.schemas.json_text import Flaw
    from seamproof.schemas.validation.contract import Violation

#: How many deviations are listed, and how many events are remembered.
_MOST: Final = 1000
_MOST_TYPES: Final = 200
_REMEMBERED: Final = 100_000

#: By the violated rule, the kind of a change to the contract that would allow the value.
_BY_RULE: Final[Mapping[str, str]] = {
    "required": "property_optional",
    "additionalProperties": "property_added",
    "event_type": "event_added",
    "type": "type_changed",
    "enum": "value_added",
    "const": "value_added",
    "format": "format_changed",
}
#: A value of another length or size than the contract allows, or of another shape.
_OTHER: Final = "limit_loosened"

#: By the kind of the change, the deviation in words.
_WORDS: Final[Mapping[str, str]] = {
    "property_optional": "missing",
    "property_added": "unknown",
    "event_added": "unknown event type",
    "null_admitted": "null",
    "type_changed": "{found} instead of {expected}",
    "value_added": "new value {found}",
    "format_changed": "not a {expected}",
    "limit_loosened": "beyond its limits",
    "shape_changed": "{found}",
}
_NAMES: Final[Mapping[type, str]] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "number",
    list: "array",
    str: "string",
    type(None): "null",
}
#: How many values an event may have to be validated. Seam's have some dozens; a hostile one would
#: take minutes.
MOST_VALUES: Final = 2000
#: Characters of a name or a value that are kept.
_LONGEST: Final = 100
_NOTHING: Final[Mapping[str, Json]] = {}


class Deviation(NamedTuple):
    """
    How an event deviates from the contract at one place.

    Attributes:
        pointer: JSON Pointer into the event, with `*` for any item of a list.
        kind: One of `seamproof.schemas.diff.changes.KINDS`.
        expected: What the contract has there: types, a format; empty if nothing.
        found: A new value, or the type of a value; empty if nothing.
    """

    pointer: str
    kind: str
    expected: str = ""
    found: str = ""

    @property
    def name(self) -> str:
        """
        The property as people write it: `from.code`, `device_errors[].message`.
        """
        if self.kind == "event_added":
            return self.found
        return readable(self.pointer) if self.pointer else "(event)"

    @property
    def text(self) -> str:
        """
        The deviation in words.
        """
        return _WORDS[self.kind].format(expected=self.expected, found=self.found)


def deviations(payload: Json, catalogue: Catalogue) -> tuple[Deviation, ...]:
    """
    List how an event deviates from the contract, each once; unknown properties included.
    """
    event_type = claimed_type(payload)
    found = list(violations(payload, catalogue=catalogue))
    if event_type is None or event_type in catalogue:
        document = _NOTHING if event_type is None else catalogue[event_type].document
    else:
        document = _NOTHING
        found += violations(payload, catalogue=catalogue, unknown="allow")
    listed = [_deviation(one, payload, document) for one in found]
    return tuple(dict.fromkeys([*listed, *_unknown_properties(payload, document, "")]))


def is_huge(payload: Json) -> bool:
    """
    Whether an event has more values than any that Seam sends.
    """
    return any(count >= MOST_VALUES for count, _ in enumerate(walk(payload)))


def huge() -> tuple[Deviation, ...]:
    """
    List the only deviation of an event that is not validated because it is huge.
    """
    return (Deviation("", "shape_changed", found=f"more than {MOST_VALUES:,} values"),)


def flawed(flaws: Iterable[Flaw]) -> tuple[Deviation, ...]:
    """
    List what is wrong with a body as JSON.
    """
    found = [
        Deviation("", "shape_changed", found="a name twice")
        if flaw.rule == "duplicate_key"
        else Deviation("", "shape_changed", found="not JSON")
        for flaw in flaws
    ]
    return tuple(dict.fromkeys(found))


def _deviation(violation: Violation, payload: Json, document: JsonMapping) -> Deviation:
    kind = _BY_RULE.get(violation.rule, _OTHER)
    expected = found = ""
    if kind == "type_changed":
        kind = "null_admitted" if violation.found is None else kind
        stated = violation.expected
        expected = " or ".join([stated] if isinstance(stated, str) else map(str, stated))
        found = _NAMES.get(type(violation.found), "another type")
    elif kind == "event_added":
        found = str(violation.found)[:_LONGEST]
    elif kind == "value_added":
        found = excerpt(violation.found)
    elif kind == "format_changed":
        expected = str(violation.expected)
    return Deviation(_general(violation.path, payload, document), kind, expected, found)


def _general(pointer: str, payload: Json, document: JsonMapping) -> str:
    """
    Replace indexes, and names that the contract does not define, by `*`.
    """
    tokens: list[str] = []
    holder, schema = payload, document
    for token in parse(pointer):
        shapes = schema.get("properties", _NOTHING)
        is_item = isinstance(holder, list)
        is_free = is_item or (bool(tokens) and token not in shapes)
        tokens.append("*" if is_free else token[:_LONGEST])
        rest = schema.get("items" if is_item else "additionalProperties")
        schema = shapes.get(token, rest if isinstance(rest, dict) else _NOTHING)
        try:
            holder = get(holder, (token,))
        except LookupError:
            holder = None
    return "".join(f"/{one if one == '*' else escape(one)}" for one in tokens)


def _unknown_properties(value: Json, schema: JsonMapping, pointer: str) -> Iterator[Deviation]:
    """
    Find the properties that the contract does not define, where it defines any.
    """
    if isinstance(value, list):
        for item in value:
            yield from _unknown_properties(item, schema.get("items", _NOTHING), f"{pointer}/*")
    elif isinstance(value, dict) and "properties" in schema:
        shapes = schema["properties"]
        for name, member in value.items():
            place = f"{pointer}/{escape(name[:_LONGEST])}"
            if name in shapes:
                yield from _unknown_properties(member, shapes[name], place)
            elif schema.get("additionalProperties", True) is True:
                yield Deviation(place, "property_added")


@dataclass(frozen=True, slots=True)
class DriftGroup:
    """
    A deviation of several events.

    Attributes:
        deviation: The deviation.
        events: How many events have it.
        event_types: Their types, sorted.
    """

    deviation: Deviation
    events: int
    event_types: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """
    Where a deviation was seen.
    """

    deviation: Deviation
    events: int = 0
    event_types: set[str] = field(default_factory=set)


class Drift:
    """
    Collects the deviations of events; an event that is delivered again counts once.

    Attributes:
        left_out: How many deviations are not listed because there were too many.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._groups: dict[tuple[str, str, str], _Seen] = {}
        self._events: OrderedDict[str, None] = OrderedDict()

    def add(self, event_id: str, event_type: str, found: Iterable[Deviation]) -> None:
        """
        Add the deviations of an event.

        Args:
            event_id: Identifies the event.
            event_type: Its type; empty if it has none.
            found: Its deviations.
        """
        shown = event_id[:_LONGEST]
        if shown in self._events:
            return
        self._events[shown] = None
        if len(self._events) > _REMEMBERED:
            self._events.popitem(last=False)
        for one in found:
            key = (one.pointer, one.kind, one.text)
            if key not in self._groups and len(self._groups) >= _MOST:
                self.left_out += 1
                continue
            seen = self._groups.setdefault(key, _Seen(one))
            seen.events += 1
            if event_type and len(seen.event_types) < _MOST_TYPES:
                seen.event_types.add(event_type[:_LONGEST])

    def groups(self) -> tuple[DriftGroup, ...]:
        """
        List the deviations, the ones that break handlers first, then the most frequent.
        """
        impacts = [*Impact]
        ordered = sorted(
            self._groups.values(),
            key=lambda one: (impacts.index(KINDS[one.deviation.kind][0]), -one.events),
        )
        return tuple(
            DriftGroup(one.deviation, one.events, tuple(sorted(one.event_types))) for one in ordered
        )


def changes_of(groups: Iterable[DriftGroup]) -> tuple[Change, ...]:
    """
    Convert deviations to the changes of the contract that would allow them.
    """
    return tuple(
        Change(
            event_type,
            one.deviation.pointer,
            one.deviation.kind,
            one.deviation.expected or None,
            one.deviation.found or None,
        )
        for one in groups
        for event_type in one.event_types or ("",)
    )
