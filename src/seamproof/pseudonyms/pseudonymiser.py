"""
Pseudonymises events: which values are replaced, and which are vocabulary of the contract.

All that the contract does not define as vocabulary is replaced: a new property is one that may
identify somebody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from seamproof.pseudonyms.numbers import replace_number
from seamproof.pseudonyms.texts import replace_text
from seamproof.schemas.catalogue import catalog
from seamproof.schemas.validation.keywords import listed_values, stated_types

if TYPE_CHECKING:
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import Catalogue

#: Properties whose values are words of Seam's vocabulary, in events of any type, and where the
#: contract has them.
_ANYWHERE: Final = frozenset({"error_code", "event_type", "warning_code"})
VOCABULARY: Final = _ANYWHERE | {
    *("action_type", "connected_account_type", "mutation_code", "property", "reason_code"),
    "status",
}
#: A word of the vocabulary, as `device_disconnected`, `LOCK_DOOR` or `lock.unlocked`.
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*|[A-Z][A-Z0-9_]*")
_LONGEST_WORD: Final = 100
#: A name of a property that Seam may have added.
_NAME: Final = re.compile(r"[a-z](?:[a-z_]|[0-9](?![0-9][0-9])){0,63}")
#: A time as in RFC 3339. Times stay: their order and distances are what a handler is tested with.
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
#: Properties whose values identify, even if they look like times.
_IDENTIFYING: Final = re.compile(r"(?:\w+_)?(?:id|ids|key|keys|name|names|code|codes)")
#: Properties that hold whatever a customer put there, under names of the customer's own.
_CUSTOM: Final = re.compile(r"(?:\w+_)?custom_metadata|metadata")

_NOTHING: Final[JsonMapping] = {}


@dataclass(frozen=True, slots=True)
class _Place:
    """
    A place in an event.

    Attributes:
        name: The property; of an item, that of its list.
        schema: What the contract says of the value; empty where it says nothing.
        custom: Whether it is within custom metadata.
        documented: Whether the contract has the property.
    """

    name: str
    schema: JsonMapping
    custom: bool = False
    documented: bool = False

    def member(self, name: str) -> _Place:
        """
        Return the place of a member of an object.
        """
        rest = self.schema.get("additionalProperties")
        other = rest if isinstance(rest, dict) else _NOTHING
        shapes = self.schema.get("properties", _NOTHING)
        custom = self.custom or _CUSTOM.fullmatch(name) is not None
        return _Place(name, shapes.get(name, other), custom, name in shapes)

    def item(self) -> _Place:
        """
        Return the place of the items of a list.
        """
        return replace(self, schema=self.schema.get("items", _NOTHING))


class Pseudonymiser:
    """
    Replaces what identifies people, devices and accounts; a value always has the same replacement.

    Args:
        key: Decides the replacements.
        catalogue: The schemas; by default the built-in ones.
    """

    def __init__(self, key: bytes, catalogue: Catalogue | None = None) -> None:
        # A key of its own: the same secret may serve another purpose.
        self._key = blake2b(b"seamproof pseudonyms", key=key[:64], digest_size=32).digest()
        self._catalogue = catalog() if catalogue is None else catalogue

    def event(self, payload: JsonMapping) -> JsonObject:
        """
        Return an event with replacements; what violates the contract violates it as before.
        """
        claimed = payload.get("event_type")
        known = isinstance(claimed, str) and claimed in self._catalogue
        schema = self._catalogue[claimed] if known and isinstance(claimed, str) else None
        document = _NOTHING if schema is None else schema.document
        event: JsonObject = self._object(payload, _Place("", document))
        described = payload.get("event_description")
        if schema is not None and described == schema.description:
            event["event_description"] = described
        return event

    def _value(self, value: Json, place: _Place) -> Json:
        if isinstance(value, dict):
            return self._object(value, place)
        if isinstance(value, list):
            return [self._value(one, place.item()) for one in value]
        if isinstance(value, str):
            return value if _is_kept(value, place) else replace_text(value, self._key)
        if value is None or isinstance(value, bool):
            return value
        if {"integer", "number"} & {*stated_types(place.schema)}:
            return value
        return replace_number(value, self._key, small=place.custom)

    def _object(self, value: JsonMapping, place: _Place) -> JsonObject:
        return {
            self._name(name, place): self._value(member, place.member(name))
            for name, member in value.items()
        }

    def _name(self, name: str, place: _Place) -> str:
        documented = name in place.schema.get("properties", _NOTHING)
        if documented or (not place.custom and _NAME.fullmatch(name)):
            return name
        return replace_text(name, self._key)


def _is_kept(value: str, place: _Place) -> bool:
    """
    Whether a text is a word of the vocabulary or a time.
    """
    if place.custom:
        return False
    is_word = len(value) <= _LONGEST_WORD and _WORD.fullmatch(value) is not None
    listed = listed_values(place.schema)
    if listed is not None:
        # A value that is not listed yet is vocabulary too.
        return value in listed or is_word
    if place.name in (VOCABULARY if place.documented else _ANYWHERE):
        return is_word
    return _TIME.fullmatch(value) is not None and not _IDENTIFYING.fullmatch(place.name)
