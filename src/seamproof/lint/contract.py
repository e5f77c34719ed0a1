"""
The contract as literals are compared with it: the event types, what resembles them, properties.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from seamproof.errors import nearest_names
from seamproof.events import resource_of
from seamproof.lint.source.expressions import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.schemas import Catalogue

#: How much a name has to resemble an event type to be one that is misspelt, and to be suggested.
_SIMILAR: Final = 0.8
_SUGGESTED: Final = 0.6
_DOTTED: Final = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
_NO_LETTER: Final = re.compile(r"[._:/-]")
#: By a type that handlers wait for in vain, the one by which Seam reports the same.
_MEANT: Final = {
    "access_code.added": "access_code.created",
    "access_code.expired": "access_code.removed_from_device",
    "access_code.revoked": "access_code.removed_from_device",
    "access_code.updated": "access_code.changed",
    "access_code.used": "lock.unlocked",
    "battery.low": "device.low_battery",
    "device.battery_low": "device.low_battery",
    "device.created": "device.added",
    "device.offline": "device.disconnected",
    "device.online": "device.connected",
    "device.unlocked": "lock.unlocked",
    "device.locked": "lock.locked",
    "door.locked": "lock.locked",
    "door.opened": "lock.unlocked",
    "door.unlocked": "lock.unlocked",
    "lock.battery_low": "device.low_battery",
    "lock.low_battery": "device.low_battery",
    "lock.opened": "lock.unlocked",
    "lock.closed": "lock.locked",
    "lock.offline": "device.disconnected",
    "lock.online": "device.connected",
}


class EventTypes:
    """
    The event types of a catalogue, by how a literal is compared with them.

    Args:
        catalogue: The contract.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.all = frozenset(catalogue)
        self.resources = frozenset(map(resource_of, self.all))
        self._catalogue = catalogue
        self.nearest = lru_cache(maxsize=1000)(self._nearest)

    def is_deprecated(self, text: str) -> bool:
        """
        Whether a literal is a type that Seam has deprecated.
        """
        # To read the schemas of all types would take a good part of a run.
        return text in self.all and self._catalogue[text].deprecated

    @cached_property
    def _sent(self) -> tuple[str, ...]:
        return tuple(one for one in self._catalogue if self._catalogue[one].listed)

    @cached_property
    def _words(self) -> dict[tuple[str, ...], str]:
        return {_words(one): one for one in self._sent}

    @cached_property
    def _in_file(self) -> re.Pattern[bytes]:
        """
        What may be a type, in quotes, or in a list of words without them.
        """
        names = sorted((*self.resources, *map(resource_of, _MEANT)), key=len, reverse=True)
        own = "|".join(one.replace("_", "_?") + "s?" for one in names)
        between = r"[\"'`\s\[\](){}]"
        dotted = rf"(?:{own})(?:\.[a-z][a-z0-9_]*)+"
        return re.compile(rf"(?<={between})({dotted})(?={between})".encode())

    def in_file(self, raw: bytes) -> frozenset[str]:
        """
        List what may be event types in the bytes of a file, right ones as well.
        """
        return frozenset(one[1].decode() for one in self._in_file.finditer(raw))

    def may_be_wrong(self, found: frozenset[str]) -> bool:
        """
        Whether some of what was found in a file is no type, or a deprecated one.
        """
        return any(
            self.is_deprecated(one)
            or (one not in self.all and (self.is_of_seam(one) or one in _MEANT))
            for one in found
        )

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        meant = {_letters(text): one for text, one in _MEANT.items() if one in self.all}
        return meant | {_letters(one): one for one in self._sent}

    def in_other_format(self, text: str) -> str:
        """
        Find the type that a text is but for its case and what joins its words; else empty.

        What is joined by dots in small letters has the form of a type, and is compared as one.
        """
        meant = self._by_letters.get(_letters(text), "")
        return "" if _DOTTED.fullmatch(text) or " " in text else meant

    def _is_resource(self, resource: str) -> bool:
        return resource in self.resources or plain(resource).rstrip("s") in self._plain_resources

    @cached_property
    def _plain_resources(self) -> frozenset[str]:
        return frozenset(plain(one) for one in self.resources)

    def is_of_seam(self, text: str) -> bool:
        """
        Whether the first part of a literal is one of Seam's resources, or resembles one.
        """
        return self._is_resource(resource_of(text))

    def _nearest(self, text: str) -> tuple[str, ...]:
        """
        Find the types that may be meant by a literal, the most likely first.
        """
        if text in _MEANT and _MEANT[text] in self.all:
            return (_MEANT[text],)
        if same := self._words.get(_words(text)):
            return (same,)
        resource, _, tail = text.partition(".")
        own = {one.partition(".")[2]: one for one in self._sent if resource_of(one) == resource}
        longer = [one for one in own if one.startswith(f"{tail}_")]
        near = [own[one] for one in (*nearest_names(tail, own, cutoff=_SUGGESTED), *longer)]
        near += nearest_names(text, self._sent, cutoff=_SIMILAR) if not own else []
        return tuple(dict.fromkeys(near))[:2]

    def is_near(self, text: str) -> bool:
        """
        Whether a literal is a type with other words in another order, or misspelt.
        """
        resource, _, tail = text.partition(".")
        own = [one.partition(".")[2] for one in self._sent if resource_of(one) == resource]
        return (
            text in _MEANT
            or _words(text) in self._words
            or bool(nearest_names(tail, own, 1, cutoff=_SIMILAR))
            or (not own and bool(nearest_names(text, self._sent, 1, cutoff=_SIMILAR)))
        )


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text).lower()


def _words(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.replace("_", ".").split(".")))


@dataclass(frozen=True, slots=True)
class Properties:
    """
    The properties of events.

    Attributes:
        of: Those of each type.
        every: Those of all types.
    """

    of: Mapping[str, frozenset[str]]
    every: frozenset[str]


def properties_of(catalogue: Catalogue) -> Properties:
    """
    Read the properties of every type.
    """
    of = {name: frozenset(schema.properties) for name, schema in catalogue.items()}
    return Properties(of, frozenset().union(*of.values()))
