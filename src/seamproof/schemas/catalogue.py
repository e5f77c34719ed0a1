"""
Catalogue of event schemas: a mapping from event type to schema, built in or your own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import CatalogueInvalid, UnknownEventType, nearest_names
from seamproof.schemas import json_text
from seamproof.schemas.validation.completeness import is_complete
from seamproof.schemas.validation.contract import Contract
from seamproof.schemas.validation.shared_definitions import SHARED_FILE, SHARED_ID, inline
from seamproof.schemas.validation.strict import strict_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

    from seamproof.json_types import Json, JsonMapping, JsonObject

_SUFFIX: Final = ".json"
#: Characters of a pattern over event types, and how many patterns are remembered.
_LONGEST_PATTERN: Final = 200
_REMEMBERED: Final = 1000
_NEAREST: Final = 3
_CURE: Final = "regenerate the schemas with `seamproof schemas derive`"


@dataclass(frozen=True)
class EventSchema:
    """
    The schema of one event type.

    Attributes:
        event_type: The value of `event_type` in the payload.
        document: The complete JSON Schema, draft 2020-12.
        written: The schema as in its file, with references to the shared
            definitions.
    """

    event_type: str
    document: JsonMapping
    written: JsonMapping = field(default_factory=dict)

    @property
    def title(self) -> str:
        """
        The event type as a human-readable title.
        """
        return str(self.document["title"])

    @property
    def description(self) -> str:
        """
        When Seam sends the event.
        """
        return str(self.document["description"])

    @property
    def example(self) -> JsonObject:
        """
        The documented example payload; a new copy each time.
        """
        example: JsonObject = copy.deepcopy(self.document["examples"][0])
        return example

    @property
    def properties(self) -> Mapping[str, JsonMapping]:
        """
        The schema of each property, by its name.
        """
        properties: Mapping[str, JsonMapping] = self.document["properties"]
        return properties

    @property
    def required(self) -> tuple[str, ...]:
        """
        The properties that every event of the type has.
        """
        return tuple(self.document["required"])

    @property
    def resource(self) -> str:
        """
        The resource that the event is about, such as `acs_credential`.
        """
        return str(self.document["x-seam"]["resource"])

    @property
    def deprecated(self) -> bool:
        """
        Whether Seam advises against relying on the event.
        """
        return bool(self.document["x-seam"]["deprecated"])

    @property
    def documented(self) -> bool:
        """
        Whether Seam documents the event.
        """
        return bool(self.document["x-seam"]["documented"])

    @property
    def listed(self) -> bool:
        """
        Whether patterns match the event by default: documented and not deprecated.
        """
        return self.documented and not self.deprecated

    @cached_property
    def contract(self) -> Contract:
        """
        The compiled schema; it allows unknown properties, as a consumer must.
        """
        return Contract(self.document)

    @cached_property
    def strict_contract(self) -> Contract:
        """
        The compiled strict schema, for checking your own fixtures.
        """
        return Contract(strict_document(self.document))


class Catalogue(Mapping[str, EventSchema]):
    """
    A mapping from event type to schema; each schema is read on first access.

    Args:
        readers: For each event type, the function that reads its schema.
    """

    def __init__(self, readers: Mapping[str, Callable[[], EventSchema]]) -> None:
        self._readers = dict(sorted(readers.items()))
        self._read: dict[str, EventSchema] = {}
        self._matches: dict[tuple[str, bool], tuple[EventSchema, ...]] = {}

    def __getitem__(self, event_type: str) -> EventSchema:
        """
        Return the schema of an event type.

        Raises:
            UnknownEventType: There is no such event type; suggests the nearest ones.
        """
        known = self._read.get(event_type)
        if known is not None:
            return known
        if event_type not in self._readers:
            raise UnknownEventType(event_type, self.nearest(event_type))
        return self._read.setdefault(event_type, self._readers[event_type]())

    def __contains__(self, event_type: object) -> bool:
        return event_type in self._readers

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} event types>"

    def match(self, pattern: str = "*", *, undocumented: bool = False) -> tuple[EventSchema, ...]:
        """
        Find the schemas whose event type matches a glob pattern, sorted by event type.

        Args:
            pattern: A glob, or one event type; or several with commas between them.
            undocumented: Whether to include undocumented and deprecated event types.
                An event type that is given in full is always included.

        Raises:
            UnknownEventType: No event type matches; suggests the nearest ones.
        """
        key = (pattern, undocumented)
        if key in self._matches:
            return self._matches[key]
        if "," in pattern:
            parts = (
                self.match(one.strip(), undocumented=undocumented) for one in pattern.split(",")
            )
            by_type = {schema.event_type: schema for found in parts for schema in found}
            return tuple(by_type[one] for one in sorted(by_type))
        # A longer pattern matches nothing that is an event type; to compile it would take time.
        is_glob = pattern not in self and len(pattern) <= _LONGEST_PATTERN
        names = [one for one in self if one == pattern or (is_glob and fnmatchcase(one, pattern))]
        found = tuple(
            self[one] for one in names if undocumented or one == pattern or self[one].listed
        )
        if not found:
            raise UnknownEventType(pattern, names[:_NEAREST] or self.nearest(pattern))
        if len(self._matches) < _REMEMBERED:
            self._matches[key] = found
        return found

    def nearest(self, name: str) -> tuple[str, ...]:
        """
        Return up to three event types that resemble a name, the most similar first.
        """
        return tuple(nearest_names(name, self._readers, limit=_NEAREST, cutoff=0.5))


@lru_cache(maxsize=1)
def catalog() -> Catalogue:
    """
    Return the built-in catalogue.
    """
    return _catalogue(files(__package__) / "events")


@lru_cache(maxsize=1)
def envelope() -> Contract:
    """
    Return the contract of the properties that all events have: ids, times and event type.
    """
    shared = _parse((files(__package__) / "events" / SHARED_FILE).read_text(encoding="utf-8"))
    return Contract(shared["$defs"]["envelope"])


def load_catalog(directory: str | Path) -> Catalogue:
    """
    Read a catalogue from a directory that `seamproof schemas derive` wrote.

    Raises:
        CatalogueInvalid: The directory has no schema, or an invalid one.
    """
    root = Path(directory)
    if not root.is_dir():
        what = "there is no such directory of schemas"
        raise CatalogueInvalid(what, where=str(directory), cure=_CURE)
    catalogue = _catalogue(root)
    if not catalogue:
        what = "the directory contains no schema"
        raise CatalogueInvalid(
            what, where=str(directory), expected=f"<event_type>{_SUFFIX}", cure=_CURE
        )
    for file in schema_files(root):
        try:
            catalogue[file.name.removesuffix(_SUFFIX)].contract.is_valid(None)
        except ValueError as problem:
            what = f"the schema cannot be used: {problem}"
            raise CatalogueInvalid(what, where=str(file), cure=_CURE) from problem
    return catalogue


def _catalogue(root: Traversable) -> Catalogue:
    @lru_cache(maxsize=1)
    def shared() -> JsonMapping:
        definitions: JsonMapping = _parse((root / SHARED_FILE).read_text(encoding="utf-8"))
        return definitions

    def reader(file: Traversable) -> Callable[[], EventSchema]:
        return lambda: read_schema(file, shared)

    found: dict[str, Traversable] = {}
    for file in schema_files(root):
        name = file.name.removesuffix(_SUFFIX)
        if name in found:
            what = f"{name} has two schemas"
            raise CatalogueInvalid(what, where=str(file), found=f"the other is {found[name]}")
        found[name] = file
    return Catalogue({name: reader(file) for name, file in found.items()})


def schema_files(root: Traversable) -> Iterator[Traversable]:
    """
    Find the schema files of a directory and its subdirectories.
    """
    for entry in sorted(root.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from schema_files(entry)
        elif entry.name.endswith(_SUFFIX) and entry.name != SHARED_FILE:
            yield entry


def read_schema(file: Traversable, shared: Callable[[], JsonMapping]) -> EventSchema:
    """
    Read the schema of one event type.

    Args:
        file: The schema file, named after its event type.
        shared: Reads the shared definitions, if the schema refers to them.

    Raises:
        CatalogueInvalid: The schema is not as `seamproof schemas derive` writes it.
    """
    event_type = file.name.removesuffix(_SUFFIX)
    try:
        text = file.read_text(encoding="utf-8")
        written = _parse(text)
        document = inline(written, shared()) if SHARED_ID in text else written
        stated = document["properties"]["event_type"]["const"]
        complete = is_complete(document)
    except RecursionError as problem:
        what = "the schema refers to shared definitions that refer to themselves"
        raise CatalogueInvalid(what, where=str(file), cure=_CURE) from problem
    except (OSError, ValueError, LookupError, TypeError) as problem:
        what = f"the schema cannot be read: {problem}"
        raise CatalogueInvalid(what, where=str(file), cure=_CURE) from problem
    if stated != event_type:
        what = "the schema is of another event type than the file name says"
        raise CatalogueInvalid(
            what, where=str(file), expected=event_type, found=str(stated), cure=_CURE
        )
    if not complete:
        what, expected = "the schema is not complete", "a title, a description, an example, x-seam"
        cure = "note each property under x-seam/properties, as `seamproof schemas show` has them"
        raise CatalogueInvalid(what, where=str(file), expected=expected, cure=cure)
    return EventSchema(event_type, document, written)


def _parse(text: str) -> Json:
    """
    Parse a file of the catalogue.

    Raises:
        ValueError: The text is not JSON.
    """
    value, flaw = json_text.read(text)
    if flaw:
        raise ValueError(flaw.message)
    return value
