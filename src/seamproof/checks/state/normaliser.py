"""
Normalises values of a handler's state: ids by role, timestamps by label, without row numbers.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.checks.state.timestamps import TimestampLabels
from seamproof.formats import UUID_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.json_types import Json, JsonMapping

#: Ids without a known role: a UUID, a KSUID with a prefix, hexadecimal digits, a ULID.
_ID: Final = re.compile(
    rf"(?i:{UUID_TEXT})"
    r"|\b[a-z]+_[0-9A-Za-z]{20,}\b"
    r"|\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b"
    r"|\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b"
    # A signature differs for each attempt, as an id does for each message.
    r"|\bv1,[A-Za-z0-9+/]{43}="
)
#: Names of properties in which an integer identifies or numbers something and is no amount.
_ORDINAL: Final = re.compile(
    r"(?:^|_)(?:id|pk|seq|sequence|index|idx|position|row|rowid|ordinal|serial|number|no|nr"
    # How often a row was written depends on how many events came too late to be written.
    r"|version|revision|rev|generation)\Z",
    re.IGNORECASE,
)
#: Properties besides ids that differ between events of different types or times.
_EVENT_PROPERTIES: Final = ("event_type", "created_at", "occurred_at")
#: Letters by which ids are looked up.
_START: Final = 4
ANY_ID: Final = "‹id›"
ANY_NUMBER: Final = "‹number›"


@dataclass(frozen=True, slots=True)
class Normaliser:
    """
    Normalises values, so that two deliveries with the same effect lead to equal values.

    Attributes:
        timestamps: Labels for timestamps.
        roles: By id, its role: `device_id`.
        ids: These ids by their first letters; those that are shorter by an empty text.
        numbered: Names of the properties that number the items of a list.
        masks_ids: Whether ids without a role are all equal.
    """

    timestamps: TimestampLabels
    roles: Mapping[str, str]
    ids: Mapping[str, Sequence[str]]
    numbered: frozenset[str]
    masks_ids: bool = True

    @classmethod
    def between(
        cls,
        before: Snapshot,
        after: Snapshot,
        roles: Mapping[str, str],
        numbered: frozenset[str],
        *,
        masks_ids: bool = True,
    ) -> Normaliser:
        """
        Normalise the values of two snapshots.
        """
        known = {one: role for one, role in roles.items() if one}
        by_start: dict[str, list[str]] = {}
        for one in sorted(known, key=len, reverse=True):
            by_start.setdefault(one[:_START] if len(one) >= _START else "", []).append(one)
        timestamps = TimestampLabels.between(before.at, after.at, known)
        return cls(timestamps, known, by_start, numbered, masks_ids)

    def encode(self, value: Json, name: str = "") -> str:
        """
        Encode a value as canonical JSON, without what differs from delivery to delivery.

        Args:
            value: The value.
            name: Of the property that holds it.
        """
        return json.dumps(self._normalise(value, name), sort_keys=True, ensure_ascii=False)

    def encode_with_ids(self, value: Json) -> str:
        """
        Encode a value as canonical JSON; timestamps are labelled, ids stay as they are.
        """
        return json.dumps(self._label_timestamps(value), sort_keys=True)

    def key(self, text: str) -> str:
        """
        Normalise a key of an object. A row number follows the order of arrival; a code does not.
        """
        text = self._replace_ids(text)
        return ANY_NUMBER if text.isdecimal() else self._mask_ids(text)

    def is_amount(self, value: Json, name: str = "") -> bool:
        """
        Whether a value is an integer that counts something.
        """
        return is_integer(value) and not self._is_ordinal(name) and not self.is_timestamp(value)

    def is_timestamp(self, value: Json) -> bool:
        """
        Whether a value is a timestamp that has a label.
        """
        return bool(self.timestamps.label(value))

    def _normalise(self, value: Json, name: str) -> Json:
        if isinstance(value, dict):
            pairs = [(self.key(one), self._normalise(value[one], one)) for one in value]
            if len({key for key, _ in pairs}) == len(pairs):
                return dict(pairs)
            # Several keys are ids of one role: no object could hold them all.
            return sorted(([key, one] for key, one in pairs), key=json.dumps)
        if isinstance(value, list):
            return sorted((self._normalise(one, name) for one in value), key=json.dumps)
        if label := self.timestamps.label(value):
            return label
        if isinstance(value, str):
            return self._mask_ids(self._replace_ids(value))
        return ANY_NUMBER if is_integer(value) and self._is_ordinal(name) else value

    def _label_timestamps(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {name: self._label_timestamps(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._label_timestamps(one) for one in value]
        return self.timestamps.label(value) or value

    def _replace_ids(self, text: str) -> str:
        present = self._ids_in(text)
        parts, rest = [], text
        # A pattern of all ids would be used once, and takes longer to compile than all of this.
        while present:
            first = min(present, key=rest.find)
            before, _, rest = rest.partition(first)
            parts += [before, f"‹{self.roles[first]}›"]
            present = [one for one in present if one in rest]
        return self.timestamps.label_within("".join((*parts, rest)))

    def _mask_ids(self, text: str) -> str:
        return _ID.sub(ANY_ID, text) if self.masks_ids else text

    def _ids_in(self, text: str) -> list[str]:
        """
        Find the ids that are in a text, the longest first: many events may have come together.
        """
        if text in self.roles:
            return [text]
        starts = {"", *(text[at : at + _START] for at in range(len(text) - _START + 1))}
        found = [
            one for start in starts & self.ids.keys() for one in self.ids[start] if one in text
        ]
        return sorted(found, key=len, reverse=True)

    def _is_ordinal(self, name: str) -> bool:
        return name in self.numbered or bool(_ORDINAL.search(name))


def is_integer(value: object) -> bool:
    """
    Whether a JSON value is an integer. True and False are integers in Python, and not in JSON.
    """
    return isinstance(value, int) and not isinstance(value, bool)


def roles_of(events: Iterable[JsonMapping], requests: Iterable[Request] = ()) -> dict[str, str]:
    """
    Name the ids of events that are sent together by their role.

    The type and the timestamps of a single event are named as well, so that events of all types
    that do the same make equal changes.
    """
    roles: dict[str, str] = {}
    several = list(events)
    if len(several) == 1:
        roles |= event_roles(several[0])
    for at, event in enumerate(several):
        for name, value in event.items():
            if name == "event_id":
                roles[str(value)] = f"event_id {at}"
            elif name.endswith(("_id", "_ids", "_key")):
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, str):
                        roles.setdefault(one, name)
    roles.update({one.message_id: f"message {at}" for at, one in enumerate(requests)})
    return roles


def event_roles(event: JsonMapping) -> dict[str, str]:
    """
    Name the type and the timestamps of an event by their properties.
    """
    return {str(event[one]): one for one in _EVENT_PROPERTIES if one in event}
