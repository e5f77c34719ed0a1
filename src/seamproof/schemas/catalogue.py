"""
The catalogue: from an event type to its schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import CatalogueInvalid, UnknownEventType
from seamproof.schemas.validation.contract import Contract
from seamproof.schemas.validation.shared_definitions import SHARED_FILE, SHARED_ID, inline
from seamproof.schemas.validation.strict import strict_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

    from seamproof.json_types import JsonMapping, JsonObject

_SUFFIX: Final = ".json"
_NEAREST: Final = 3
_CURE: Final = "write the schemas anew with `seamproof schemas derive`"


@dataclass(frozen=True)
class EventSchema:
    """
    The contract of one event type.

    Attributes:
        event_type: As in `event_type` of the payload.
        document: The JSON Schema, draft 2020-12, complete.
        written: The same as it stands in its file, with references to the
            shapes that events share.
    """

    event_type: str
    document: JsonMapping
    written: JsonMapping = field(default_factory=dict)

    @property
    def title(self) -> str:
        """
        The event type as a person would say it.
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
        The documented payload; a new copy each time.
        """
        copied: JsonObject = json.loads(json.dumps(self.document["examples"][0]))
        return copied

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
        What the event is about, as `acs_credential`.
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
        Whether Seam's documentation speaks of the event.
        """
        return bool(self.document["x-seam"]["documented"])

    @property
    def listed(self) -> bool:
        """
        Whether a pattern finds the event: documented, and not deprecated.
        """
        return self.documented and not self.deprecated

    @cached_property
    def contract(self) -> Contract:
        """
        The schema compiled: open to what it does not know, as a consumer must be.
        """
        return Contract(self.document)

    @cached_property
    def strict_contract(self) -> Contract:
        """
        The schema compiled for checking fixtures against the documentation.
        """
        return Contract(strict_document(self.document))


class Catalogue(Mapping[str, EventSchema]):
    """
    A mapping from event type to schema, each read when it is first asked for.

    Args:
        readers: For each event type, what reads its schema.
    """

    def __init__(self, readers: Mapping[str, Callable[[], EventSchema]]) -> None:
        self._readers = dict(sorted(readers.items()))
        self._read: dict[str, EventSchema] = {}

    def __getitem__(self, event_type: str) -> EventSchema:
        """
        Look up one event type.

        Raises:
            UnknownEventType: With the nearest names.
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
        Find the event types that a glob pattern fits, sorted by name.

        Args:
            pattern: A glob, or one event type.
            undocumented: Whether to find undocumented and deprecated ones as well.
                One that is named in full is found in any case.

        Raises:
            UnknownEventType: None fits; with the nearest names.
        """
        fitting = [self[name] for name in self._readers if fnmatchcase(name, pattern)]
        found = [one for one in fitting if undocumented or one.listed or one.event_type == pattern]
        if not found:
            hidden = [one.event_type for one in fitting]
            raise UnknownEventType(pattern, hidden[:_NEAREST] or self.nearest(pattern))
        return tuple(found)

    def nearest(self, name: str) -> tuple[str, ...]:
        """
        Name up to three event types that look like a name, the likeliest first.
        """
        return tuple(get_close_matches(name, self._readers, n=_NEAREST, cutoff=0.5))


@lru_cache(maxsize=1)
def catalog() -> Catalogue:
    """
    The catalogue that comes with seamproof.
    """
    return _catalogue(files(__package__) / "events")


@lru_cache(maxsize=1)
def envelope() -> Contract:
    """
    Compile what every event has, whatever its type: ids, times and the type's name.
    """
    shared = json.loads((files(__package__) / "events" / SHARED_FILE).read_text(encoding="utf-8"))
    return Contract(shared["$defs"]["envelope"])


def load_catalog(directory: str | Path) -> Catalogue:
    """
    Read a catalogue of one's own, as `seamproof schemas derive` writes it.

    Raises:
        CatalogueInvalid: The directory holds no schema, or one that is broken.
    """
    root = Path(directory)
    if not root.is_dir():
        what = "there is no such directory of schemas"
        raise CatalogueInvalid(what, where=str(directory), cure=_CURE)
    catalogue = _catalogue(root)
    if not catalogue:
        what = "the directory holds no schema"
        raise CatalogueInvalid(
            what, where=str(directory), expected=f"<event_type>{_SUFFIX}", cure=_CURE
        )
    for file in schema_files(root):
        _check_usable(catalogue[file.name.removesuffix(_SUFFIX)], file)
    return catalogue


def _catalogue(root: Traversable) -> Catalogue:
    @lru_cache(maxsize=1)
    def shared() -> JsonMapping:
        found: JsonMapping = json.loads((root / SHARED_FILE).read_text(encoding="utf-8"))
        return found

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
    Find the schemas of a directory and of the directories in it.
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
        file: The schema, named after its event type.
        shared: Reads the shapes that schemas refer to, if any does.

    Raises:
        CatalogueInvalid: It is not as `seamproof schemas derive` writes it.
    """
    event_type = file.name.removesuffix(_SUFFIX)
    try:
        text = file.read_text(encoding="utf-8")
        written = json.loads(text)
        document = inline(written, shared()) if SHARED_ID in text else written
        stated = document["properties"]["event_type"]["const"]
        complete = _is_complete(document)
    except RecursionError as problem:
        what = "the schema refers to shared shapes that refer to themselves"
        raise CatalogueInvalid(what, where=str(file), cure=_CURE) from problem
    except (OSError, ValueError, KeyError, TypeError, IndexError) as problem:
        what = f"the schema cannot be read: {problem}"
        raise CatalogueInvalid(what, where=str(file), cure=_CURE) from problem
    if stated != event_type:
        what = "the schema is not that of the event type that the file is named after"
        raise CatalogueInvalid(
            what, where=str(file), expected=event_type, found=str(stated), cure=_CURE
        )
    if not complete:
        what, expected = "the schema is not complete", "a title, a description, an example, x-seam"
        cure = "note each property under x-seam/properties, as `seamproof schemas show` has them"
        raise CatalogueInvalid(what, where=str(file), expected=expected, cure=cure)
    return EventSchema(event_type, document, written)


def _is_complete(document: JsonMapping) -> bool:
    """
    Whether a schema has all that is read from it later.
    """
    notes = document["x-seam"]
    noted = {name: note["documented"] for name, note in notes["properties"].items()}
    return (
        {*document["required"]} <= {*document["properties"]} <= {*noted}
        and {"title", "description"} <= {*document}
        and {"deprecated", "documented", "group", "resource"} <= {*notes}
        and isinstance(document["examples"][0], dict)
        and _is_plain(document)
    )


def _is_plain(schema: object) -> bool:
    """
    Whether every property and item of a schema is described by an object, not by just true.
    """
    if not isinstance(schema, dict):
        return False
    inside = [
        *schema.get("properties", {}).values(),
        *([schema["items"]] if "items" in schema else []),
    ]
    return all(map(_is_plain, inside))


def _check_usable(schema: EventSchema, file: Traversable) -> None:
    try:
        schema.contract.is_valid(None)
    except ValueError as problem:
        what = f"the schema cannot be used: {problem}"
        raise CatalogueInvalid(what, where=str(file), cure=_CURE) from problem
