"""
A source of the contract, with its version and date, and one event as a source describes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonMapping


@dataclass(frozen=True, slots=True)
class SourceKind:
    """
    What a kind of source can express.

    Attributes:
        title: How the kind is called in messages.
        rank: The order of sources of which no date is known: a lower one is older.
        is_sdk: Whether it is an SDK. Without a date, it is newer than any document.
        formats: The formats that it can express; None means all.
        null: Whether it distinguishes a value that can be null from one that can be absent.
        limits: Whether it expresses limits, and integers apart from other numbers.
        complete: Whether it lists all documented properties, so that one that it lacks is gone.
    """

    title: str
    rank: int
    is_sdk: bool
    formats: tuple[str, ...] | None
    null: bool
    limits: bool
    complete: bool


#: The kinds of sources, from the one that says least to the one that says most.
KINDS: Final[Mapping[str, SourceKind]] = {
    "page": SourceKind(
        "documentation page", 0, is_sdk=False, formats=("date-time", "uuid"), null=False,
        limits=False, complete=False,
    ),
    "openapi": SourceKind(
        "OpenAPI document", 1, is_sdk=False, formats=None, null=True, limits=True, complete=True
    ),
    "python": SourceKind(
        "Python SDK", 2, is_sdk=True, formats=(), null=False, limits=False, complete=True
    ),
    "javascript": SourceKind(
        "JavaScript SDK", 3, is_sdk=True, formats=(), null=True, limits=False, complete=True
    ),
}  # fmt: skip

#: The event type of a class that describes all events at once, as in the Python SDK before 3.6.0.
ANY_EVENT: Final = "*"

#: Orders sources by age; an unknown date is "" for documents and "9" for SDKs.
Age: TypeAlias = "tuple[str, int]"


@dataclass(frozen=True, slots=True)
class Source:
    """
    A source: its kind, and what is known of its version.

    Attributes:
        kind: One of `KINDS`.
        name: The name of its file or package, without the path.
        version: Its version; "" if unknown.
        date: When it was published, as in 2026-10-20; "" if unknown.
        digest: The SHA-256 of its text; "" if unknown.
    """

    kind: str
    name: str
    version: str = ""
    date: str = ""
    digest: str = ""

    @property
    def can(self) -> SourceKind:
        """
        What the source can express.
        """
        return KINDS[self.kind]

    @property
    def age(self) -> Age:
        """
        The order in which sources are merged, the oldest first.
        """
        return self.date or ("9" if self.can.is_sdk else ""), self.can.rank

    @property
    def label(self) -> str:
        """
        The name, the version and the date, as far as they are known.
        """
        dated = f"of {self.date}" if self.date else ""
        return " ".join(part for part in (self.name, self.version, dated) if part)

    @property
    def note(self) -> dict[str, str]:
        """
        The source as a schema names it, without what is unknown.
        """
        named = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {name: text for name, text in named.items() if text}

    def is_newer_than(self, other: Source) -> bool:
        """
        Whether this source is known to be newer; not if both are documents without dates.
        """
        return self.age[0] > other.age[0]


def digest_of(text: str) -> str:
    """
    Return the SHA-256 of a source's text, with the line ends of Unix.
    """
    return sha256(text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """
    One event as one source describes it.

    Attributes:
        event_type: The event type, or `ANY_EVENT`.
        source: The source.
        properties: From the name of each property to its schema, as far as the source says it.
            A property that is deprecated has `deprecated`.
        required: The properties that every event has.
        where: The file and line of the event.
        deprecated: Whether the event is marked as deprecated; None if the source cannot say it.
        undocumented: Whether the event is marked as undocumented.
        hidden: Its properties that are marked as undocumented.
        route: The route of its resource, such as `/acs/credentials`; "" if it says none.
    """

    event_type: str
    source: Source
    properties: Mapping[str, JsonMapping]
    required: frozenset[str]
    where: str
    deprecated: bool | None = None
    undocumented: bool = False
    hidden: frozenset[str] = field(default=frozenset())
    route: str = ""
