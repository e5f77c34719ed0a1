"""
The catalogue: from an event type to its schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import CatalogueInvalid, UnknownEventType
from seamproof.schemas.strictness import strict_document
from seamproof.schemas.validation import Contract

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

_SUFFIX: Final = ".json"
_CURE: Final = "write the schemas anew with `seamproof schemas derive`"


@dataclass(frozen=True)
class EventSchema:
    """
    The contract of one event type.

    Attributes:
        event_type: As in `event_type` of the payload.
        document: The JSON Schema, draft 2020-12.
    """

    event_type: str
    document: Mapping[str, Any]

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
    def example(self) -> dict[str, Any]:
        """
        The documented payload; a new copy each time.
        """
        copied: dict[str, Any] = json.loads(json.dumps(self.document["examples"][0]))
        return copied

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """
        The schema of each property, by its name.
        """
        properties: Mapping[str, Mapping[str, Any]] = self.document["properties"]
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

    def match(self, pattern: str = "*") -> tuple[EventSchema, ...]:
        """
        Find the event types that a glob pattern fits, sorted by name.

        Raises:
            UnknownEventType: None does; with the nearest names.
        """
        names = [name for name in self._readers if fnmatchcase(name, pattern)]
        if not names:
            raise UnknownEventType(pattern, self.nearest(pattern))
        return tuple(self[name] for name in names)

    def nearest(self, name: str) -> tuple[str, ...]:
        """
        Name up to three event types that look like a name, the likeliest first.
        """
        return tuple(get_close_matches(name, self._readers, n=3, cutoff=0.5))


@lru_cache(maxsize=1)
def catalog() -> Catalogue:
    """
    The catalogue that comes with seamproof.
    """
    return _catalogue(files(__package__) / "events")


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
    catalogue.match("*")
    return catalogue


def _catalogue(root: Traversable) -> Catalogue:
    def reader(file: Traversable) -> Callable[[], EventSchema]:
        return lambda: read_schema(file)

    return Catalogue({file.name.removesuffix(_SUFFIX): reader(file) for file in schema_files(root)})


def schema_files(root: Traversable) -> Iterator[Traversable]:
    """
    Find the schemas of a directory and of the directories in it.
    """
    for entry in sorted(root.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from schema_files(entry)
        elif entry.name.endswith(_SUFFIX):
            yield entry


def read_schema(file: Traversable) -> EventSchema:
    """
    Read the schema of one event type.

    Raises:
        CatalogueInvalid: It is not as `seamproof schemas derive` writes it.
    """
    event_type = file.name.removesuffix(_SUFFIX)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        stated = document["properties"]["event_type"]["const"]
        complete = {"required", "examples", "x-seam", "title", "description"} <= set(document)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        what = f"the schema cannot be read: {problem}"
        raise CatalogueInvalid(what, where=str(file), cure=_CURE) from problem
    if stated != event_type or not complete:
        what = "the schema is not that of the event type that the file is named after"
        raise CatalogueInvalid(
            what, where=str(file), expected=event_type, found=str(stated), cure=_CURE
        )
    return EventSchema(event_type, document)
